//! Documents of invented schools, read back by an independent reader.

mod fixture;
mod printed;
#[expect(unreachable_pub, reason = "shared with the journeys")]
#[path = "../../tests/support/sheet.rs"]
mod sheet;
mod workbook;
