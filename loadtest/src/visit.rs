//! A visit: sign in, see the results, open pages and files, leave.

use std::collections::BTreeSet;
use std::time::Duration;

use goose::goose::GooseUser;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::browser::{Ask, Browser, fresh};
use crate::fault::Fault;
use crate::kind::Kind;
use crate::page::{is_of, links, refresh};
use crate::plan::{Visit, Wanted};
use crate::run::{Gone, Run};

/// Redirects that a browser follows from signing in to the results.
const REDIRECTS_MAX: usize = 5;
/// How often a countdown page is looked at that does not say when.
const COUNTDOWN: Duration = Duration::from_secs(10);

/// A person with a session.
pub(crate) struct Person<'a> {
    /// Their browser.
    pub(crate) browser: Browser<'a>,
    /// What they came for.
    pub(crate) visit: &'a Visit,
    /// Their school's DfE number.
    pub(crate) laestab: &'a str,
    /// The first page of results.
    pub(crate) page: String,
    /// Their pupils, once a CSV has named them.
    pub(crate) pupils: Option<BTreeSet<String>>,
    /// Addresses of single scripts, once a page has named them.
    pub(crate) scripts: Vec<String>,
    /// Their pauses and smaller choices.
    pub(crate) rng: ChaCha8Rng,
}

/// One person comes, at their time, and does what the plan says.
pub(crate) async fn come(run: &Run, user: &mut GooseUser, visit: &Visit) -> Result<(), Gone> {
    run.until(visit.due).await?;
    // A broken builder would be found by the check before the run.
    if user.set_client_builder(fresh(&run.place)).await.is_err() {
        return Err(Gone::Stopped);
    }
    let at = run.now();
    run.tally(|tally| tally.arrived(at, at.saturating_sub(visit.due)));
    let mut person = Person {
        browser: Browser { run, user },
        visit,
        laestab: &run.plan.people[visit.person].laestab,
        page: String::new(),
        pupils: None,
        scripts: Vec::new(),
        rng: ChaCha8Rng::seed_from_u64(visit.seed),
    };
    let left = person.stay().await;
    run.tally(|tally| tally.visits[1] += 1);
    if left == Err(Gone::Stopped) { left } else { Ok(()) }
}

impl Person<'_> {
    async fn stay(&mut self) -> Result<(), Gone> {
        let run = self.browser.run;
        let address = self.browser.sign_in(&run.plan.people[self.visit.person]).await?;
        self.see_results(address).await?;
        if !self.page.contains("/results.csv") {
            // Nobody took the tests there: a page without files leaves nothing to come back for.
            return Ok(());
        }
        for act in self.acts() {
            self.think().await?;
            match act {
                None => self.turn_page().await?,
                Some(wanted) => self.download(wanted).await?,
            }
        }
        if self.visit.again {
            self.download_again().await?;
        }
        match self.visit.foreign {
            Some(other) => self.try_another_school(other).await,
            None => Ok(()),
        }
    }

    /// Downloads, and page views after the first, in an order that the seed picks.
    fn acts(&mut self) -> Vec<Option<Wanted>> {
        let views = std::iter::repeat_n(None, self.visit.pages - 1);
        let mut acts: Vec<_> = self.visit.files.iter().copied().map(Some).chain(views).collect();
        for last in (1..acts.len()).rev() {
            acts.swap(last, self.rng.random_range(0..=last));
        }
        acts
    }

    async fn think(&mut self) -> Result<(), Gone> {
        let run = self.browser.run;
        let [low, high] = run.profile.people.think_s;
        let seconds = self.rng.random_range(low..=high) / run.speed;
        run.pause(Duration::from_secs_f64(seconds)).await
    }

    /// Follows the way to the results, and waits out a countdown.
    async fn see_results(&mut self, mut address: String) -> Result<(), Gone> {
        if !address.starts_with("/results") {
            "/results".clone_into(&mut address);
        }
        let file = format!("/results/{}/results.csv", self.laestab);
        let begun = self.browser.run.now();
        loop {
            let (html, told) = self.follow(address.clone()).await?;
            if html.contains(&file) {
                return self.has_results(html);
            }
            // A page that offers no file and waits for nothing: nobody took the tests. Its files are there all
            // the same; those of a school that is held back are not.
            if told.is_none() && is_of(&html, self.laestab) {
                self.browser.insist(Ask::get(Kind::Csv, &file)).await?;
                return self.has_results(html);
            }
            let longest = Duration::from_secs_f64(self.browser.run.profile.patience.wait_s_max);
            let waited = self.browser.run.now().saturating_sub(begun);
            let Some(seconds) = told.filter(|_| waited < longest) else {
                self.browser.run.fault(Kind::Page, Fault::Page);
                return Err(Gone::GaveUp);
            };
            let pause = Duration::try_from_secs_f64(seconds).unwrap_or(COUNTDOWN);
            self.browser.run.pause(pause.min(longest)).await?;
        }
    }

    /// Opens a page through its redirects; with it, when it wants to be loaded again.
    async fn follow(&mut self, mut address: String) -> Result<(String, Option<f64>), Gone> {
        for _ in 0..REDIRECTS_MAX {
            let ask = Ask { expected: &[200, 303], ..Ask::get(Kind::Page, &address) };
            let reply = self.browser.insist(ask).await?;
            if reply.status == 200 {
                let html = reply.text();
                let told = refresh(reply.header("refresh"), &html);
                return Ok((html, told));
            }
            reply.header("location").unwrap_or("/results").clone_into(&mut address);
        }
        self.browser.run.fault(Kind::Page, Fault::Page);
        Err(Gone::GaveUp)
    }

    fn has_results(&mut self, html: String) -> Result<(), Gone> {
        let run = self.browser.run;
        if run.is_early() {
            run.fault(Kind::Page, Fault::Early);
        }
        if !is_of(&html, self.laestab) {
            run.fault(Kind::Page, Fault::WrongSchool);
            return Err(Gone::GaveUp);
        }
        self.page = html;
        self.served();
        Ok(())
    }

    /// Counts the school as served.
    pub(crate) fn served(&self) {
        let run = self.browser.run;
        let at = run.now();
        // Nobody can be served before the opening, so those who came early wait from then on.
        let after = at.saturating_sub(self.visit.due.max(run.opening));
        run.tally(|tally| tally.served(self.visit.school, at, after));
    }

    /// Opens another of the school's pages: subjects, scripts, or the results again.
    async fn turn_page(&mut self) -> Result<(), Gone> {
        let own = format!("/results/{}", self.laestab);
        let is_page = |link: &String| !link[own.len()..].contains('.');
        let mut pages: Vec<String> = links(&self.page, &own).into_iter().filter(is_page).collect();
        pages.push(own);
        let next = pages.swap_remove(self.rng.random_range(0..pages.len()));
        self.open(next).await
    }

    /// Opens a page of the school and remembers the scripts that it names.
    pub(crate) async fn open(&mut self, address: String) -> Result<(), Gone> {
        let (html, _) = self.follow(address).await?;
        if !is_of(&html, self.laestab) {
            self.browser.run.fault(Kind::Page, Fault::WrongSchool);
        }
        let scripts = links(&html, &format!("/results/{}/scripts/", self.laestab));
        if !scripts.is_empty() {
            self.scripts = scripts;
        }
        Ok(())
    }
}
