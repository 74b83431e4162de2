//! Registers against what is held, row by row.

use jiff::civil::date;

use super::*;
use crate::domain::ids::Urn;
use crate::domain::schools::School;

const DAY: Date = date(2024, 3, 1);

fn urn(number: u32) -> Urn {
    number.to_string().parse().unwrap()
}

fn school(urn_number: u32, number: u32, name: &str) -> School {
    let laestab = Laestab::from_number(8_880_000 + number).unwrap();
    School {
        urn: urn(urn_number),
        laestab,
        name: name.to_owned(),
        authority: laestab.authority(),
        authority_name: "Northshire".to_owned(),
        kind: "01".to_owned(),
        ages: (4, 11),
        phase: "2".to_owned(),
        address: String::new(),
        phone: "01632 960001".to_owned(),
        opened_on: None,
        is_closed: false,
        closed_on: None,
        trusts: Vec::new(),
    }
}

fn closed(school: School, on: Date) -> School {
    School { is_closed: true, closed_on: Some(on), ..school }
}

fn register(schools: &[School]) -> Register {
    let mut register = Register::default();
    register.trusts.insert("7".parse().unwrap(), "Trust Seven".to_owned());
    register.trusts.insert("8".parse().unwrap(), "Trust Eight".to_owned());
    register.authorities.insert("888".parse().unwrap(), "Northshire".to_owned());
    for school in schools {
        register.schools.insert(school.laestab, school.clone());
    }
    register
}

/// What is held once a register was taken over.
fn held(register: &Register) -> Vec<Known> {
    after(Vec::new(), &Difference::between(register, &[], Kinds::Keep, DAY))
}

/// What is held after the steps of a difference.
fn after(mut known: Vec<Known>, difference: &Difference) -> Vec<Known> {
    for step in &difference.steps {
        let place = step.id.and_then(|id| known.iter().position(|k| k.id == id));
        let place = place.unwrap_or_else(|| {
            let id = i64::try_from(known.len()).unwrap() + 1;
            known.push(Known { id, facts: step.facts.clone(), trusts: BTreeMap::new() });
            known.len() - 1
        });
        known[place].facts = step.facts.clone();
        for (group, ..) in &step.leaves {
            known[place].trusts.remove(group);
        }
        known[place].trusts.extend(step.joins.iter().copied());
    }
    known
}

/// Takes `new` over after `old`: the changes are these, and taking it over again changes nothing.
#[track_caller]
fn check(old: &Register, new: &Register, expected: &[&str]) -> Difference {
    let known = held(old);
    let difference = Difference::between(new, &known, Kinds::Keep, DAY);
    let words = |c: &Change| format!("{}: {} {}", c.kind.key(), c.who, c.what).trim().to_owned();
    assert_eq!(difference.changes.iter().map(words).collect::<Vec<_>>(), expected);
    let known = after(known, &difference);
    let again = Difference::between(new, &known, Kinds::Keep, DAY);
    let missing = |c: &&Change| c.kind != ChangeKind::Missing;
    assert_eq!(again.changes.iter().filter(missing).collect::<Vec<_>>(), Vec::<&Change>::new());
    assert!(again.steps.iter().all(|step| !step.is_change()), "{again:?}");
    let numbers: Vec<i32> = known.iter().filter_map(|k| k.facts.laestab).collect();
    assert_eq!(numbers.len(), numbers.iter().collect::<BTreeSet<_>>().len(), "one number, one row");
    difference
}

#[test]
fn a_first_register_is_all_new_and_the_same_again_changes_nothing() {
    let one = register(&[school(100_001, 2001, "One")]);
    check(
        &Register::default(),
        &one,
        &[
            "new_schools: 8882001 One URN 100001",
            "new_trusts: 7 Trust Seven",
            "new_trusts: 8 Trust Eight",
            "new_authorities: 888 Northshire",
        ],
    );
    check(&one, &one, &[]);
}

