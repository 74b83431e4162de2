//! `daybreak release correct` and `history`: revisions of a release that is served.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;

use super::build::{order, reference_key, unreadable};
use super::show::find;
use crate::blob::manifest;
use crate::cli::control::laestab;
use crate::cli::exit::Failure;
use crate::cli::system::{System, runtime};
use crate::cli::{print, say};
use crate::config::Role;
use crate::domain::calendar::instant_in_words;
use crate::domain::ids::Laestab;
use crate::intake::delivery;
use crate::intake::problems::Problems;
use crate::release::Source;
use crate::release::correction::{Correcting, Report, SCHOOLS_MAX, correct};
use crate::store::corrections::{
    CorrectionRow, FinishCorrection, ListCorrections, StartCorrection,
};
use crate::store::releases::ReleaseRow;
use crate::telemetry::chain;

/// What to correct.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) id: &'a str,
    pub(super) delivery: &'a Path,
    pub(super) schools: &'a [String],
    pub(super) reason: &'a str,
    pub(super) actor: &'a str,
}

/// Builds the next revision from a delivery that is complete for its schools, and says what changed.
pub(super) fn run(system: &System, wanted: &Wanted<'_>, json: bool) -> Result<(), Failure> {
    let schools = schools(wanted.schools)?;
    let release = runtime()?.block_on(find(system, wanted.id))?;
    let mut problems = Problems::default();
    let Some(delivery) = delivery::read(wanted.delivery, &mut problems) else {
        return Err(unreadable(&problems));
    };
    let row = runtime()?.block_on(start(system, wanted, &schools, &delivery.manifest.digest))?;
    let base = runtime()?.block_on(base_manifest(system, &release, &row))?;
    let (tables, calendar) = (system.tables(base.year)?, system.calendar(base.year)?);
    let blobs = system.blobs()?;
    let source =
        Source { folder: wanted.delivery, delivery: &delivery, tables: &tables, blobs: &blobs };
    let key = runtime()?.block_on(reference_key(system, wanted.id))?;
    let order = order(wanted.id, base.year, key.expose(), &calendar);
    let (revision, reason) = (row.revision, row.reason.as_str());
    let correcting = Correcting { revision, before: &base, schools: &schools, reason };
    let (digest, report) = correct(&order, source, correcting, problems)
        .map_err(|error| Failure::failed(chain(&error)))?;
    if let Some(manifest_digest) = digest {
        let finish = FinishCorrection {
            release: wanted.id.to_owned(),
            revision: row.revision,
            manifest_digest,
            report: serde_json::to_value(&report).expect("plain data"),
            now: system.clock.now(),
        };
        runtime()?.block_on(async {
            system.store(Role::Owner)?.run(finish.now, &finish).await.map_err(Failure::from)
        })?;
    }
    tell(&report, digest.is_some(), json)
}

fn schools(texts: &[String]) -> Result<Vec<Laestab>, Failure> {
    let schools: BTreeSet<Laestab> =
        texts.iter().map(|text| laestab(text)).collect::<Result<_, _>>()?;
    if schools.len() > SCHOOLS_MAX {
        return Err(Failure::usage(format!(
            "a correction is of {SCHOOLS_MAX} schools at the most"
        )));
    }
    Ok(schools.into_iter().collect())
}

async fn start(
    system: &System,
    wanted: &Wanted<'_>,
    schools: &[Laestab],
    delivery_digest: &[u8; 32],
) -> Result<CorrectionRow, Failure> {
    let reason = wanted.reason.trim();
    if reason.is_empty() {
        return Err(Failure::usage("say why with --reason: the schools' history shows it"));
    }
    let work = StartCorrection {
        release: wanted.id.to_owned(),
        delivery_digest: *delivery_digest,
        schools: schools.iter().map(|school| school.number().cast_signed()).collect(),
        reason: reason.to_owned(),
        loaded_by: wanted.actor.trim().to_lowercase(),
    };
    let row = system.store(Role::Owner)?.run(system.clock.now(), &work).await?;
    row.ok_or_else(|| {
        Failure::failed(format!(
            "release {} is not approved: build its delivery again instead of correcting it",
            wanted.id
        ))
    })
}

