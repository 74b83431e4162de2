//! Pages of the six papers, each with a different child's answers.

use super::super::random::Random;
use super::raster::{ACROSS, DOWN, Hand, Ink, Pen, Sheet, between};
use super::words::{ANSWERS, CHOICES, Figure, GRAMMAR, READING, REASONING, SPELLING};
use crate::domain::papers::Paper;

const LEFT: i32 = 110;
const RIGHT: i32 = ACROSS - 110;
/// Below the barcode, above the line of the text layer.
const TOP: i32 = 230;
const BOTTOM: i32 = DOWN - 150;
/// Where the mark boxes stand.
const MARGIN: i32 = RIGHT - 90;

/// Sums beside a question.
const WORKING: Hand = Hand { tenths: 48, room: 330 };

const THIN: Pen = Pen { radius: 1, ink: Ink::Print };
const PRINT: Pen = Pen { radius: 1, ink: Ink::Print };
const BOLD: Pen = Pen { radius: 3, ink: Ink::Print };
const FRAME: Pen = Pen { radius: 2, ink: Ink::Print };
const RULED: Pen = Pen { radius: 0, ink: Ink::Print };
const SQUARED: Pen = Pen { radius: 0, ink: Ink::Faint };
const PENCIL: Pen = Pen { radius: 3, ink: Ink::Pencil };

/// Draws one page of a paper; page 0 is the cover.
pub(super) fn draw(random: &mut Random, paper: Paper, page: usize) -> Vec<u8> {
    let mut sheet = Sheet::new(random);
    corners(&mut sheet);
    if page == 0 {
        cover(&mut sheet, random, paper);
    } else {
        questions(&mut sheet, random, paper, page);
    }
    sheet.develop(random)
}

/// Black squares by which a scanner finds the page.
fn corners(sheet: &mut Sheet) {
    const SIDE: i32 = 26;
    for (x, y) in [(50, 50), (50, DOWN - 80), (ACROSS - 76, DOWN - 80)] {
        sheet.block(Ink::Print, (x, y), (SIDE, SIDE));
    }
}

fn cover(sheet: &mut Sheet, random: &mut Random, paper: Paper) {
    sheet.print(PRINT, (LEFT, 140), 4, "Key stage 2 practice tests");
    sheet.block(Ink::Faint, (LEFT, TOP), (RIGHT - LEFT, 250));
    let (subject, part) = paper.title().split_once(' ').unwrap_or((paper.title(), ""));
    sheet.print(BOLD, (LEFT + 40, TOP + 110), 13, subject);
    sheet.print(FRAME, (LEFT + 40, TOP + 200), 8, part);
    for (row, label) in ["First name", "Last name", "Class"].into_iter().enumerate() {
        let y = 640 + 120 * i32::try_from(row).unwrap_or(0);
        sheet.print(PRINT, (LEFT, y + 50), 5, label);
        sheet.frame(THIN, (LEFT + 290, y), (560, 80));
        scribble(sheet, random, (LEFT + 320, y + 52));
    }
    sheet.print(PRINT, (LEFT, 1090), 5, "Instructions");
    let rules = [
        "Answer all the questions in this booklet.",
        "Write in the spaces. Do not write over the edges.",
        "If you change an answer, cross out the old one.",
        "This is a synthetic page for demonstrations.",
    ];
    for (row, rule) in rules.into_iter().enumerate() {
        let y = 1150 + 56 * i32::try_from(row).unwrap_or(0);
        sheet.print(PRINT, (LEFT, y), 4, rule);
    }
    sheet.frame(THIN, (MARGIN - 60, 1400), (150, 110));
    sheet.print(PRINT, (MARGIN - 50, 1545), 3, "Total marks");
    let total = between(random, 8, i32::from(paper.max_mark())).to_string();
    sheet.write(random, (MARGIN - 30, 1480), Hand { tenths: 100, room: 110 }, &total);
}

/// A name that cannot be read: nobody's.
fn scribble(sheet: &mut Sheet, random: &mut Random, (x, y): (i32, i32)) {
    let mut points = Vec::new();
    for step in 0..between(random, 8, 16) {
        let height = if step % 2 == 0 { between(random, -34, -6) } else { between(random, -4, 14) };
        points.push((x + step * 24 + between(random, -6, 6), y + height));
    }
    sheet.curve(PENCIL, &points);
}

