//! `daybreak user invite`: the first account of a school or organisation, or its invitation again.

use clap::Args;

use crate::cli::exit::Failure;
use crate::cli::system::{System, runtime};
use crate::cli::{SystemArgs, print};
use crate::config::Role;
use crate::domain::access::Permission;
use crate::domain::contact::looks_like_email;
use crate::domain::ids::Laestab;
use crate::store::invitations::{InvitePerson, Invited};

/// Arguments of `user invite`.
#[derive(Debug, Args)]
pub(super) struct InviteArgs {
    /// Email address.
    #[arg(long)]
    username: String,
    /// Name to greet them with.
    #[arg(long)]
    name: String,
    /// DfE number of their school.
    #[arg(long, required_unless_present = "organisation")]
    school: Option<String>,
    /// Whole name of their organisation, where it is no school.
    #[arg(long, conflicts_with = "school")]
    organisation: Option<String>,
    /// Permission there, such as `account_manager`; may be given again.
    #[arg(long, required = true)]
    permission: Vec<String>,
    /// Who asks for it, for the audit.
    #[arg(long)]
    actor: String,
    #[command(flatten)]
    pub(super) system: SystemArgs,
}

pub(super) fn run(args: &InviteArgs) -> Result<(), Failure> {
    let username = args.username.trim().to_lowercase();
    if !looks_like_email(&username) {
        return Err(Failure::usage("a username is an email address"));
    }
    let laestab = args.school.as_deref().map(str::parse::<Laestab>).transpose();
    let laestab = laestab.map_err(|error| Failure::usage(format!("--school: {error}")))?;
    let permissions: Vec<Permission> = args
        .permission
        .iter()
        .map(|word| word.parse().map_err(|_| Failure::usage(format!("{word} is no permission"))))
        .collect::<Result<_, _>>()?;
    let system = System::open(&args.system)?;
    let now = system.clock.now();
    let work = InvitePerson {
        username: username.clone(),
        full_name: args.name.clone(),
        laestab: laestab.map(|laestab| laestab.number().cast_signed()),
        organisation: args.organisation.clone(),
        permissions,
        actor: args.actor.clone(),
        now,
    };
    let done = runtime()?.block_on(system.store(Role::Owner)?.run(now, &work))?;
    match done {
        Invited::Sent => print(&format!("Invited {username}: the email waits to be sent.")),
        Invited::HasPassword => {
            print(&format!("{username} has set up an account before, and may do this now as well."))
        }
        Invited::NoOrganisation => Err(Failure::failed(
            "there is no such school or organisation; give its DfE number, or its whole name",
        )),
        Invited::Suspended => {
            Err(Failure::failed(format!("{username} is suspended; see `daybreak user unlock`")))
        }
    }
}
