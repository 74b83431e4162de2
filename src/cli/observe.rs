//! `daybreak observe`: a school that does not exist looks at every node as schools do.

use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::DateTime;
use prometheus::Registry;
use serde::Deserialize;
use serde_json::{Value, json};
use toml::value::Datetime;

use super::exit::Failure;
use super::system::runtime;
use super::{print, say, serve};
use crate::app::ops::Metrics;
use crate::config::read_secret;
use crate::domain::calendar::instant;
use crate::edge::{self, Drain};
use crate::observer::{Observer, ObserverMetrics, Outcome, Seen, Settings};
use crate::telemetry::Hidden;
use crate::telemetry::connections::ConnectionMetrics;

/// Nodes of one portal at the most.
const NODES_MAX: usize = 64;
/// From one visit to the next, in seconds: each costs a node one hash of a password.
const EVERY_SECONDS: std::ops::RangeInclusive<u64> = 2..=600;

/// Arguments of `observe`.
#[derive(Debug, Args)]
#[command(before_help = "Examples:
  daybreak observe --file observer.toml              visit every node each 10 seconds, and export metrics
  daybreak observe --file observer.toml --once       visit every node once; exit code 1 if one is not right
  daybreak observe --ready-file var/demo/ready.json --once")]
pub struct ObserveArgs {
    /// What is observed; `config/observer.toml` explains each key.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "config/observer.toml",
        conflicts_with = "ready_file"
    )]
    file: PathBuf,
    /// A demo, by the file that it writes once it answers.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Visit every node once, tell what was seen, and end.
    #[arg(long)]
    once: bool,
    /// Machine-readable output of `--once`.
    #[arg(long)]
    json: bool,
}

/// The file of an observer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Observed {
    origin: String,
    ca_file: Option<PathBuf>,
    username: String,
    password_file: PathBuf,
    school: u32,
    opens: Option<Datetime>,
    digest: Option<String>,
    every_seconds: u64,
    metrics_address: SocketAddr,
    nodes: BTreeMap<String, SocketAddr>,
}

/// Runs the command.
pub fn run(args: &ObserveArgs) -> Result<(), Failure> {
    let (settings, address) = match &args.ready_file {
        Some(ready) => of_demo(ready)?,
        None => of_file(&args.file)?,
    };
    let registry = Registry::new();
    let names: Vec<String> = settings.nodes.iter().map(|(name, _)| name.clone()).collect();
    let metrics = ObserverMetrics::register(&registry, &names);
    let mut observer = Observer::new(&settings, metrics)
        .map_err(|error| Failure::configuration(error.to_string()))?;
    runtime()?.block_on(async {
        if args.once {
            return tell(&observer.look().await, args.json);
        }
        let connections = ConnectionMetrics::new(&registry);
        let bound = edge::bind_plain(vec![address], edge::Settings::default(), connections);
        let bound = bound.map_err(|error| Failure::of(&error))?;
        say(&format!(
            "Visits {} nodes; metrics at http://{}/metrics",
            names.len(),
            bound.addresses()[0]
        ));
        let drain = Drain::new();
        let ending = drain.clone();
        let served = bound.serve(Metrics(registry), drain);
        tokio::select! {
            () = observer.run() => (),
            () = serve::told_to_end() => ending.begin(),
            served = served => drop(served.map_err(|error| Failure::of(&error))?),
        }
        Ok(())
    })
}

/// What one look saw; exit code 1 when a node was not right.
fn tell(seen: &[(String, Seen)], json: bool) -> Result<(), Failure> {
    if json {
        let nodes: Vec<Value> = seen.iter().map(|(node, seen)| in_json(node, seen)).collect();
        print(&json!({ "nodes": nodes }).to_string())?;
    } else {
        for (node, seen) in seen {
            print(&in_words(node, seen))?;
        }
    }
    let failed = seen.iter().filter(|(_, seen)| seen.outcome() == Outcome::Failed).count();
    match failed {
        0 => Ok(()),
        _ => Err(Failure::failed(format!("{failed} of {} nodes are not right", seen.len()))),
    }
}

fn in_words(node: &str, seen: &Seen) -> String {
    match (seen.outcome(), seen.position) {
        (Outcome::Failed, _) => {
            let faults =
                seen.faults.iter().map(|fault| format!("{}: {}", fault.step.label(), fault.what));
            format!("{node}: {}", faults.collect::<Vec<_>>().join("; "))
        }
        (_, Some(position)) => format!("{node}: waiting at position {position}"),
        (_, None) => {
            let seconds = seen.sign_in_seconds.unwrap_or_default();
            let results = if seen.digest.is_some() { "results given" } else { "results not open" };
            let ahead = seen.ahead_seconds.unwrap_or_default();
            format!("{node}: in after {seconds:.2} s, {results}, clock {ahead:+.1} s")
        }
    }
}

