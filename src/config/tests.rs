//! Tests of the configuration file: each kind of problem at its line, and the files that ship.

use std::fs;
use std::path::Path;

use super::*;

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/daybreak.toml");
const NEXT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/next.toml");

fn read(text: &str) -> Result<Config, Problems> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("daybreak.toml");
    fs::write(&file, text).unwrap();
    Config::read(&file)
}

/// The problems without the file in front: `line: key: what; way out`.
fn told(problems: &Problems) -> Vec<String> {
    let one = |problem: &Problem| {
        let text = problem.to_string();
        text.strip_prefix(&format!("{}:", problem.file.display())).unwrap().to_owned()
    };
    problems.iter().map(one).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(told(&read(text).unwrap_err()), expected);
}

#[test]
fn an_empty_file_is_the_default() {
    let config = read("").unwrap();
    assert_eq!(config.server, Server::default());
    assert_eq!(config.edge, crate::edge::Settings::default());
    assert!(config.cycles.folder.is_absolute());
    assert_eq!(config.server.tls(), None);
}

#[test]
fn unknown_keys_say_what_was_probably_meant() {
    check(
        "[server]\nadresses = []\n\n[session]\nidle_minutes = 3\n[server.tls]\n[cache]\ncolour = 'red'",
        &[
            "2: server.adresses: unknown key; did you mean server.addresses?",
            "4: session: unknown key; did you mean sessions?",
            "6: server.tls: unknown key; remove it",
            "8: cache.colour: unknown key; remove it",
        ],
    );
}

#[test]
fn wrong_types_show_the_default() {
    check(
        "cache = 3\n[sessions]\nidle_minutes = '20'\nabsolute_hours = 1.5\n[server]\naddresses = [1]\norigin = {}",
        &[
            "1: cache: is a whole number, not a section; begin a section: [cache]",
            "3: sessions.idle_minutes: is text, not a whole number; write it like the default, 20",
            "4: sessions.absolute_hours: is a decimal number, not a whole number; write it like the default, 12",
            "6: server.addresses: invalid type: integer `1`, expected socket address; write it like the default, [\"127.0.0.1:8443\", \"[::1]:8443\"]",
            "7: server.origin: is a section, not text; write it like the default, \"https://localhost:8443\"",
        ],
    );
}

#[test]
fn values_out_of_range_show_the_range() {
    check(
        "[database]\nport = 65536\nconnections_max = -1\n[sessions]\nidle_minutes = 481\n[cycles]\nyear = 2015\n[cache]\nscripts_bytes_max = 67108863\n[edge]\nbacklog = 0\ncipher = 'rot13'\n[admission.classes]\nexports = 0\nresults = 1000001\nscripts = 'all'\nqueue = 4\n[delivery]\nscripts_bytes_per_second = 65535",
        &[
            "2: database.port: 65536 is out of range; write a number from 1 to 65535",
            "3: database.connections_max: -1 is out of range; write a number from 1 to 500",
            "5: sessions.idle_minutes: 481 is out of range; write a number from 1 to 480",
            "7: cycles.year: 2015 is out of range; write a number from 2016 to 2099",
            "9: cache.scripts_bytes_max: 67108863 is out of range; write 67108864 or more",
            "11: edge.backlog: is below 1; choose another value, or remove the key to have its default",
            "12: edge.cipher: unknown variant `rot13`, expected one of `measured`, `aws_lc`, `ring`; write it like the default, \"measured\"",
            "14: admission.classes.exports: 0 is out of range; write a number from 1 to 1000000",
            "15: admission.classes.results: 1000001 is out of range; write a number from 1 to 1000000",
            "16: admission.classes.scripts: is text, not a whole number; write it like the default, 4096",
            "17: admission.classes.queue: unknown key; remove it",
            "19: delivery.scripts_bytes_per_second: is 65535, less than a piece of a script a second; write 65536 or more, or 0 for no limit",
        ],
    );
}

