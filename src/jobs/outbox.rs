//! Sends the messages of the outbox: each is one node's for a while, and what came of it is written down.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::Jobs;
use crate::clock::machine_now;
use crate::mail::template::Template;
use crate::mail::{CALL_DEADLINE, Fate, Lookup, Message, Outcome, Sender};
use crate::node::keys::random;
use crate::store::StoreError;
use crate::store::outbox::{
    BeginMessage, Begun, ClaimMessages, Claimed, Follow, News, NoteMessage, Stood,
};
use crate::telemetry::{Hidden, chain};

/// From one look for messages to the next while there are none.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// After the database did not answer it is asked again this much later.
const ASK_AGAIN: Duration = Duration::from_secs(10);
/// Messages that a node has at once, and those of them that are on the wire.
const BATCH_MAX: u8 = 8;
const PARALLEL: u8 = 4;
/// Calls of a sender that one message takes at the most: a question, and handing it over.
const CALLS_MAX: u8 = 2;
/// How long a claimed message is a node's: it is through with its batch by then.
const LEASE: SignedDuration = SignedDuration::from_mins(4);
/// Time for messages on the wire when the node stops.
const LAST_MESSAGES: Duration = Duration::from_secs(3);
/// Tries of one message: with these pauses, nearly three days.
const TRIES_MAX: u32 = 26;
/// Pause after the first try; doubles with each.
const PAUSE_MIN: SignedDuration = SignedDuration::from_secs(30);
/// Longest pause between tries.
const PAUSE_MAX: SignedDuration = SignedDuration::from_hours(4);
/// From a message's being sent to the first question what became of it, and the least between two.
const FOLLOW_AFTER: SignedDuration = SignedDuration::from_mins(1);
/// Nobody asks about a message for longer: providers forget it.
const FOLLOW_FOR: SignedDuration = SignedDuration::from_hours(72);

const _: () = assert!(
    LEASE.as_secs().unsigned_abs()
        > CALL_DEADLINE.as_secs() * CALLS_MAX as u64 * (BATCH_MAX / PARALLEL) as u64
);

/// What messages are sent with.
#[derive(Clone, Debug)]
pub struct Post {
    /// Who takes them.
    pub sender: Sender,
    /// Their words by name.
    pub templates: BTreeMap<String, Template>,
    /// Addresses of this service that templates name.
    pub links: BTreeMap<&'static str, String>,
}

/// Sends until told to stop, and finishes what is on the wire. Without a sender messages wait.
pub(super) async fn keep(jobs: Arc<Jobs>, mut stop: watch::Receiver<bool>) {
    let Some(post) = &jobs.post else { return };
    let mut stopped = stop.clone();
    let sending = async {
        while !is_over(&stopped) {
            let pause = match ship(&jobs, post, &stopped).await {
                Ok(0) => LOOK_EVERY,
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "messages wait");
                    ASK_AGAIN
                }
            };
            // A node with nothing on the wire stops at once.
            let told = tokio::time::timeout(pause, stopped.wait_for(|stop| *stop)).await;
            if told.is_ok() {
                return;
            }
        }
    };
    let ending = async {
        let _told = stop.wait_for(|stop| *stop).await.map(drop);
        tokio::time::sleep(LAST_MESSAGES).await;
    };
    tokio::select! {
        () = sending => (),
        () = ending => (),
    }
}

fn is_over(stop: &watch::Receiver<bool>) -> bool {
    *stop.borrow()
}

/// Takes some messages and sends them; says how many it took.
async fn ship(jobs: &Jobs, post: &Post, stop: &watch::Receiver<bool>) -> Result<usize, StoreError> {
    let (now, lease) = (jobs.node.clock.now(), random());
    let follow = match &post.sender {
        Sender::Notify(_) => Follow::Asks,
        Sender::Folder(_) | Sender::Smtp(_) => Follow::CannotAsk,
    };
    let work = ClaimMessages {
        templates: post.templates.keys().cloned().collect(),
        follow,
        lease,
        now,
        until: now + LEASE,
        limit: BATCH_MAX.into(),
    };
    let claimed = jobs.store.run(now, &work).await?;
    let took = claimed.len();
    futures_util::stream::iter(claimed)
        .for_each_concurrent(usize::from(PARALLEL), async |message| {
            // What has not begun is another node's after the lease, as if this one had not had it.
            if is_over(stop) {
                return;
            }
            if let Err(error) = one(jobs, post, message, lease).await {
                tracing::warn!(error = %chain(&error), message = message.id, "a message waits");
            }
        })
        .await;
    Ok(took)
}

async fn one(
    jobs: &Jobs,
    post: &Post,
    claimed: Claimed,
    lease: [u8; 16],
) -> Result<(), StoreError> {
    let now = || jobs.node.clock.now();
    let work = BeginMessage { claimed, lease, now: now() };
    let Some(begun) = jobs.working.run(work.now, &work).await? else { return Ok(()) };
    let news = match begun.stood {
        Stood::Sent => followed(post, &begun, now()).await,
        Stood::Pending | Stood::Unanswered if begun.bounces => {
            ended("bounced", "messages to this address come back".to_owned())
        }
        Stood::Pending => handed_over(post, &begun, now()).await,
        Stood::Unanswered => asked_first(post, &begun, now()).await,
    };
    jobs.metrics.emails.with_label_values(&[news.state]).inc();
    let note = NoteMessage { claimed, lease, news, now: now() };
    jobs.working.run(note.now, &note).await?;
    Ok(())
}

