//! The plan of a run.

use super::*;
use crate::ready::Account;

fn accounts(schools: usize) -> Accounts {
    let row =
        |number: usize| format!("u{number}@school.example,p,school_user,213{:04}\n", 2000 + number);
    let text: String = (0..schools).map(row).collect();
    let text = format!("username,password,role,laestab\n{text}");
    let people: Vec<Account> =
        csv::Reader::from_reader(text.as_bytes()).into_deserialize().map(Result::unwrap).collect();
    Accounts { people, schools }
}

fn plan(profile: &str, schools: usize, seed: u64) -> Plan {
    Plan::new(&Profile::load(profile).unwrap(), accounts(schools), seed, 10.0)
}

#[test]
fn the_hour_is_scaled_to_the_schools_there_are() {
    let plan = plan("0730", 200, 1);
    assert_eq!(plan.visits.len(), 165);
    assert_eq!(plan.schools, 165);
    assert_eq!(plan.visits.iter().map(|visit| visit.pages).sum::<usize>(), 295);
    assert_eq!(plan.visits.iter().map(|visit| visit.files.len()).sum::<usize>(), 445);
    assert!(plan.visits.is_sorted_by_key(|visit| visit.due));
}

#[test]
fn every_school_fetches_its_scripts_once() {
    let plan = plan("cold-scripts", 40, 1);
    assert_eq!(plan.schools, 40);
    assert!(plan.visits.iter().all(|visit| visit.files == [Wanted::Scripts]));
}

#[test]
fn the_same_seed_gives_the_same_visits() {
    let text = |seed| format!("{:?}", plan("small", 30, seed).visits);
    assert_eq!(text(5), text(5));
    assert_ne!(text(5), text(6));
}

#[test]
fn nobody_is_asked_to_be_refused_their_own_file() {
    let mut profile = Profile::load("small").unwrap();
    profile.checks.foreign = 1.0;
    let plan = Plan::new(&profile, accounts(30), 1, 1.0);
    let asking = plan.visits.iter().filter_map(|visit| Some((visit.person, visit.foreign?)));
    let pairs: Vec<_> = asking.collect();
    assert!(!pairs.is_empty());
    assert!(
        pairs
            .iter()
            .all(|(own, other)| { plan.people[*own].laestab != plan.people[*other].laestab })
    );
}

#[test]
fn those_who_come_again_are_the_same_people() {
    let plan = plan("soak", 10, 1);
    let each = Profile::load("soak").unwrap().people.visits_each;
    assert!(each > 1);
    assert_eq!(plan.visits.len(), 10 * each);
    assert_eq!(plan.schools, 10);
}

#[test]
fn weights_decide_what_is_downloaded() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let files = Files { csv: 3, scripts: 1, ..Files::default() };
    let chosen = choose(&files, 4000, &mut rng);
    let scripts = chosen.iter().filter(|wanted| **wanted == Wanted::Scripts).count();
    assert!((900..1100).contains(&scripts), "{scripts}");
    assert!(chosen.iter().all(|wanted| matches!(wanted, Wanted::Csv | Wanted::Scripts)));
}