#[test]
fn contradictions_are_told_where_the_file_has_a_part_in_them() {
    check(
        "[sessions]\nabsolute_hours = 1\nidle_minutes = 60\n[edge]\nheader_timeout_seconds = 4\n[server]\naddresses = ['127.0.0.1:9090', '[::1]:1', '[::1]:1']\nkey = 'key.pem'\n[blobs]\nfolder = '/var/lib/daybreak'",
        &[
            "3: sessions.idle_minutes: is 60 minutes, not below sessions.absolute_hours = 1; lower the one or raise the other",
            "5: edge.header_timeout_seconds: edge.handshake_timeout_seconds is above header_timeout_seconds, which runs from the connection too; choose another value, or remove the key to have its default",
            "7: server.addresses: names [::1]:1 twice; remove one of them",
            "7: server.addresses: server.ops_address is 127.0.0.1:9090, which is in server.addresses too; give the ops listener a port of its own, closed to the public",
            "8: server.key: is set, and server.certificate is not; set server.certificate, or empty both for plain HTTP behind a balancer",
            "10: blobs.folder: server.state is not apart from blobs.folder, which nodes share; name a folder of its own",
        ],
    );
}

#[test]
fn a_refused_value_takes_part_in_no_contradiction() {
    check(
        "[sessions]\nidle_minutes = 480\nabsolute_hours = 0",
        &["3: sessions.absolute_hours: 0 is out of range; write a number from 1 to 24"],
    );
    let problems = read("edge = 1\nserver = 'x'\n").unwrap_err();
    assert_eq!(problems.iter().count(), 2, "{problems}");
}

#[test]
fn an_open_section_takes_any_key_with_a_text() {
    let config =
        read("[oidc.roles]\nuser = 'user'\n'a b' = ''\n[oidc]\nroles_age_minutes = 1").unwrap();
    assert_eq!(config.oidc.roles["user"], "user");
    assert_eq!((config.oidc.roles.len(), config.oidc.roles_age_minutes), (2, 1));
    check(
        "[oidc]\nroles = 'user'\nroles_age_minutes = 0\nroles_last_known_hours = 25\nrole_address = ''",
        &[
            "2: oidc.roles: is text, not a section; begin a section: [oidc.roles]",
            "3: oidc.roles_age_minutes: 0 is out of range; write a number from 1 to 240",
            "4: oidc.roles_last_known_hours: 25 is out of range; write a number from 1 to 24",
            "5: oidc.role_address: unknown key; did you mean oidc.roles_address?",
        ],
    );
    check(
        "[oidc.roles]\na = 3\nb.c = 'user'\nd = 'user'",
        &[
            "2: oidc.roles.a: is a whole number, not text; write it in quotes, as in \"user\"",
            "3: oidc.roles.b: is a section, not text; write it in quotes, as in \"user\"",
        ],
    );
}

#[test]
fn texts_that_must_say_something_do() {
    check(
        "[database]\nhost = ''\n[server]\naddresses = []\nstate = ''",
        &[
            "2: database.host: is empty; write it like the default, \"localhost\"",
            "4: server.addresses: names no address; name an address and a port, as in \"[::]:443\"",
            "5: server.state: is empty; write it like the default, \"/var/lib/daybreak/state\"",
        ],
    );
}

#[test]
fn every_error_of_syntax_is_told_with_its_line() {
    let problems = read("[server]\norigin = \n\n[server]\nkey = 'a'\nkey = 'b'\n").unwrap_err();
    let lines: Vec<_> = problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [Some(2), Some(4), Some(6)], "{problems}");
    let problems = read("\n\nedge.workers = 99999999999999999999").unwrap_err();
    assert_eq!(problems.iter().next().unwrap().line, Some(3), "{problems}");
}

#[test]
fn a_file_that_is_not_there_is_a_problem() {
    let problems = Config::load(Path::new("/nowhere/daybreak.toml")).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "/nowhere/daybreak.toml: cannot be read (No such file or directory (os error 2)); \
         name a file that exists and can be read, in UTF-8"
    );
}

