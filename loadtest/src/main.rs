//! Black-box load test of a running Daybreak: it knows addresses, form fields and file formats, and
//! shares no type with the server.

mod archive;
mod attack;
mod body;
mod browser;
mod cli;
mod cpu;
mod curve;
mod door;
mod download;
mod error;
mod fault;
mod figures;
mod goals;
mod kind;
mod page;
mod plan;
mod profile;
mod queue;
mod quiet;
mod ready;
mod report;
mod results_csv;
mod run;
mod tally;
mod visit;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use clap::error::ErrorKind;

use cli::Cli;
use error::Error;
use plan::Plan;
use profile::{Profile, USERS_AT_ONCE_MAX};
use quiet::Output;
use ready::{Accounts, Target};
use report::{Conditions, Report};
use run::Run;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe is no error of the command line.
            let _ = error.print();
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return ExitCode::from(if asked { 0 } else { 2 });
        }
    };
    if cli.list {
        return list();
    }
    match load(&cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("loadtest: {error}");
            ExitCode::from(error.code())
        }
    }
}

fn list() -> ExitCode {
    let mut out = std::io::stdout().lock();
    for (name, _) in profile::BUILT_IN {
        match Profile::load(name) {
            // A reader that has gone away wants no more of it.
            Ok(profile) => drop(writeln!(out, "{name:<13} {}", profile.about)),
            Err(error) => eprintln!("loadtest: {error}"),
        }
    }
    ExitCode::SUCCESS
}

/// Runs the test and writes its report. True when every goal was reached.
fn load(cli: &Cli) -> Result<bool, Error> {
    let target = target(cli)?;
    let profile = Profile::load(&cli.profile)?;
    if !(cli.speed.is_finite() && cli.speed > 0.0) {
        return Err(Error::Usage("--speed must be above 0".to_owned()));
    }
    let at_once = cli.users_at_once.unwrap_or(profile.users_at_once);
    if !(1..=USERS_AT_ONCE_MAX).contains(&at_once) {
        let words = format!("--users-at-once must be from 1 to {USERS_AT_ONCE_MAX}");
        return Err(Error::Usage(words));
    }
    let accounts = Accounts::read(&target.accounts_file, &profile.people.roles)?;
    let plan = Plan::new(&profile, accounts, cli.seed, cli.speed);
    let users = at_once.min(plan.visits.len());
    let mut output = Output::take()?;
    let runtime =
        tokio::runtime::Runtime::new().map_err(|error| Error::Failed(error.to_string()))?;
    let report = runtime.block_on(attack(cli, &target, profile, plan, users))?;
    // Connections that people left open are not worth waiting for.
    runtime.shutdown_timeout(Duration::from_secs(1));
    report.write(&cli.report)?;
    output.say(&if cli.json { report.json() } else { report.words(&cli.report) });
    Ok(report.passed())
}

/// Where to go: a ready file, or its parts.
fn target(cli: &Cli) -> Result<Target, Error> {
    if let Some(path) = &cli.ready_file {
        return Target::read(path);
    }
    let (Some(host), Some(ca_file), Some(accounts)) = (&cli.host, &cli.ca_file, &cli.accounts)
    else {
        return Err(Error::Usage(
            "say where the server is: --ready-file FILE, or --host with --ca-file and --accounts"
                .to_owned(),
        ));
    };
    Ok(Target {
        base_url: host.clone(),
        ca_file: ca_file.clone(),
        accounts_file: accounts.clone(),
        release_opens_unix: None,
        pid: None,
    })
}

async fn attack(
    cli: &Cli,
    target: &Target,
    profile: Profile,
    plan: Plan,
    users: usize,
) -> Result<Report, Error> {
    let place = attack::find(target).await?;
    let mut conditions = Conditions::begin(cli, target, &place, users);
    let until_opening = target.release_opens_unix.map(|opens| opens - conditions.began_unix);
    let started = attack::first_arrival(until_opening, plan.opening_s, users);
    eprintln!(
        "{}: {} people of {} schools, {users} at once, against {}",
        profile.title,
        plan.visits.len(),
        plan.schools,
        place.base_url
    );
    let opens = target.release_opens_unix;
    let run = Arc::new(Run::new((profile, plan), cli.speed, place, opens, started));
    Box::pin(attack::run(&run, users)).await?;
    conditions.end(run.now(), target);
    Ok(Report::of(&run, conditions))
}
