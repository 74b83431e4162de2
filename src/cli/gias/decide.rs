//! Extracts that the nightly job found: what became of them, and a person's decision over one that waits.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Despite, operator, report};
use crate::cli::exit::Failure;
use crate::cli::print;
use crate::cli::system::{System, lines};
use crate::config::Role;
use crate::domain::calendar::instant_in_words;
use crate::domain::gias::ChangeKind;
use crate::intake::gias::Register;
use crate::intake::problems::Problems;
use crate::store::gias::runs::{DecideRun, ListRuns, Run, RunState};
use crate::store::gias::{Mode, TakeOver};
use crate::telemetry::chain;

/// The last runs, or all that is kept of one.
pub(super) async fn show(system: &System, run: Option<i64>, json: bool) -> Result<(), Failure> {
    let Some(run) = run else {
        for run in runs(system).await? {
            print(&if json { value(&run).to_string() } else { line(&run) })?;
        }
        return Ok(());
    };
    let run = find(system, run).await?;
    if json {
        return print(&value(&run).to_string());
    }
    print(&line(&run))?;
    print(&details(&run.report).join("\n"))
}

/// Takes over an extract that waits: the same files, which are had once more from where they were found.
pub(super) async fn approve(
    system: &System,
    id: i64,
    actor: &str,
    despite: &Despite,
) -> Result<(), Failure> {
    let actor = operator(system, actor).await?;
    let freeze = despite.freeze(system, &actor).await?;
    let run = waiting(system, id).await?;
    let register = Arc::new(fetched(system, &run).await?);
    let now = system.clock.now();
    let work = TakeOver {
        register,
        with_pupils: None,
        day: run.extract_on,
        now,
        actor: actor.clone(),
        mode: Mode::Apply,
        freeze,
    };
    let work = DecideRun { id, work: Some(work), actor, now };
    match system.store(Role::Owner)?.run(now, &work).await? {
        None => Err(not_waiting(id)),
        Some(taken) => {
            print(&report::words(&taken.difference))?;
            print("Taken over.")
        }
    }
}

/// The extract of a run once more, if it is still the same.
async fn fetched(system: &System, run: &Run) -> Result<Register, Failure> {
    let source = system.config.gias.source().map_err(Failure::configuration)?;
    let source = source.ok_or_else(|| {
        Failure::configuration("no source is configured: set folder or address of [gias]")
    })?;
    let fetched = source.of(run.extract_on).await;
    let fetched = fetched.map_err(|error| Failure::unavailable(chain(&error)))?;
    let changed = || {
        let (day, id) = (run.extract_on, run.id);
        Failure::failed(format!(
            "the extract of {day} is not the one that was looked at any more: drop run {id}, and look at \
             what the next night finds"
        ))
    };
    let fetched = fetched.filter(|fetched| fetched.digest == run.digest).ok_or_else(changed)?;
    let mut problems = Problems::default();
    let register = fetched.extract.read(&mut problems);
    if problems.errors() > 0 {
        return Err(Failure::data(lines(problems.list())));
    }
    Ok(register)
}

/// Leaves an extract that waits.
pub(super) async fn drop(system: &System, id: i64, actor: &str) -> Result<(), Failure> {
    let actor = operator(system, actor).await?;
    let now = system.clock.now();
    let work = DecideRun { id, work: None, actor, now };
    match system.store(Role::Owner)?.run(now, &work).await? {
        None => Err(not_waiting(id)),
        Some(_) => print(&format!("Dropped run {id}. Nothing was changed.")),
    }
}

async fn runs(system: &System) -> Result<Vec<Run>, Failure> {
    Ok(system.store(Role::Owner)?.run(system.clock.now(), &ListRuns).await?)
}

async fn find(system: &System, id: i64) -> Result<Run, Failure> {
    let found = runs(system).await?.into_iter().find(|run| run.id == id);
    found.ok_or_else(|| Failure::failed(format!("there is no run {id} among the last ones")))
}

async fn waiting(system: &System, id: i64) -> Result<Run, Failure> {
    let run = find(system, id).await?;
    if run.state == RunState::Held { Ok(run) } else { Err(not_waiting(id)) }
}

fn not_waiting(id: i64) -> Failure {
    Failure::failed(format!("run {id} does not wait for a decision: daybreak gias show lists all"))
}

fn line(run: &Run) -> String {
    let decided = run.decided_by.as_ref().map(|who| format!(", decided by {who}"));
    let (id, day, state) = (run.id, run.extract_on, run.state.key());
    let at = instant_in_words(run.at);
    format!("{id}\textract of {day}\t{state}\tfound at {at}{}", decided.unwrap_or_default())
}

/// Counts, limits and names of a kept report; or why the extract was refused.
fn details(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut lines: Vec<String> = list(&report["problems"]).iter().map(text).collect();
    for kind in ChangeKind::ALL {
        let Some(count) = report["counts"][kind.key()].as_u64() else { continue };
        let beyond = list(&report["beyond"]);
        let limit = beyond.iter().find(|over| over[0] == kind.key()).map(|over| over[2].clone());
        let over = limit.map(|limit| format!(" (more than the limit of {limit})"));
        lines.push(format!("{count} {}{}", kind.words(), over.unwrap_or_default()));
        let named = list(&report["named"][kind.key()]);
        lines.extend(named.iter().map(|n| format!("  {}: {}", text(&n[0]), text(&n[1]))));
    }
    lines.extend(report["waiting"].as_str().map(str::to_owned));
    lines
}

fn value(run: &Run) -> Value {
    json!({
        "run": run.id,
        "extract_on": run.extract_on.to_string(),
        "state": run.state.key(),
        "found_at": run.at.to_string(),
        "decided_by": run.decided_by,
        "decided_at": run.decided_at.map(|at| at.to_string()),
        "report": run.report,
    })
}
