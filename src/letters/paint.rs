//! Laid-out pages into a PDF: texts with their marks, rules, feet, outline, and the tree of elements.

use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag};
use krilla::{Document, SerializeSettings, color::rgb};

use super::face::Weight;
use super::flow::{Flow, Heading, Laid, Line, Rule, Sheet, Style};
use super::{Letter, Level, Refused};

/// The design system's colours of text, of secondary text and of borders.
const BLACK: [u8; 3] = [0x0b, 0x0c, 0x0c];
const GREY: [u8; 3] = [0x48, 0x4f, 0x55];
/// The foot's text.
const FOOT: Style = Style { weight: Weight::Regular, size: 8.0, leading: 10.0 };
/// Of the foot's line above the edge of the page.
const FOOT_ABOVE: f32 = 26.0;

/// Writes the PDF.
pub(super) fn paint(letter: &Letter, laid: &Laid) -> Result<Vec<u8>, Refused> {
    let refused = |why: &dyn std::fmt::Debug| Refused(format!("{why:?}"));
    let configuration = ConfigurationBuilder::new()
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|why| refused(&why))?;
    let settings = SerializeSettings { configuration, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    let mut marks = vec![Vec::new(); laid.elements.len()];
    for (number, sheet) in laid.sheets.iter().enumerate() {
        let size = PageSettings::from_wh(laid.width, laid.height).expect("A4 is a size");
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        rules(&mut surface, &sheet.rules);
        texts(&mut surface, sheet, &mut marks);
        foot(&mut surface, letter, laid, number);
        surface.finish();
        page.finish();
    }
    document.set_tag_tree(laid.elements.tree(marks));
    document.set_outline(outline(&laid.headings));
    let metadata = Metadata::new()
        .title(letter.title.clone())
        .language("en-GB".to_owned())
        .creator("Daybreak".to_owned());
    document.set_metadata(metadata);
    document.finish().map_err(|why| refused(&why))
}

fn fill([red, green, blue]: [u8; 3]) -> Fill {
    let color = rgb::Color::new(red, green, blue);
    Fill { paint: color.into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }
}

fn rules(surface: &mut Surface<'_>, rules: &[Rule]) {
    let mut path = PathBuilder::new();
    for Rule { x, y, width, thickness } in rules.iter().copied() {
        if let Some(rect) = Rect::from_xywh(x, y - thickness / 2.0, width, thickness) {
            path.push_rect(rect);
        }
    }
    let Some(path) = path.finish() else { return };
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
    surface.set_fill(Some(fill(GREY)));
    surface.draw_path(&path);
    surface.end_tagged();
}

fn texts(surface: &mut Surface<'_>, sheet: &Sheet, marks: &mut [Vec<Identifier>]) {
    surface.set_fill(Some(fill(BLACK)));
    let repeated = Artifact::with_kind(ArtifactType::PaginationOther);
    for run in sheet.runs.iter().filter(|run| run.lines.iter().any(|line| !line.text.is_empty())) {
        match run.owner {
            Some(owner) => {
                let mark = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
                marks[owner].push(mark);
            }
            None => drop(surface.start_tagged(ContentTag::Artifact(repeated))),
        }
        for line in &run.lines {
            write(surface, line);
        }
        surface.end_tagged();
    }
}

fn write(surface: &mut Surface<'_>, line: &Line) {
    let face = line.style.weight.face();
    let glyphs = face.glyphs(&line.text);
    let start = Point::from_xy(line.x, line.baseline);
    surface.draw_glyphs(start, &glyphs, face.font.clone(), &line.text, line.style.size, false);
}

/// Whose letter it is and which part, then the number of the page.
fn foot(surface: &mut Surface<'_>, letter: &Letter, laid: &Laid, number: usize) {
    let face = FOOT.weight.face();
    let pages = format!("Page {} of {}", number + 1, laid.sheets.len());
    let right = laid.width - Flow::left() - face.width(&pages, FOOT.size);
    let parts = [letter.foot.as_str(), laid.sheets[number].section.as_str()];
    let left = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  •  ");
    let left = face.lines(&left, FOOT.size, right - Flow::left() - 20.0).swap_remove(0);
    let baseline = laid.height - FOOT_ABOVE;
    let line = |x, text| Line { x, baseline, text, style: FOOT };
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)));
    surface.set_fill(Some(fill(GREY)));
    write(surface, &line(Flow::left(), left));
    write(surface, &line(right, pages));
    surface.end_tagged();
}

/// The headings as a reader's side bar shows them: parts of parts are left out.
fn outline(headings: &[Heading]) -> Outline {
    let mut outline = Outline::new();
    for heading in headings.iter().filter(|heading| heading.level <= Level::Two) {
        let place = XyzDestination::new(heading.sheet, Point::from_xy(0.0, heading.y));
        outline.push_child(OutlineNode::new(heading.text.clone(), place));
    }
    outline
}
