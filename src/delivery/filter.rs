//! A combined file without the rows of schools that are held.

use std::collections::BTreeSet;

/// Drops every row whose first cell is the number of one of these schools. The header stays.
pub fn without_schools(csv: &[u8], schools: &BTreeSet<u32>) -> Vec<u8> {
    let mut kept = Vec::with_capacity(csv.len());
    let mut rest = csv;
    while !rest.is_empty() {
        let (row, later) = rest.split_at(row_end(rest));
        let cell = row.split(|byte| *byte == b',').next().unwrap_or_default();
        let number = std::str::from_utf8(cell).ok().and_then(|text| text.parse().ok());
        if !number.is_some_and(|number: u32| schools.contains(&number)) {
            kept.extend_from_slice(row);
        }
        rest = later;
    }
    kept
}

/// Length of the first row, its line end included; a line end within quotes does not end it.
fn row_end(csv: &[u8]) -> usize {
    let mut quoted = false;
    for (place, byte) in csv.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => return place + 1,
            _ => (),
        }
    }
    csv.len()
}

/// Names a set of held schools within an entity tag.
pub fn tag(schools: &BTreeSet<u32>) -> String {
    let text = schools.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    crate::domain::hex::hex(&crate::blob::pack::sha256(text.as_bytes())[..6])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_held_schools_are_dropped_whole() {
        let csv = b"DfENumber,SchoolName\r\n8882045,\"a\r\nb\"\r\n8882046,c\r\n8882045,d\r\n";
        let held = BTreeSet::from([8_882_045]);
        assert_eq!(without_schools(csv, &held), b"DfENumber,SchoolName\r\n8882046,c\r\n");
        assert_eq!(without_schools(csv, &BTreeSet::new()), csv);
    }
}
