//! What must hold of the stores that a configuration names.

use std::path::Path;

use super::Section;
use crate::config::check::Checks;
use crate::config::secret;

/// Looks for the secrets of both stores.
pub(in crate::config) fn check_secrets(checks: &mut Checks<'_>) {
    let blobs = &checks.config.blobs;
    for section in [blobs.first(), blobs.second()] {
        for (name, file) in section.secret_files() {
            // An empty name is told by `check`.
            if !file.as_os_str().is_empty()
                && let Err(unusable) = secret::read(file)
            {
                checks.refuse(&[&section.key(name)], unusable.what, unusable.way_out);
            }
        }
    }
}

/// Everything that the values alone can show.
pub(in crate::config) fn check(checks: &mut Checks<'_>) {
    let blobs = &checks.config.blobs;
    let (first, second) = (blobs.first(), blobs.second());
    if !first.is_set() {
        let way_out = "set it, or a section [blobs.azure] or [blobs.s3]";
        checks.refuse(&["blobs.folder"], "is empty, and no other store is named", way_out);
    }
    for section in [first, second] {
        one_store(checks, section);
        azure(checks, section);
        s3(checks, section);
    }
    if second.is_set() && first.same_place() == second.same_place() {
        let way_out = "name another place, or remove the section";
        checks.refuse(&["blobs.second"], "is the first store again", way_out);
    }
}

/// Where a store is, without as whom to come to it.
type SamePlace<'a> = (&'a Path, [&'a str; 3], [&'a str; 3]);

impl<'s> Section<'s> {
    fn same_place(self) -> SamePlace<'s> {
        let (azure, s3) = (self.azure, self.s3);
        (
            self.folder,
            [&azure.account, &azure.container, &azure.endpoint],
            [&s3.bucket, &s3.region, &s3.endpoint],
        )
    }
}

fn one_store(checks: &mut Checks<'_>, section: Section<'_>) {
    let set = [
        (!section.folder.as_os_str().is_empty(), "folder"),
        (section.azure.is_set(), "azure"),
        (section.s3.is_set(), "s3"),
    ];
    let keys: Vec<String> =
        set.iter().filter(|(set, _)| *set).map(|(_, name)| section.key(name)).collect();
    if let [_, _, ..] = keys.as_slice() {
        let what = format!("is set, and so is {}", keys[1..].join(", and "));
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        checks.refuse(&keys, what, "leave one store, and empty or remove the others");
    }
}

fn azure(checks: &mut Checks<'_>, section: Section<'_>) {
    let azure = section.azure;
    if !azure.is_set() {
        return;
    }
    required(checks, section, "azure.account", &azure.account, "name the storage account");
    required(checks, section, "azure.container", &azure.container, "name the container");
    endpoint(checks, &section.key("azure.endpoint"), &azure.endpoint);
    let empty = [&azure.access_key_file, &azure.signature_file].map(|f| f.as_os_str().is_empty());
    let keys = [section.key("azure.access_key_file"), section.key("azure.signature_file")];
    match empty {
        [true, true] => {
            let way_out = format!("set it, or {}", keys[1]);
            checks.refuse(&[&keys[0], &section.key("azure")], "is empty", way_out);
        }
        [false, false] => {
            let what = format!("is set, and so is {}", keys[1]);
            checks.refuse(&[&keys[0], &keys[1]], what, "leave the one that shall be used");
        }
        [true, false] | [false, true] => (),
    }
}

fn s3(checks: &mut Checks<'_>, section: Section<'_>) {
    let s3 = section.s3;
    if !s3.is_set() {
        return;
    }
    required(checks, section, "s3.bucket", &s3.bucket, "name the bucket");
    required(checks, section, "s3.region", &s3.region, "name the region, as in \"eu-west-2\"");
    endpoint(checks, &section.key("s3.endpoint"), &s3.endpoint);
    for (name, file) in section.secret_files() {
        let set = if file.as_os_str().is_empty() { "" } else { "set" };
        required(checks, section, name, set, "name a file that holds it alone");
    }
}

fn required(checks: &mut Checks<'_>, section: Section<'_>, name: &str, value: &str, way_out: &str) {
    if value.is_empty() {
        let outer = section.key(name.split('.').next().unwrap_or(name));
        checks.refuse(&[&section.key(name), &outer], "is empty", way_out);
    }
}

/// Results are not for everybody: without TLS they may only go to this machine.
fn endpoint(checks: &mut Checks<'_>, key: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    let (plain, rest) = match (text.strip_prefix("http://"), text.strip_prefix("https://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => {
            let way_out = "write it as https://host, or https://host:port";
            return checks.refuse(&[key], "does not begin with https://", way_out);
        }
    };
    let authority = rest.split('/').next().unwrap_or(rest).parse::<http::uri::Authority>().ok();
    let Some(authority) = authority.filter(|authority| !authority.host().is_empty()) else {
        return checks.refuse(&[key], "has no valid host", "write it as https://host");
    };
    let own = ["localhost", "127.0.0.1", "[::1]"].contains(&authority.host());
    if plain && !own {
        let way_out = "write https://: plain HTTP is for this machine alone";
        checks.refuse(&[key], "would send results in the clear", way_out);
    }
}