/// The manifest of the revision that a correction replaces.
async fn base_manifest(
    system: &System,
    release: &ReleaseRow,
    row: &CorrectionRow,
) -> Result<manifest::ReleaseManifest, Failure> {
    let digest = revision_digest(system, release, row.base_revision).await?;
    let blobs = system.blobs()?;
    manifest::load(&blobs, &release.id, row.base_revision, &digest)
        .await
        .map_err(|error| Failure::failed(chain(&error)))
}

/// Digest of the manifest of a revision that was built.
async fn revision_digest(
    system: &System,
    release: &ReleaseRow,
    revision: u32,
) -> Result<[u8; 32], Failure> {
    let digest = if revision == 1 {
        release.manifest_digest.clone()
    } else {
        let rows = corrections(system, &release.id).await?;
        rows.into_iter().find(|row| row.revision == revision).and_then(|row| row.manifest_digest)
    };
    digest.and_then(|digest| digest.try_into().ok()).ok_or_else(|| {
        Failure::failed(format!("revision {revision} of {} is not built", release.id))
    })
}

/// The revision that is served, and the digest of its manifest.
pub(super) async fn served(
    system: &System,
    release: &ReleaseRow,
) -> Result<(u32, [u8; 32]), Failure> {
    let approved = corrections(system, &release.id).await?;
    let approved = approved.iter().filter(|row| row.approved.is_some()).map(|row| row.revision);
    let revision = approved.max().unwrap_or(1);
    Ok((revision, revision_digest(system, release, revision).await?))
}

/// Every correction of a release.
pub(super) async fn corrections(
    system: &System,
    release: &str,
) -> Result<Vec<CorrectionRow>, Failure> {
    let work = ListCorrections { release: release.to_owned() };
    Ok(system.store(Role::Owner)?.run(system.clock.now(), &work).await?)
}

fn tell(report: &Report, built: bool, json: bool) -> Result<(), Failure> {
    if json {
        print(&serde_json::to_string(report).expect("plain data"))?;
    } else {
        for problem in &report.problems {
            say(&problem.to_string());
        }
    }
    if !built {
        return Err(Failure::data("nothing was corrected: the release stays as it is"));
    }
    if json {
        return Ok(());
    }
    for school in &report.schools {
        print(&format!("{} {}", school.laestab, school.name))?;
        for [upn, about, was, is] in &school.changes {
            print(&format!("  {upn}\t{about}\t{was} -> {is}"))?;
        }
    }
    let (release, revision) = (&report.release, report.revision);
    print(&format!(
        "Revision {revision} is built. Next: daybreak release propose {release} --revision {revision} --actor A, \
         and approve by another person."
    ))
}

/// Prints every revision of a release: who, when, why, what.
pub(super) fn history(system: &System, id: &str, json: bool) -> Result<(), Failure> {
    let (release, rows) = runtime()?.block_on(async {
        Ok::<_, Failure>((find(system, id).await?, corrections(system, id).await?))
    })?;
    if json {
        let line = |row: &CorrectionRow| {
            json!({
                "revision": row.revision, "replaces": row.base_revision, "stage": row.stage,
                "reason": row.reason, "loaded_by": row.loaded_by, "proposed_by": row.proposed_by,
                "approved_by": row.approved.as_ref().map(|(actor, _)| actor),
                "approved_at": row.approved.as_ref().map(|(_, at)| at.to_string()),
                "report": row.report,
            })
        };
        return print(&json!(rows.iter().map(line).collect::<Vec<_>>()).to_string());
    }
    print(&format!("1\t{}\tthe release as it was first built", release.stage))?;
    for row in &rows {
        let approved = row.approved.as_ref();
        let approved = approved.map(|(actor, at)| format!("{} by {actor}", instant_in_words(*at)));
        print(&format!(
            "{}\t{}\t{}\t{}",
            row.revision,
            row.stage,
            row.reason,
            approved.unwrap_or_default()
        ))?;
    }
    Ok(())
}
