//! The synthetic nation: a delivery of schools, pupils, marks and scanned scripts that never existed.
//!
//! The same plan gives the same bytes, also of names and manifest. Places are real, so that a map makes sense;
//! schools, trusts, people and results are invented. Only the register of schools is held in memory; pupils
//! and scripts stream by school through as many threads as there are cores.

mod authorities;
mod gias;
mod names;
mod outcomes;
mod output;
mod places;
mod random;
mod register;
mod roll;
mod scans;
mod school;
#[cfg(test)]
mod tests;
mod upns;

use std::num::NonZero;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::domain::papers::Subject;
use crate::domain::scores::ConversionTable;
pub use names::of_account as name_of_account;
use outcomes::Conversions;
use output::Folder;
pub use output::SampleError;
use register::Register;
use school::{Delivered, FILES, Nation};

/// All schools with key stage 2 pupils in England.
pub const SCHOOLS_MAX: u32 = 16_500;
/// Years whose tests had the six papers of [`crate::domain::papers::Paper`], and some to come.
const YEARS: RangeInclusive<u16> = 2016..=2099;
/// More threads only wait for the disk.
const WORKERS_MAX: usize = 8;
/// Finished schools that a worker may be ahead of the files.
const AHEAD_MAX: usize = 32;

/// What to generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Year of the tests: 2024 is the school year 2023/24.
    pub year: u16,
    /// Schools with key stage 2 pupils, 1–16,500; secondaries, trusts and others come in proportion.
    pub schools: u32,
    /// The same seed gives the same nation.
    pub seed: u64,
    /// How scripts are made.
    pub scripts: Scripts,
}

impl Plan {
    fn signed_year(&self) -> i16 {
        i16::try_from(self.year).expect("checked to be below 2100")
    }
}

/// How scanned scripts are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scripts {
    /// Each page has its own image.
    Full,
    /// 200 page images are shared; one school in fifty is full.
    Sparse,
    /// No scripts.
    None,
}

impl Scripts {
    /// The word in the manifest and on the command line.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Sparse => "sparse",
            Self::None => "none",
        }
    }
}

/// How far the writing is, after each school.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Schools written.
    pub done: u32,
    /// Schools of the plan.
    pub total: u32,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Schools with key stage 2 pupils.
    pub schools: u64,
    /// Secondary schools.
    pub secondaries: u64,
    /// Trusts that are open.
    pub trusts: u64,
    /// Rows of `pupils.csv`.
    pub pupils: u64,
    /// Rows of `marks.csv`.
    pub marks: u64,
    /// Papers that were sat and have no mark: warnings on purpose.
    pub missing_marks: u64,
    /// Papers that were sat and have no script (none without scripts): warnings on purpose.
    pub missing_scripts: u64,
    /// Script files.
    pub scripts: u64,
    /// Their bytes.
    pub script_bytes: u64,
}

impl Summary {
    fn add(&mut self, counts: school::Counts) {
        self.pupils += counts.pupils;
        self.marks += counts.marks;
        self.missing_marks += counts.missing_marks;
        self.missing_scripts += counts.missing_scripts;
        self.scripts += counts.scripts;
        self.script_bytes += counts.script_bytes;
    }
}

/// Writes the delivery of `plan` to `out`, which must be absent or empty. `tables` are those of GPS, reading
/// and maths. The folder appears under its name when it is complete; after an error nothing is left.
pub fn write(
    plan: &Plan,
    tables: &[ConversionTable; 3],
    out: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<Summary, SampleError> {
    check(plan, tables)?;
    let mut folder = Folder::create(out)?;
    let register = Register::draw(plan.seed, plan.signed_year(), plan.schools);
    let conversions = Conversions::invert(tables);
    gias::write(&mut folder, &register, plan.seed, plan.signed_year())?;
    let scans = scans::Scanner::new(plan.scripts, plan.seed);
    let nation = Nation { plan, register: &register, conversions: &conversions, scans };
    let mut summary = Summary {
        schools: register.schools.len() as u64,
        secondaries: register.secondaries.len() as u64,
        trusts: register.trusts.len() as u64,
        ..Summary::default()
    };
    write_schools(&nation, &mut folder, &mut |place, delivered| {
        summary.add(delivered.counts);
        progress(Progress { done: place + 1, total: plan.schools });
    })?;
    folder.finish(plan)?;
    Ok(summary)
}

fn check(plan: &Plan, tables: &[ConversionTable; 3]) -> Result<(), SampleError> {
    if plan.schools == 0 || plan.schools > SCHOOLS_MAX {
        return Err(SampleError::Schools { asked: plan.schools });
    }
    if !YEARS.contains(&plan.year) {
        return Err(SampleError::Year { asked: plan.year });
    }
    for (expected, table) in Subject::ALL.into_iter().zip(tables) {
        if table.subject() != expected {
            return Err(SampleError::Table { expected, found: table.subject() });
        }
    }
    Ok(())
}

/// Workers take the schools in turn; the files are filled here, in order, whoever is faster.
fn write_schools(
    nation: &Nation<'_>,
    folder: &mut Folder,
    written: &mut dyn FnMut(u32, &Delivered),
) -> Result<(), SampleError> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(WORKERS_MAX);
    let root = folder.root().to_owned();
    thread::scope(|scope| {
        let receivers: Vec<Receiver<_>> = (0..workers)
            .map(|worker| {
                let (sender, receiver) = sync_channel(AHEAD_MAX);
                let root = &root;
                scope.spawn(move || deliver_every(nation, worker, workers, root, &sender));
                receiver
            })
            .collect();
        collect(nation.plan.schools, &receivers, folder, written)
    })
}

/// One worker's schools. Ends early when nobody listens, or after its first error.
fn deliver_every(
    nation: &Nation<'_>,
    first: usize,
    step: usize,
    root: &Path,
    sender: &SyncSender<Result<Delivered, SampleError>>,
) {
    for place in (first..nation.register.schools.len()).step_by(step) {
        let delivered = school::deliver(nation, place, root);
        let failed = delivered.is_err();
        if sender.send(delivered).is_err() || failed {
            return;
        }
    }
}

fn collect(
    schools: u32,
    receivers: &[Receiver<Result<Delivered, SampleError>>],
    folder: &mut Folder,
    written: &mut dyn FnMut(u32, &Delivered),
) -> Result<(), SampleError> {
    let mut files = Vec::with_capacity(FILES.len());
    for (name, columns) in FILES {
        files.push(folder.table(name, columns)?);
    }
    for school in 0..schools {
        let place = school as usize;
        let received = receivers[place % receivers.len()].recv();
        let delivered = received.map_err(|_| SampleError::Worker { place })??;
        for (file, rows) in files.iter_mut().zip(&delivered.rows) {
            file.append(rows)?;
        }
        written(school, &delivered);
        if let Some(digest) = delivered.sums_digest {
            folder.note(format!("scripts/{}/SHA256SUMS", delivered.laestab), digest);
        }
    }
    files.into_iter().try_for_each(|file| folder.keep(file))
}