/// A message whose last try had no answer: its provider may have it.
async fn asked_first(post: &Post, begun: &Begun, now: Timestamp) -> News {
    match post.sender.look_up(&begun.reference, machine_now()).await {
        Lookup::Has(receipt) => sent(Some(receipt), now),
        Lookup::HasNot | Lookup::SameAgain => handed_over(post, begun, now).await,
        Lookup::CannotTell => News { maybe_twice: true, ..handed_over(post, begun, now).await },
        Lookup::NoAnswer(why) => again("sending", why, begun.attempts, now),
    }
}

async fn handed_over(post: &Post, begun: &Begun, now: Timestamp) -> News {
    let words = match post.templates.get(&begun.template) {
        Some(template) => template.render(&begun.content, &post.links),
        None => Err("its words are not known to this program".to_owned()),
    };
    let words = match words {
        Ok(words) => words,
        Err(why) => return ended("failed", why),
    };
    let message = Message {
        reference: begun.reference.clone(),
        to: Hidden::new(begun.recipient.clone()),
        subject: Hidden::new(words.subject),
        body: Hidden::new(words.body),
        written_at: begun.queued_at,
    };
    let sending = tokio::time::timeout(CALL_DEADLINE, post.sender.send(&message, machine_now()));
    let late = || Outcome::Unknown("no answer came in time".to_owned());
    match sending.await.unwrap_or_else(|_| late()) {
        Outcome::Taken(receipt) => sent(receipt, now),
        Outcome::Later(why) => again("pending", why, begun.attempts, now),
        Outcome::Unknown(why) => again("sending", why, begun.attempts, now),
        Outcome::Bounced(why) => ended("bounced", why),
        Outcome::Refused(why) => ended("failed", why),
    }
}

async fn followed(post: &Post, begun: &Begun, now: Timestamp) -> News {
    let fate = match &begun.receipt {
        Some(receipt) => post.sender.follow(receipt, machine_now()).await,
        None => Fate::Underway,
    };
    let sent_at = begun.sent_at.unwrap_or(now);
    let age = now.duration_since(sent_at);
    match fate {
        Fate::Delivered => ended("delivered", String::new()),
        Fate::Bounced(why) => ended("bounced", why),
        Fate::Failed(why) => ended("failed", why),
        Fate::Underway if age >= FOLLOW_FOR || begun.receipt.is_none() => {
            ended("sent", "its provider did not say what became of it".to_owned())
        }
        Fate::Underway => {
            News { due_at: Some(now + age.max(FOLLOW_AFTER)), ..ended("sent", String::new()) }
        }
    }
}

fn sent(receipt: Option<String>, now: Timestamp) -> News {
    let due_at = receipt.as_ref().map(|_| now + FOLLOW_AFTER);
    News { due_at, receipt, ..ended("sent", String::new()) }
}

fn ended(state: &'static str, detail: String) -> News {
    News { state, detail, due_at: None, receipt: None, maybe_twice: false }
}

/// Tries again after a pause, unless it was tried often enough.
fn again(state: &'static str, why: String, attempts: u32, now: Timestamp) -> News {
    if attempts >= TRIES_MAX {
        return ended("failed", why);
    }
    let pause = pause(attempts, u16::from_be_bytes(random()));
    News { due_at: Some(now + pause), ..ended(state, why) }
}

/// The pause after so many tries: up to a quarter longer by chance, so that nodes do not come back together.
fn pause(attempts: u32, chance: u16) -> SignedDuration {
    let doubled = 1_i32.checked_shl(attempts.saturating_sub(1)).filter(|by| *by > 0);
    let pause = doubled.map_or(PAUSE_MAX, |by| (PAUSE_MIN * by).min(PAUSE_MAX));
    pause
        + SignedDuration::from_millis(
            i64::try_from(pause.as_millis()).unwrap_or_default() / 4 * i64::from(chance)
                / i64::from(u16::MAX),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_a_bound_and_tries_end_within_three_days() {
        let seconds = |attempts, chance| pause(attempts, chance).as_secs();
        assert_eq!(
            [1, 2, 3, 9, 10, 26].map(|n| seconds(n, 0)),
            [30, 60, 120, 7_680, 14_400, 14_400]
        );
        assert_eq!(seconds(1, u16::MAX), 37);
        assert_eq!(seconds(u32::MAX, 0), 14_400);
        let longest: i64 = (1..TRIES_MAX).map(|n| seconds(n, 0)).sum();
        assert!((60..=72).contains(&(longest / 3_600)), "{longest}");
    }

    #[test]
    fn the_last_try_ends_it_in_either_way() {
        let now = Timestamp::UNIX_EPOCH;
        let news = |attempts| again("sending", "why".to_owned(), attempts, now);
        assert_eq!((news(25).state, news(25).due_at > Some(now)), ("sending", true));
        assert_eq!(news(26), ended("failed", "why".to_owned()));
    }
}