/// Where a question stands, and which of the stock it is: no page asks the same twice.
#[derive(Clone, Copy, Debug)]
struct Spot {
    x: i32,
    y: i32,
    turn: usize,
}

impl Spot {
    fn of<T: Copy>(self, stock: &[T]) -> T {
        stock[self.turn % stock.len()]
    }
}

/// The most that a question of the paper needs.
const fn height_max(paper: Paper) -> i32 {
    match paper {
        Paper::Gps1 => 305,
        Paper::Gps2 => 95,
        Paper::Reading => 290,
        Paper::Maths1 => 300,
        Paper::Maths2 | Paper::Maths3 => 295,
    }
}

fn questions(sheet: &mut Sheet, random: &mut Random, paper: Paper, page: usize) {
    let mut y = TOP;
    let mut turn = random.below(100) as usize;
    let mut number = i32::try_from(page).unwrap_or(0) * 5 - 4;
    while y + height_max(paper) < BOTTOM {
        sheet.frame(FRAME, (LEFT - 20, y - 36), (64, 52));
        sheet.print(PRINT, (LEFT - 8, y + 2), 5, &number.to_string());
        let at = Spot { x: LEFT + 80, y, turn };
        let next = match paper {
            Paper::Gps1 => grammar(sheet, random, at),
            Paper::Gps2 => spelling(sheet, random, at),
            Paper::Reading => comprehension(sheet, random, at),
            Paper::Maths1 => arithmetic(sheet, random, at),
            Paper::Maths2 | Paper::Maths3 => reasoning(sheet, random, at),
        };
        mark(sheet, random, next - 110);
        y = next + 40;
        number += 1;
        turn += 1;
    }
}

/// The box in the margin, ticked or not by the marker.
fn mark(sheet: &mut Sheet, random: &mut Random, y: i32) {
    sheet.frame(THIN, (MARGIN + 20, y), (60, 60));
    sheet.print(PRINT, (MARGIN + 10, y + 92), 3, "1 mark");
    if random.chance(0.7) {
        tick(sheet, random, (MARGIN + 32, y + 34));
    } else {
        sheet.write(random, (MARGIN + 38, y + 48), Hand { tenths: 60, room: 40 }, "0");
    }
}

fn tick(sheet: &mut Sheet, random: &mut Random, (x, y): (i32, i32)) {
    let points = [(x, y), (x + 12, y + 18), (x + 44, y - 30)];
    let points = points.map(|(x, y)| (x + between(random, -4, 4), y + between(random, -4, 4)));
    sheet.path(PENCIL, &points);
}

fn grammar(sheet: &mut Sheet, random: &mut Random, at: Spot) -> i32 {
    let Spot { x, y, .. } = at;
    sheet.print(PRINT, (x, y), 4, at.of(GRAMMAR));
    if random.chance(0.3) {
        sheet.print(PRINT, (x, y + 70), 4, at.of(CHOICES));
        ruled(sheet, (x, y + 150), MARGIN - 40);
        let answer = random.pick(ANSWERS).split(' ').next().unwrap_or("yes");
        sheet.write(random, (x + 20, y + 142), Hand { tenths: 62, room: 500 }, answer);
        return y + 190;
    }
    let chosen = between(random, 0, 3);
    for (row, turn) in (0..4).zip(at.turn * 3..) {
        let line = y + 70 + 60 * row;
        let choice = Spot { turn, ..at };
        sheet.print(PRINT, (x, line), 4, choice.of(CHOICES));
        sheet.frame(THIN, (MARGIN - 110, line - 34), (44, 44));
        if row == chosen {
            tick(sheet, random, (MARGIN - 104, line - 8));
        }
    }
    y + 320
}

fn spelling(sheet: &mut Sheet, random: &mut Random, at: Spot) -> i32 {
    let Spot { x, y, .. } = at;
    let (before, word, after) = at.of(SPELLING);
    let gap = sheet.print(PRINT, (x, y), 4, before) + 16;
    let end = gap + 310;
    ruled(sheet, (gap, y + 8), end);
    sheet.write(random, (gap + 14, y - 2), Hand { tenths: 58, room: 284 }, word);
    sheet.print(PRINT, (end + 16, y), 4, after);
    y + 90
}

