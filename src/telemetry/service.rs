//! What the application reports beside its sockets: requests, sign-ins, downloads, release, journal.

use prometheus::{
    Gauge, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
};

use super::metrics::{SECONDS, int_counter, int_counters, int_gauge};

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

/// The application's metrics, made once.
#[derive(Clone, Debug)]
pub struct ServiceMetrics {
    sign_ins: IntCounterVec,
    /// Seconds of one password hash.
    pub hash_seconds: Histogram,
    /// Sign-ins that wait for a hash.
    pub hash_waiting: IntGauge,
    downloads: IntCounterVec,
    download_bytes: IntCounterVec,
    /// Organisations with at least one completed results page or file since the instant.
    pub organisations_served: IntGauge,
    /// 0 none, 1 built, 2 approved, 3 open, 4 held.
    pub release_state: IntGauge,
    /// Part of the current release that is in memory.
    pub preloaded_ratio: Gauge,
    /// Requests for results before their instant.
    pub embargo_refusals: IntCounter,
    /// Records that the database does not hold yet.
    pub journal_unshipped: IntGauge,
    /// Records that were lost because the journal was full.
    pub journal_dropped: IntCounter,
}

impl ServiceMetrics {
    /// Registers all of them.
    pub fn new(registry: &Registry, version: &str) -> Self {
        let hash = HistogramOpts::new("password_hash_seconds", "Seconds of one password hash")
            .namespace("daybreak")
            .buckets(SECONDS.to_vec());
        let hash_seconds = Histogram::with_opts(hash).expect("a valid metric name");
        let ratio = Opts::new("release_preloaded_ratio", "Part of the current release in memory");
        let preloaded_ratio =
            Gauge::with_opts(ratio.namespace("daybreak")).expect("a valid metric name");
        registry.register(Box::new(hash_seconds.clone())).expect("registered once");
        registry.register(Box::new(preloaded_ratio.clone())).expect("registered once");
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
        for kind in DownloadKind::ALL {
            download_bytes.with_label_values(&[kind.label()]);
            for outcome in ["complete", "cut_off", "failed"] {
                downloads.with_label_values(&[kind.label(), outcome]);
            }
        }
        let gauge = |name, help| int_gauge(registry, name, help);
        Self {
            sign_ins,
            hash_seconds,
            hash_waiting: gauge("password_hash_waiting", "Sign-ins that wait for a hash"),
            downloads,
            download_bytes,
            organisations_served: gauge(
                "organisations_served",
                "Organisations with a completed results page or file since the instant",
            ),
            release_state: gauge("release_state", "0 none, 1 built, 2 approved, 3 open, 4 held"),
            preloaded_ratio,
            embargo_refusals: int_counter(
                registry,
                "embargo_refusals_total",
                "Requests for results before their instant",
            ),
            journal_unshipped: gauge("journal_unshipped", "Records that only this node has"),
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
        let outcome = if complete { "complete" } else { "cut_off" };
        self.downloads.with_label_values(&[kind.label(), outcome]).inc();
        self.download_bytes.with_label_values(&[kind.label()]).inc_by(bytes);
    }

    /// Counts a download that could not begin.
    pub fn download_failed(&self, kind: DownloadKind) {
        self.downloads.with_label_values(&[kind.label(), "failed"]).inc();
    }
}
