//! Pupils, marks and judgements: valid one by one, consistent together, plausible in sum.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::domain::codes::{Attendance, Registration, TaCode, TaSubject};
use crate::domain::ids::Upn;
use crate::domain::papers::Paper;
use crate::domain::scores::SubjectResult;

type Key = (String, String);

/// The rows of a delivery by school and pupil.
struct Read {
    pupils: BTreeMap<Key, [Registration; 3]>,
    attendance: BTreeMap<(Key, Subject), Attendance>,
    marks: BTreeMap<(Key, Paper), u8>,
    assessments: BTreeMap<(Key, TaSubject), TaCode>,
}

fn key(row: &BTreeMap<String, String>) -> Key {
    (row["laestab"].clone(), row["upn"].clone())
}

fn read(delivery: &Delivery) -> Read {
    let registration =
        |row: &BTreeMap<String, String>| Subject::ALL.map(|s| row[s.key()].parse().unwrap());
    let rows = |name| delivery.rows(name).into_iter();
    Read {
        pupils: rows("pupils.csv").map(|r| (key(&r), registration(&r))).collect(),
        attendance: rows("attendance.csv")
            .map(|r| ((key(&r), r["subject"].parse().unwrap()), r["code"].parse().unwrap()))
            .collect(),
        marks: rows("marks.csv")
            .map(|r| ((key(&r), r["paper"].parse().unwrap()), r["mark"].parse().unwrap()))
            .collect(),
        assessments: rows("teacher_assessment.csv")
            .map(|r| ((key(&r), r["subject"].parse().unwrap()), r["code"].parse().unwrap()))
            .collect(),
    }
}

#[test]
fn pupils_have_valid_numbers_names_and_birthdays() {
    let delivery = Delivery::write(&plan(260, 11, Scripts::None));
    let rows = delivery.rows("pupils.csv");
    let mut schools_of: BTreeMap<Upn, u32> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let (mut temporary, mut elsewhere) = (0, 0);
    for row in &rows {
        let upn: Upn = row["upn"].parse().unwrap();
        temporary += u32::from(upn.is_temporary());
        elsewhere += u32::from(upn.as_str()[1..4] != row["laestab"][..3]);
        *schools_of.entry(upn).or_insert(0) += 1;
        assert!(seen.insert(key(row)), "one row a pupil and school");
        for name in [&row["surname"], &row["forename"]] {
            assert!(!name.is_empty() && name.chars().count() <= 128);
            let allowed = |c: char| c.is_alphanumeric() || " '-".contains(c);
            assert!(name.chars().all(allowed) && !name.starts_with('-'), "{name}");
        }
        let born: jiff::civil::Date = row["dob"].parse().unwrap();
        assert!((2011..=2014).contains(&born.year()));
        row["sex"].parse::<crate::domain::codes::Sex>().unwrap();
    }
    let twice = schools_of.values().filter(|&&schools| schools > 1).count();
    assert_eq!(twice, 2, "places 1 and 201 list a pupil of the school before");
    let count = u32::try_from(rows.len()).unwrap();
    assert!((20..100).contains(&(temporary * 10_000 / count)), "{temporary} of {count}");
    assert!((500..1_000).contains(&(elsewhere * 10_000 / count)), "{elsewhere} of {count}");
}

#[test]
fn marks_follow_registration_and_attendance() {
    let delivery = Delivery::write(&plan(60, 12, Scripts::None));
    let read = read(&delivery);
    for ((pupil, paper), &mark) in &read.marks {
        assert!(mark <= paper.max_mark());
        let registration = read.pupils[pupil][paper.subject() as usize];
        assert_eq!(registration, Registration::Registered);
    }
    for ((pupil, subject), code) in &read.attendance {
        assert_eq!(read.pupils[pupil][*subject as usize], Registration::Registered);
        let marks =
            subject.papers().iter().filter(|&&p| read.marks.contains_key(&(pupil.clone(), p)));
        if !matches!(code, Attendance::Cheating | Attendance::Maladministration) {
            assert!(marks.count() < subject.papers().len(), "{code:?}");
        }
    }
    for codes in read.pupils.values() {
        for whole in [Registration::Left, Registration::Unregistered] {
            let count = codes.iter().filter(|&&code| code == whole).count();
            assert!(count == 0 || count == 3, "{codes:?}");
        }
        for part in [Registration::Future, Registration::Previous] {
            assert!(codes.iter().filter(|&&code| code == part).count() < 3, "{codes:?}");
        }
    }
}