fn comprehension(sheet: &mut Sheet, random: &mut Random, at: Spot) -> i32 {
    let Spot { x, y, .. } = at;
    sheet.print(PRINT, (x, y), 4, at.of(READING));
    let lines = between(random, 1, 3);
    for row in 1..=lines {
        let line = y + 20 + 78 * row;
        ruled(sheet, (x, line), MARGIN - 30);
        if row < lines || random.chance(0.6) {
            let hand = Hand { tenths: between(random, 42, 52), room: MARGIN - 50 - x };
            let answer = random.pick(ANSWERS);
            sheet.write(random, (x + 8, line - 8), hand, answer);
        }
    }
    y + 70 + 78 * lines
}

fn arithmetic(sheet: &mut Sheet, random: &mut Random, at: Spot) -> i32 {
    let Spot { x, y, .. } = at;
    let (a, b) = (between(random, 112, 989), between(random, 11, 98));
    let (sign, answer) = if random.chance(0.5) { ("+", a + b) } else { ("×", a * b) };
    sheet.print(FRAME, (x, y), 6, &format!("{a} {sign} {b} ="));
    let (top, side, rows) = (y + 30, 40, between(random, 5, 6));
    squares(sheet, (x, top), (18, rows), side);
    for (row, value) in [a, b, answer].into_iter().enumerate() {
        let down = top + side * (i32::try_from(row).unwrap_or(0) + 1) - 7;
        sheet.write(random, (x + 60, down), WORKING, &value.to_string());
    }
    ruled(sheet, (x + 40, top + side * 2 + 6), x + 250);
    let height = top + side * rows;
    sheet.block(Ink::Faint, (x + 520, height - 80), (200, 80));
    sheet.frame(THIN, (x + 520, height - 80), (200, 80));
    sheet.write(
        random,
        (x + 540, height - 22),
        Hand { tenths: 66, room: 160 },
        &answer.to_string(),
    );
    height + 30
}

fn reasoning(sheet: &mut Sheet, random: &mut Random, at: Spot) -> i32 {
    let Spot { x, y, .. } = at;
    let (question, figure) = at.of(REASONING);
    sheet.print(PRINT, (x, y), 4, question);
    let (top, width) = (y + 50, between(random, 180, 320));
    let (one, two) = (between(random, 3, 19), between(random, 3, 19));
    match figure {
        Figure::Rectangle => sheet.frame(THIN, (x, top), (width, 170)),
        Figure::Triangle => {
            let apex = (x + width / 3, top);
            sheet.path(THIN, &[(x, top + 170), apex, (x + width, top + 170), (x, top + 170)]);
        }
        Figure::Bars => bars(sheet, random, (x, top)),
        Figure::None => sheet.write(random, (x, top + 120), WORKING, &format!("{two} + {two}")),
    }
    if matches!(figure, Figure::Rectangle | Figure::Triangle) {
        sheet.print(PRINT, (x + width / 2 - 20, top + 212), 4, &format!("{one} cm"));
    }
    let answer = one * two;
    sheet.write(random, (x + 380, top + 80), WORKING, &format!("{one} × {two} = {answer}"));
    sheet.frame(THIN, (x + 560, top + 150), (190, 76));
    sheet.write(random, (x + 580, top + 206), Hand { tenths: 62, room: 150 }, &answer.to_string());
    top + 260
}

fn bars(sheet: &mut Sheet, random: &mut Random, (x, y): (i32, i32)) {
    sheet.path(THIN, &[(x, y), (x, y + 170), (x + 330, y + 170)]);
    for bar in 0..5 {
        let height = between(random, 30, 160);
        sheet.block(Ink::Pencil, (x + 20 + bar * 60, y + 170 - height), (40, height));
    }
}

fn ruled(sheet: &mut Sheet, (x, y): (i32, i32), end: i32) {
    sheet.line(RULED, (x, y), (end, y));
}

fn squares(sheet: &mut Sheet, (x, y): (i32, i32), (columns, rows): (i32, i32), side: i32) {
    for column in 0..=columns {
        let along = x + column * side;
        sheet.line(SQUARED, (along, y), (along, y + rows * side));
    }
    for row in 0..=rows {
        let down = y + row * side;
        sheet.line(SQUARED, (x, down), (x + columns * side, down));
    }
}
