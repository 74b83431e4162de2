//! The documents of a pack. A document that cannot be made must not hold back the results: it is left out,
//! and the log says so.

use super::printed::Printed;
use super::workbook::{Schools, Workbooks};
use crate::blob::pack::SectionName;
use crate::letters::{Letter, render};

/// What all documents of a build share.
#[derive(Clone, Copy, Debug)]
pub struct Documents<'a> {
    /// Letters.
    pub printed: Printed<'a>,
    /// Workbooks.
    pub workbooks: Workbooks<'a>,
}

impl Documents<'_> {
    /// A letter as PDF.
    pub fn pdf(&self, section: SectionName, letter: &Letter) -> Option<(SectionName, Vec<u8>)> {
        made(section, &letter.title, render(letter))
    }

    /// A workbook.
    pub fn workbook(&self, schools: &Schools<'_>) -> Option<(SectionName, Vec<u8>)> {
        let name = schools.first().map_or("nobody", |(facts, _)| facts.name.as_str());
        made(SectionName::Xlsx, name, self.workbooks.write(schools))
    }
}

fn made<E: std::fmt::Display>(
    section: SectionName,
    of: &str,
    document: Result<Vec<u8>, E>,
) -> Option<(SectionName, Vec<u8>)> {
    match document {
        Ok(bytes) => Some((section, bytes)),
        Err(error) => {
            tracing::error!(?section, of, %error, "a document could not be made and is left out");
            None
        }
    }
}