#[test]
fn closures_names_and_numbers_are_told_apart() {
    let old = register(&[school(100_001, 2001, "One"), school(100_002, 2002, "Two")]);
    let gone = closed(school(100_001, 2001, "One"), date(2024, 2, 1));
    let new = register(&[gone, school(100_002, 2009, "Two and a half")]);
    let difference = check(
        &old,
        &new,
        &[
            "closed: 8882001 One on 2024-02-01",
            "numbers: 8882009 Two and a half 8882002 → 8882009",
            "renamed: 8882009 Two and a half was Two",
        ],
    );
    let counts = difference.counts();
    assert_eq!((counts[&ChangeKind::Closed], counts.len()), (1, 3));
    let limits = |most| Limits([(ChangeKind::Closed, most)].into());
    assert_eq!(difference.beyond(&limits(0)), [(ChangeKind::Closed, 1, 0)]);
    assert_eq!(difference.beyond(&limits(1)), []);
    // Who is not named at all stays as it is.
    check(&old, &register(&[school(100_002, 2002, "Two")]), &["missing: 8882001 One"]);
    check(
        &new,
        &old,
        &[
            "reopened: 8882001 One",
            "numbers: 8882002 Two 8882009 → 8882002",
            "renamed: 8882002 Two was Two and a half",
        ],
    );
}

#[test]
fn two_schools_may_swap_their_numbers() {
    let old = register(&[school(100_001, 2001, "One"), school(100_002, 2002, "Two")]);
    let new = register(&[school(100_001, 2002, "One"), school(100_002, 2001, "Two")]);
    check(
        &old,
        &new,
        &["numbers: 8882001 Two 8882002 → 8882001", "numbers: 8882002 One 8882001 → 8882002"],
    );
}

#[test]
fn an_academy_goes_on_in_the_row_of_the_school_that_it_was() {
    let old = register(&[school(100_001, 2001, "One"), school(100_002, 2002, "Two")]);
    let mut new = register(&[school(200_001, 2001, "One Academy")]);
    // The same number: no link is needed.
    let before = closed(school(100_001, 2001, "One"), date(2024, 2, 29));
    new.replaced.insert(before.urn, before);
    // Another number: only a link tells.
    let before = closed(school(100_002, 2002, "Two"), date(2024, 2, 29));
    new.schools.insert(before.laestab, before);
    let academy = school(200_002, 4002, "Two Academy");
    new.schools.insert(academy.laestab, academy);
    new.successors.insert(urn(100_002), urn(200_002));
    let difference = check(
        &old,
        &new,
        &[
            "converted: 8882001 One Academy 100001 → 200001",
            "converted: 8884002 Two Academy 100002 → 200002",
            "numbers: 8884002 Two Academy 8882002 → 8884002",
            "renamed: 8882001 One Academy was One",
            "renamed: 8884002 Two Academy was Two",
        ],
    );
    assert!(difference.steps.iter().all(|step| step.id.is_some()), "no row is new");
}

#[test]
fn a_merged_school_and_a_number_used_again_are_new() {
    let old = register(&[school(100_001, 2001, "One"), school(100_002, 2002, "Two")]);
    let day = date(2024, 2, 29);
    let one = closed(school(100_001, 2001, "One"), day);
    let two = closed(school(100_002, 2002, "Two"), day);
    let mut new = register(&[one, two, school(200_001, 3001, "Both")]);
    new.successors.insert(urn(100_001), urn(200_001));
    new.successors.insert(urn(100_002), urn(200_001));
    check(
        &old,
        &new,
        &[
            "new_schools: 8883001 Both URN 200001",
            "closed: 8882001 One on 2024-02-29",
            "closed: 8882002 Two on 2024-02-29",
        ],
    );
    // Years later somebody else has the number: not the people of the school that was.
    let old = register(&[closed(school(100_001, 2001, "One"), date(2022, 1, 1))]);
    let opened_on = Some(date(2024, 1, 1));
    let mut new = register(&[School { opened_on, ..school(200_001, 2001, "Other") }]);
    let before = closed(school(100_001, 2001, "One"), date(2022, 1, 1));
    new.replaced.insert(before.urn, before);
    check(&old, &new, &["new_schools: 8882001 Other URN 200001", "numbers: One 8882001 → none"]);
}

