//! What became of a results morning, from the journals of all nodes.

use jiff::{SignedDuration, Timestamp};

use super::desk::{Desk, NotDone};
use crate::domain::calendar::Audience;
use crate::store::releases::{ListReleases, ReleaseRow};
use crate::store::report::ReadMorning;

pub use crate::store::report::{Act, Minute, Morning, Waits};

/// The morning begins so long before the instant: people sign in early.
const BEFORE: SignedDuration = SignedDuration::from_hours(4);
/// It ends so long after: the next day the secondaries follow.
const AFTER: SignedDuration = SignedDuration::from_hours(72);
/// Parts of the schools, in hundredths, whose time is told.
pub const PARTS: [usize; 4] = [50, 90, 99, 100];

/// Why there is nothing to tell.
#[derive(Debug, thiserror::Error)]
pub enum NoReport {
    /// No release has been approved yet.
    #[error("no release has been approved yet; see `release list`")]
    NoneApproved,
    /// This one has not.
    #[error("there is no approved release {0}; see `release list`")]
    NotApproved(String),
    /// It cannot be read.
    #[error("the morning cannot be read")]
    NotDone(#[from] NotDone),
}

/// The morning of a release.
#[derive(Debug)]
pub struct Told {
    /// The release.
    pub release: String,
    /// When it opened to schools.
    pub opened: Timestamp,
    /// Schools in it.
    pub expected: u64,
    /// What happened.
    pub morning: Morning,
}

/// Reads the morning of the release that is named, or of the approved one that opened last.
pub async fn read(desk: &Desk, named: Option<&str>) -> Result<Told, NoReport> {
    let releases = desk.run(ListReleases).await?;
    let (release, opened) = choose(&releases, named)?;
    let (from, until) = (opened - BEFORE, opened + AFTER);
    let morning = desk.run(ReadMorning { release: release.id.clone(), from, until }).await?;
    let report = release.report.as_ref();
    let expected = report.and_then(|report| report["schools"].as_u64()).unwrap_or_default();
    Ok(Told { release: release.id.clone(), opened, expected, morning })
}

/// The release with its instant for schools.
fn choose<'a>(
    releases: &'a [ReleaseRow],
    named: Option<&str>,
) -> Result<(&'a ReleaseRow, Timestamp), NoReport> {
    let opened = |release: &'a ReleaseRow| {
        let times = release.times.filter(|_| release.stage == "approved")?;
        Some((release, times.of(Audience::School)))
    };
    match named {
        None => {
            let last = releases.iter().filter_map(opened).max_by_key(|(_, at)| *at);
            last.ok_or(NoReport::NoneApproved)
        }
        Some(id) => {
            let found = releases.iter().find(|release| release.id == id).and_then(opened);
            found.ok_or_else(|| NoReport::NotApproved(id.to_owned()))
        }
    }
}

impl Told {
    /// Seconds from the instant until a part of the schools had their results; none if it never came to that.
    pub fn seconds_to(&self, hundredths: usize) -> Option<i64> {
        let expected = usize::try_from(self.expected).ok().filter(|schools| *schools > 0)?;
        let rank = (expected * hundredths).div_ceil(100);
        let at = self.morning.served.get(rank - 1)?;
        Some(at.duration_since(self.opened).as_secs().max(0))
    }

    /// How many signed in, and how many tries were refused.
    pub fn sign_ins(&self) -> (i64, i64) {
        let minutes = &self.morning.minutes;
        minutes.iter().fold((0, 0), |(some, others), minute| {
            (some + minute.signed_in, others + minute.refused)
        })
    }

    /// Of those whose wait is known, how many in a hundred were let in within the time that they were first told.
    pub fn kept_percent(&self) -> f64 {
        let waits = &self.morning.waits;
        100.0 * whole(waits.known - waits.late) / whole(waits.known).max(1.0)
    }
}

/// A count of at most a morning.
fn whole(count: i64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// A time as a table of a morning tells it.
pub fn spelled(seconds: i64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}
