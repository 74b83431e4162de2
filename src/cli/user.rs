//! `daybreak user`: first accounts, rescue, list, and people whom nobody else can help.

use clap::{Args, Subcommand};

mod invite;
mod requests;
mod unlink;

use super::exit::Failure;
use super::system::{System, lines, runtime};
use super::{SystemArgs, print};
use crate::config::Role;
use crate::domain::access::{OrganisationKind, Permission};
use crate::domain::calendar::instant_in_words;
use crate::domain::passwords::Context;
use crate::service::passwords;
use crate::store::accounts::Unlock;
use crate::store::factors::{ApproveReset, InviteIdentity, IsStaff, ProposeReset, Reset};
use crate::store::organisations::NameOrganisations;
use crate::store::people::{CreateUsers, ListUsers, NewUser};

/// Name of the organisation of staff.
pub const STAFF: &str = "Standards and Testing Agency";

/// Arguments of `user`.
#[derive(Debug, Args)]
#[command(
    before_help = "Example:\n  daybreak user create --username first@agency.example --permission security_admin < password.txt\n  daybreak user invite --username head@school.example --name 'Ann Bee' --school 8882045 --permission account_manager --actor helpline\n  daybreak user requests"
)]
pub struct UserArgs {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Create a staff account; its password is the first line of stdin.
    Create {
        /// Email address.
        #[arg(long)]
        username: String,
        /// Name to greet them with.
        #[arg(long, default_value = "Staff")]
        name: String,
        /// Staff permission, such as `release_officer`; may be given again.
        #[arg(long, required = true)]
        permission: Vec<String>,
        #[command(flatten)]
        system: SystemArgs,
    },
    /// Invite somebody to set up an account, or send the invitation again.
    Invite(invite::InviteArgs),
    /// List people who asked for an account where nobody could be told, or close such a request.
    Requests(requests::RequestsArgs),
    /// Let a suspended user in again.
    Unlock {
        /// Email address.
        username: String,
        #[command(flatten)]
        system: SystemArgs,
    },
    /// Take away the second factor of somebody who has lost it: one person proposes, another approves.
    ResetFactor {
        /// Email address.
        username: String,
        /// Who does this: a member of staff, and somebody else. One of the two is a security administrator.
        #[arg(long)]
        actor: String,
        /// Approve what somebody else proposed within the last day.
        #[arg(long)]
        approve: bool,
        #[command(flatten)]
        system: SystemArgs,
    },
    /// Let a user sign in with the account of the identity service that has their email address.
    InviteIdentity {
        /// Email address.
        username: String,
        /// Who does this: a member of staff.
        #[arg(long)]
        actor: String,
        #[command(flatten)]
        system: SystemArgs,
    },
    /// End a user's link to the identity service; their second factor stays.
    Unlink(unlink::UnlinkArgs),
    /// List all users.
    List {
        #[command(flatten)]
        system: SystemArgs,
    },
}

/// Runs the subcommand.
pub fn run(args: &UserArgs) -> Result<(), Failure> {
    match &args.command {
        UserCommand::Create { username, name, permission, system } => {
            create(&System::open(system)?, username, name, permission)
        }
        UserCommand::Invite(args) => invite::run(args),
        UserCommand::Requests(args) => requests::run(args),
        UserCommand::Unlock { username, system } => unlock(&System::open(system)?, username),
        UserCommand::ResetFactor { username, actor, approve, system } => {
            reset_factor(&System::open(system)?, username, actor, *approve)
        }
        UserCommand::InviteIdentity { username, actor, system } => {
            invite_identity(&System::open(system)?, username, actor)
        }
        UserCommand::Unlink(args) => unlink::run(args),
        UserCommand::List { system } => list(&System::open(system)?, system.json),
    }
}

fn create(system: &System, username: &str, name: &str, words: &[String]) -> Result<(), Failure> {
    let username = username.trim().to_lowercase();
    if !username.contains('@') {
        return Err(Failure::usage("a username is an email address"));
    }
    let permissions: Vec<Permission> = words
        .iter()
        .map(|word| word.parse().map_err(|_| Failure::usage(format!("{word} is no permission"))))
        .collect::<Result<_, _>>()?;
    let mut password = String::new();
    std::io::stdin()
        .read_line(&mut password)
        .map_err(|error| Failure::failed(format!("stdin: {error}")))?;
    let password = password.trim_end_matches(['\r', '\n']);
    may_be_chosen(system, password, &username, name)?;
    let password_hash = passwords::hash(password);
    runtime()?.block_on(async {
        let (owner, now) = (system.store(Role::Owner)?, system.clock.now());
        let organisations = vec![(OrganisationKind::Staff, STAFF.to_owned())];
        let staff = owner.run(now, &NameOrganisations { organisations, now }).await?[0];
        let user = NewUser {
            username: username.clone(),
            full_name: name.to_owned(),
            password_hash,
            must_change: true,
            state: "active",
            memberships: permissions.iter().map(|permission| (staff, *permission)).collect(),
        };
        owner.run(now, &CreateUsers(vec![user])).await?;
        print(&format!("Created {username}."))
    })
}