#[test]
fn assessments_are_those_that_are_due() {
    let delivery = Delivery::write(&plan(60, 13, Scripts::None));
    let read = read(&delivery);
    for ((pupil, subject), code) in &read.assessments {
        assert!(code.allowed_in(*subject), "{code:?} {subject:?}");
        assert!(read.pupils.contains_key(pupil));
    }
    for (pupil, codes) in &read.pupils {
        use Registration::{Below, Registered};
        let has = |subject| read.assessments.contains_key(&(pupil.clone(), subject));
        let due = codes.iter().any(|code| matches!(code, Registered | Below));
        assert_eq!((has(TaSubject::Writing), has(TaSubject::Science)), (due, due));
        assert_eq!(has(TaSubject::Reading), codes[1] == Below);
        assert_eq!(has(TaSubject::Maths), codes[2] == Below);
    }
}

#[test]
fn the_first_schools_are_the_special_cases() {
    let delivery = Delivery::write(&plan(30, 14, Scripts::None));
    let read = read(&delivery);
    let mut sizes: BTreeMap<&str, u32> = BTreeMap::new();
    let mut sat: BTreeSet<&str> = BTreeSet::new();
    for (school, _) in read.pupils.keys() {
        *sizes.entry(school).or_insert(0) += 1;
    }
    for (pupil, _) in read.marks.keys() {
        sat.insert(&pupil.0);
    }
    assert_eq!(sizes.len(), 30);
    assert!(sizes.values().any(|&size| size == 1));
    assert!(sizes.values().any(|&size| size == 150));
    assert!(sizes.keys().any(|school| !sat.contains(school)), "a school where nobody sat");
    let missing = read.pupils.iter().filter(|((school, _), codes)| {
        school == "8882045" && codes.iter().all(|&c| c == Registration::Registered)
    });
    let missing = missing.filter(|(pupil, _)| {
        let mark = |paper| read.marks.contains_key(&((*pupil).clone(), paper));
        !mark(Paper::Gps1) && mark(Paper::Gps2) && mark(Paper::Maths3)
    });
    assert!(missing.count() >= 1, "a mark is missing");
    let codes: BTreeSet<Attendance> = read.attendance.values().copied().collect();
    assert_eq!(codes.len(), Attendance::ALL.len());
    assert!(delivery.summary.missing_marks >= 1);
}

#[test]
fn the_nation_scores_about_as_published() {
    let delivery = Delivery::write(&plan(400, 15, Scripts::None));
    let read = read(&delivery);
    let tables = tables(2024);
    let mut achieved = [0_u32; 3];
    let mut all = 0;
    for (pupil, codes) in &read.pupils {
        all += 1;
        for (place, subject) in Subject::ALL.into_iter().enumerate() {
            let marks: Vec<Option<u8>> = subject
                .papers()
                .iter()
                .map(|&paper| read.marks.get(&(pupil.clone(), paper)).copied())
                .collect();
            let attendance = read.attendance.get(&(pupil.clone(), subject)).copied();
            let result = SubjectResult::decide(&tables[place], codes[place], attendance, &marks);
            achieved[place] += u32::from(result.outcome.code() == "AS");
        }
    }
    for (achieved, published) in achieved.into_iter().zip([720, 740, 730]) {
        let share = achieved * 1000 / all;
        assert!((published - 35..=published + 35).contains(&share), "{share} {published}");
    }
}
