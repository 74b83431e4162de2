//! A sheet of paper under a scanner: drawn in double resolution, delivered in sixteen greys.

use super::super::random::Random;
use super::glyphs::{self, Point};

/// Pixels of the delivered image.
pub(super) const WIDTH: usize = 620;
pub(super) const HEIGHT: usize = 877;
/// Drawing is this much finer, so that edges come out grey as from a scanner.
const FINER: usize = 2;
/// The drawing space, in which all coordinates are given.
pub(super) const ACROSS: i32 = 1240;
pub(super) const DOWN: i32 = 1754;
const _: () = assert!(ACROSS as usize == WIDTH * FINER && DOWN as usize == HEIGHT * FINER);
const WHITE: u8 = 15;

/// How dark a stroke is, of [`WHITE`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Ink {
    /// Ruled lines and squared paper.
    Faint = 4,
    /// The pupil's pencil.
    Pencil = 10,
    /// Printing.
    Print = 14,
}

/// The tip that draws: half its width, and its ink.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pen {
    pub(super) radius: i32,
    pub(super) ink: Ink,
}

/// How large a child writes, and how much room there is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hand {
    /// Tenths of a pixel for a unit of the glyph grid.
    pub(super) tenths: i32,
    /// Pixels to the right of the start.
    pub(super) room: i32,
}

/// A sheet while it is drawn on.
#[derive(Debug)]
pub(super) struct Sheet {
    ink: Vec<u8>,
    /// The sheet lay a little askew: slope in 1/4096, and shift.
    slope: i32,
    shift: Point,
}

impl Sheet {
    pub(super) fn new(random: &mut Random) -> Self {
        let slope = between(random, -30, 30);
        let shift = (between(random, -9, 9), between(random, -9, 9));
        Self { ink: vec![0; WIDTH * HEIGHT * FINER * FINER], slope, shift }
    }

    fn place(&self, (x, y): Point) -> Point {
        let along = x - ((y - DOWN / 2) * self.slope) / 4096;
        let down = y + ((x - ACROSS / 2) * self.slope) / 4096;
        (along + self.shift.0, down + self.shift.1)
    }

