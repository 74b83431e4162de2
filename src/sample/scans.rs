//! Scanned scripts: drawn pages in real PDFs, one for each paper that was sat.

mod glyphs;
mod pages;
mod pdf;
mod raster;
mod words;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::sync::OnceLock;

use super::Scripts;
use super::outcomes::Outcomes;
use super::output::{SampleError, digest, hex, hex_digest};
use super::random::{Purpose, Random};
use super::roll::Person;
use crate::domain::ids::Upn;
use crate::domain::papers::Paper;
use pdf::{Document, Label, NUMBERS, PageImage};

/// Page images that sparse scripts share.
const SHARED_PAGES: usize = 200;
/// Pages of a sparse script by paper: few, so that a demo's two hundred schools fit on about a gigabyte.
const SPARSE: [usize; 6] = [2, 2, 3, 2, 2, 2];
/// Pages of a full script by paper.
const FULL: [usize; 6] = [6, 3, 6, 4, 4, 4];
/// In a sparse sample one school in so many is full; odd, so that they fall to different workers.
const FULL_EVERY: usize = 49;
const FULL_PLACE: usize = 10;
/// Deflate levels: shared pages are drawn once and written thousands of times, own pages once.
const SHARED_LEVEL: u32 = 9;
const OWN_LEVEL: u32 = 2;

/// Draws and writes scripts; shared pages are drawn when first used and kept deflated.
#[derive(Debug)]
pub(super) struct Scanner {
    seed: u64,
    all_full: bool,
    shared: Vec<OnceLock<PageImage>>,
}

/// What was written for a school.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) scripts: u64,
    pub(super) bytes: u64,
    pub(super) sums_digest: String,
}

impl Scanner {
    /// None when no scripts are wanted.
    pub(super) fn new(scripts: Scripts, seed: u64) -> Option<Self> {
        let all_full = match scripts {
            Scripts::Full => true,
            Scripts::Sparse => false,
            Scripts::None => return None,
        };
        let shared = (0..SHARED_PAGES).map(|_| OnceLock::new()).collect();
        Some(Self { seed, all_full, shared })
    }

    /// Writes every script of the school, and the `SHA256SUMS` of them.
    pub(super) fn write_school(
        &self,
        root: &Path,
        laestab: u32,
        place: usize,
        roll: &[Person],
        outcomes: &[Outcomes],
    ) -> Result<Written, SampleError> {
        let folder = root.join("scripts").join(laestab.to_string());
        fs::create_dir_all(&folder).map_err(SampleError::at(&folder))?;
        let full = self.all_full || place % FULL_EVERY == FULL_PLACE;
        let mut written = Written { scripts: 0, bytes: 0, sums_digest: String::new() };
        let mut sums = Vec::new();
        let mut document = Document::default();
        for (person, outcome) in roll.iter().zip(outcomes) {
            for paper in Paper::ALL.into_iter().filter(|paper| outcome.scripts[paper.index()]) {
                let bytes = self.script(&mut document, laestab, person.upn, paper, full);
                let name = format!("{}_{}.pdf", person.upn.as_str(), paper.key());
                write_new(&folder.join(&name), bytes)?;
                written.scripts += 1;
                written.bytes += bytes.len() as u64;
                sums.push((name, hex_digest(bytes)));
            }
        }
        sums.sort_unstable();
        let mut text = String::new();
        for (name, sum) in &sums {
            let _ = writeln!(text, "{sum}  {name}");
        }
        write_new(&folder.join("SHA256SUMS"), text.as_bytes())?;
        written.sums_digest = hex_digest(text.as_bytes());
        Ok(written)
    }

    fn script<'d>(
        &self,
        document: &'d mut Document,
        laestab: u32,
        upn: Upn,
        paper: Paper,
        full: bool,
    ) -> &'d [u8] {
        let number = self.number(laestab, upn, paper);
        let label = Label { title: paper.title(), laestab, number };
        let mut random = Random::new(self.seed, Purpose::Scripts, number);
        if full {
            let own: Vec<PageImage> = (0..FULL[paper.index()])
                .map(|page| draw(&mut random, paper, page, OWN_LEVEL))
                .collect();
            document.script(label, &own.iter().collect::<Vec<_>>())
        } else {
            let shared: Vec<&PageImage> = (0..SPARSE[paper.index()])
                .map(|page| self.shared_page(&mut random, paper, page))
                .collect();
            document.script(label, &shared)
        }
    }

    /// The number on the script, of which nobody can tell whose it is.
    fn number(&self, laestab: u32, upn: Upn, paper: Paper) -> u64 {
        let text = format!("{} {laestab} {} {paper}", self.seed, upn.as_str());
        let sum = hex(&digest(text.as_bytes()).as_ref()[..7]);
        let number = u64::from_str_radix(&sum, 16).expect("fourteen hexadecimal digits");
        number % NUMBERS
    }

    /// Shared pages lie in turns: one of each kind, then another of each kind.
    fn shared_page(&self, random: &mut Random, paper: Paper, page: usize) -> &PageImage {
        let kinds: usize = SPARSE.iter().sum();
        let kind = SPARSE[..paper.index()].iter().sum::<usize>() + page;
        let turns = (SHARED_PAGES - kind).div_ceil(kinds);
        let turn = random.below(u32::try_from(turns).unwrap_or(1)) as usize;
        let place = turn * kinds + kind;
        self.shared[place].get_or_init(|| {
            let mut random = Random::new(self.seed, Purpose::Pages, place as u64);
            draw(&mut random, paper, page, SHARED_LEVEL)
        })
    }
}

fn draw(random: &mut Random, paper: Paper, page: usize, level: u32) -> PageImage {
    let pixels = pages::draw(random, paper, page);
    let target = Vec::with_capacity(16 * 1024);
    let mut encoder = flate2::write::ZlibEncoder::new(target, flate2::Compression::new(level));
    encoder.write_all(&pixels).expect("memory takes all");
    PageImage(encoder.finish().expect("memory takes all"))
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), SampleError> {
    let written = File::create_new(path).and_then(|mut file| file.write_all(bytes));
    written.map_err(SampleError::at(path))
}

#[cfg(test)]
mod tests;
