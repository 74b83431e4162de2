//! Additional time: both gates and the 128 cases.

use super::*;

const GATES: [&str; 2] = ["ehc_plan", "modified_papers"];
const NEEDS: [&str; 7] =
    ["reading", "writing", "processing", "eal", "hearing", "vision", "concentration"];

/// The rule of the domain notes, section 3.2, written down again.
fn expected(answers: &[(&str, &str)]) -> String {
    let yes = |id: &str| answers.contains(&(id, "yes"));
    if yes("modified_papers") {
        return "entitled all 100 [] []".to_owned();
    }
    if yes("ehc_plan") {
        return "entitled all 25 [] []".to_owned();
    }
    let award = match (yes("reading") || yes("writing") || yes("processing"), yes("eal")) {
        (true, _) => "approved all 25",
        (false, true) => "approved maths 25",
        (false, false) => "not_awarded none -",
    };
    let advice = [
        ("eal", "translation"),
        ("hearing", "compensatory_marks"),
        ("vision", "modified_papers"),
        ("concentration", "rest_breaks"),
    ];
    let advice: Vec<&str> =
        advice.into_iter().filter(|(need, _)| yes(need)).map(|(_, advice)| advice).collect();
    format!("{award} [{}] []", advice.join(" "))
}

#[test]
fn all_512_ways_to_answer() {
    let questions = [&GATES[..], &NEEDS].concat();
    for year in YEARS {
        let rules = rules(year, Form::AdditionalTime);
        let outcomes: Vec<String> = combinations(&questions)
            .iter()
            .map(|answers| {
                let outcome = evaluated(&rules, answers);
                assert_eq!(outcome, expected(answers), "{answers:?}");
                outcome
            })
            .collect();
        let count = |start: &str| outcomes.iter().filter(|told| told.starts_with(start)).count();
        assert_eq!(outcomes.len(), 512);
        assert_eq!(count("entitled all 100 "), 256);
        assert_eq!(count("entitled all 25 "), 128);
        assert_eq!(count("approved all "), 112);
        assert_eq!(count("approved maths "), 8);
        assert_eq!(count("not_awarded none "), 8);
        assert_eq!(count("not_awarded none - [] []"), 1);
    }
}

#[test]
fn both_gates_are_asked_and_then_seven_questions_or_none() {
    let rules = rules(2024, Form::AdditionalTime);
    for entitled in [["yes", "no"], ["no", "yes"], ["yes", "yes"]] {
        let gates: Vec<_> = GATES.into_iter().zip(entitled).collect();
        assert_eq!(evaluated(&rules, &gates), expected(&gates));
        // What is not asked is not looked at.
        let ignored = [&gates[..], &[("reading", "maybe"), ("vision", "yes")]].concat();
        assert_eq!(evaluated(&rules, &ignored), expected(&gates));
    }
    let missing = "is missing; answer with \"yes\" or \"no\"";
    for left_out in [&GATES[..], &NEEDS].concat() {
        let all = [&GATES[..], &NEEDS].concat();
        let answers: Vec<_> =
            all.into_iter().filter(|id| *id != left_out).map(|id| (id, "no")).collect();
        assert_eq!(evaluated(&rules, &answers), format!("{left_out} {missing}"));
    }
}
