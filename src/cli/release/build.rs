//! `daybreak release build`.

use std::path::Path;

use crate::cli::exit::Failure;
use crate::cli::system::{System, lines, runtime};
use crate::cli::{print, progress, say};
use crate::config::{Calendar, Role};
use crate::domain::hex::hex;
use crate::intake::delivery::{self, Delivery};
use crate::intake::problems::{Problems, Severity};
use crate::node::keys::random;
use crate::release::report::Report;
use crate::release::{Order, Source, build as pack};
use crate::store::releases::{FinishBuild, ReferenceKey, StartBuild};
use crate::telemetry::Hidden;
use crate::telemetry::chain;

/// What became of a build.
#[derive(Debug)]
pub struct BuildOutcome {
    /// Its report.
    pub report: Report,
    /// Everything that was delivered, when it could be read.
    pub delivery: Option<Delivery>,
}

/// Builds, prints the report, and fails with 65 when anything was refused.
pub(super) fn run(
    system: &System,
    year: u16,
    folder: &Path,
    actor: &str,
    json: bool,
) -> Result<(), Failure> {
    let report = build(system, year, folder, actor)?.report;
    if json {
        print(&serde_json::to_string(&report).expect("plain data"))?;
    } else {
        for problem in &report.problems {
            say(&problem.to_string());
        }
        print(&format!(
            "Release {}: {} schools, {} pupils, {} scripts, {} scripts being traced.",
            report.release,
            report.schools,
            report.pupils,
            report.scripts,
            report.missing_scripts.len()
        ))?;
    }
    let errors = report.problems.iter().filter(|p| p.severity != Severity::Warning).count();
    if errors == 0 {
        return Ok(());
    }
    let refused = report.refused.join(" ");
    Err(Failure::data(match report.schools {
        0 => format!("nothing was built: {errors} errors in the delivery"),
        _ => format!("{errors} errors; refused: {refused}; propose it with --without {refused}"),
    }))
}

/// Reads, scores, packs and verifies a delivery. Goes on where an earlier run stopped.
pub fn build(
    system: &System,
    year: u16,
    folder: &Path,
    actor: &str,
) -> Result<BuildOutcome, Failure> {
    let tables = system.tables(year)?;
    let calendar = system.calendar(year)?;
    let blobs = system.blobs()?;
    let mut problems = Problems::default();
    let Some(delivery) = delivery::read(folder, &mut problems) else {
        let report = Report::nothing_built(String::new(), &problems);
        return Ok(BuildOutcome { report, delivery: None });
    };
    let runtime = runtime()?;
    let id = runtime.block_on(start(system, year, &delivery.manifest.digest, actor))?;
    let key = runtime.block_on(reference_key(system, &id))?;
    let order = order(&id, year, key.expose(), &calendar);
    let source = Source { folder, delivery: &delivery, tables: &tables, blobs: &blobs };
    let bar = progress::bar("Schools", delivery.schools.len() as u64);
    let built = pack(&order, source, problems, &|done, _| {
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let built = built.map_err(|error| Failure::failed(chain(&error)))?;
    runtime.block_on(async {
        let checking = crate::release::verify::verify(&blobs, &id, 1, &built.manifest_digest);
        let (_, damaged) = checking.await;
        if !damaged.is_empty() {
            return Err(Failure::failed(format!("written, but damaged:\n{}", lines(&damaged))));
        }
        let finish = FinishBuild {
            id: id.clone(),
            manifest_digest: built.manifest_digest,
            report: serde_json::to_value(&built.report).expect("plain data"),
            now: system.clock.now(),
        };
        Ok(system.store(Role::Owner)?.run(finish.now, &finish).await?)
    })?;
    Ok(BuildOutcome { report: built.report, delivery: Some(delivery) })
}

/// What a build of this machine needs beside its delivery.
pub(super) fn order<'a>(
    release: &'a str,
    year: u16,
    reference_key: &'a [u8],
    calendar: &Calendar,
) -> Order<'a> {
    Order {
        release,
        year,
        reference_key,
        release_day: calendar.results_day,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
    }
}

/// Names everything that is wrong with a delivery that could not be read at all.
pub(super) fn unreadable(problems: &Problems) -> Failure {
    Failure::data(lines(problems.list()))
}

async fn start(
    system: &System,
    year: u16,
    delivery_digest: &[u8; 32],
    actor: &str,
) -> Result<String, Failure> {
    let work = StartBuild {
        id: format!("{year}-{}", hex(&delivery_digest[..4])),
        year: i16::try_from(year).map_err(|_| Failure::usage("the year is out of range"))?,
        delivery_digest: *delivery_digest,
        reference_key: Hidden::new(random::<32>().to_vec()),
        loaded_by: actor.trim().to_lowercase(),
    };
    Ok(system.store(Role::Owner)?.run(system.clock.now(), &work).await?)
}

/// The secret of a release, for its builds alone.
pub(super) async fn reference_key(
    system: &System,
    release: &str,
) -> Result<Hidden<Vec<u8>>, Failure> {
    let work = ReferenceKey(release.to_owned());
    Ok(system.store(Role::Owner)?.run(system.clock.now(), &work).await?)
}
