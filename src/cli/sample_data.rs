//! `daybreak sample-data`: a synthetic national delivery.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::exit::Failure;
use super::system::lines;
use super::{print, say};
use crate::intake::problems::Problems;
use crate::sample::{Plan, Scripts, Summary, write};
use crate::telemetry::chain;

/// Arguments of `sample-data`.
#[derive(Debug, Args)]
#[command(
    before_help = "Example:\n  daybreak sample-data --schools 200 --seed 1 --out var/delivery --scripts sparse"
)]
pub struct SampleArgs {
    /// Schools with key stage 2 results.
    #[arg(long, default_value_t = 200)]
    schools: u32,
    /// The same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder to write, absent or empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Which scripts.
    #[arg(long, value_enum, default_value_t = ScriptsArg::Sparse)]
    scripts: ScriptsArg,
    /// Cycle whose conversion tables give the marks.
    #[arg(long, default_value_t = 2024)]
    year: u16,
    /// Folder of the cycles.
    #[arg(long, value_name = "DIR", default_value = "config/cycles")]
    cycles: PathBuf,
    /// Machine-readable summary.
    #[arg(long)]
    json: bool,
}

/// Which scripts are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ScriptsArg {
    /// Each page its own image.
    Full,
    /// Page images shared.
    Sparse,
    /// None.
    None,
}

impl From<ScriptsArg> for Scripts {
    fn from(arg: ScriptsArg) -> Self {
        match arg {
            ScriptsArg::Full => Self::Full,
            ScriptsArg::Sparse => Self::Sparse,
            ScriptsArg::None => Self::None,
        }
    }
}

/// Writes the delivery and says what is in it.
pub fn run(args: &SampleArgs) -> Result<(), Failure> {
    let plan = Plan {
        year: args.year,
        schools: args.schools,
        seed: args.seed,
        scripts: args.scripts.into(),
    };
    let summary = generate(&plan, &args.cycles, &args.out)?;
    let counts = serde_json::json!({
        "schools": summary.schools, "pupils": summary.pupils, "marks": summary.marks,
        "scripts": summary.scripts, "script_bytes": summary.script_bytes,
        "missing_marks": summary.missing_marks, "missing_scripts": summary.missing_scripts,
    });
    if args.json {
        return print(&counts.to_string());
    }
    say(&format!(
        "{} schools, {} pupils and {} scripts in {}.",
        summary.schools,
        summary.pupils,
        summary.scripts,
        args.out.display()
    ));
    Ok(())
}

/// Writes a delivery with a progress bar.
pub fn generate(plan: &Plan, cycles: &Path, out: &Path) -> Result<Summary, Failure> {
    let folder = cycles.join(plan.year.to_string()).join("scores");
    let mut problems = Problems::default();
    let tables = crate::intake::scores::read(&folder, &mut problems).ok_or_else(|| {
        let place = folder.display();
        Failure::configuration(format!("conversion tables in {place}:\n{}", lines(problems.list())))
    })?;
    let bar = super::progress::bar("Sample schools", plan.schools.into());
    let written = write(plan, &tables, out, &mut |progress| bar.set_position(progress.done.into()));
    bar.finish_and_clear();
    written.map_err(|error| match error {
        crate::sample::SampleError::Schools { .. } | crate::sample::SampleError::Year { .. } => {
            Failure::usage(chain(&error))
        }
        error => Failure::failed(chain(&error)),
    })
}
