//! Users of an organisation: who may look after them, and what each change needs.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::rights::Action;
use crate::domain::users::care::{BadCover, Cover, Policy};
use crate::domain::users::{Limit, Person, is_limited};
use crate::node::Node;
use crate::service::results::Actor;
use crate::store::users::{
    Amend, By, Changed, Confirm, Create, InviteAgain, ReadPeople, Remove, SetStanding,
};
use crate::store::{Store, Work};
use crate::telemetry::chain;

pub use crate::store::users::{Count, Counts, Decision, Member, People, Reviewed, Standing};

/// Users of organisations, read and written behind the row policies. Clones share it.
#[derive(Clone, Debug)]
pub struct Users {
    node: Node,
    store: Arc<Store>,
    policy: Arc<Policy>,
}

/// Why a change was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDone {
    /// Whoever asks does not look after users, or not any more.
    NoRight,
    /// There is no such user in their organisation.
    Unknown,
    /// A limit of the organisation.
    Limit(Limit),
    /// The address is one of another user of the organisation.
    AlreadyUser,
    /// Somebody else changed it meanwhile.
    Overtaken,
    /// It was done just before; it may be done again from then on.
    TooSoon(Timestamp),
    /// It does not fit what the user is at present.
    NotNow,
    /// The days on which somebody is to stand in.
    Days(BadCover),
    /// The database does not answer.
    Away,
}

/// A term's review, as far as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// The day on which it began.
    pub term: Date,
    /// The last day on which it is not overdue.
    pub by: Date,
    /// Whether that day is over, and nobody has confirmed it.
    pub overdue: bool,
    /// Who confirmed it.
    pub done: Option<Reviewed>,
}

/// Everything that the pages about users show.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The users with their counts.
    pub people: People,
    /// The present term's review.
    pub review: Option<Review>,
    /// When somebody may stand in; none when nobody may.
    pub cover: Option<Cover>,
}

impl Users {
    /// `store` is the database as the role that serves users.
    pub fn new(node: Node, store: Store, policy: Policy) -> Self {
        Self { node, store: Arc::new(store), policy: Arc::new(policy) }
    }

    /// All users of the actor's organisation.
    pub async fn all(&self, actor: &Actor) -> Result<Overview, NotDone> {
        self.read(actor, None).await
    }

    /// One user of the actor's organisation, with its counts.
    pub async fn one(&self, actor: &Actor, member: i64) -> Result<(Member, Counts), NotDone> {
        let Overview { people, .. } = self.read(actor, Some(member)).await?;
        let member = people.members.into_iter().next().ok_or(NotDone::Unknown)?;
        Ok((member, people.counts))
    }

    /// Creates a user; the same submission makes one. Gives the row id of the membership.
    pub async fn create(
        &self,
        actor: &Actor,
        person: Person,
        days: Option<Cover>,
        submission: [u8; 16],
    ) -> Result<i64, NotDone> {
        let by = self.by(actor)?;
        let cover = match days {
            None => None,
            Some(_) if !is_limited(by.kind) => return Err(NotDone::NoRight),
            Some(days) => Some(self.policy.cover(days, by.now).map_err(NotDone::Days)?),
        };
        self.change(by.now, &Create { by, person, cover, submission }).await
    }

    /// Whether somebody may stand in on these days.
    pub fn may_cover(&self, actor: &Actor, days: Cover) -> Result<(), NotDone> {
        let by = self.by(actor)?;
        self.policy.cover(days, by.now).map(drop).map_err(NotDone::Days)
    }

    /// When somebody may stand in at the actor's organisation; none when nobody may.
    pub fn cover_dates(&self, actor: &Actor) -> Option<Cover> {
        let dates = self.policy.cover_dates(self.node.clock.now());
        dates.filter(|_| is_limited(actor.organisation.kind))
    }

    /// Days for which somebody may stand in at the most.
    pub fn cover_days_max(&self) -> u16 {
        self.policy.cover_days
    }

