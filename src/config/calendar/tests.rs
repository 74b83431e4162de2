//! Tests of the calendar.

use std::path::{Path, PathBuf};

use super::*;

fn cycles() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/cycles")
}

#[test]
fn the_shipped_calendars_have_no_problem() {
    for (year, school, secondary) in [
        (2024, "2024-07-09T06:30:00Z", "2024-07-10T06:30:00Z"),
        (2025, "2025-07-08T06:30:00Z", "2025-07-09T06:30:00Z"),
    ] {
        let calendar = Calendar::load(&cycles(), year).unwrap_or_else(|found| panic!("{found}"));
        assert_eq!(calendar.opens.of(Audience::School).to_string(), school);
        assert_eq!(calendar.opens.of(Audience::Secondary).to_string(), secondary);
    }
}
