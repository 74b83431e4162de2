//! `daybreak release verify`, `list` and `status`.

use serde_json::json;

use super::correct::served;
use crate::cli::exit::Failure;
use crate::cli::print;
use crate::cli::system::{System, lines, runtime};
use crate::config::Role;
use crate::domain::calendar::{Audience, instant_in_words};
use crate::store::nodes::ListNodes;
use crate::store::releases::{ListReleases, ReleaseRow};

/// Re-reads every digest.
pub(super) fn verify(system: &System, id: &str, json: bool) -> Result<(), Failure> {
    let (blobs, runtime) = (system.blobs()?, runtime()?);
    let row = runtime.block_on(find(system, id))?;
    let (revision, digest) = runtime.block_on(served(system, &row))?;
    let reading = crate::release::verify::verify(&blobs, id, revision, &digest);
    let (verified, damaged) = runtime.block_on(reading);
    if json {
        let damaged: Vec<String> = damaged.iter().map(ToString::to_string).collect();
        print(&json!({ "verified": verified, "damaged": damaged }).to_string())?;
    }
    if !damaged.is_empty() {
        return Err(Failure::data(lines(&damaged)));
    }
    let bytes = verified.bytes;
    let text = format!(
        "{} packs and {} bundles, {bytes} bytes: every digest holds.",
        verified.packs, verified.bundles
    );
    if json { Ok(()) } else { print(&text) }
}

/// The release of a name.
pub(super) async fn find(system: &System, id: &str) -> Result<ReleaseRow, Failure> {
    let releases = system.store(Role::Owner)?.run(system.clock.now(), &ListReleases).await?;
    let found = releases.into_iter().find(|release| release.id == id);
    found.ok_or_else(|| Failure::failed(format!("there is no release {id}; see `release list`")))
}

/// Lists all releases.
pub(super) fn list(system: &System, json: bool) -> Result<(), Failure> {
    let store = system.store(Role::Owner)?;
    let releases = runtime()?.block_on(store.run(system.clock.now(), &ListReleases))?;
    for release in releases {
        let opens = release.times.map(|times| times.of(Audience::School));
        if json {
            let line = json!({
                "release": release.id, "year": release.year, "stage": release.stage,
                "opens": opens.map(|at| at.to_string()),
                "proposed_by": release.proposed_by, "approved_by": release.approved_by,
            });
            print(&line.to_string())?;
        } else {
            let opens = opens.map_or_else(String::new, instant_in_words);
            print(&format!("{}\t{}\t{}\t{opens}", release.id, release.year, release.stage))?;
        }
    }
    Ok(())
}

/// How ready each node is for a release.
pub(super) fn status(system: &System, id: &str, json: bool) -> Result<(), Failure> {
    let runtime = runtime()?;
    let release = runtime.block_on(find(system, id))?;
    let nodes = runtime.block_on(async {
        Ok::<_, Failure>(system.store(Role::Owner)?.run(system.clock.now(), &ListNodes).await?)
    })?;
    let nodes: Vec<_> = nodes
        .into_iter()
        .map(|peer| json!({ "node": peer.name, "seen_at": peer.seen_at.to_string(), "readiness": peer.readiness }))
        .collect();
    let opens = release.times.map(|times| times.of(Audience::School).to_string());
    let report = json!({ "release": id, "stage": release.stage, "opens": opens, "nodes": nodes });
    if json {
        return print(&report.to_string());
    }
    print(&format!("{id}\t{}\t{}", release.stage, opens.unwrap_or_default()))?;
    for node in nodes {
        print(&format!(
            "node {}\tready {}\trevision {}\tpreloaded {}",
            node["node"],
            node["readiness"]["ready"],
            node["readiness"]["revision"],
            node["readiness"]["preloaded"]
        ))?;
    }
    Ok(())
}