fn in_json(node: &str, seen: &Seen) -> Value {
    let faults = seen.faults.iter();
    let faults: Vec<Value> =
        faults.map(|fault| json!({ "step": fault.step.label(), "what": fault.what })).collect();
    json!({
        "node": node,
        "outcome": seen.outcome().label(),
        "faults": faults,
        "position": seen.position,
        "sign_in_seconds": seen.sign_in_seconds,
        "clock_ahead_seconds": seen.ahead_seconds,
        "certificate_not_after": seen.not_after,
        "results_sha256": seen.digest,
    })
}

/// What a file says, and where metrics are.
pub(super) fn of_file(path: &Path) -> Result<(Settings, SocketAddr), Failure> {
    let bad = |what: String| Failure::configuration(format!("{}: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
    let file: Observed = toml::from_str(&text).map_err(|error| bad(error.to_string()))?;
    let address = file.metrics_address;
    Ok((file.settings().map_err(bad)?, address))
}

impl Observed {
    /// What it means, or what is wrong with it.
    fn settings(self) -> Result<Settings, String> {
        if self.nodes.is_empty() || self.nodes.len() > NODES_MAX {
            return Err(format!("nodes: name between 1 and {NODES_MAX}"));
        }
        if !EVERY_SECONDS.contains(&self.every_seconds) {
            let (least, most) = (EVERY_SECONDS.start(), EVERY_SECONDS.end());
            return Err(format!("every_seconds: write {least} to {most}"));
        }
        let opens = self.opens.map(in_london).transpose()?;
        let password = read_secret(&self.password_file)
            .map_err(|bad| format!("password_file: {}; {}", bad.what, bad.way_out))?;
        let read = |ca: PathBuf| {
            std::fs::read(&ca).map_err(|error| format!("ca_file: {}: {error}", ca.display()))
        };
        Ok(Settings {
            ca_file: self.ca_file.map(read).transpose()?,
            origin: self.origin,
            nodes: self.nodes.into_iter().collect(),
            username: self.username,
            password,
            school: self.school,
            opens,
            digest: self.digest,
            every: Duration::from_secs(self.every_seconds),
        })
    }
}

fn in_london(written: Datetime) -> Result<Timestamp, String> {
    let civil = written.to_string().parse::<DateTime>();
    civil.and_then(instant).map_err(|_| {
        format!("opens: {written} is no time of day that London's clocks show exactly once")
    })
}

/// The first school of a demo, on its one node.
pub(super) fn of_demo(path: &Path) -> Result<(Settings, SocketAddr), Failure> {
    let bad = |what: &str| Failure::usage(format!("{}: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| bad(&error.to_string()))?;
    let ready: Value = serde_json::from_str(&text).map_err(|error| bad(&error.to_string()))?;
    let text = |value: &Value, key: &str| {
        value[key].as_str().map(str::to_owned).ok_or_else(|| bad(&format!("no {key}")))
    };
    let accounts = ready["accounts"].as_array().into_iter().flatten();
    let account = accounts.into_iter().find(|account| account["role"] == "school_user");
    let account = account.ok_or_else(|| bad("no school's account"))?;
    let origin = text(&ready, "base_url")?;
    let place = origin.trim_start_matches("https://").to_owned();
    let mut addresses = place.to_socket_addrs().map_err(|error| bad(&error.to_string()))?;
    let address = addresses.find(SocketAddr::is_ipv4).ok_or_else(|| bad("no address"))?;
    let ca_file =
        std::fs::read(text(&ready, "ca_file")?).map_err(|error| bad(&error.to_string()))?;
    let opens =
        Duration::try_from_secs_f64(ready["release_opens_unix"].as_f64().unwrap_or_default());
    let opens = opens.map_err(|_| bad("no time of the release"))?;
    let settings = Settings {
        origin,
        nodes: vec![("demo".to_owned(), address)],
        ca_file: Some(ca_file),
        username: text(account, "username")?,
        password: Hidden::new(text(account, "password")?),
        school: text(account, "laestab")?.parse().map_err(|_| bad("no DfE number"))?,
        opens: Some(Timestamp::UNIX_EPOCH + opens),
        digest: None,
        every: Duration::from_secs(10),
    };
    Ok((settings, SocketAddr::from(([127, 0, 0, 1], 0))))
}
