//! Forms: what somebody has to do and may do, filling in, and sending once.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;

use crate::domain::announced::Stage;
use crate::domain::forms::{Context, Form, InWords, Reading, Reference, Times, field_names};
use crate::domain::rights::Action;
use crate::domain::rules::Days;
use crate::node::Node;
use crate::node::keys::random;
use crate::service::away::{Away, reach};
use crate::service::results::Actor;
use crate::store::forms::{
    Begin, Begun, Discard, Fields, ListSubmissions, ReadSubmission, Replaces, SavePage, Send, Sent,
};
use crate::store::{Store, Work};
use crate::telemetry::forms::{FormMetrics, SendOutcome};

mod activity;
mod seen;

pub use crate::store::forms::{State, Submission};
pub use activity::{Activity, Item, Section};
pub use seen::{of_page, seen};

/// The forms of the year.
#[derive(Clone, Debug)]
pub struct Cycle {
    /// The year.
    pub year: u16,
    /// The forms.
    pub forms: Vec<Form>,
    /// What their questions look at.
    pub days: Days,
}

/// Forms and what was typed into them, read and written behind the row policies. Clones share it.
#[derive(Clone, Debug)]
pub struct Forms {
    node: Node,
    store: Arc<Store>,
    cycle: Arc<Cycle>,
    metrics: FormMetrics,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotDone {
    /// Whoever asks fills in no forms.
    Forbidden,
    /// There is no such form or draft, or it is not theirs.
    Unknown,
    /// It opens then.
    NotYet(Timestamp),
    /// It has closed.
    Closed,
    /// This form must have been sent before, by its title.
    After(String),
    /// It was sent already, and stays so.
    Sent(String),
    /// There are too many drafts of it.
    TooMany,
    /// Something is missing or wrong: the place of the first such page.
    Incomplete(usize),
    /// Somebody has saved a page since it was looked at.
    Changed,
    /// The database does not answer.
    Away,
}

impl From<Away> for NotDone {
    fn from(Away: Away) -> Self {
        Self::Away
    }
}

impl Forms {
    /// `store` is the database as the role that serves users.
    pub fn new(node: Node, store: Store, cycle: Cycle, metrics: FormMetrics) -> Self {
        Self { node, store: Arc::new(store), cycle: Arc::new(cycle), metrics }
    }

    fn year(&self) -> i16 {
        i16::try_from(self.cycle.year).expect("a year of our time")
    }

    /// The forms that are an actor's, whatever the day.
    pub fn of<'a>(&'a self, actor: &Actor) -> impl Iterator<Item = &'a Form> + use<'a> {
        let (kind, permissions) = (actor.organisation.kind, actor.permissions);
        let may = actor.may(Action::Activity);
        self.cycle.forms.iter().filter(move |form| may && form.readers.has(kind, permissions))
    }

    /// A form that is an actor's.
    pub fn form(&self, actor: &Actor, slug: &str) -> Result<&Form, NotDone> {
        if !actor.may(Action::Activity) {
            return Err(NotDone::Forbidden);
        }
        self.of(actor).find(|form| form.slug == slug).ok_or(NotDone::Unknown)
    }

