//! Tables onto pages: the head again on every page, rows whole, numbers at the right.

use super::elements::{Id, Role, Span};
use super::face::Weight;
use super::flow::{Flow, Line, Place, Rule, Run, Style};
use super::{Align, Cell, Table};

const TEXT: Style = Style { weight: Weight::Regular, size: 9.0, leading: 11.5 };
const HEADING: Style = Style { weight: Weight::Bold, ..TEXT };
/// Above and below the text of a cell.
const PAD_Y: f32 = 2.6;
/// Left and right of it.
const PAD_X: f32 = 4.0;
/// Below a row, and below a head.
const RULES: [f32; 2] = [0.35, 1.0];

/// One cell with its lines, set as if the row began at height 0.
struct Set {
    owner: Option<Id>,
    lines: Vec<Line>,
}

/// A row that is ready to be put somewhere.
struct Row {
    cells: Vec<Set>,
    height: f32,
}

/// A table on its way onto pages.
struct Tabled<'a> {
    table: &'a Table,
    /// Left edge of each column, and the right edge of the last.
    edges: Vec<f32>,
    height_max: f32,
}

impl Table {
    /// Its height where no text of it wraps.
    pub(super) fn height(&self) -> f32 {
        let lines = self.rows.len() + 1 + usize::from(!self.groups.is_empty());
        f32::from(u16::try_from(lines).unwrap_or(u16::MAX)) * (TEXT.leading + 2.0 * PAD_Y)
    }

    fn has_head(&self) -> bool {
        self.columns.iter().any(|column| !column.heading.is_empty())
    }
}

impl Flow {
    /// Sets a table.
    pub(super) fn table(&mut self, table: &Table) {
        let mut edges = vec![Self::left()];
        for column in &table.columns {
            let before = edges.last().copied().unwrap_or_default();
            edges.push(before + self.width() * column.percent / 100.0);
        }
        let tabled = Tabled { table, edges, height_max: self.room_max() / 2.0 };
        let element = self.laid.elements.add(Role::Table(table.summary.clone()), None);
        let mut head = tabled.head(self, element);
        let head_height: f32 = head.iter().map(|row| row.height).sum();
        let body = self.laid.elements.add(Role::Body, Some(element));
        for (number, cells) in table.rows.iter().enumerate() {
            let row = tabled.row(self, body, cells);
            let above = if number == 0 { head_height } else { 0.0 };
            if self.room() < above + row.height && !self.is_at_top() {
                self.new_sheet();
            }
            if number == 0 || self.is_at_top() {
                tabled.put_head(self, &head);
                // From the second page on the head only repeats what was said.
                head.iter_mut().flat_map(|row| &mut row.cells).for_each(|cell| cell.owner = None);
            }
            tabled.put(self, row.cells, row.height, RULES[0]);
        }
        self.y += 8.0;
    }
}