    /// Changes a user from what the actor saw. Gives the row id of the membership, which a new address changes.
    pub async fn amend(
        &self,
        actor: &Actor,
        member: i64,
        old: Person,
        new: Person,
    ) -> Result<i64, NotDone> {
        let by = self.by(actor)?;
        self.change(by.now, &Amend { by, member, old, new }).await
    }

    /// Removes a user.
    pub async fn remove(&self, actor: &Actor, member: i64) -> Result<i64, NotDone> {
        let by = self.by(actor)?;
        self.change(by.now, &Remove { by, member }).await
    }

    /// Suspends a user, or takes them back.
    pub async fn set_standing(
        &self,
        actor: &Actor,
        member: i64,
        standing: Standing,
    ) -> Result<i64, NotDone> {
        let by = self.by(actor)?;
        self.change(by.now, &SetStanding { by, member, standing }).await
    }

    /// Invites a user again who has not signed in yet.
    pub async fn invite_again(&self, actor: &Actor, member: i64) -> Result<i64, NotDone> {
        let by = self.by(actor)?;
        self.change(by.now, &InviteAgain { by, member }).await
    }

    /// Confirms the present term's review.
    pub async fn confirm(
        &self,
        actor: &Actor,
        decisions: Vec<(i64, Decision)>,
    ) -> Result<(), NotDone> {
        let by = self.by(actor)?;
        let term = self.policy.term(by.now).ok_or(NotDone::NotNow)?;
        self.change(by.now, &Confirm { by, term, decisions }).await.map(drop)
    }

    async fn read(&self, actor: &Actor, member: Option<i64>) -> Result<Overview, NotDone> {
        let by = self.by(actor)?;
        let term = self.policy.term(by.now);
        let work = ReadPeople { organisation: by.organisation, member, term };
        let people = self.run(by.now, &work).await?;
        let review = term.map(|term| {
            let (until, done) = (self.policy.review_by(term), people.reviewed.clone());
            let overdue = done.is_none() && crate::domain::calendar::day(by.now) > until;
            Review { term, by: until, overdue, done }
        });
        Ok(Overview { people, review, cover: self.cover_dates(actor) })
    }

    /// Who acts, if they look after users.
    fn by(&self, actor: &Actor) -> Result<By, NotDone> {
        let (user, organisation) = (&actor.user, &actor.organisation);
        if !actor.may(Action::Users) {
            return Err(NotDone::NoRight);
        }
        Ok(By {
            organisation: organisation.id,
            kind: organisation.kind,
            organisation_name: organisation.name.clone(),
            user: user.id,
            username: user.username.clone(),
            name: user.full_name.clone(),
            now: self.node.clock.now(),
        })
    }

    async fn change<W: Work<Output = Changed>>(
        &self,
        now: Timestamp,
        work: &W,
    ) -> Result<i64, NotDone> {
        match self.run(now, work).await? {
            Changed::Done(id) | Changed::Again(id) => Ok(id),
            Changed::NoRight => Err(NotDone::NoRight),
            Changed::Unknown => Err(NotDone::Unknown),
            Changed::AlreadyMember => Err(NotDone::AlreadyUser),
            Changed::Overtaken => Err(NotDone::Overtaken),
            Changed::TooSoon(at) => Err(NotDone::TooSoon(at)),
            Changed::NotNow => Err(NotDone::NotNow),
        }
    }

    async fn run<W: Work>(&self, now: Timestamp, work: &W) -> Result<W::Output, NotDone> {
        self.store.run(now, work).await.map_err(|error| {
            if let Some(limit) = error.constraint().and_then(limit) {
                return NotDone::Limit(limit);
            }
            tracing::warn!(error = %chain(&error), "users of an organisation are out of reach");
            NotDone::Away
        })
    }
}

/// The limit that a constraint of the database holds.
fn limit(constraint: &str) -> Option<Limit> {
    match constraint {
        "people_users_max" => Some(Limit::Users),
        "people_managers_max" => Some(Limit::Managers),
        "people_access_max" => Some(Limit::Access),
        "people_cover_max" => Some(Limit::Cover),
        "people_managing" => Some(Limit::LastManager),
        "members_duties_apart" => Some(Limit::Duties),
        _ => None,
    }
}