    /// What was typed, read by the form as it is now.
    pub fn reading<'f>(&self, form: &'f Form, typed: &Fields) -> Reading<'f> {
        Reading::of(form, typed, Context { days: &self.cycle.days })
    }

    /// All that the actor's organisation has filled in this year, of forms that are the actor's.
    pub async fn all(&self, actor: &Actor) -> Result<Vec<Submission>, Away> {
        let work = ListSubmissions { organisation: actor.organisation.id, year: self.year() };
        let mut all = self.run(&work).await?;
        all.retain(|one| self.of(actor).any(|form| form.slug == one.form));
        Ok(all)
    }

    /// My activity.
    pub async fn activity(&self, actor: &Actor) -> Result<Activity<'_>, Away> {
        let all = self.all(actor).await?;
        Ok(Activity::of(self.of(actor), &all, self.node.clock.now()))
    }

    /// A draft, or something that was sent, of this year and form.
    pub async fn read(
        &self,
        actor: &Actor,
        form: &Form,
        reference: &str,
    ) -> Result<Submission, NotDone> {
        let reference: Reference = reference.parse().map_err(|_| NotDone::Unknown)?;
        let work = ReadSubmission {
            organisation: actor.organisation.id,
            reference: reference.to_string(),
        };
        let found = self.run(&work).await?;
        let is_it = |one: &Submission| one.form == form.slug && one.year == self.year();
        found.filter(is_it).ok_or(NotDone::Unknown)
    }

    /// A draft of this year and form: what was sent is not changed any more.
    pub async fn draft(
        &self,
        actor: &Actor,
        form: &Form,
        reference: &str,
    ) -> Result<Submission, NotDone> {
        let found = self.read(actor, form, reference).await?;
        if found.state == State::Draft { Ok(found) } else { Err(NotDone::Sent(found.reference)) }
    }

    /// Begins to fill in a form, or goes on where one draft is enough. Gives its reference, and whether it is new.
    pub async fn begin(&self, actor: &Actor, form: &Form) -> Result<(String, bool), NotDone> {
        self.is_open(form)?;
        let sole = match form.times {
            Times::Once => Some(Replaces::No),
            Times::UntilClosed => Some(Replaces::Yes),
            Times::Many => None,
        };
        let work = Begin {
            organisation: actor.organisation.id,
            year: self.year(),
            form: (form.slug.clone(), form.version.clone()),
            sole,
            reference: Reference::of(random()).to_string(),
            by: actor.user.full_name.clone(),
            now: self.node.clock.now(),
        };
        match self.run(&work).await? {
            Begun::Draft(reference) => Ok((reference.clone(), reference == work.reference)),
            Begun::Sent(reference) => Err(NotDone::Sent(reference)),
            Begun::TooMany => Err(NotDone::TooMany),
        }
    }

    /// Keeps what was typed on a page of a draft, right or wrong, unless somebody has saved another one meanwhile.
    pub async fn save(
        &self,
        actor: &Actor,
        form: &Form,
        (draft, page): (&Submission, usize),
        fields: Fields,
    ) -> Result<(), NotDone> {
        let work = SavePage {
            organisation: actor.organisation.id,
            reference: draft.reference.clone(),
            version: form.version.clone(),
            fields,
            names: field_names(&form.pages[page]),
            revision: draft.revision,
            by: actor.user.full_name.clone(),
            now: self.node.clock.now(),
        };
        if self.run(&work).await? { Ok(()) } else { Err(NotDone::Changed) }
    }

    /// Throws a draft away, unless it was sent meanwhile.
    pub async fn discard(&self, actor: &Actor, reference: &str) -> Result<(), NotDone> {
        let work = Discard {
            organisation: actor.organisation.id,
            reference: reference.to_owned(),
            by: actor.user.username.clone(),
            now: self.node.clock.now(),
        };
        if self.run(&work).await? { Ok(()) } else { Err(NotDone::Sent(reference.to_owned())) }
    }

    /// Sends a draft as it was looked at: in which revision, and as which version of the form. Sent twice, it is
    /// sent once.
    pub async fn send(
        &self,
        actor: &Actor,
        form: &Form,
        reference: &str,
        looked_at: (i32, &str),
    ) -> Result<(), NotDone> {
        let done = self.send_once(actor, form, reference, looked_at).await;
        let outcome = match &done {
            Ok(Sent::Now) => SendOutcome::Sent,
            Ok(_) | Err(NotDone::Sent(_)) => SendOutcome::Again,
            Err(NotDone::NotYet(_) | NotDone::Closed) => SendOutcome::Closed,
            Err(NotDone::Away) => SendOutcome::Away,
            Err(_) => SendOutcome::Incomplete,
        };
        self.metrics.sent(&form.slug, outcome);
        match done {
            Ok(_) | Err(NotDone::Sent(_)) => Ok(()),
            Err(reason) => Err(reason),
        }
    }

    async fn send_once(
        &self,
        actor: &Actor,
        form: &Form,
        reference: &str,
        (revision, version): (i32, &str),
    ) -> Result<Sent, NotDone> {
        let draft = self.draft(actor, form, reference).await?;
        self.is_open(form)?;
        self.comes_after(actor, form).await?;
        let reading = self.reading(form, &draft.answers);
        if let Some(page) = reading.first_open() {
            return Err(NotDone::Incomplete(page));
        }
        // The form has changed since the page was looked at, or somebody has saved another answer.
        if draft.revision != revision || version != form.version {
            return Err(NotDone::Changed);
        }
        let answers = reading.kept(&draft.answers);
        let written = serde_json::to_vec(&answers).expect("plain texts");
        let work = Send {
            organisation: actor.organisation.id,
            reference: draft.reference,
            looked_at: (revision, form.version.clone()),
            digest: digest(&SHA256, &written).as_ref().try_into().expect("SHA-256 has 32 bytes"),
            answers,
            in_words: InWords::of(form, &reading),
            organisation_name: actor.organisation.name.clone(),
            by: (actor.user.full_name.clone(), actor.user.username.clone()),
            now: self.node.clock.now(),
        };
        match self.run(&work).await? {
            Sent::Changed => Err(NotDone::Changed),
            Sent::Gone => Err(NotDone::Unknown),
            sent => Ok(sent),
        }
    }

    fn is_open(&self, form: &Form) -> Result<(), NotDone> {
        match form.stage(self.node.clock.now()) {
            Stage::Open => Ok(()),
            Stage::Coming => Err(NotDone::NotYet(form.opens)),
            Stage::Over => Err(NotDone::Closed),
        }
    }

    /// Whether everything that must come first was sent.
    async fn comes_after(&self, actor: &Actor, form: &Form) -> Result<(), NotDone> {
        if form.after.is_empty() {
            return Ok(());
        }
        let work = ListSubmissions { organisation: actor.organisation.id, year: self.year() };
        let all = self.run(&work).await?;
        let is_sent =
            |slug: &&String| all.iter().any(|s| s.form == **slug && s.state == State::Sent);
        let missing = form.after.iter().find(|slug| !is_sent(slug));
        let known = |slug: &String| self.cycle.forms.iter().find(|form| form.slug == *slug);
        match missing.and_then(known) {
            Some(missing) => Err(NotDone::After(missing.title.clone())),
            None => Ok(()),
        }
    }

    async fn run<W: Work>(&self, work: &W) -> Result<W::Output, Away> {
        reach(&self.store, &self.node, work, "forms are out of reach").await
    }
}