#[test]
fn an_origin_is_written_as_browsers_send_it() {
    for good in ["https://a", "https://a.example:8443", "https://[::1]:8443", "https://127.0.0.1"] {
        let text = format!("server.origin = '{good}'");
        assert_eq!(read(&text).unwrap().server.origin, good);
    }
    for (bad, what) in [
        ("http://a.example", "does not begin with https://"),
        ("a.example", "does not begin with https://"),
        ("https://", "has no valid host"),
        ("https://:8443", "has no valid host"),
        ("https://a b", "has no valid host"),
        ("https://a.example/", "has a path after the host"),
        ("https://a.example/x", "has a path after the host"),
        ("https://a?b", "has a path after the host"),
        ("https://me@a.example", "names a user"),
        ("https://a.example:", "has no valid port"),
        ("https://a.example:70000", "has no valid port"),
        ("https://a.example:08443", "has no valid port"),
        ("https://a.example:0", "has no valid port"),
        ("https://a.example:443", "names the port 443, which browsers leave out"),
        ("https://A.example", "has capital letters"),
    ] {
        let problems = read(&format!("\nserver.origin = '{bad}'")).unwrap_err();
        let start = format!("2: server.origin: {what}");
        assert!(told(&problems)[0].starts_with(&start), "{bad}: {problems}");
    }
}

#[test]
fn relative_paths_are_those_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("daybreak.toml");
    fs::write(&file, "[server]\nstate = '../state'\n[blobs]\nfolder = '/blobs'").unwrap();
    let config = Config::read(&file).unwrap();
    assert_eq!(config.server.state, folder.path().join("../state"));
    assert_eq!(config.blobs.folder, Path::new("/blobs"));
    assert_eq!(config.cycles.folder, folder.path().join("cycles"));
}

#[test]
fn the_roles_are_those_of_the_cluster() {
    assert_eq!(Role::ALL.map(Role::user), crate::cluster::ROLES);
}

#[test]
fn the_shipped_files_are_read() {
    for file in [SHIPPED, NEXT] {
        let config = Config::read(Path::new(file)).unwrap_or_else(|problems| panic!("{problems}"));
        assert!(config.server.tls().is_some());
        let year = config.cycles.year;
        Calendar::load(&config.cycles.folder, year).unwrap_or_else(|problems| panic!("{problems}"));
    }
}

#[test]
fn a_config_survives_its_text() {
    let config = Config::read(Path::new(SHIPPED)).unwrap();
    assert_eq!(read(&config.to_toml()).unwrap(), config);
}

/// Every key of the schema is in the file below a comment that ends with its default, and no other.
#[test]
fn the_shipped_file_explains_every_key() {
    let text = fs::read_to_string(SHIPPED).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for (key, default) in read::defaults() {
        let (section, name) = key.rsplit_once('.').unwrap();
        let start = lines.iter().position(|line| *line == format!("[{section}]"));
        let start = start.unwrap_or_else(|| panic!("no section {section}"));
        let here = lines[start + 1..].iter().take_while(|line| !line.starts_with('['));
        let at = here.clone().position(|line| line.starts_with(&format!("{name} = ")));
        let at = start + 1 + at.unwrap_or_else(|| panic!("no key {key}"));
        assert_eq!(lines[at - 1], format!("# Default: {default}"), "above {key}");
        assert!(lines[at - 2].starts_with("# "), "{key} has no explanation");
    }
}

/// What is removed from the one is removed from the other; what is new is in the next first.
#[test]
fn the_next_file_has_every_key_of_the_shipped_one() {
    let keys = |file| -> Vec<String> {
        let document = document::Document::read(Path::new(file)).unwrap();
        document.entries().keys().cloned().collect()
    };
    let next = keys(NEXT);
    let missing: Vec<String> =
        keys(SHIPPED).into_iter().filter(|key| !next.contains(key)).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_ends_of_every_range_are_taken() {
    for (key, least, most) in check::RANGES {
        for value in [least, most] {
            // Hours at their most, so that the idle time is below them.
            let hours = if key == "sessions.absolute_hours" {
                ""
            } else {
                "sessions.absolute_hours = 24\n"
            };
            let idle =
                if key == "sessions.idle_minutes" { "" } else { "sessions.idle_minutes = 1\n" };
            let problems = read(&format!("{hours}{idle}{key} = {value}")).err();
            assert_eq!(problems, None, "{key} = {value}");
        }
    }
}

#[test]
fn lines_are_counted_whatever_ends_them() {
    let problems =
        read("# one\r\n\r\n[edge]\r\nworkers = [\r\n1,\r\n]\r\nbacklogs = 1").unwrap_err();
    let lines: Vec<_> = problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [Some(4), Some(7)], "{problems}");
}
