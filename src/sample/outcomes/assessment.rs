//! Teacher assessment: writing and science for everybody registered or below, reading and maths only for
//! those below the standard of that test (`domain` notes §2.10).

use super::super::random::Random;
use super::Outcomes;
use crate::domain::codes::{Registration, TaCode, TaSubject};
use crate::domain::papers::Subject;

const PRE_KEY_STAGE: [TaCode; 8] = [
    TaCode::Pk6,
    TaCode::Pk5,
    TaCode::Pk4,
    TaCode::Pk3,
    TaCode::Pk2,
    TaCode::Pk1,
    TaCode::Em,
    TaCode::Absent,
];
/// The last code takes the other 3 %.
const PRE_KEY_STAGE_SHARES: [f64; 7] = [0.22, 0.20, 0.13, 0.12, 0.09, 0.07, 0.14];

pub(super) fn judge(
    random: &mut Random,
    common: f64,
    outcomes: &Outcomes,
) -> Vec<(TaSubject, TaCode)> {
    use Registration::{Below, Registered};
    let judged = |&subject: &Subject| matches!(outcomes.registered(subject), Registered | Below);
    if !Subject::ALL.iter().any(judged) {
        return Vec::new();
    }
    let ability = 0.85 * common + 0.53 * random.bell();
    let below = |subject| outcomes.registered(subject) == Below;
    let mut codes = Vec::with_capacity(4);
    codes.push((TaSubject::Writing, writing(random, ability, below(Subject::Gps))));
    codes.push((TaSubject::Science, science(random, ability, below(Subject::Reading))));
    for (subject, judged) in
        [(Subject::Reading, TaSubject::Reading), (Subject::Maths, TaSubject::Maths)]
    {
        if below(subject) {
            codes.push((judged, pre_key_stage(random)));
        }
    }
    codes
}

/// Thresholds that give GDS 12.5 %, EXS 59.5 %, WTS 22.5 % of all pupils.
fn writing(random: &mut Random, ability: f64, below: bool) -> TaCode {
    match ability {
        _ if below => pre_key_stage(random),
        _ if random.chance(0.008) => TaCode::Absent,
        GREATER_DEPTH.. => TaCode::Gds,
        EXPECTED.. => TaCode::Exs,
        _ => TaCode::Wts,
    }
}

const GREATER_DEPTH: f64 = 1.12;
const EXPECTED: f64 = -0.68;

/// EXS for 81 % of all pupils.
fn science(random: &mut Random, ability: f64, below: bool) -> TaCode {
    if random.chance(0.006) {
        TaCode::Absent
    } else if !below && ability > -1.03 {
        TaCode::Exs
    } else {
        TaCode::Hnm
    }
}

fn pre_key_stage(random: &mut Random) -> TaCode {
    PRE_KEY_STAGE[random.weighted(&PRE_KEY_STAGE_SHARES)]
}