impl Tabled<'_> {
    fn place(&self, first: usize, columns: usize, align: Align) -> Place {
        let x = self.edges[first] + PAD_X;
        let width = self.edges[first + columns] - PAD_X - x;
        Place { x, y: PAD_Y, width, align }
    }

    fn lines_max(&self) -> usize {
        // A row is never split, so it may not be higher than a page.
        let lines = (1..).take_while(|lines| f32::from(*lines) * TEXT.leading < self.height_max);
        lines.last().unwrap_or(1_u16).into()
    }

    /// The rows of the head: groups of columns where there are any, then the columns' own headings.
    fn head(&self, flow: &mut Flow, table: Id) -> Vec<Row> {
        let columns = &self.table.columns;
        if !self.table.has_head() {
            return Vec::new();
        }
        let head = flow.laid.elements.add(Role::Head, Some(table));
        let mut rows = Vec::new();
        let mut below = vec![true; columns.len()];
        if !self.table.groups.is_empty() {
            let row = flow.laid.elements.add(Role::Row, Some(head));
            let mut cells = Vec::new();
            let mut first = 0;
            for group in &self.table.groups {
                // A column without a group has its own heading here, over both rows.
                let alone = group.heading.is_empty();
                let text = if alone { &columns[first].heading } else { &group.heading };
                let span = Span { columns: group.columns, rows: if alone { 2 } else { 1 } };
                let owner = flow.laid.elements.add(Role::ColumnHeading(span), Some(row));
                let align = if alone { columns[first].align } else { Align::Left };
                let place = self.place(first, group.columns, align);
                cells.push(self.set(owner, text, HEADING, place));
                below[first..first + group.columns].fill(!alone);
                first += group.columns;
            }
            rows.push(Row { height: height(&cells), cells });
        }
        let row = flow.laid.elements.add(Role::Row, Some(head));
        let own = columns.iter().enumerate().filter(|(number, _)| below[*number]);
        let cells: Vec<Set> = own
            .map(|(number, column)| {
                let role = Role::ColumnHeading(Span { columns: 1, rows: 1 });
                let owner = flow.laid.elements.add(role, Some(row));
                let place = self.place(number, 1, column.align);
                self.set(owner, &column.heading, HEADING, place)
            })
            .collect();
        rows.push(Row { height: height(&cells), cells });
        rows
    }

    fn row(&self, flow: &mut Flow, body: Id, cells: &[Cell]) -> Row {
        let row = flow.laid.elements.add(Role::Row, Some(body));
        let mut first = 0;
        let mut sets = Vec::with_capacity(cells.len());
        for (number, cell) in cells.iter().enumerate() {
            let span = Span { columns: cell.columns, rows: 1 };
            let heads = number == 0 && self.table.first_cell_is_heading;
            let role = if heads { Role::RowHeading(span) } else { Role::Cell(span) };
            let owner = flow.laid.elements.add(role, Some(row));
            // Words across columns of numbers begin at the left, like all words.
            let alone = cell.columns == 1;
            let align = if alone { self.table.columns[first].align } else { Align::Left };
            let place = self.place(first, cell.columns, align);
            // Without a head, the rows' headings are what one looks for.
            let style = if heads && !self.table.has_head() { HEADING } else { TEXT };
            sets.push(self.set(owner, &cell.text, style, place));
            first += cell.columns;
        }
        Row { height: height(&sets), cells: sets }
    }

    fn set(&self, owner: Id, text: &str, style: Style, place: Place) -> Set {
        Set { owner: Some(owner), lines: style.set(text, place, self.lines_max()) }
    }

    fn put_head(&self, flow: &mut Flow, head: &[Row]) {
        for (number, row) in head.iter().enumerate() {
            let cells = row.cells.iter();
            let cells = cells.map(|cell| Set { owner: cell.owner, lines: cell.lines.clone() });
            let rule = if number + 1 == head.len() { RULES[1] } else { 0.0 };
            self.put(flow, cells.collect(), row.height, rule);
            if number + 1 < head.len() {
                self.rule_groups(flow);
            }
        }
    }

    /// A thin rule below each group's heading, as wide as its columns.
    fn rule_groups(&self, flow: &mut Flow) {
        let y = flow.y;
        let mut first = 0;
        for group in &self.table.groups {
            let (from, to) = (self.edges[first] + PAD_X, self.edges[first + group.columns] - PAD_X);
            if !group.heading.is_empty() {
                let rule = Rule { x: from, y, width: to - from, thickness: RULES[0] };
                flow.sheet().rules.push(rule);
            }
            first += group.columns;
        }
    }

    /// Puts a row where the page is filled to.
    fn put(&self, flow: &mut Flow, cells: Vec<Set>, height: f32, rule: f32) {
        let y = flow.y;
        for mut cell in cells {
            for line in &mut cell.lines {
                line.baseline += y;
            }
            flow.sheet().runs.push(Run { owner: cell.owner, lines: cell.lines });
        }
        flow.y += height;
        if rule > 0.0 {
            let (x, end) = (self.edges[0], self.edges[self.edges.len() - 1]);
            let rule = Rule { x, y: flow.y, width: end - x, thickness: rule };
            flow.sheet().rules.push(rule);
        }
    }
}

fn height(cells: &[Set]) -> f32 {
    let lines = cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(1).max(1);
    let lines = f32::from(u16::try_from(lines).unwrap_or(u16::MAX));
    lines * TEXT.leading + 2.0 * PAD_Y
}