/// Refuses a password that the policy does not take, with every reason.
fn may_be_chosen(
    system: &System,
    password: &str,
    username: &str,
    name: &str,
) -> Result<(), Failure> {
    let policy = system.config.passwords.policy();
    let policy = policy.map_err(|problems| Failure::configuration(problems.to_string()))?;
    let context =
        Context { full_name: name, username, organisations: &[STAFF], ..Context::default() };
    policy.check(password, &context).map_err(|reasons| {
        Failure::usage(format!("the password, the first line of stdin:\n{}", lines(&reasons)))
    })
}

fn unlock(system: &System, username: &str) -> Result<(), Failure> {
    let username = username.trim().to_lowercase();
    runtime()?.block_on(async {
        let (actor, now) = ("operator".to_owned(), system.clock.now());
        let work = Unlock { username: username.clone(), actor, reason: None, now };
        if system.store(Role::Owner)?.run(now, &work).await? {
            print(&format!("{username} may sign in."))
        } else {
            Err(Failure::failed(format!("there is no user {username}")))
        }
    })
}

fn reset_factor(
    system: &System,
    username: &str,
    actor: &str,
    approve: bool,
) -> Result<(), Failure> {
    let (username, actor) = (username.trim().to_lowercase(), actor.trim().to_lowercase());
    runtime()?.block_on(async {
        let (owner, now) = (system.store(Role::Owner)?, system.clock.now());
        if !owner.run(now, &IsStaff(actor.clone())).await? {
            return Err(Failure::failed(format!("{actor} is no active member of staff")));
        }
        if !approve {
            let work = ProposeReset { username: username.clone(), actor, reason: None, now };
            return if owner.run(now, &work).await? {
                print(&format!("Proposed for {username}: somebody else approves it within a day."))
            } else {
                Err(Failure::failed(format!("there is no user {username} other than yourself")))
            };
        }
        let work =
            ApproveReset { username: username.clone(), actor, now, when: instant_in_words(now) };
        match owner.run(now, &work).await? {
            Reset::Done => print(&format!("{username} signs in with the password alone.")),
            Reset::NotProposed => {
                Err(Failure::failed(format!("nobody else has proposed this for {username}")))
            }
            Reset::NeedsAdmin => {
                Err(Failure::failed("one of the two must be a security administrator".to_owned()))
            }
            Reset::TooLate => {
                Err(Failure::failed("it was proposed too long ago: propose it again".to_owned()))
            }
        }
    })
}

fn invite_identity(system: &System, username: &str, actor: &str) -> Result<(), Failure> {
    let (username, actor) = (username.trim().to_lowercase(), actor.trim().to_lowercase());
    runtime()?.block_on(async {
        let (owner, now) = (system.store(Role::Owner)?, system.clock.now());
        if !owner.run(now, &IsStaff(actor.clone())).await? {
            return Err(Failure::failed(format!("{actor} is no active member of staff")));
        }
        let work = InviteIdentity { username: username.clone(), actor, now };
        if owner.run(now, &work).await? {
            print(&format!("{username} may sign in with the identity service from now on."))
        } else {
            Err(Failure::failed(format!("there is no user {username}")))
        }
    })
}

fn list(system: &System, json: bool) -> Result<(), Failure> {
    let store = system.store(Role::Owner)?;
    let users = runtime()?.block_on(store.run(system.clock.now(), &ListUsers))?;
    for user in users {
        let (name, state, memberships) = (user.username, user.state, user.memberships);
        let bounced = user.email_bounced_at;
        if json {
            let line = serde_json::json!({ "username": name, "state": state, "memberships": memberships,
                    "email_bounced_at": bounced.map(|at| at.to_string()) });
            print(&line.to_string())?;
        } else {
            let bounced = bounced.map(|_| "\temails come back").unwrap_or_default();
            print(&format!("{name}\t{state}\t{memberships}{bounced}"))?;
        }
    }
    Ok(())
}
