//! One visit, as a school makes it: the page for signing in, the queue, the results, signing out.

use std::net::SocketAddr;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use reqwest::StatusCode;
use tokio::time::Instant;

use super::Settings;
use super::browser::{Answer, BadTarget, Browser, NoAnswer, hidden};
use crate::clock::machine_now;
use crate::domain::hex::hex;

/// So shortly before the instant a node may be right that it has come: clocks differ.
const INSTANT_MARGIN: Duration = Duration::from_secs(2);
/// So shortly after it a node may still be about to open.
const OPENING: Duration = Duration::from_secs(5);

/// Where a visit can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// No connection, or no answer in time.
    Connect,
    /// The page for signing in is not what it should be.
    Page,
    /// The account was not let in.
    SignIn,
    /// Results are open and were not given.
    Results,
    /// They are not those that are expected.
    Digest,
    /// Results were given before their time.
    Embargo,
    /// The session did not end.
    SignOut,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 7] = [
        Self::Connect,
        Self::Page,
        Self::SignIn,
        Self::Results,
        Self::Digest,
        Self::Embargo,
        Self::SignOut,
    ];

    /// The word of the metric's label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Page => "page",
            Self::SignIn => "sign_in",
            Self::Results => "results",
            Self::Digest => "digest",
            Self::Embargo => "embargo",
            Self::SignOut => "sign_out",
        }
    }
}

/// How a visit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was as it should be.
    Served,
    /// Others are first; the place in the queue is kept for the next visit.
    Waiting,
    /// Something was not.
    Failed,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Served, Self::Waiting, Self::Failed];

    /// The word of the metric's label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
        }
    }
}

/// What was not as it should be.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Where.
    pub step: Step,
    /// What was met instead.
    pub what: String,
}

/// What a visit saw.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// What was not as it should be.
    pub faults: Vec<Fault>,
    /// People in front, of whoever waits.
    pub position: Option<u64>,
    /// Seconds from the password to the session.
    pub sign_in_seconds: Option<f64>,
    /// Seconds that the node's clock is ahead of the observer's; answers name whole seconds.
    pub ahead_seconds: Option<f64>,
    /// The last moment of the certificate, in seconds since 1970.
    pub not_after: Option<i64>,
    /// SHA-256 of the results that were given.
    pub digest: Option<String>,
}

impl Seen {
    /// A visit that took too long.
    pub(super) fn late() -> Self {
        let mut seen = Self::default();
        seen.fault(Step::Connect, "the visit was not over in time");
        seen
    }

    /// How it ended.
    pub fn outcome(&self) -> Outcome {
        match (self.faults.is_empty(), self.position) {
            (false, _) => Outcome::Failed,
            (true, Some(_)) => Outcome::Waiting,
            (true, None) => Outcome::Served,
        }
    }

    fn fault(&mut self, step: Step, what: impl Into<String>) {
        self.faults.push(Fault { step, what: what.into() });
    }
}

/// Ends a visit early.
struct Over;

/// Visits one node.
#[derive(Debug)]
pub(super) struct Visitor {
    browser: Browser,
    settings: Settings,
}

impl Visitor {
    pub(super) fn new(settings: &Settings, address: SocketAddr) -> Result<Self, BadTarget> {
        Ok(Self { browser: Browser::new(settings, address)?, settings: settings.clone() })
    }

    /// One visit. A place in the queue is kept for the next one.
    pub(super) async fn visit(&mut self) -> Seen {
        let mut seen = Seen::default();
        self.browser.begin();
        let over = self.go(&mut seen).await;
        if over.is_ok() || !seen.faults.is_empty() {
            self.browser.forget();
        }
        seen
    }

    async fn go(&mut self, seen: &mut Seen) -> Result<(), Over> {
        let Some(token) = self.form(seen).await? else { return Err(Over) };
        self.sign_in(seen, &token).await?;
        self.results(seen).await?;
        self.sign_out(seen).await
    }

    /// The token of the form for signing in; none while others are first.
    async fn form(&mut self, seen: &mut Seen) -> Result<Option<String>, Over> {
        let asked = machine_now();
        let answer = heard(self.browser.get("/sign-in").await, seen)?;
        seen.not_after = answer.not_after;
        seen.ahead_seconds = answer.date.map(|date| ahead(date, asked, machine_now()));
        let page = String::from_utf8_lossy(&answer.body);
        if let Some(token) = hidden(&page, "_csrf") {
            return Ok(Some(token.to_owned()));
        }
        let status = heard(self.browser.get("/queue/status").await, seen)?;
        let told: serde_json::Value = serde_json::from_slice(&status.body).unwrap_or_default();
        match (told["state"].as_str(), told["position"].as_u64()) {
            (Some("waiting" | "paused"), Some(position)) => seen.position = Some(position),
            // Let in between the two answers: the next visit finds the form.
            (Some("admitted" | "open"), _) => seen.position = Some(0),
            (state, _) => {
                let what = format!("{} without a form; the queue says {state:?}", answer.status);
                seen.fault(Step::Page, what);
            }
        }
        Ok(None)
    }

