//! The folder: same bytes, true digests, refusals that leave nothing behind.

use super::super::output::hex_digest;
use super::*;

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
    let plan = plan(3, 7, Scripts::None);
    let once = Delivery::write(&plan).files();
    assert_eq!(once, Delivery::write(&plan).files());
    let other = Delivery::write(&Plan { seed: 8, ..plan }).files();
    assert_ne!(once["pupils.csv"], other["pupils.csv"]);
    assert_ne!(once["gias/edubasealldata.csv"], other["gias/edubasealldata.csv"]);
}

#[test]
fn the_manifest_names_every_file_outside_scripts_with_its_digest() {
    let delivery = Delivery::write(&plan(2, 3, Scripts::None));
    let mut files = delivery.files();
    let manifest: serde_json::Value =
        serde_json::from_slice(&files.remove("manifest.json").unwrap()).unwrap();
    assert_eq!(manifest["year"], 2024);
    assert_eq!(manifest["seed"], 3);
    assert_eq!(manifest["schools"], 2);
    assert_eq!(manifest["scripts"], "none");
    let digests: BTreeMap<String, String> =
        serde_json::from_value(manifest["files"].clone()).unwrap();
    let found: BTreeMap<String, String> =
        files.iter().map(|(name, bytes)| (name.clone(), hex_digest(bytes))).collect();
    assert_eq!(digests, found);
    assert_eq!(found.len(), 8);
}

#[test]
fn a_folder_with_anything_in_it_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("mine.txt"), "mine").unwrap();
    let refused = write(&plan(1, 1, Scripts::None), &tables(2024), &out, &mut |_| ());
    assert!(matches!(refused, Err(SampleError::NotEmpty { path }) if path == out));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    fs::remove_file(out.join("mine.txt")).unwrap();
    write(&plan(1, 1, Scripts::None), &tables(2024), &out, &mut |_| ()).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_a_killed_run_left_is_cleared_and_an_unfinished_folder_clears_itself() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let left = folder.path().join(".out.partial");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("pupils.csv"), "half").unwrap();
    let unfinished = super::super::output::Folder::create(&out).unwrap();
    assert!(left.join("gias").is_dir() && !left.join("pupils.csv").exists());
    drop(unfinished);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn impossible_plans_are_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let refuse = |plan: Plan, tables: &[ConversionTable; 3]| {
        write(&plan, tables, &out, &mut |_| ()).unwrap_err().to_string()
    };
    let good = plan(1, 1, Scripts::None);
    let none = refuse(Plan { schools: 0, ..good.clone() }, &tables(2024));
    assert_eq!(none, "a sample has 1 to 16500 schools, not 0");
    let early = refuse(Plan { year: 1999, ..good.clone() }, &tables(2024));
    assert_eq!(early, "the year 1999 is not between 2016 and 2099");
    let [gps, reading, maths] = tables(2024);
    let swapped = refuse(good, &[reading, gps, maths]);
    assert_eq!(swapped, "expected the conversion table of gps, found reading");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_full_disk_names_the_file() {
    let error = io_error(std::io::ErrorKind::StorageFull);
    assert_eq!(error.to_string(), "the disk is full: cannot write /out/marks.csv");
    let error = io_error(std::io::ErrorKind::PermissionDenied);
    assert_eq!(error.to_string(), "cannot write /out/marks.csv");
}

fn io_error(kind: std::io::ErrorKind) -> SampleError {
    SampleError::at(Path::new("/out/marks.csv"))(kind.into())
}

#[test]
fn progress_counts_every_school() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = Vec::new();
    let plan = plan(4, 1, Scripts::None);
    write(&plan, &tables(2025), &folder.path().join("out"), &mut |p| seen.push(p)).unwrap();
    let expected: Vec<Progress> = (1..=4).map(|done| Progress { done, total: 4 }).collect();
    assert_eq!(seen, expected);
}

#[test]
fn scripts_are_where_the_marks_say_with_true_digests() {
    let delivery = Delivery::write(&plan(1, 3, Scripts::Sparse));
    let files = delivery.files();
    let sums = &files["scripts/8882045/SHA256SUMS"];
    let manifest: serde_json::Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    assert_eq!(manifest["scripts"], "sparse");
    assert_eq!(manifest["files"]["scripts/8882045/SHA256SUMS"], hex_digest(sums));
    let listed: Vec<String> = std::str::from_utf8(sums)
        .unwrap()
        .lines()
        .map(|line| {
            let (sum, name) = line.split_once("  ").unwrap();
            assert_eq!(hex_digest(&files[&format!("scripts/8882045/{name}")]), sum);
            name.to_owned()
        })
        .collect();
    assert!(listed.is_sorted());
    let scripts = files.iter().filter(|(_, bytes)| bytes.starts_with(b"%PDF"));
    let sizes: Vec<usize> = scripts.map(|(_, bytes)| bytes.len()).collect();
    assert_eq!(listed.len(), sizes.len());
    assert_eq!(delivery.summary.scripts, sizes.len() as u64);
    assert_eq!(delivery.summary.script_bytes, sizes.iter().sum::<usize>() as u64);

    let marked = delivery.rows("marks.csv");
    let name = |row: &BTreeMap<String, String>| format!("{}_{}.pdf", row["upn"], row["paper"]);
    let without = marked.iter().filter(|row| !listed.contains(&name(row))).count();
    let names: Vec<String> = marked.iter().map(name).collect();
    let unmarked = listed.iter().filter(|file| !names.contains(file)).count();
    assert!(without >= 1, "a script is missing whose mark is known");
    assert!(unmarked >= 1, "a mark is missing whose script is there");
    assert_eq!(delivery.summary.missing_scripts, without as u64);
}
