//! Tests of the configuration file: each kind of problem at its line, and the files that ship.

use std::fs;
use std::os::unix::fs::PermissionsExt;
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
        "[database]\nport = 65536\nconnections_max = -1\n[sessions]\nidle_minutes = 481\n[cycles]\nyear = 2015\n[cache]\nscripts_bytes_max = 67108863\n[edge]\nbacklog = 0\ncipher = 'rot13'",
        &[
            "2: database.port: 65536 is out of range; write a number from 1 to 65535",
            "3: database.connections_max: -1 is out of range; write a number from 1 to 500",
            "5: sessions.idle_minutes: 481 is out of range; write a number from 1 to 480",
            "7: cycles.year: 2015 is out of range; write a number from 2016 to 2099",
            "9: cache.scripts_bytes_max: 67108863 is out of range; write 67108864 or more",
            "11: edge.backlog: is below 1; choose another value, or remove the key to have its default",
            "12: edge.cipher: unknown variant `rot13`, expected one of `measured`, `aws_lc`, `ring`; write it like the default, \"measured\"",
        ],
    );
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