#[test]
fn trusts_are_joined_and_left_on_a_day() {
    let member = |trusts: &[(&str, Date)]| School {
        trusts: trusts.iter().map(|(group, on)| (group.parse().unwrap(), *on)).collect(),
        ..school(100_001, 2001, "One")
    };
    let (first, second) = (date(2022, 9, 1), date(2024, 1, 1));
    let old = register(&[member(&[("7", first)])]);
    let moved = check(
        &old,
        &register(&[member(&[("8", second)])]),
        &[
            "joined_trusts: 8882001 One 8 Trust Eight on 2024-01-01",
            "left_trusts: 8882001 One 7 Trust Seven on 2024-03-01",
        ],
    );
    let step = moved.steps.iter().find(|step| !step.joins.is_empty()).unwrap();
    assert_eq!((&step.joins, &step.leaves), (&vec![(8, second)], &vec![(7, first, DAY)]));
    // When the trust closed is the day of leaving it.
    let mut new = register(&[member(&[])]);
    let group = "7".parse().unwrap();
    new.trusts.remove(&group);
    new.closed_trusts.insert(group, Some(date(2024, 2, 10)));
    let over = check(
        &old,
        &new,
        &["left_trusts: 8882001 One 7 Trust Seven on 2024-02-10", "closed_trusts: 7 Trust Seven"],
    );
    let step = over.steps.iter().find(|step| !step.leaves.is_empty()).unwrap();
    assert_eq!(step.leaves, [(7, first, date(2024, 2, 10))]);
}

#[test]
fn pupils_decide_the_kind_where_they_are_known() {
    let all_through =
        School { ages: (4, 18), phase: "7".to_owned(), ..school(100_001, 2001, "One") };
    let register = register(std::slice::from_ref(&all_through));
    let kind =
        |kinds| Difference::between(&register, &[], kinds, DAY).steps.pop().unwrap().facts.kind;
    assert_eq!(kind(Kinds::Keep), OrganisationKind::Secondary);
    let with_pupils = [all_through.laestab].into();
    assert_eq!(kind(Kinds::WithPupils(&with_pupils)), OrganisationKind::School);
    let known = after(
        Vec::new(),
        &Difference::between(&register, &[], Kinds::WithPupils(&with_pupils), DAY),
    );
    let kept = Difference::between(&register, &known, Kinds::Keep, DAY);
    assert_eq!(kept.changes, []);
}

#[test]
fn trusts_stay_as_they_are_while_all_else_is_taken_over() {
    let in_trust = |school: School, group: &str| School {
        trusts: vec![(group.parse().unwrap(), date(2024, 2, 1))],
        ..school
    };
    let one = || school(100_001, 2001, "One");
    let old = register(&[in_trust(one(), "7"), school(100_002, 2002, "Two")]);
    let known = held(&old);
    // One moves, Two goes on as an academy of a trust, Three is new in one.
    let named = |text: &str| School { name: text.to_owned(), ..one() };
    let academy = in_trust(school(200_002, 2002, "Two"), "8");
    let three = in_trust(school(100_003, 2003, "Three"), "8");
    let new = register(&[in_trust(named("First"), "8"), academy, three]);
    let mut difference = Difference::between(&new, &known, Kinds::Keep, DAY);
    difference.hold_trusts(jiff::Timestamp::UNIX_EPOCH);
    let words = |c: &Change| format!("{}: {} {}", c.kind.key(), c.who, c.what);
    let told = |changes: &[Change]| changes.iter().map(words).collect::<Vec<_>>();
    assert_eq!(
        told(&difference.changes),
        [
            "new_schools: 8882003 Three URN 100003",
            "converted: 8882002 Two 100002 → 200002",
            "renamed: 8882001 First was One",
        ]
    );
    let waiting = difference.waiting.clone().unwrap();
    assert_eq!(
        told(&waiting.changes),
        [
            "joined_trusts: 8882001 First 8 Trust Eight on 2024-02-01",
            "joined_trusts: 8882002 Two 8 Trust Eight on 2024-02-01",
            "joined_trusts: 8882003 Three 8 Trust Eight on 2024-02-01",
            "left_trusts: 8882001 First 7 Trust Seven on 2024-03-01",
        ]
    );
    assert!(waiting.words().starts_with("4 trust changes wait until"), "{}", waiting.words());
    // The next extract has them all again, the new school's too.
    let next = Difference::between(&new, &after(known, &difference), Kinds::Keep, DAY);
    assert_eq!((next.changes, next.waiting), (waiting.changes, None));
}