    async fn sign_in(&mut self, seen: &mut Seen, token: &str) -> Result<(), Over> {
        let password = self.settings.password.expose().clone();
        let fields =
            [("_csrf", token), ("username", &self.settings.username), ("password", &password)];
        let began = Instant::now();
        let answer = heard(self.browser.post("/sign-in", &fields).await, seen)?;
        if answer.status != StatusCode::SEE_OTHER || answer.location.starts_with("/sign-in") {
            seen.fault(Step::SignIn, format!("{} {}", answer.status, answer.location));
            return Err(Over);
        }
        seen.sign_in_seconds = Some(began.elapsed().as_secs_f64());
        Ok(())
    }

    /// Asks for the results, whether they are open or not.
    async fn results(&mut self, seen: &mut Seen) -> Result<(), Over> {
        let path = format!("/results/{}/results.csv", self.settings.school);
        let asked = machine_now();
        let answer = heard(self.browser.get(&path).await, seen)?;
        let given = answer.status == StatusCode::OK;
        let Some(opens) = self.settings.opens else { return Ok(()) };
        if given && machine_now() + INSTANT_MARGIN < opens {
            seen.fault(Step::Embargo, format!("{} bytes before {opens}", answer.body.len()));
        } else if given {
            self.compare(seen, &answer);
        } else if asked > opens + OPENING {
            seen.fault(Step::Results, format!("{} {}", answer.status, answer.location));
        }
        Ok(())
    }

    fn compare(&self, seen: &mut Seen, answer: &Answer) {
        let found = hex(digest(&SHA256, &answer.body).as_ref());
        if let Some(expected) = self.settings.digest.as_ref().filter(|known| **known != found) {
            seen.fault(Step::Digest, format!("{found}, expected {expected}"));
        }
        seen.digest = Some(found);
    }

    async fn sign_out(&mut self, seen: &mut Seen) -> Result<(), Over> {
        let page = heard(self.browser.get("/help").await, seen)?;
        let page = String::from_utf8_lossy(&page.body).into_owned();
        let token = hidden(&page, "_csrf").unwrap_or_default();
        let answer = heard(self.browser.post("/sign-out", &[("_csrf", token)]).await, seen)?;
        if answer.status != StatusCode::SEE_OTHER {
            seen.fault(Step::SignOut, answer.status.to_string());
        }
        Ok(())
    }
}

fn heard(answer: Result<Answer, NoAnswer>, seen: &mut Seen) -> Result<Answer, Over> {
    answer.map_err(|error| {
        seen.fault(Step::Connect, crate::telemetry::chain(&error));
        Over
    })
}

/// Seconds that a clock is ahead which named a whole second between two of our own moments.
fn ahead(date: Timestamp, before: Timestamp, after: Timestamp) -> f64 {
    // It named the second that it was in: half of it is the middle.
    let named = date.duration_since(Timestamp::UNIX_EPOCH).as_secs_f64() + 0.5;
    let ours = |at: Timestamp| at.duration_since(Timestamp::UNIX_EPOCH).as_secs_f64();
    named - ours(before).midpoint(ours(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_compared_in_the_middle() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (before, after) = (at("2024-07-09T06:30:00.4Z"), at("2024-07-09T06:30:00.6Z"));
        assert!(ahead(at("2024-07-09T06:30:00Z"), before, after).abs() < 1e-6);
        assert!((ahead(at("2024-07-09T06:30:07Z"), before, after) - 7.0).abs() < 1e-6);
        assert!((ahead(at("2024-07-09T06:29:58Z"), before, after) + 2.0).abs() < 1e-6);
    }

    #[test]
    fn a_visit_is_judged_by_what_was_met() {
        let mut seen = Seen::default();
        assert_eq!(seen.outcome(), Outcome::Served);
        seen.position = Some(3);
        assert_eq!(seen.outcome(), Outcome::Waiting);
        seen.fault(Step::Results, "503");
        assert_eq!(seen.outcome(), Outcome::Failed);
        assert_eq!(Seen::late().faults[0].step, Step::Connect);
    }
}
