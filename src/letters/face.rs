//! The letters' two fonts: which glyph stands for a character, how wide it is, where a line ends.

use std::sync::OnceLock;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider, charmap::Charmap};
use unicode_normalization::UnicodeNormalization;

const REGULAR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/regular.ttf"));
const BOLD: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/bold.ttf"));
/// Seen where the fonts have no glyph; the text below it stays what it was.
const STAND_IN: char = '□';
/// Characters below this are looked up once and for all: those of almost every name.
const KNOWN: u32 = 0x250;

/// How heavy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// A font.
pub(super) struct Face {
    pub(super) font: Font,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    known: Vec<Shape>,
    stand_in: Shape,
}

/// A glyph and its width at size 1.
#[derive(Clone, Copy)]
struct Shape {
    glyph: u32,
    advance: f32,
}

impl Weight {
    /// The font of this weight.
    pub(super) fn face(self) -> &'static Face {
        static FACES: OnceLock<[Face; 2]> = OnceLock::new();
        &FACES.get_or_init(|| [REGULAR, BOLD].map(Face::new))[self as usize]
    }
}

impl Face {
    fn new(bytes: &'static [u8]) -> Self {
        let font = Font::new(bytes.into(), 0).expect("a font that the program carries");
        let tables = FontRef::new(bytes).expect("a font that the program carries");
        let (charmap, metrics) =
            (tables.charmap(), tables.glyph_metrics(Size::new(1.0), LocationRef::default()));
        let missing = Shape { glyph: 0, advance: 0.0 };
        let mut face = Self { font, charmap, metrics, known: Vec::new(), stand_in: missing };
        face.stand_in = face.look_up(STAND_IN).expect("both fonts have the stand-in");
        let known = |code| char::from_u32(code).and_then(|c| face.look_up(c));
        face.known = (0..KNOWN).map(|code| known(code).unwrap_or(face.stand_in)).collect();
        face
    }

    fn look_up(&self, character: char) -> Option<Shape> {
        let glyph = self.charmap.map(character)?;
        Some(Shape { glyph: glyph.to_u32(), advance: self.metrics.advance_width(glyph)? })
    }

    fn shape(&self, character: char) -> Shape {
        let known = self.known.get(character as usize).copied();
        known.or_else(|| self.look_up(character)).unwrap_or(self.stand_in)
    }

    /// Width of a text at a size, without the blank at its end.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        text.trim_end().chars().map(|c| self.shape(c).advance).sum::<f32>() * size
    }

    /// The glyphs of a line. Each is tied to its character, so that the text can be read out and found.
    pub(super) fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        let glyph = |(at, character): (usize, char)| {
            let Shape { glyph, advance } = self.shape(character);
            let range = at..at + character.len_utf8();
            KrillaGlyph::new(GlyphId::new(glyph), advance, 0.0, 0.0, 0.0, range, None)
        };
        text.char_indices().map(glyph).collect()
    }

    /// Breaks a text into lines of at most `width`. A line that ends between words keeps its blank, so
    /// that the words stay apart when the text is read out. There is always one line.
    pub(super) fn lines(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let text = clean(text);
        if self.width(&text, size) <= width {
            return vec![text];
        }
        let mut lines = vec![String::new()];
        let mut filled = 0.0;
        for word in text.split_inclusive([' ', '-']) {
            let needed = self.width(word, size);
            let whole = needed + self.blank(word) * size;
            if filled + needed <= width {
                last(&mut lines).push_str(word);
                filled += whole;
            } else if needed <= width {
                lines.push(word.to_owned());
                filled = whole;
            } else {
                filled = self.split(word, size, width, (&mut lines, filled));
            }
        }
        lines
    }

    /// A word that is wider than a line goes on where the line is full. Gives how far the last is filled.
    fn split(&self, word: &str, size: f32, width: f32, at: (&mut Vec<String>, f32)) -> f32 {
        let (lines, mut filled) = at;
        for character in word.chars() {
            let advance = self.shape(character).advance * size;
            if filled + advance > width && filled > 0.0 && character != ' ' {
                lines.push(String::new());
                filled = 0.0;
            }
            last(lines).push(character);
            filled += advance;
        }
        filled
    }

    /// Width at size 1 of the blank that ends a word.
    fn blank(&self, word: &str) -> f32 {
        if word.ends_with(' ') { self.shape(' ').advance } else { 0.0 }
    }
}

fn last(lines: &mut [String]) -> &mut String {
    lines.last_mut().expect("there is always one line")
}

/// One line of text in its composed form: blanks are single, what has no shape is left out.
fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for character in text.nfc() {
        match character {
            c if c.is_whitespace() && c != '\u{a0}' => {
                if !cleaned.is_empty() && !cleaned.ends_with(' ') {
                    cleaned.push(' ');
                }
            }
            c if is_shapeless(c) => (),
            // PDF/UA forbids these as text.
            c if c.is_control() || is_noncharacter(c) => cleaned.push('\u{fffd}'),
            c => cleaned.push(c),
        }
    }
    cleaned.truncate(cleaned.trim_end_matches(' ').len());
    cleaned
}

/// Joiners, marks of direction, variation selectors: they only steer a shaping that is not done here.
fn is_shapeless(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}')
}

fn is_noncharacter(c: char) -> bool {
    matches!(c as u32 & 0xffff, 0xfffe | 0xffff) || matches!(c, '\u{fdd0}'..='\u{fdef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_after_hyphens_and_within_words_that_are_too_long() {
        let face = Weight::Regular.face();
        for (text, lines) in [
            ("", vec![""]),
            ("  Ade,\u{a0}Tola \n Marie ", vec!["Ade,\u{a0}Tola ", "Marie"]),
            ("Smythe-Jones", vec!["Smythe-", "Jones"]),
            ("Wolfeschlegel", vec!["Wolfeschle", "gel"]),
            ("a Wolfeschlegel b", vec!["a Wolfeschl", "egel b"]),
        ] {
            assert_eq!(face.lines(text, 10.0, 48.0), lines, "{text}");
        }
    }

    #[test]
    fn names_are_composed_and_cleaned() {
        for (text, cleaned) in [
            ("Zoe\u{308}", "Zoë"),
            ("a\u{202e}b\u{200d}c", "abc"),
            ("\u{0}x\u{ffff}", "\u{fffd}x\u{fffd}"),
            ("=1+1 <&>", "=1+1 <&>"),
        ] {
            assert_eq!(clean(text), cleaned);
        }
    }

    #[test]
    fn both_fonts_have_the_letters_of_british_names_and_of_greek_and_cyrillic() {
        let letters =
            "ŵŷŴŶłŁşŞğİıảạếỗướđĐøåæœþðßčšžěřůňťďąęśćńżźșțăâîēūģķļņőűəɪʼ’‘“”–—•ЖжЙйЁїєґΑΩάώ";
        for weight in [Weight::Regular, Weight::Bold] {
            let face = weight.face();
            for letter in letters.chars() {
                let shape = face.look_up(letter);
                assert!(shape.is_some_and(|shape| shape.glyph != 0), "{weight:?} lacks {letter}");
            }
        }
        let face = Weight::Bold.face();
        let missing = face.shape('名').glyph;
        assert!(missing == face.stand_in.glyph && missing != 0, "a glyph that is missing is seen");
    }
}
