//! `daybreak check`: all problems of a system at once.

use super::exit::Failure;
use super::system::{System, runtime};
use super::{SystemArgs, print};
use crate::config::email::SenderKind;
use crate::config::{self, Role};
use crate::telemetry::chain;

/// What a look at everything found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Of the configuration, and of what it names.
    pub(super) problems: Vec<String>,
    /// Services that do not answer.
    pub(super) away: Vec<String>,
}

/// Checks everything that the configuration names; problems of it are code 78, missing services 69.
pub fn run(args: &SystemArgs) -> Result<(), Failure> {
    let Found { problems, away } = look(args)?;
    report(args, &problems, &away)
}

/// Looks at everything that the configuration names.
pub(super) fn look(args: &SystemArgs) -> Result<Found, Failure> {
    let mut found = Found::default();
    // What a server would miss is one problem among others as long as the text can be read.
    if let Err(failure) = System::open(args) {
        found.problems.push(failure.into_message());
    }
    let Ok(system) = System::open_for_owner(args) else { return Ok(found) };
    let year = system.config.cycles.year;
    for failure in [system.calendar(year).err(), system.tables(year).err()].into_iter().flatten() {
        found.problems.push(failure.into_message());
    }
    found.problems.extend(rules(&system));
    found.problems.extend(words(&system));
    services(&system, &mut found)?;
    found.away.dedup();
    found.problems.dedup();
    Ok(found)
}

/// The blob store, and the database as each role that a server has.
fn services(system: &System, found: &mut Found) -> Result<(), Failure> {
    let runtime = runtime()?;
    match system.blobs() {
        Err(failure) if failure.is_unavailable() => found.away.push(failure.into_message()),
        Err(failure) => found.problems.push(failure.into_message()),
        Ok(blobs) => {
            if let Err(error) = runtime.block_on(blobs.reach()) {
                found.away.push(format!("blob store: {}", chain(&error)));
            }
        }
    }
    for role in [Role::Node, Role::App, Role::Worker] {
        let store = match system.store(role) {
            Ok(store) => store,
            Err(failure) => {
                found.problems.push(failure.into_message());
                continue;
            }
        };
        match runtime.block_on(store.checked(system.clock.now())) {
            Ok(()) => (),
            Err(error) if error.is_unreachable() && !error.is_refused() => {
                found.away.push(chain(&error));
            }
            Err(error) => found.problems.push(chain(&error)),
        }
    }
    Ok(())
}

/// The problems of the decision tables, forms and words of this year and of every other year that has some. A calendar
/// that they cannot count on is a problem of its own.
fn rules(system: &System) -> Vec<String> {
    let cycles = &system.config.cycles;
    let mut years = config::rules::years(&cycles.folder);
    years.push(cycles.year);
    years.sort_unstable();
    years.dedup();
    let mut found = Vec::new();
    for year in years {
        let calendar = system.calendar(year);
        let problems = config::rules::check(&cycles.folder, year, calendar.as_ref().ok());
        found.extend(problems.iter().map(ToString::to_string));
        if let Ok(calendar) = &calendar {
            let welcome = config::welcome::load(&cycles.folder, calendar).err();
            let forms = config::forms::load(&cycles.folder, calendar).err();
            let told = welcome.into_iter().flatten().chain(forms.into_iter().flatten());
            found.extend(told.map(|problem| problem.to_string()));
        }
        if let Err(failure) = calendar
            && year != cycles.year
        {
            found.push(failure.into_message());
        }
    }
    found
}

/// The problems of the words of emails, where they are sent, and of the policy of passwords.
fn words(system: &System) -> Vec<String> {
    let (email, passwords) = (&system.config.email, &system.config.passwords);
    let emails = match email.sender {
        SenderKind::None => None,
        SenderKind::Folder | SenderKind::Smtp | SenderKind::Notify => email.templates().err(),
    };
    let found = [emails, passwords.policy().err()].into_iter().flatten().flatten();
    found.map(|problem| problem.to_string()).collect()
}

fn report(args: &SystemArgs, problems: &[String], away: &[String]) -> Result<(), Failure> {
    if args.json {
        print(&serde_json::json!({ "problems": problems, "unavailable": away }).to_string())?;
    }
    if !problems.is_empty() {
        return Err(Failure::configuration([problems, away].concat().join("\n")));
    }
    if !away.is_empty() {
        return Err(Failure::unavailable(away.join("\n")));
    }
    if args.json { Ok(()) } else { print("No problems found.") }
}
