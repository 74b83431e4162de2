//! Accounts of anybody, for the helpline and for security administrators: found, looked at, let in again.

use std::time::Duration;

use super::desk::{Desk, NotDone};
use super::waiting::{Waiting, name_hash};
use crate::admission::Limit;
use crate::domain::calendar::instant_in_words;
use crate::domain::reason::Reason;
use crate::store::accounts::{FindAccount, ReadAccount, Unlock};
use crate::store::factors::{ApproveReset, ProposeReset};

pub use crate::store::accounts::{Account, Membership};
pub use crate::store::factors::Reset;

/// The account of an address, as it is typed.
pub async fn find(desk: &Desk, address: &str) -> Result<Option<i64>, NotDone> {
    desk.run(FindAccount { username: address.trim().to_lowercase() }).await
}

/// One account.
pub async fn read(desk: &Desk, id: i64) -> Result<Option<Account>, NotDone> {
    desk.run(ReadAccount { id, now: desk.now() }).await
}

/// How long this node still turns somebody away who typed wrong passwords; none when it does not.
pub fn held_up(waiting: &Waiting, username: &str) -> Option<Duration> {
    let (key, now) = (name_hash(username), waiting.tick());
    let held = |limit| waiting.limits().look(limit, key, now).err().map(|slow| slow.wait);
    [Limit::Account, Limit::Device].into_iter().filter_map(held).max()
}

/// Lets somebody in again: a suspended account is active, and wrong passwords are forgotten, here at once and on the
/// other nodes as soon as the database tells them. Gives whether there was such an account.
pub async fn unlock(
    desk: &Desk,
    waiting: &Waiting,
    username: &str,
    reason: Reason,
) -> Result<bool, NotDone> {
    let work = Unlock {
        username: username.to_owned(),
        actor: desk.actor().to_owned(),
        reason: Some(reason.as_str().to_owned()),
        now: desk.now(),
    };
    let done = desk.run(work).await?;
    if done {
        waiting.forgive(username);
    }
    Ok(done)
}

/// Proposes that somebody's second factor be taken away. Gives whether there is such an account of somebody else.
pub async fn propose_reset(desk: &Desk, username: &str, reason: Reason) -> Result<bool, NotDone> {
    let (username, actor) = (username.to_owned(), desk.actor().to_owned());
    let reason = Some(reason.as_str().to_owned());
    desk.run(ProposeReset { username, actor, reason, now: desk.now() }).await
}

/// Takes it away, as somebody else proposed.
pub async fn approve_reset(desk: &Desk, username: &str) -> Result<Reset, NotDone> {
    let (username, actor) = (username.to_owned(), desk.actor().to_owned());
    let (now, when) = (desk.now(), instant_in_words(desk.now()));
    desk.run(ApproveReset { username, actor, now, when }).await
}
