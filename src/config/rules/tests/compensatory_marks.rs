//! Compensatory marks: approved with both confirmations, otherwise not to be sent.

use super::*;

#[test]
fn all_four_ways_to_answer() {
    for year in YEARS {
        let rules = rules(year, Form::CompensatoryMarks);
        for answers in combinations(&["takes_paper_1", "cannot_access_paper_2"]) {
            let both = answers.iter().all(|(_, word)| *word == "yes");
            let expected = if both { "approved all - [] []" } else { "blocked none - [] []" };
            assert_eq!(evaluated(&rules, &answers), expected, "{answers:?}");
        }
    }
}

#[test]
fn answers_that_do_not_fit_are_told() {
    let rules = rules(2024, Form::CompensatoryMarks);
    let check = |answers: &[(&str, &str)], expected| {
        assert_eq!(evaluated(&rules, answers), expected);
    };
    let both = [("takes_paper_1", "yes"), ("cannot_access_paper_2", "yes")];
    check(&both[..1], "cannot_access_paper_2 is missing; answer with \"yes\" or \"no\"");
    check(
        &[both[0], ("cannot_access_paper_2", "Yes")],
        "cannot_access_paper_2 is not an answer to this question; answer with \"yes\" or \"no\"",
    );
    check(
        &[both[0], both[1], ("takes_paper_3", "yes")],
        "takes_paper_3 is not a question of this form; leave it out",
    );
    let mut sheet = sheet(&both);
    sheet.insert("takes_paper_1".to_owned(), Given::Other("true or false"));
    let bad = rules.evaluate(&sheet).unwrap_err();
    assert_eq!(bad.field, "takes_paper_1");
    assert_eq!(bad.to_string(), "is true or false; answer with \"yes\" or \"no\"");
}
