//! What must hold of the values and between them.

use std::collections::BTreeSet;

use super::Config;
use super::document::Document;
use super::problem::Problem;
use crate::delivery::lane::PIECE_BYTES;

/// Permits of a class: at least one, and no more than a node could ever have connections.
const PERMITS: (i64, i64) = (1, 1_000_000);

/// The least and the greatest value of each number that is not the edge's, which has checks of its own.
pub(super) const RANGES: [(&str, i64, i64); 34] = [
    // A unit is killed when it takes too long to end.
    ("server.notice_seconds", 0, 60),
    ("database.port", 1, 65_535),
    ("email.smtp.port", 1, 65_535),
    // PostgreSQL's own default allows 100 of all roles and nodes; a pooler in front may allow more.
    ("database.connections_max", 1, 500),
    // Years with key stage 2 tests of the present kind.
    ("cycles.year", 2016, 2099),
    // What is unused for a working day is forgotten, not idle.
    ("sessions.idle_minutes", 1, 480),
    ("sessions.absolute_hours", 1, 24),
    // Shorter, and people are asked while they look for their telephone; a morning is no proof of who is there.
    ("oidc.strong_age_minutes", 1, 240),
    // Asked more often, the service would be asked at every page; more seldom, nobody hears of a change in time.
    ("oidc.roles_age_minutes", 1, 240),
    // A working day: whoever was put out yesterday does not read today.
    ("oidc.roles_last_known_hours", 1, 24),
    // Each thread keeps 19 MiB for its whole life.
    ("passwords.hashing_threads", 0, 256),
    // Blocks are 1 MiB and read ahead; with fewer than 64 they push each other out.
    ("cache.scripts_bytes_max", 64 * 1024 * 1024, i64::MAX),
    ("cache.documents_bytes_max", 64 * 1024 * 1024, i64::MAX),
    // More than all heads and their colleagues; four bytes each.
    ("admission.waiting_max", 1, 10_000_000),
    ("admission.classes.results", PERMITS.0, PERMITS.1),
    ("admission.classes.sign_in", PERMITS.0, PERMITS.1),
    ("admission.classes.forms", PERMITS.0, PERMITS.1),
    ("admission.classes.scripts", PERMITS.0, PERMITS.1),
    ("admission.classes.exports", PERMITS.0, PERMITS.1),
    ("admission.classes.reports", PERMITS.0, PERMITS.1),
    // 0 is no limit; below a piece a second is refused by a check of its own.
    ("delivery.scripts_bytes_per_second", 0, i64::MAX),
    // Slower, and a nation's scripts take more than a day on a hundred nodes.
    ("scrub.bytes_per_second", 1024 * 1024, i64::MAX),
    ("scrub.every_minutes", 1, 24 * 60),
    ("gias.hour", 0, 23),
    // Two weeks: what waits longer is no longer what the register says.
    ("gias.freeze_hours_before", 0, 14 * 24),
    ("gias.freeze_hours_after", 0, 14 * 24),
    // A term's holidays, and not a second account for ever.
    ("users.cover_days_max", 1, 60),
    ("users.cover_days_before", 0, 60),
    ("users.cover_days_after", 0, 60),
    ("users.review_days", 1, 90),
    // Ten years are never.
    ("users.dormant_days", 0, 3_650),
    ("users.dormant_warning_days", 1, 365),
    ("users.freeze_days_before", 0, 180),
    ("users.freeze_days_after", 0, 180),
];

/// The checks of one file, and what they found.
#[derive(Debug)]
pub(super) struct Checks<'a> {
    pub(super) config: &'a Config,
    document: &'a Document,
    faulty: &'a BTreeSet<String>,
    found: Vec<Problem>,
}

impl<'a> Checks<'a> {
    /// Checks that keep quiet about the keys in `faulty`, whose values were refused already.
    pub(super) fn new(
        config: &'a Config,
        document: &'a Document,
        faulty: &'a BTreeSet<String>,
    ) -> Self {
        Self { config, document, faulty, found: Vec::new() }
    }

    /// Notes a problem of the first of `keys` with the others, at the first that is in the file.
    pub(super) fn refuse(
        &mut self,
        keys: &[&str],
        what: impl Into<String>,
        way_out: impl Into<String>,
    ) {
        let refused = |key: &str| {
            let inside = |outer: &str| key.strip_prefix(outer).is_some_and(|r| r.starts_with('.'));
            self.faulty.iter().any(|faulty| key == faulty || inside(faulty))
        };
        let [first, ..] = keys else { return };
        if keys.iter().any(|key| refused(key)) {
            return;
        }
        let in_file = keys.iter().find(|key| self.document.entries().contains_key(**key));
        let what = match in_file {
            Some(key) if key != first => format!("{first} {}", what.into()),
            _ => what.into(),
        };
        self.found.push(self.document.problem(in_file.unwrap_or(first), what, way_out));
    }

    /// What was found.
    pub(super) fn into_found(self) -> Vec<Problem> {
        self.found
    }
}

