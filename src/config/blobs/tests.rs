//! Tests of the stores in the configuration: what is taken, what is refused, where secrets are.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::blob::stores::{AzureCredential, Place};
use crate::config::{Config, Problems};

const AZURE: &str = "[blobs.azure]\naccount = 'a'\ncontainer = 'c'\naccess_key_file = 'key'\n";
const S3: &str = "[blobs.s3]\nbucket = 'b'\nregion = 'r'\naccess_key_id_file = 'id'\nsecret_access_key_file = 'key'\n";

fn read(text: &str) -> Result<Config, Problems> {
    let folder = tempfile::tempdir().unwrap();
    for name in ["key", "id"] {
        fs::write(folder.path().join(name), format!("the {name}\n")).unwrap();
        let mode = fs::Permissions::from_mode(0o600);
        fs::set_permissions(folder.path().join(name), mode).unwrap();
    }
    let file = folder.path().join("daybreak.toml");
    fs::write(&file, text).unwrap();
    let config = Config::read(&file)?;
    // The secrets are read while their folder is there.
    let first = config.blobs.first().place();
    match first.unwrap() {
        Place::Folder(_) => (),
        Place::Azure(place) => {
            let AzureCredential::AccessKey(key) = place.credential else { panic!("a key") };
            assert_eq!(key.expose(), "the key");
        }
        Place::S3(place) => {
            assert_eq!(place.access_key_id.expose(), "the id");
            assert_eq!(place.secret_access_key.expose(), "the key");
        }
    }
    Ok(config)
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let problems = read(text).unwrap_err();
    let one = |problem: &crate::config::Problem| {
        let text = problem.to_string();
        text.strip_prefix(&format!("{}:", problem.file.display())).unwrap().to_owned()
    };
    assert_eq!(problems.iter().map(one).collect::<Vec<_>>(), expected);
}

#[test]
fn each_kind_of_store_is_taken() {
    assert!(!read("[blobs]\nfolder = '/blobs'").unwrap().blobs.is_remote());
    for remote in [AZURE, S3] {
        let config = read(remote).unwrap();
        assert!(config.blobs.is_remote() && config.blobs.folder.as_os_str().is_empty());
        assert!(!config.blobs.second().is_set());
    }
    let second = format!("{AZURE}[blobs.second]\nfolder = '/copy'");
    assert!(read(&second).unwrap().blobs.second().is_set());
}

#[test]
fn a_section_without_values_is_none() {
    let config = read("[blobs.azure]\naccount = ''\n[blobs.second.s3]\n").unwrap();
    assert_eq!(config.blobs, crate::config::Blobs::default());
}

#[test]
fn one_store_is_named_and_no_more() {
    check(
        &format!("[blobs]\nfolder = '/blobs'\n{AZURE}{S3}"),
        &[
            "2: blobs.folder: is set, and so is blobs.azure, and blobs.s3; leave one store, and empty or remove the others",
        ],
    );
    check(
        "[blobs]\nfolder = ''",
        &[
            "2: blobs.folder: is empty, and no other store is named; set it, or a section [blobs.azure] or [blobs.s3]",
        ],
    );
    check(
        "[blobs]\nfolder = '/a'\n[blobs.second]\nfolder = '/a'",
        &["3: blobs.second: is the first store again; name another place, or remove the section"],
    );
}

#[test]
fn what_a_store_needs_is_asked_for() {
    check(
        "[blobs.azure]\nendpoint = 'https://a.example'",
        &[
            "1: blobs.azure: blobs.azure.account is empty; name the storage account",
            "1: blobs.azure: blobs.azure.container is empty; name the container",
            "1: blobs.azure: blobs.azure.access_key_file is empty; set it, or blobs.azure.signature_file",
        ],
    );
    check(
        &format!("{AZURE}signature_file = 'key'\ncolour = 'blue'"),
        &[
            "4: blobs.azure.access_key_file: is set, and so is blobs.azure.signature_file; leave the one that shall be used",
            "6: blobs.azure.colour: unknown key; remove it",
        ],
    );
    check(
        "[blobs.s3]\nbucket = 'b'\nregion = ''",
        &[
            "1: blobs.s3: blobs.s3.access_key_id_file is empty; name a file that holds it alone",
            "1: blobs.s3: blobs.s3.secret_access_key_file is empty; name a file that holds it alone",
            "3: blobs.s3.region: is empty; name the region, as in \"eu-west-2\"",
        ],
    );
}

#[test]
fn results_are_not_sent_in_the_clear() {
    for (endpoint, refused) in [
        ("http://127.0.0.1:10000/account", None),
        ("http://[::1]:1", None),
        ("https://store.example", None),
        (
            "http://store.example",
            Some(
                "would send results in the clear; write https://: plain HTTP is for this machine alone",
            ),
        ),
        (
            "store.example",
            Some("does not begin with https://; write it as https://host, or https://host:port"),
        ),
        ("https://", Some("has no valid host; write it as https://host")),
    ] {
        let text = format!("{S3}endpoint = '{endpoint}'");
        match refused {
            None => assert!(read(&text).is_ok(), "{endpoint}"),
            Some(what) => check(&text, &[&format!("6: blobs.s3.endpoint: {what}")]),
        }
    }
}

#[test]
fn a_wrong_section_is_told_once() {
    check(
        "[blobs]\nfolder = '/a'\nazure = 3\n[blobs.second]\ns3 = 'x'",
        &[
            "3: blobs.azure: is a whole number, not a section; begin a section: [blobs.azure]",
            "5: blobs.second.s3: is text, not a section; begin a section: [blobs.second.s3]",
        ],
    );
}

#[test]
fn a_server_looks_for_the_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("daybreak.toml");
    fs::write(&file, AZURE).unwrap();
    let problems = Config::load(&file).unwrap_err();
    let found = problems.iter().find(|problem| problem.key == "blobs.azure.access_key_file");
    assert_eq!(found.unwrap().line, Some(4), "{problems}");
    assert_eq!(found.unwrap().way_out, "put it there, or name the right file");
}
