//! What the application reports beside its sockets: requests, sign-ins, downloads, release, journal.

use prometheus::{Gauge, Histogram, IntCounter, IntCounterVec, IntGauge, Registry};

use super::entry::EntryMetrics;
use super::gias::GiasMetrics;
use super::identity::IdentityMetrics;
use super::metrics::{gauge, histogram, int_counter, int_counters, int_gauge};
use super::node::{NodeMetrics, ServedMetrics};
use super::scrub::ScrubMetrics;

/// How a sign-in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInOutcome {
    /// A session began.
    Accepted,
    /// Wrong username or password, or an account that may not sign in.
    Refused,
    /// Too many wrong passwords for the account.
    Delayed,
    /// The hashing queue was full.
    Busy,
}

impl SignInOutcome {
    const ALL: [Self; 4] = [Self::Accepted, Self::Refused, Self::Delayed, Self::Busy];

    const fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Delayed => "delayed",
            Self::Busy => "busy",
        }
    }
}

/// What is downloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DownloadKind {
    /// The results page itself.
    Page,
    /// A result file.
    Results,
    /// A bundle of scripts.
    Bundle,
    /// A single script.
    Script,
}

impl DownloadKind {
    const ALL: [Self; 4] = [Self::Page, Self::Results, Self::Bundle, Self::Script];

    const fn label(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Results => "results",
            Self::Bundle => "bundle",
            Self::Script => "script",
        }
    }
}

/// How downloads end.
const DOWNLOAD_OUTCOMES: [&str; 3] = ["complete", "cut_off", "failed"];
/// What comes of a try to send a message: the state in which it leaves it.
const EMAIL_OUTCOMES: [&str; 6] = ["pending", "sending", "sent", "delivered", "bounced", "failed"];

/// The application's metrics, made once.
#[derive(Clone, Debug)]
pub struct ServiceMetrics {
    sign_ins: IntCounterVec,
    /// Seconds of one password hash.
    pub hash_seconds: Histogram,
    /// Seconds until a hash began.
    pub hash_wait_seconds: Histogram,
    /// Sign-ins that wait for a hash.
    pub hash_waiting: IntGauge,
    /// Threads that hash passwords.
    pub hash_threads: IntGauge,
    /// By kind and outcome, and by kind: found once, not by labels at each download.
    downloads: [[IntCounter; DOWNLOAD_OUTCOMES.len()]; DownloadKind::ALL.len()],
    download_bytes: [IntCounter; DownloadKind::ALL.len()],
    /// What came of each try to send a message, or of asking about one.
    pub emails: IntCounterVec,
    /// Who has had results.
    pub served: ServedMetrics,
    /// What the node reports of itself.
    pub node: NodeMetrics,
    /// 0 none, 1 built, 2 approved, 3 open, 4 held.
    pub release_state: IntGauge,
    /// Part of the current release that is in memory.
    pub preloaded_ratio: Gauge,
    /// Requests for results before their instant.
    pub embargo_refusals: IntCounter,
    /// Records that the database does not hold yet.
    pub journal_unshipped: IntGauge,
    /// What the taking over of the register reports.
    pub gias: GiasMetrics,
    /// People who want to get in.
    pub entry: EntryMetrics,
    /// The identity service.
    pub identity: IdentityMetrics,
    /// What the scrubber reports.
    pub scrub: ScrubMetrics,
    /// Records that were lost because the journal was full.
    pub journal_dropped: IntCounter,
}

impl ServiceMetrics {
    /// Registers all of them.
    pub fn new(registry: &Registry, version: &str) -> Self {
        let build = int_counters(registry, "build_info", "Version of the program", &["version"]);
        build.with_label_values(&[version]).inc();
        let sign_ins =
            int_counters(registry, "sign_ins_total", "Sign-ins by outcome", &["outcome"]);
        for outcome in SignInOutcome::ALL {
            sign_ins.with_label_values(&[outcome.label()]);
        }
        let downloads =
            int_counters(registry, "downloads_total", "Downloads", &["kind", "outcome"]);
        let download_bytes =
            int_counters(registry, "download_bytes_total", "Bytes of downloads", &["kind"]);
        let downloads = DownloadKind::ALL.map(|kind| {
            DOWNLOAD_OUTCOMES.map(|outcome| downloads.with_label_values(&[kind.label(), outcome]))
        });
        let download_bytes =
            DownloadKind::ALL.map(|kind| download_bytes.with_label_values(&[kind.label()]));
        let emails =
            int_counters(registry, "emails_total", "Tries to send a message", &["outcome"]);
        for outcome in EMAIL_OUTCOMES {
            emails.with_label_values(&[outcome]);
        }
        let int = |name, help| int_gauge(registry, name, help);
        let seconds = |name, help| histogram(registry, name, help);
        Self {
            sign_ins,
            hash_seconds: seconds("password_hash_seconds", "Seconds of one password hash"),
            hash_wait_seconds: seconds(
                "password_hash_wait_seconds",
                "Seconds that a sign-in waited for a hashing thread",
            ),
            hash_waiting: int("password_hash_waiting", "Sign-ins that wait for a hash"),
            hash_threads: int("password_hash_threads", "Threads that hash passwords"),
            emails,
            downloads,
            download_bytes,
            served: ServedMetrics::new(registry),
            node: NodeMetrics::new(registry),
            release_state: int("release_state", "0 none, 1 built, 2 approved, 3 open, 4 held"),
            preloaded_ratio: gauge(
                registry,
                "release_preloaded_ratio",
                "Part of the current release in memory",
            ),
            embargo_refusals: int_counter(
                registry,
                "embargo_refusals_total",
                "Requests for results before their instant",
            ),
            gias: GiasMetrics::new(registry),
            entry: EntryMetrics::new(registry),
            identity: IdentityMetrics::new(registry),
            scrub: ScrubMetrics::new(registry),
            journal_unshipped: int("journal_unshipped", "Records that only this node has"),
            journal_dropped: int_counter(
                registry,
                "journal_dropped_total",
                "Records lost by a full journal",
            ),
        }
    }

    /// Counts a sign-in.
    pub fn signed_in(&self, outcome: SignInOutcome) {
        self.sign_ins.with_label_values(&[outcome.label()]).inc();
    }

    /// Counts a download that is over.
    pub fn downloaded(&self, kind: DownloadKind, bytes: u64, complete: bool) {
        let [completed, cut_off, _] = &self.downloads[kind as usize];
        if complete { completed } else { cut_off }.inc();
        self.download_bytes[kind as usize].inc_by(bytes);
    }

    /// Counts a download that could not begin.
    pub fn download_failed(&self, kind: DownloadKind) {
        let [.., failed] = &self.downloads[kind as usize];
        failed.inc();
    }
}
