//! The way in: the sign-in page, the queue in front of it, name and password.

use std::time::Duration;

use crate::browser::{Ask, Browser, Reply};
use crate::fault::Fault;
use crate::kind::Kind;
use crate::page::{Form, assets, form_with, refresh};
use crate::queue::{State, Status, Watch};
use crate::ready::Account;
use crate::run::Gone;

/// How often a person types their password again when the server could not take it.
const POSTS_MAX: u32 = 5;

/// A person in the queue: when they joined, and what they were told.
struct Place {
    joined: Duration,
    watch: Watch,
}

impl Browser<'_> {
    /// Signs in. Gives back the address that the server sends the person to.
    pub(crate) async fn sign_in(&mut self, account: &Account) -> Result<String, Gone> {
        for _ in 0..POSTS_MAX {
            let mut form = self.come_to_the_door().await?;
            form.fill("username", &account.username);
            form.fill("password", &account.password);
            let path =
                if form.action.is_empty() { "/sign-in".to_owned() } else { form.action.clone() };
            let post = Ask { form: Some(&form), expected: &[303], ..Ask::get(Kind::SignIn, &path) };
            match self.ask(post).await {
                Ok(reply) => {
                    let onward = reply.header("location").unwrap_or("/");
                    // The place was used by a sign-in whose answer was lost on the way: once more.
                    if !onward.starts_with("/sign-in") {
                        return Ok(onward.to_owned());
                    }
                }
                Err(refused) if refused.fault.is_passing() => self.wait_after(refused).await?,
                Err(_) => break,
            }
        }
        self.run.fault(Kind::SignIn, Fault::GaveUp);
        Err(Gone::GaveUp)
    }

    /// Opens the sign-in page, through the queue if there is one.
    async fn come_to_the_door(&mut self) -> Result<Form, Gone> {
        let mut place: Option<Place> = None;
        let form = self.reach_the_form(&mut place).await;
        if let Some(place) = place {
            let waited = self.run.now().saturating_sub(place.joined);
            self.run.tally(|tally| {
                tally.unqueued(waited);
                if form.is_ok() {
                    tally.honesty.let_in(&place.watch, waited);
                }
            });
        }
        form
    }

    async fn reach_the_form(&mut self, place: &mut Option<Place>) -> Result<Form, Gone> {
        let mut called = false;
        loop {
            let page = self.insist(Ask::get(Kind::Door, "/sign-in")).await?;
            let html = page.text();
            if let Some(form) = form_with(&html, "password") {
                self.load_assets(&html).await;
                return Ok(form);
            }
            if called {
                self.run.fault(Kind::Door, Fault::CalledInVain);
            }
            self.look_at_waiting_page(&page, &html)?;
            let now = self.run.now();
            let place = place.get_or_insert_with(|| {
                self.run.tally(|tally| tally.queued(now));
                Place { joined: now, watch: Watch::default() }
            });
            called = self.wait_in_line(place).await?;
        }
    }

    /// A waiting page must bring people on by itself and must not be kept by a cache.
    fn look_at_waiting_page(&self, page: &Reply, html: &str) -> Result<(), Gone> {
        let stored = !page.header("cache-control").is_some_and(|value| value.contains("no-store"));
        let refreshes = refresh(page.header("refresh"), html);
        if refreshes.is_none() || stored {
            self.run.fault(Kind::Door, Fault::WaitingPage);
        }
        if refreshes.is_some() {
            return Ok(());
        }
        self.run.fault(Kind::Door, Fault::GaveUp);
        Err(Gone::GaveUp)
    }

    /// Polls until the queue lets the person in, or until an angry person reloads the page in spite of
    /// it. True when the queue called this person.
    async fn wait_in_line(&mut self, place: &mut Place) -> Result<bool, Gone> {
        let patience = &self.run.profile.patience;
        let longest = Duration::from_secs_f64(patience.wait_s_max);
        loop {
            let status = self.poll().await?;
            let after = self.run.now().saturating_sub(place.joined);
            if place.watch.rose(&status, after) {
                self.run.fault(Kind::Poll, Fault::Rose);
            }
            if status.state.lets_in() {
                return Ok(status.state == State::Admitted);
            }
            if after > longest {
                self.run.fault(Kind::Poll, Fault::GaveUp);
                return Err(Gone::GaveUp);
            }
            if !patience.obeys {
                self.run.pause(Duration::from_secs_f64(patience.reload_s)).await?;
                return Ok(false);
            }
            self.run.pause(status.refresh()).await?;
        }
    }

    async fn poll(&mut self) -> Result<Status, Gone> {
        let headers = [("accept", "application/json")];
        let ask = Ask { headers: &headers, ..Ask::get(Kind::Poll, "/queue/status") };
        let reply = self.insist(ask).await?;
        if let Some(status) = Status::parse(&reply.body) {
            return Ok(status);
        }
        self.run.fault(Kind::Poll, Fault::QueueStatus);
        Err(Gone::GaveUp)
    }

    /// Fetches what the page is drawn with. What fails is counted and not asked for again.
    async fn load_assets(&mut self, html: &str) {
        if !self.run.profile.checks.assets {
            return;
        }
        for path in assets(html) {
            let _ = self.ask(Ask::get(Kind::Asset, &path)).await;
        }
    }
}
