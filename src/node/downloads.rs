//! When each organisation last had each file whole: by this a page says what changed since.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rustc_hash::FxHashMap;

/// Files that are remembered, by the name that the journal gives them.
const FILES: [&str; 6] = [
    "results.csv",
    "results-with-ta.csv",
    "results.xml",
    "results.xlsx",
    "results.pdf",
    "scripts.zip",
];
/// Downloads that are remembered on one node: five files of 17,000 schools for four audiences, and more.
const DOWNLOADS_MAX: usize = 500_000;

/// Organisation, DfE number of the school or 0 for a combined file, place among [`FILES`].
type Key = (i64, u32, u8);

/// The last complete downloads. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Downloads(Arc<Mutex<FxHashMap<Key, Timestamp>>>);

impl Downloads {
    /// Remembers a complete download, unless a later one is known.
    pub fn note(&self, organisation: i64, school: Option<u32>, file: &str, at: Timestamp) {
        let Some(key) = key(organisation, school, file) else { return };
        let mut known = self.lock();
        if known.len() < DOWNLOADS_MAX || known.contains_key(&key) {
            let last = known.entry(key).or_insert(at);
            *last = at.max(*last);
        }
    }

    /// When an organisation last had a file whole, as far as this node knows.
    pub fn last(&self, organisation: i64, school: Option<u32>, file: &str) -> Option<Timestamp> {
        self.lock().get(&key(organisation, school, file)?).copied()
    }

    fn lock(&self) -> MutexGuard<'_, FxHashMap<Key, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(organisation: i64, school: Option<u32>, file: &str) -> Option<Key> {
    let place = FILES.iter().position(|known| *known == file)?;
    Some((organisation, school.unwrap_or_default(), u8::try_from(place).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_a_file_is_remembered_whatever_the_order() {
        let downloads = Downloads::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        for second in [5, 9, 7] {
            downloads.note(1, Some(8_882_045), "results.csv", at(second));
        }
        downloads.note(1, Some(8_882_045), "page", at(5));
        assert_eq!(downloads.last(1, Some(8_882_045), "results.csv"), Some(at(9)));
        for (organisation, school, file) in [
            (2, Some(8_882_045), "results.csv"),
            (1, None, "results.csv"),
            (1, Some(8_882_045), "scripts.zip"),
            (1, Some(8_882_045), "page"),
        ] {
            assert_eq!(downloads.last(organisation, school, file), None, "{file}");
        }
    }
}
