//! `daybreak user requests`: people who asked for an account and whom nobody else can help.

use clap::Args;

use crate::cli::exit::Failure;
use crate::cli::system::{System, runtime};
use crate::cli::{SystemArgs, print};
use crate::config::Role;
use crate::domain::calendar::instant_in_words;
use crate::domain::wording::dfe_number;
use crate::store::access_requests::{CloseRequest, ListRequests, ListedRequest};

/// Arguments of `user requests`.
#[derive(Debug, Args)]
pub(super) struct RequestsArgs {
    /// Those too that account managers have only just heard of.
    #[arg(long)]
    all: bool,
    /// Close the request of this number.
    #[arg(long, requires = "actor", requires = "outcome")]
    close: Option<i64>,
    /// Who closes it.
    #[arg(long)]
    actor: Option<String>,
    /// What came of it.
    #[arg(long)]
    outcome: Option<String>,
    #[command(flatten)]
    pub(super) system: SystemArgs,
}

pub(super) fn run(args: &RequestsArgs) -> Result<(), Failure> {
    let system = System::open(&args.system)?;
    let (store, now) = (system.store(Role::Owner)?, system.clock.now());
    if let Some(id) = args.close {
        let (actor, outcome) = (args.actor.clone(), args.outcome.clone());
        let (actor, outcome) = (actor.unwrap_or_default(), outcome.unwrap_or_default());
        let work = CloseRequest { id, actor, outcome, now };
        return if runtime()?.block_on(store.run(now, &work))? {
            print(&format!("Closed request {id}."))
        } else {
            Err(Failure::failed(format!("there is no open request {id}")))
        };
    }
    let work = ListRequests { all: args.all, now };
    for request in runtime()?.block_on(store.run(now, &work))? {
        print(&if args.system.json { in_json(&request) } else { in_words(&request) })?;
    }
    Ok(())
}

fn in_words(request: &ListedRequest) -> String {
    let number = request.laestab.map(|n| format!(" ({})", dfe_number(n.cast_unsigned())));
    let told = match request.managers {
        0 => "nobody there was told: phone the number".to_owned(),
        1 => "1 account manager was told".to_owned(),
        many => format!("{many} account managers were told"),
    };
    format!(
        "{}\t{}{}\t{}\t{}, {}, {}\t{}\t{told}",
        request.id,
        request.organisation,
        number.unwrap_or_default(),
        request.phone,
        request.full_name,
        request.job_title,
        request.email,
        instant_in_words(request.requested_at)
    )
}

fn in_json(request: &ListedRequest) -> String {
    serde_json::json!({
        "id": request.id,
        "organisation": request.organisation,
        "laestab": request.laestab,
        "phone": request.phone,
        "name": request.full_name,
        "job": request.job_title,
        "email": request.email,
        "requested_at": request.requested_at.to_string(),
        "managers": request.managers,
    })
    .to_string()
}