    /// A straight stroke with round ends.
    pub(super) fn line(&mut self, pen: Pen, from: Point, to: Point) {
        let (from, to) = (self.place(from), self.place(to));
        let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).max(1);
        // Discs a radius apart still touch.
        let stride = pen.radius.max(1);
        for step in (0..=steps).step_by(usize::try_from(stride).unwrap_or(1)) {
            let at = |a: i32, b: i32| a + (b - a) * step / steps;
            self.disc(pen, (at(from.0, to.0), at(from.1, to.1)));
        }
        self.disc(pen, to);
    }

    fn disc(&mut self, pen: Pen, (x, y): Point) {
        let radius = pen.radius;
        for down in -radius..=radius {
            let mut half = radius;
            while half * half + down * down > radius * radius + radius {
                half -= 1;
            }
            self.run(pen.ink, (x - half, y + down), half * 2 + 1);
        }
    }

    /// A horizontal run of points, cut at the edges.
    fn run(&mut self, ink: Ink, (x, y): Point, length: i32) {
        let (first, end) = (x.clamp(0, ACROSS), (x + length).clamp(0, ACROSS));
        let (Ok(row), Ok(first), Ok(end)) =
            (usize::try_from(y), usize::try_from(first), usize::try_from(end))
        else {
            return;
        };
        let start = row * WIDTH * FINER;
        let points = self.ink.get_mut(start + first..start + end).unwrap_or_default();
        for point in points {
            *point = (*point).max(ink as u8);
        }
    }

    /// An outline.
    pub(super) fn frame(&mut self, pen: Pen, (x, y): Point, (width, height): Point) {
        let corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)];
        self.path(pen, &corners);
    }

    /// A filled rectangle.
    pub(super) fn block(&mut self, ink: Ink, (x, y): Point, (width, height): Point) {
        for down in 0..height {
            // Cut where the skew moves the row by one, so that edges stay straight.
            for along in (0..width).step_by(64) {
                let at = self.place((x + along, y + down));
                self.run(ink, at, (width - along).min(64));
            }
        }
    }

    /// Straight strokes through points.
    pub(super) fn path(&mut self, pen: Pen, points: &[Point]) {
        for pair in points.windows(2) {
            self.line(pen, pair[0], pair[1]);
        }
    }

    /// A round stroke: parabolas between the middles of the segments.
    pub(super) fn curve(&mut self, pen: Pen, points: &[Point]) {
        const PIECES: i32 = 4;
        let middle = |a: Point, b: Point| (i32::midpoint(a.0, b.0), i32::midpoint(a.1, b.1));
        let mut at = points.first().copied().unwrap_or_default();
        for three in points.windows(3) {
            let (turn, end) = (three[1], middle(three[1], three[2]));
            let start = at;
            for piece in 1..=PIECES {
                let rest = PIECES - piece;
                let mix = |a: i32, b: i32, c: i32| {
                    (a * rest * rest + 2 * b * rest * piece + c * piece * piece) / (PIECES * PIECES)
                };
                let next = (mix(start.0, turn.0, end.0), mix(start.1, turn.1, end.1));
                self.line(pen, at, next);
                at = next;
            }
        }
        self.line(pen, at, points.last().copied().unwrap_or(at));
    }

    /// Printed text from a left end on its baseline; returns where the next character would be.
    pub(super) fn print(&mut self, pen: Pen, at: Point, unit: i32, text: &str) -> i32 {
        let (mut x, baseline) = at;
        for character in text.chars() {
            for stroke in glyphs::polylines(character) {
                let points: Vec<Point> = stroke
                    .iter()
                    .map(|&(gx, gy)| (x + gx * unit, baseline + (gy - 6) * unit))
                    .collect();
                self.path(pen, &points);
            }
            x += glyphs::advance(character) * unit;
        }
        x
    }

    /// Handwriting on a baseline, in tenths of a pixel a unit: slanted, uneven, round, and smaller where the
    /// room ends.
    pub(super) fn write(&mut self, random: &mut Random, at: Point, hand: Hand, text: &str) {
        let units = text.chars().map(glyphs::advance).sum::<i32>().max(1);
        let tenths = hand.tenths.min(hand.room * 10 / units);
        let pen = Pen { radius: 2, ink: Ink::Pencil };
        let slant = between(random, -1, 3);
        let (mut x, baseline) = (at.0 * 10, at.1 * 10);
        for character in text.chars() {
            let lift = between(random, -tenths / 3, tenths / 3);
            let size = tenths + between(random, -tenths / 8, tenths / 8);
            for stroke in glyphs::polylines(character) {
                let points: Vec<Point> = stroke
                    .iter()
                    .map(|&(gx, gy)| {
                        let wobble = |random: &mut Random| between(random, -size / 4, size / 4);
                        let along = x + gx * size + (6 - gy) * slant * size / 10 + wobble(random);
                        let down = baseline + (gy - 6) * size + lift + wobble(random);
                        (along / 10, down / 10)
                    })
                    .collect();
                self.curve(pen, &points);
            }
            x += glyphs::advance(character) * size;
        }
    }

    /// The scan: averaged down, with the shadow of the edge and specks of dust; two pixels in a byte.
    pub(super) fn develop(self, random: &mut Random) -> Vec<u8> {
        let mut pixels = vec![WHITE; WIDTH * HEIGHT];
        let wide = WIDTH * FINER;
        for (row, two) in pixels.chunks_exact_mut(WIDTH).zip(self.ink.chunks_exact(wide * FINER)) {
            let (upper, lower) = two.split_at(wide);
            let fine = upper.chunks_exact(FINER).zip(lower.chunks_exact(FINER));
            for (pixel, (up, low)) in row.iter_mut().zip(fine) {
                *pixel = WHITE - (up[0] + up[1] + low[0] + low[1]) / 4;
            }
        }
        soil(&mut pixels, random);
        pixels.chunks_exact(2).map(|pair| (pair[0] << 4) | pair[1]).collect()
    }
}

/// The grey edge where the lid did not close, and dust.
fn soil(pixels: &mut [u8], random: &mut Random) {
    const SPECKS: u32 = 320;
    let mut edge = between(random, 3, 9);
    for rows in pixels.chunks_mut(WIDTH * 50) {
        edge = (edge + between(random, -1, 1)).max(1);
        let width = usize::try_from(edge).unwrap_or(1);
        for row in rows.chunks_mut(WIDTH) {
            row[..width].fill(WHITE - 5);
            row[width..width + 2].fill(WHITE - 2);
        }
    }
    let count = u32::try_from(pixels.len()).unwrap_or(u32::MAX);
    for _ in 0..SPECKS {
        let at = random.below(count) as usize;
        let shade = 2 + u8::try_from(random.below(6)).unwrap_or(0);
        pixels[at] = pixels[at].saturating_sub(shade);
    }
}

/// A whole number from `low` to `high`.
pub(super) fn between(random: &mut Random, low: i32, high: i32) -> i32 {
    let span = u32::try_from(high - low + 1).unwrap_or(1);
    low + i32::try_from(random.below(span)).unwrap_or(0)
}