/// Everything that the values alone can show.
pub(super) fn check(checks: &mut Checks<'_>) {
    server(checks);
    certificate(checks);
    edge(checks);
    sessions(checks);
    delivery(checks);
    super::blobs::check(checks);
    super::gias::check(checks);
    super::email::check(checks);
    super::users::check(checks);
    folders(checks);
}

fn server(checks: &mut Checks<'_>) {
    let server = &checks.config.server;
    if let Err(what) = origin(&server.origin) {
        let way_out = "write it as browsers do: https://host, or https://host:port";
        checks.refuse(&["server.origin"], what, way_out);
    }
    if server.addresses.is_empty() {
        let way_out = "name an address and a port, as in \"[::]:443\"";
        checks.refuse(&["server.addresses"], "names no address", way_out);
    }
    let mut seen = BTreeSet::new();
    for address in server.addresses.iter().filter(|address| address.port() != 0) {
        if !seen.insert(address) {
            let what = format!("names {address} twice");
            checks.refuse(&["server.addresses"], what, "remove one of them");
        }
    }
    if seen.contains(&server.ops_address) {
        let keys = ["server.ops_address", "server.addresses"];
        let what = format!("is {}, which is in server.addresses too", server.ops_address);
        checks.refuse(&keys, what, "give the ops listener a port of its own, closed to the public");
    }
}

/// Says what is wrong with an origin: it is compared with what browsers send, letter by letter.
fn origin(text: &str) -> Result<(), String> {
    let host = text.strip_prefix("https://").ok_or("does not begin with https://")?;
    if host.contains(['/', '?', '#']) {
        return Err("has a path after the host".to_owned());
    }
    let authority = host.parse::<http::uri::Authority>().ok();
    let Some(authority) = authority.filter(|authority| !authority.host().is_empty()) else {
        return Err("has no valid host".to_owned());
    };
    if host.contains('@') {
        return Err("names a user".to_owned());
    }
    match (&host[authority.host().len()..], authority.port_u16()) {
        ("", None) => (),
        (_, Some(443)) => return Err("names the port 443, which browsers leave out".to_owned()),
        (written, Some(port)) if port > 0 && written == format!(":{port}") => (),
        _ => return Err("has no valid port".to_owned()),
    }
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err("has capital letters".to_owned());
    }
    Ok(())
}

fn certificate(checks: &mut Checks<'_>) {
    let server = &checks.config.server;
    let (certificate, key) = ("server.certificate", "server.key");
    let empty = [&server.certificate, &server.key].map(|path| path.as_os_str().is_empty());
    let (given, missing) = match empty {
        [false, true] => (certificate, key),
        [true, false] => (key, certificate),
        [true, true] | [false, false] => return,
    };
    let way_out = format!("set {missing}, or empty both for plain HTTP behind a balancer");
    checks.refuse(&[given, missing], format!("is set, and {missing} is not"), way_out);
}

/// The edge knows its own rules; each begins with the key that it is about.
fn edge(checks: &mut Checks<'_>) {
    for problem in checks.config.edge.check() {
        let (key, what) = problem.split_once(' ').unwrap_or((&problem, "is not valid"));
        let named = problem.split([' ', ',']).filter(|word| word.contains('_'));
        let mut keys = vec![format!("edge.{key}")];
        keys.extend(named.skip(1).map(|key| format!("edge.{key}")));
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        checks.refuse(&keys, what, "choose another value, or remove the key to have its default");
    }
}

fn sessions(checks: &mut Checks<'_>) {
    let sessions = &checks.config.sessions;
    if sessions.idle_minutes >= sessions.absolute_hours * 60 {
        let what = format!(
            "is {} minutes, not below sessions.absolute_hours = {}",
            sessions.idle_minutes, sessions.absolute_hours
        );
        let keys = ["sessions.idle_minutes", "sessions.absolute_hours"];
        checks.refuse(&keys, what, "lower the one or raise the other");
    }
}

/// Scripts go piece by piece: a ceiling below one a second would only look like a server that hangs.
fn delivery(checks: &mut Checks<'_>) {
    let ceiling = checks.config.delivery.scripts_bytes_per_second;
    if (1..PIECE_BYTES).contains(&ceiling) {
        let what = format!("is {ceiling}, less than a piece of a script a second");
        let way_out = format!("write {PIECE_BYTES} or more, or 0 for no limit");
        checks.refuse(&["delivery.scripts_bytes_per_second"], what, way_out);
    }
}

/// The state is one node's and secret, the blobs are shared: neither may lie in the other.
fn folders(checks: &mut Checks<'_>) {
    let (state, blobs) = (&checks.config.server.state, &checks.config.blobs);
    for (key, folder) in
        [("blobs.folder", &blobs.folder), ("blobs.second.folder", &blobs.second.folder)]
    {
        let set = !folder.as_os_str().is_empty();
        if set && (state.starts_with(folder) || folder.starts_with(state)) {
            let what = format!("is not apart from {key}, which nodes share");
            checks.refuse(&["server.state", key], what, "name a folder of its own");
        }
    }
}
