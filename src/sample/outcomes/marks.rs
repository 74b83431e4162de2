//! Marks: latent ability to scaled score, back through the year's table to a raw mark, and on to the papers.

use super::super::random::{Random, nearest};
use super::{Outcomes, Setting};
use crate::domain::papers::{Paper, Subject};
use crate::domain::scores::{ConversionTable, SCALED};

/// Spread of school means around the nation's.
pub(super) const SCHOOL_SPREAD: f64 = 3.0;
/// Correlation of the subjects within a pupil, of which the root is the weight of the common part.
const CORRELATION: f64 = 0.82;
const SCORES: usize = (*SCALED.end() - *SCALED.start()) as usize + 1;

/// Mean and spread of scaled scores by subject, fitted to the published shares (`domain` notes §6).
const NATION: [(f64, f64); 3] = [(105.66, 8.81), (105.31, 7.70), (104.62, 7.11)];

/// For each subject and scaled score the raw marks that give it.
#[derive(Debug)]
pub(in crate::sample) struct Conversions {
    raws: [[(u16, u16); SCORES]; 3],
}

impl Conversions {
    /// Inverts the tables; a score that no raw mark gives takes the marks of the nearest one above (or below).
    pub(in crate::sample) fn invert(tables: &[ConversionTable; 3]) -> Self {
        let mut raws = [[(0, 0); SCORES]; 3];
        for (table, ranges) in tables.iter().zip(&mut raws) {
            for (place, range) in ranges.iter_mut().enumerate() {
                *range = raws_of(table, place);
            }
        }
        Self { raws }
    }
}

fn raws_of(table: &ConversionTable, place: usize) -> (u16, u16) {
    let wanted = usize::from(*SCALED.start()) + place;
    let above = table.rows().map(|(_, s)| s).find(|&s| usize::from(s) >= wanted);
    let score = above.or_else(|| table.rows().last().map(|(_, s)| s)).unwrap_or(*SCALED.end());
    let mut raws = table.rows().filter(|&(_, s)| s == score).map(|(raw, _)| raw);
    let first = raws.next().unwrap_or(0);
    (first, raws.last().unwrap_or(first))
}

/// Gives the pupil marks and scripts in one subject.
pub(super) fn sit(
    random: &mut Random,
    conversions: &Conversions,
    setting: Setting,
    common: f64,
    subject: Subject,
    outcomes: &mut Outcomes,
) {
    let raw = raw_mark(random, conversions, setting, common, subject);
    let marks = match subject {
        Subject::Gps => gps(random, raw),
        Subject::Reading => [raw, 0, 0],
        Subject::Maths => maths(random, raw),
    };
    for (paper, mark) in subject.papers().iter().zip(marks) {
        outcomes.marks[paper.index()] = u8::try_from(mark).ok();
        outcomes.scripts[paper.index()] = true;
    }
}

fn raw_mark(
    random: &mut Random,
    conversions: &Conversions,
    setting: Setting,
    common: f64,
    subject: Subject,
) -> u16 {
    let (mean, spread) = NATION[subject as usize];
    // Those far below the mean (7 %) hand in an almost empty paper now and then: 0.3 % of all.
    if common < -1.5 && random.chance(0.045) {
        return u16::try_from(random.below(3)).unwrap_or(0);
    }
    let ability = common * CORRELATION.sqrt() + random.bell() * (1.0 - CORRELATION).sqrt();
    let within = (spread * spread - SCHOOL_SPREAD * SCHOOL_SPREAD).sqrt();
    let (low, high) = (u16::from(*SCALED.start()), u16::from(*SCALED.end()));
    let scaled = nearest(mean + setting.effect + within * ability, low, high);
    let (first, last) = conversions.raws[subject as usize][usize::from(scaled - low)];
    first + u16::try_from(random.below(u32::from(last - first) + 1)).unwrap_or(0)
}

/// Spelling is a little easier than the questions.
fn gps(random: &mut Random, raw: u16) -> [u16; 3] {
    let (questions, spellings) = (most(Paper::Gps1), most(Paper::Gps2));
    let share = (f64::from(raw) / f64::from(questions + spellings) + 0.03).clamp(0.02, 0.98);
    let spelt = random.binomial(spellings, share);
    let spelt = spelt.clamp(raw.saturating_sub(questions), spellings.min(raw));
    [raw - spelt, spelt, 0]
}

/// Arithmetic brings about 43 % of the marks, the two reasoning papers share the rest.
fn maths(random: &mut Random, raw: u16) -> [u16; 3] {
    let [one, two, three] = [Paper::Maths1, Paper::Maths2, Paper::Maths3].map(most);
    let share = f64::from(raw) * random.beta(26, 34);
    let first = nearest(share, raw.saturating_sub(two + three), one.min(raw));
    let rest = raw - first;
    let second =
        nearest(f64::from(rest) * random.beta(30, 30), rest.saturating_sub(three), two.min(rest));
    [first, second, rest - second]
}

fn most(paper: Paper) -> u16 {
    u16::from(paper.max_mark())
}
