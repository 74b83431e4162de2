//! `daybreak audit verify`: the hash chains of the audit and of every journal.

use clap::{Args, Subcommand};

use super::exit::Failure;
use super::system::{System, runtime};
use super::{SystemArgs, print};
use crate::config::Role;
use crate::domain::hex::hex;
use crate::node::journal::chain_holds;
use crate::store::Store;
use crate::store::audit::{Verified, VerifyAudit};
use crate::store::journal::{EmptiedJournals, ReadJournals};
use jiff::Timestamp;

/// Arguments of `audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Verify every chain from its beginning.
    Verify {
        #[command(flatten)]
        system: SystemArgs,
    },
}

/// Journal records of one step.
const STEP_ROWS: i64 = 10_000;

/// Verifies; a broken chain is code 1 and names the place.
pub fn run(args: &AuditArgs) -> Result<(), Failure> {
    let AuditCommand::Verify { system: args } = &args.command;
    let system = System::open(args)?;
    let (owner, now) = (system.store(Role::Owner)?, system.clock.now());
    let (acts, records) = runtime()?.block_on(async {
        Ok::<_, Failure>((verify_audit(&owner, now).await?, verify_journals(&owner, now).await?))
    })?;
    if args.json {
        return print(&serde_json::json!({ "acts": acts, "records": records }).to_string());
    }
    print(&format!("{acts} acts and {records} journal records: every chain holds."))
}

async fn verify_audit(owner: &Store, now: Timestamp) -> Result<i64, Failure> {
    let mut step = VerifyAudit { after: 0, hash: Vec::new() };
    loop {
        match owner.run(now, &step).await? {
            Verified::Upto(after, hash) => step = VerifyAudit { after, hash },
            Verified::End => return Ok(step.after),
            Verified::Broken(seq) => {
                return Err(Failure::failed(format!("the audit chain breaks at row {seq}")));
            }
        }
    }
}

async fn verify_journals(owner: &Store, now: Timestamp) -> Result<u64, Failure> {
    let mut count = 0;
    let mut step = ReadJournals { after: (Vec::new(), 0), limit: STEP_ROWS };
    let mut before = [0; 32];
    let mut end: (Vec<u8>, i64, i64) = (Vec::new(), 0, 0);
    loop {
        let records = owner.run(now, &step).await?;
        for record in &records {
            if record.journal != end.0 {
                complete(&end)?;
                before = [0; 32];
                end = (record.journal.clone(), 0, record.last_seq);
            }
            let follows = record.seq == end.1 + 1;
            if !follows || !chain_holds(&before, &record.record, &record.hash) {
                let journal = hex(&record.journal);
                let place = end.1 + 1;
                return Err(Failure::failed(format!("journal {journal} breaks at record {place}")));
            }
            before = record.hash.as_slice().try_into().unwrap_or_default();
            end.1 = record.seq;
            count += 1;
        }
        let Some(last) = records.last() else {
            complete(&end)?;
            return none_emptied(owner, now).await.map(|()| count);
        };
        step.after = (last.journal.clone(), last.seq);
    }
}

/// A journal whose last rows were cut away is shorter than its own row says.
fn complete((journal, seq, last): &(Vec<u8>, i64, i64)) -> Result<(), Failure> {
    if seq == last {
        return Ok(());
    }
    let journal = hex(journal);
    Err(Failure::failed(format!("journal {journal} ends at record {seq} instead of {last}")))
}

async fn none_emptied(owner: &Store, now: Timestamp) -> Result<(), Failure> {
    match owner.run(now, &EmptiedJournals).await?.first() {
        None => Ok(()),
        Some(id) => Err(Failure::failed(format!("journal {} has lost every record", hex(id)))),
    }
}
