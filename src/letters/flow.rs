//! Blocks onto pages: what stands where, which page ends when, and what each piece means.

use std::num::NonZeroU16;

use super::elements::{Elements, Id, Role};
use super::face::Weight;
use super::{Align, Block, Letter, Level, Orientation};

/// The short side of A4, in points.
const A4_SHORT: f32 = 595.28;
/// The long side of A4, in points.
const A4_LONG: f32 = 841.89;
/// Left and right of the text.
const SIDE: f32 = 40.0;
/// Above the text.
const TOP: f32 = 42.0;
/// Below the text, the foot included.
const BOTTOM: f32 = 54.0;
/// Wider lines of running text are hard to follow.
const MEASURE_MAX: f32 = 480.0;
/// A heading stays with so much of what follows, and with all of a table of so few rows.
const KEPT: f32 = 64.0;
const WHOLE_ROWS: usize = 16;

/// What a letter looks like, and what it means.
#[derive(Debug)]
pub(super) struct Laid {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) sheets: Vec<Sheet>,
    pub(super) elements: Elements,
    pub(super) headings: Vec<Heading>,
}

/// A page.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) runs: Vec<Run>,
    pub(super) rules: Vec<Rule>,
    /// The heading of level two that it belongs to.
    pub(super) section: String,
}

/// Text that belongs together; what is owned by nothing only repeats what was said before.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) owner: Option<Id>,
    pub(super) lines: Vec<Line>,
}

/// A line of text.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) x: f32,
    pub(super) baseline: f32,
    pub(super) text: String,
    pub(super) style: Style,
}

/// A horizontal rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) thickness: f32,
}

/// Where a heading stands.
#[derive(Debug)]
pub(super) struct Heading {
    pub(super) level: Level,
    pub(super) text: String,
    pub(super) sheet: usize,
    pub(super) y: f32,
}

/// How text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) weight: Weight,
    pub(super) size: f32,
    pub(super) leading: f32,
}

const BODY: Style = Style { weight: Weight::Regular, size: 10.5, leading: 14.0 };

/// Where a block of text may stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) align: Align,
}

impl Style {
    /// A text broken into lines below each other; what would stand below `lines_max` lines is cut off.
    pub(super) fn set(self, text: &str, place: Place, lines_max: usize) -> Vec<Line> {
        let face = self.weight.face();
        let lines = face.lines(text, self.size, place.width).into_iter().take(lines_max);
        let mut baseline = place.y + self.leading / 2.0 + self.size * 0.33;
        let set = lines.map(|text| {
            let x = match place.align {
                Align::Left => place.x,
                Align::Right => place.x + place.width - face.width(&text, self.size),
            };
            let line = Line { x, baseline, text, style: self };
            baseline += self.leading;
            line
        });
        set.collect()
    }
}

/// A letter on its way onto pages.
pub(super) struct Flow {
    pub(super) laid: Laid,
    /// How far the page is filled.
    pub(super) y: f32,
    section: String,
}

/// Lays a letter out.
pub(super) fn lay_out(letter: &Letter) -> Laid {
    let (width, height) = match letter.orientation {
        Orientation::Portrait => (A4_SHORT, A4_LONG),
        Orientation::Landscape => (A4_LONG, A4_SHORT),
    };
    let laid = Laid {
        width,
        height,
        sheets: vec![Sheet::default()],
        elements: Elements::default(),
        headings: Vec::new(),
    };
    let mut flow = Flow { laid, y: TOP, section: String::new() };
    for (number, block) in letter.blocks.iter().enumerate() {
        match block {
            Block::Heading(level, text) => {
                let kept = match letter.blocks.get(number + 1) {
                    Some(Block::Table(table)) if table.rows.len() <= WHOLE_ROWS => table.height(),
                    _ => KEPT,
                };
                flow.heading(*level, text, kept);
            }
            Block::Paragraph(text) => flow.paragraph(text),
            Block::List(items) => flow.list(items),
            Block::Table(table) => flow.table(table),
            Block::NewPage if flow.is_at_top() => (),
            Block::NewPage => flow.new_sheet(),
        }
    }
    flow.laid
}

