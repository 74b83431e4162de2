//! `daybreak rehearse`: tomorrow's morning on the real nodes, with a school that does not exist; ends in go or no-go.

use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Failure;
use super::system::{System, runtime};
use super::{SystemArgs, doctor, print, say};
use crate::clock::machine_now;
use crate::domain::wording::count;
use crate::telemetry::chain;

mod alertmanager;
mod ask;
mod backups;
mod capacity;
mod chart;
mod judge;
mod known;
mod morning;
mod node;
mod part;
mod plan;
mod prometheus;
mod publish;
mod release;
mod report;
mod visits;

use ask::Asker;
use known::Known;
use morning::Cast;
use part::{Name, Optional, Part};
use plan::Plan;
use report::Report;

/// Arguments of `rehearse`.
#[derive(Debug, Args)]
#[command(before_help = "Examples:
  daybreak rehearse --config /etc/daybreak/daybreak.toml --file /etc/daybreak/rehearsal.toml --report rehearsal
  daybreak rehearse --file rehearsal.toml --without alertmanager     on a system that calls nobody
  daybreak rehearse --data var/demo --ready-file var/demo/ready.json --without backups --without prometheus \\
      --without alertmanager")]
pub struct RehearseArgs {
    /// What is rehearsed; `config/rehearsal.toml` explains each key.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "config/rehearsal.toml",
        conflicts_with = "ready_file"
    )]
    file: PathBuf,
    /// A demo, by the file that it writes once it answers.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Leave this part out. What the file does not name is else no go.
    #[arg(long, value_name = "PART")]
    without: Vec<Optional>,
    /// Folder for report.html and report.json, which are fit to publish.
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    #[command(flatten)]
    system: SystemArgs,
}

/// Rehearses; exit code 0 is go, 1 no-go.
pub fn run(args: &RehearseArgs) -> Result<(), Failure> {
    let plan = match &args.ready_file {
        Some(ready) => Plan::of_demo(ready)?,
        None => Plan::of_file(&args.file)?,
    };
    let system = System::open_for_owner(&args.system)?;
    say("Looks at the system.");
    let mut doctor_found = Part::new(Name::Doctor);
    doctor_found.saw("Configuration, services, nodes, messages and releases were looked at");
    doctor_found.reasons = doctor::look(&args.system)?;
    let report = runtime()?.block_on(rehearse(args, &plan, &system, doctor_found))?;
    if let Some(folder) = &args.report {
        write(folder, &report)?;
    }
    if args.system.json {
        print(&report.json().to_string())?;
    } else {
        report.lines().iter().try_for_each(|line| print(line))?;
    }
    match report.against() {
        0 => Ok(()),
        against => Err(Failure::failed(format!(
            "no-go: {} against the morning",
            count(against, "part stands", "parts stand")
        ))),
    }
}

async fn rehearse(
    args: &RehearseArgs,
    plan: &Plan,
    system: &System,
    doctor_found: Part,
) -> Result<Report, Failure> {
    let asker = Asker::new().map_err(|error| Failure::failed(chain(&error)))?;
    let known = known::read(system, system.clock.now()).await;
    say(&format!("Visits {}.", count(plan.observed.nodes.len(), "address", "addresses")));
    let measured = visits::measure(plan, &asker, &system.clock).await?;
    let (nodes, now) = (&measured.after, machine_now());
    let releases = known.as_ref().map(|known| known.releases.as_slice());
    let (release, opens) = release::judge(releases, nodes, system.clock.now());
    let (capacity, strengths) = capacity::judge(&measured);
    let cast = cast(plan, system, known.as_ref(), judge::ceiling(nodes));
    let (morning, mornings) = morning::judge(cast, strengths.as_deref(), plan.morning.within());
    let (backups, prometheus, alertmanager) = tokio::join!(
        optional(args, Optional::Backups, backups::look(plan, &asker, now)),
        optional(args, Optional::Prometheus, prometheus::look(plan, &asker)),
        optional(args, Optional::Alertmanager, alertmanager::look(plan, &asker, now)),
    );
    let parts = vec![
        doctor_found,
        release,
        measured.judge(known.as_ref().map(|known| known.alive.as_slice())),
        judge::clocks(&measured, &plan.limits),
        judge::certificates(&measured, &plan.limits, now),
        judge::disks(nodes, &plan.limits),
        judge::queue(nodes),
        capacity,
        morning,
        backups,
        prometheus,
        alertmanager,
    ];
    Ok(Report { at: now, nodes: plan.ops.len(), opens, parts, mornings })
}

/// A part, unless somebody said that it is to be left out: then nothing is asked.
async fn optional(args: &RehearseArgs, part: Optional, look: impl Future<Output = Part>) -> Part {
    if args.without.contains(&part) { Part::left_out(part.name()) } else { look.await }
}

/// Who takes part in the expected morning, or why that is not known.
fn cast(
    plan: &Plan,
    system: &System,
    known: Option<&Known>,
    ceiling: Option<f64>,
) -> Result<Cast, String> {
    let people = plan.morning.sign_ins.or(known.map(|known| known.organisations));
    let people = people.ok_or("the database does not tell how many organisations may come")?;
    let rate = ceiling.ok_or("no node tells at which rate people are let in")?;
    if people == 0 {
        return Err("there is no organisation of which anybody may sign in".to_owned());
    }
    let people = people.min(crate::admission::rehearsal::PEOPLE_MAX);
    Ok(Cast { people, rate, waiting_max: system.config.admission.waiting_max })
}

/// Writes both files of the report.
fn write(folder: &Path, report: &Report) -> Result<(), Failure> {
    let failed = |path: &Path, error: std::io::Error| {
        Failure::failed(format!("{}: {error}", path.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let published = publish::published(report);
    let json = serde_json::to_string_pretty(&published.json()).expect("plain data");
    for (name, text) in [("report.html", published.html()), ("report.json", json)] {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|error| failed(&path, error))?;
    }
    say(&format!("The report is in {}.", folder.display()));
    Ok(())
}
