//! `daybreak doctor`: each fault is named, with what to do next.

use std::path::Path;

use crate::support::{Demo, until};

fn doctor(demo: &Demo) -> (i32, String) {
    let (code, out, _) = demo.command(&["doctor"]);
    (code, out)
}

/// Waits until nothing is wrong.
async fn well(demo: &Demo) {
    until("nothing is wrong", async || doctor(demo) == (0, "Nothing is wrong.\n".to_owned())).await;
}

/// What is wrong now; each finding has its next step.
fn ill(demo: &Demo) -> String {
    let (code, out) = doctor(demo);
    assert_eq!(code, 1, "{out}");
    assert_eq!(out.matches("\n   Next: ").count(), out.lines().count() / 2, "{out}");
    out
}

#[tokio::test]
async fn each_fault_is_named_with_the_next_step() {
    let demo = Demo::of_sample(4, &["--released"]);
    well(&demo).await;

    demo.stop_postgres();
    assert!(ill(&demo).contains("no connection to the database"));
    demo.start_postgres();
    well(&demo).await;

    let (blobs, aside) = (Path::new(demo.text("blob_dir")), demo.data().join("aside"));
    // A folder that is missing is made anew; a file in its place is not.
    std::fs::rename(blobs, &aside).unwrap();
    std::fs::write(blobs, "no folder").unwrap();
    assert!(ill(&demo).contains("blob"), "{}", ill(&demo));
    std::fs::remove_file(blobs).unwrap();
    std::fs::rename(&aside, blobs).unwrap();
    well(&demo).await;

    // A node that was there this morning, and one that was taken away last year.
    let node = "INSERT INTO nodes SELECT '%', max(seen_at) - interval '%', '{}' FROM nodes";
    for (name, ago) in [("second", "5 minutes"), ("old", "400 days")] {
        demo.query(&node.replacen('%', name, 1).replacen('%', ago, 1)).await;
    }
    let found = ill(&demo);
    assert!(found.contains("node `second` was last seen 3") && !found.contains("old"), "{found}");
    demo.query("DELETE FROM nodes WHERE id = 'second'").await;

    demo.query(
        "INSERT INTO releases (id, year, delivery_digest, reference_key, loaded_by)
         VALUES ('2024-half', 2024, '\\x01', '\\x01', 'somebody')",
    )
    .await;
    assert!(ill(&demo).contains("release 2024-half is not built to its end"));
    let (code, out, _) = demo.command(&["doctor", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, told["findings"].as_array().unwrap().len()), (1, 1), "{out}");
}
