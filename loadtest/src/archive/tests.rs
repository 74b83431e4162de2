//! Archives made by another writer than ours, whole and damaged.

use std::collections::BTreeSet;
use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::body::sha256;

const FILES: [(&str, &[u8]); 3] = [
    ("Yusuf_Dylan_K213201117209/gps1.pdf", b"%PDF-1.4 grammar"),
    ("Yusuf_Dylan_K213201117209/gps2.pdf", b"%PDF-1.4 spelling"),
    ("Ash_Mo_A213201117210/reading.pdf", b""),
];

fn manifest() -> String {
    let hex = |bytes: &[u8]| sha256(bytes).map(|byte| format!("{byte:02x}")).concat();
    let line = |(name, bytes): &(&str, &[u8])| {
        format!("{name},{},{},delivered\n", hex(bytes), bytes.len())
    };
    let lines: String = FILES.iter().map(line).collect();
    format!("file,sha256,bytes,state\n{lines}Ash_Mo_A213201117210/maths1.pdf,,,being traced\n")
}

fn zipped(manifest: &str, method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in FILES.into_iter().chain([("MANIFEST.csv", manifest.as_bytes())]) {
        zip.start_file(name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Feeds an archive in pieces and judges it.
fn judge(bytes: &[u8], piece: usize, upns: &[&str]) -> Result<(), Fault> {
    let mut archive = Archive::new(vec![0, 1, 2]);
    bytes.chunks(piece).try_for_each(|piece| archive.take(piece))?;
    let upns: BTreeSet<String> = upns.iter().map(|upn| (*upn).to_owned()).collect();
    archive.finish((!upns.is_empty()).then_some(&upns))
}

fn whole() -> Vec<u8> {
    zipped(&manifest(), CompressionMethod::Stored)
}

#[test]
fn an_archive_is_read_however_it_comes_in_pieces() {
    for piece in [1, 7, 30, 1 << 20] {
        assert_eq!(judge(&whole(), piece, &[]), Ok(()), "pieces of {piece}");
    }
}

#[test]
fn one_changed_bit_of_a_sampled_entry_is_found() {
    let mut bytes = whole();
    let at = bytes.windows(7).position(|part| part == b"grammar").unwrap();
    bytes[at] ^= 1;
    assert_eq!(judge(&bytes, 64, &[]), Err(Fault::Contents));
}

#[test]
fn a_wrong_digest_or_length_in_the_manifest_is_found() {
    for (from, to) in [(",16,", ",15,"), ("state\nY", "state\nX")] {
        let bytes = zipped(&manifest().replace(from, to), CompressionMethod::Stored);
        assert_eq!(judge(&bytes, 64, &[]), Err(Fault::Contents), "{to}");
    }
}

#[test]
fn a_file_that_the_manifest_calls_missing_must_be_missing() {
    let name = "Ash_Mo_A213201117210/reading.pdf";
    let changed: String = manifest()
        .lines()
        .map(|line| {
            if line.starts_with(name) {
                format!("{name},,,being traced\n")
            } else {
                format!("{line}\n")
            }
        })
        .collect();
    let bytes = zipped(&changed, CompressionMethod::Stored);
    assert_eq!(judge(&bytes, 64, &[]), Err(Fault::Contents));
}

#[test]
fn a_pupil_of_another_school_is_found() {
    assert_eq!(judge(&whole(), 64, &["K213201117209", "A213201117210"]), Ok(()));
    assert_eq!(judge(&whole(), 64, &["K213201117209"]), Err(Fault::WrongSchool));
}

#[test]
fn an_archive_that_ends_early_is_found_wherever_it_ends() {
    let whole = whole();
    for length in 0..whole.len() {
        assert!(judge(&whole[..length], 64, &[]).is_err(), "cut at {length}");
    }
}

#[test]
fn a_directory_that_points_elsewhere_is_found() {
    let mut bytes = whole();
    let at = bytes.windows(4).position(|part| part == b"PK\x01\x02").unwrap();
    bytes[at + 42] ^= 1;
    assert_eq!(judge(&bytes, 64, &[]), Err(Fault::Contents));
}

#[test]
fn what_is_no_archive_or_not_stored_is_refused() {
    assert_eq!(judge(b"<!DOCTYPE html>", 64, &[]), Err(Fault::Format));
    let mut bytes = whole();
    bytes[8] = 8;
    assert_eq!(judge(&bytes, 64, &[]), Err(Fault::Format));
}
