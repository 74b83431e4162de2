//! Whether changes of trusts wait for the results, or somebody has a reason why they must not.

use clap::Args;

use super::operator;
use crate::cli::exit::Failure;
use crate::cli::system::System;
use crate::config::Role;
use crate::domain::gias::Freeze;
use crate::domain::reason::Reason;
use crate::store::plan::ReadPlan;

/// A reason to change trusts around the results.
#[derive(Debug, Args)]
pub(super) struct Despite {
    /// Take over who joined and who left a trust although results are about to open: a data operator, with a reason.
    #[arg(long, requires = "reason")]
    despite_freeze: bool,
    /// Why; it is kept in the audit.
    #[arg(long, requires = "despite_freeze")]
    reason: Option<String>,
}

impl Despite {
    /// What holds now; refuses a reason of somebody who is no data operator.
    pub(super) async fn freeze(&self, system: &System, actor: &str) -> Result<Freeze, Failure> {
        let reason = self.reason.as_deref().map(Reason::typed).transpose();
        let reason = reason.map_err(|bad| Failure::usage(format!("--reason: {bad}")))?;
        if reason.is_some() {
            operator(system, actor).await?;
        }
        let calendar = system.calendar(system.config.cycles.year)?;
        let now = system.clock.now();
        let releases = system.store(Role::Owner)?.run(now, &ReadPlan).await?;
        Ok(Freeze::of(system.config.gias.freeze(&calendar).until(&releases, now), reason))
    }
}
