//! `daybreak user unlink`: the end of a user's link to the identity service.

use clap::Args;

use crate::cli::exit::Failure;
use crate::cli::system::{System, runtime};
use crate::cli::{SystemArgs, print};
use crate::config::Role;
use crate::domain::calendar::instant_in_words;
use crate::domain::reason::Reason;
use crate::store::factors::{IsStaff, UnlinkIdentity};

/// Arguments of `user unlink`.
#[derive(Debug, Args)]
pub(super) struct UnlinkArgs {
    /// Email address.
    username: String,
    /// Who does this: a member of staff.
    #[arg(long)]
    actor: String,
    /// Why; it is kept in the audit.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    pub(super) system: SystemArgs,
}

pub(super) fn run(args: &UnlinkArgs) -> Result<(), Failure> {
    let reason = Reason::typed(&args.reason);
    let reason = reason.map_err(|bad| Failure::usage(format!("--reason: {bad}")))?;
    let (username, actor) = (args.username.trim().to_lowercase(), args.actor.trim().to_lowercase());
    let system = System::open(&args.system)?;
    runtime()?.block_on(async {
        let (owner, now) = (system.store(Role::Owner)?, system.clock.now());
        if !owner.run(now, &IsStaff(actor.clone())).await? {
            return Err(Failure::failed(format!("{actor} is no active member of staff")));
        }
        let (reason, when) = (reason.as_str().to_owned(), instant_in_words(now));
        let work = UnlinkIdentity { username: username.clone(), actor, reason, now, when };
        if owner.run(now, &work).await? {
            print(&format!("{username} does not sign in through the identity service any more."))
        } else {
            Err(Failure::failed(format!(
                "there is no user {username} with a link or an invitation"
            )))
        }
    })
}