impl Flow {
    /// Where text begins from the left.
    pub(super) fn left() -> f32 {
        SIDE
    }

    /// Between the margins.
    pub(super) fn width(&self) -> f32 {
        self.laid.width - 2.0 * SIDE
    }

    /// What is left of the page.
    pub(super) fn room(&self) -> f32 {
        self.laid.height - BOTTOM - self.y
    }

    /// What a whole page has room for.
    pub(super) fn room_max(&self) -> f32 {
        self.laid.height - BOTTOM - TOP
    }

    pub(super) fn is_at_top(&self) -> bool {
        self.y <= TOP
    }

    pub(super) fn new_sheet(&mut self) {
        self.laid.sheets.push(Sheet { section: self.section.clone(), ..Sheet::default() });
        self.y = TOP;
    }

    /// The page that is being filled.
    pub(super) fn sheet(&mut self) -> &mut Sheet {
        self.laid.sheets.last_mut().expect("there is always a page")
    }

    fn need(&mut self, height: f32) {
        if self.room() < height && !self.is_at_top() {
            self.new_sheet();
        }
    }

    /// Blank above a block, unless it begins the page.
    fn space(&mut self, height: f32) {
        if !self.is_at_top() {
            self.y += height;
        }
    }

    fn heading(&mut self, level: Level, text: &str, kept: f32) {
        let (size, leading, above, below) = match level {
            Level::One => (22.0, 27.0, 0.0, 8.0),
            Level::Two => (14.0, 18.0, 16.0, 5.0),
            Level::Three => (11.0, 15.0, 10.0, 3.0),
        };
        let style = Style { weight: Weight::Bold, size, leading };
        self.need(above + leading + below + kept);
        self.space(above);
        if level == Level::Two {
            text.clone_into(&mut self.section);
        }
        if self.is_at_top() || self.sheet().section.is_empty() {
            let section = self.section.clone();
            self.sheet().section = section;
        }
        let (sheet, y) = (self.laid.sheets.len() - 1, self.y);
        self.laid.headings.push(Heading { level, text: text.to_owned(), sheet, y });
        let number = NonZeroU16::MIN.saturating_add(level as u16);
        let owner = self.laid.elements.add(Role::Heading(number, text.to_owned()), None);
        self.text(owner, text, style, (SIDE, self.width()));
        self.y += below;
    }

    fn paragraph(&mut self, text: &str) {
        let owner = self.laid.elements.add(Role::Paragraph, None);
        self.text(owner, text, BODY, (SIDE, self.width().min(MEASURE_MAX)));
        self.y += 6.0;
    }

    fn list(&mut self, items: &[String]) {
        let list = self.laid.elements.add(Role::List, None);
        for item in items {
            self.need(BODY.leading);
            let whole = self.laid.elements.add(Role::Item, Some(list));
            let bullet = self.laid.elements.add(Role::Bullet, Some(whole));
            let place = Place { x: SIDE + 4.0, y: self.y, width: 12.0, align: Align::Left };
            let lines = BODY.set("•", place, 1);
            self.sheet().runs.push(Run { owner: Some(bullet), lines });
            let text = self.laid.elements.add(Role::ItemText, Some(whole));
            self.text(text, item, BODY, (SIDE + 18.0, self.width().min(MEASURE_MAX) - 18.0));
        }
        self.y += 6.0;
    }

    /// Running text, over the end of the page where it must be.
    fn text(&mut self, owner: Id, text: &str, style: Style, (x, width): (f32, f32)) {
        let mut lines = style.weight.face().lines(text, style.size, width).into_iter().peekable();
        while lines.peek().is_some() {
            self.need(style.leading);
            let mut set = Vec::new();
            while self.room() >= style.leading || set.is_empty() {
                let Some(text) = lines.next() else { break };
                let place = Place { x, y: self.y, width: f32::INFINITY, align: Align::Left };
                let baseline = place.y + style.leading / 2.0 + style.size * 0.33;
                set.push(Line { x, baseline, text, style });
                self.y += style.leading;
            }
            self.sheet().runs.push(Run { owner: Some(owner), lines: set });
        }
    }
}
