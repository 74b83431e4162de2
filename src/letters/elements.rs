//! What a letter means beside how it looks: the elements that readers and screen readers walk through.

use std::num::{NonZeroU16, NonZeroU32};

use krilla::tagging::{
    Identifier, ListNumbering, Node, TableHeaderScope, Tag, TagGroup, TagKind, TagTree,
};

/// An element, by its place.
pub(super) type Id = usize;

/// What an element is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Heading(NonZeroU16, String),
    Paragraph,
    List,
    Item,
    Bullet,
    ItemText,
    Table(String),
    Head,
    Body,
    Row,
    ColumnHeading(Span),
    RowHeading(Span),
    Cell(Span),
}

/// How many columns and rows a cell covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) columns: usize,
    pub(super) rows: usize,
}

/// The elements of a letter; each comes after the one that holds it.
#[derive(Debug, Default)]
pub(super) struct Elements {
    list: Vec<(Role, Option<Id>)>,
}

impl Elements {
    /// Adds an element at the end of another, or of the letter.
    pub(super) fn add(&mut self, role: Role, within: Option<Id>) -> Id {
        self.list.push((role, within));
        self.list.len() - 1
    }

    /// Roles in order, with what holds each.
    #[cfg(test)]
    pub(super) fn list(&self) -> &[(Role, Option<Id>)] {
        &self.list
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The tree that goes into the PDF; `marks` are the marked texts of each element.
    pub(super) fn tree(&self, mut marks: Vec<Vec<Identifier>>) -> TagTree {
        let mut children: Vec<Vec<Node>> = self.list.iter().map(|_| Vec::new()).collect();
        let mut top = Vec::new();
        // Backwards, so that an element is complete before the one that holds it takes it in.
        for (id, (role, within)) in self.list.iter().enumerate().rev() {
            let mut nodes = std::mem::take(&mut children[id]);
            nodes.reverse();
            nodes.extend(std::mem::take(&mut marks[id]).into_iter().map(Node::from));
            let group = Node::from(TagGroup::with_children(tag(role), nodes));
            match within {
                Some(within) => children[*within].push(group),
                None => top.push(group),
            }
        }
        let mut tree = TagTree::new();
        for node in top.into_iter().rev() {
            tree.push(node);
        }
        tree
    }
}

fn tag(role: &Role) -> TagKind {
    match role {
        Role::Heading(level, title) => Tag::Hn(*level, Some(title.clone())).into(),
        Role::Paragraph => Tag::P.into(),
        Role::List => Tag::L(ListNumbering::Disc).into(),
        Role::Item => Tag::LI.into(),
        Role::Bullet => Tag::Lbl.into(),
        Role::ItemText => Tag::LBody.into(),
        Role::Table(summary) => Tag::Table.with_summary(Some(summary.clone())).into(),
        Role::Head => Tag::THead.into(),
        Role::Body => Tag::TBody.into(),
        Role::Row => Tag::TR.into(),
        Role::ColumnHeading(span) => heading(TableHeaderScope::Column, *span),
        Role::RowHeading(span) => heading(TableHeaderScope::Row, *span),
        Role::Cell(span) => {
            Tag::TD.with_col_span(more(span.columns)).with_row_span(more(span.rows)).into()
        }
    }
}

fn heading(scope: TableHeaderScope, span: Span) -> TagKind {
    Tag::TH(scope).with_col_span(more(span.columns)).with_row_span(more(span.rows)).into()
}

/// One is what a cell covers when nothing is said.
fn more(number: usize) -> Option<NonZeroU32> {
    u32::try_from(number).ok().filter(|number| *number > 1).and_then(NonZeroU32::new)
}
