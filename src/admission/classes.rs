//! Classes of load: each has its own permits, and what helps fewest at this moment is shed first.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Classes that can be given up: all but results.
pub(super) const GIVEN_UP_MAX: u8 = 5;

/// What a request is for, in the order in which it is given up: the last first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Somebody who is signed in reads results. Never shed by pressure.
    Results,
    /// Somebody signs in.
    SignIn,
    /// A form is read or sent.
    Forms,
    /// Scripts.
    Scripts,
    /// Exports and search.
    Exports,
    /// Reports for staff.
    Reports,
}

/// Classes that there are.
const CLASSES: usize = 6;

/// Of the permits of a class, one organisation has so small a part: eight that read slowly on purpose are more
/// than one that does so by mistake.
const SHARE: usize = 8;
/// Every organisation may have so many, however few there are.
const SHARE_MIN: usize = 2;

/// Permits of each class, in the order of [`Class::ALL`].
pub type Permits = [usize; CLASSES];

impl Class {
    /// Every class, what is kept longest first.
    pub const ALL: [Self; CLASSES] =
        [Self::Results, Self::SignIn, Self::Forms, Self::Scripts, Self::Exports, Self::Reports];

    /// The word of the metric's label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Results => "results",
            Self::SignIn => "sign_in",
            Self::Forms => "forms",
            Self::Scripts => "scripts",
            Self::Exports => "exports",
            Self::Reports => "reports",
        }
    }

    /// Permits by default, requests at once on a node: reports and exports are heavy, pages are not.
    pub const fn permits(self) -> usize {
        match self {
            // Pages of some milliseconds: so many at once are a node that is lost anyway.
            Self::Results => 8_192,
            // A minute of hashing on forty cores.
            Self::SignIn => 2_048,
            Self::Forms => 1_024,
            // Each holds two blocks of a mebibyte while it runs: 8 GB at the worst, shared by many.
            Self::Scripts => 4_096,
            // An authority's combined file is some 3 MB once it is inflated.
            Self::Exports => 64,
            // A look at every school of the nation each.
            Self::Reports => 8,
        }
    }

    /// Whether the answer counts until its last byte is sent, and not only until it is made.
    pub const fn holds_body(self) -> bool {
        match self {
            Self::Results | Self::SignIn | Self::Forms => false,
            Self::Scripts | Self::Exports | Self::Reports => true,
        }
    }

    /// Whether organisations have a share of its permits each. Reports are for staff, who are one organisation.
    const fn is_shared_out(self) -> bool {
        matches!(self, Self::Scripts | Self::Exports)
    }
}

/// Why a request is not served now. The answer is 503 with a time to come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Shed {
    /// All permits of its class are out.
    #[error("all {0} requests of this class are being served")]
    Permits(usize),
    /// The node is pressed and keeps what is left for classes before it.
    #[error("the node is pressed and serves what matters more")]
    Pressure,
    /// The organisation has its share of the permits.
    #[error("the organisation has {0} requests of this class on their way")]
    Share(usize),
}

/// A counter on a cache line of its own: two classes never wait for each other's.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Active(AtomicUsize);

/// The permits of a node. Clones share them.
#[derive(Clone, Debug)]
pub struct Classes(Arc<Inner>);

type Held = HashMap<(Class, i64), usize>;

#[derive(Debug)]
struct Inner {
    permits: Permits,
    active: [Active; CLASSES],
    /// What organisations have of the classes that are shared out; no entry is zero.
    held: Mutex<Held>,
    /// How many classes, from the last, are given up.
    given_up: AtomicU8,
}

/// One request that is being served; gives its permit back when dropped.
#[derive(Debug)]
#[must_use = "a permit that is dropped at once holds nothing back"]
pub struct Permit {
    classes: Classes,
    class: Class,
    /// Whose share it is of.
    organisation: Option<i64>,
}

impl Permit {
    /// The class that it is of.
    pub fn class(&self) -> Class {
        self.class
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.classes.counter(self.class).fetch_sub(1, Ordering::Release);
        if let Some(organisation) = self.organisation {
            self.classes.give_back(self.class, organisation);
        }
    }
}

impl Default for Classes {
    fn default() -> Self {
        Self::new(Class::ALL.map(Class::permits))
    }
}

impl Classes {
    /// So many permits of each class.
    pub fn new(permits: Permits) -> Self {
        Self(Arc::new(Inner {
            permits,
            active: Default::default(),
            held: Mutex::default(),
            given_up: AtomicU8::new(0),
        }))
    }

    /// Lets a request of a member of an organisation in, or says why not. Takes a lock only for classes that are
    /// shared out.
    pub fn enter(&self, class: Class, organisation: Option<i64>) -> Result<Permit, Shed> {
        let at = class as usize;
        if at + usize::from(self.0.given_up.load(Ordering::Relaxed)) >= CLASSES {
            return Err(Shed::Pressure);
        }
        let permits = self.0.permits[at];
        if self.counter(class).fetch_add(1, Ordering::Acquire) >= permits {
            self.counter(class).fetch_sub(1, Ordering::Release);
            return Err(Shed::Permits(permits));
        }
        let mut permit = Permit { classes: self.clone(), class, organisation: None };
        if let Some(organisation) = organisation.filter(|_| class.is_shared_out()) {
            self.take_share(class, organisation, (permits / SHARE).max(SHARE_MIN))?;
            permit.organisation = Some(organisation);
        }
        Ok(permit)
    }

    fn take_share(&self, class: Class, organisation: i64, share: usize) -> Result<(), Shed> {
        let mut held = self.held();
        let count = held.get(&(class, organisation)).copied().unwrap_or_default();
        if count >= share {
            return Err(Shed::Share(share));
        }
        held.insert((class, organisation), count + 1);
        Ok(())
    }

    fn give_back(&self, class: Class, organisation: i64) {
        let mut held = self.held();
        match held.get_mut(&(class, organisation)) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(held.remove(&(class, organisation))),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives up so many classes, from the last; results are never among them.
    pub fn give_up(&self, classes: u8) {
        self.0.given_up.store(classes.min(GIVEN_UP_MAX), Ordering::Relaxed);
    }

    /// Requests of a class that are being served.
    pub fn active(&self, class: Class) -> usize {
        self.counter(class).load(Ordering::Relaxed)
    }

    fn counter(&self, class: Class) -> &AtomicUsize {
        &self.0.active[class as usize].0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_has_its_permits_and_no_others() {
        let classes = Classes::new([2, 1, 1, 1, 1, 1]);
        let report = classes.enter(Class::Reports, None).unwrap();
        assert_eq!(classes.enter(Class::Reports, None).unwrap_err(), Shed::Permits(1));
        let both = (
            classes.enter(Class::Results, None).unwrap(),
            classes.enter(Class::Results, None).unwrap(),
        );
        assert_eq!(classes.active(Class::Results), 2);
        drop((report, both));
        assert!(classes.enter(Class::Reports, None).is_ok());
        assert!(Class::ALL.iter().all(|class| classes.active(*class) == 0));
    }

    #[test]
    fn pressure_sheds_reports_first_and_results_never() {
        let classes = Classes::default();
        for given_up in 0..=9_u8 {
            classes.give_up(given_up);
            let kept = CLASSES - usize::from(given_up).min(CLASSES - 1);
            for class in Class::ALL {
                let outcome = classes.enter(class, None).map(drop);
                let expected = if (class as usize) < kept { Ok(()) } else { Err(Shed::Pressure) };
                assert_eq!(outcome, expected, "{class:?} with {given_up} given up");
            }
        }
    }

    #[test]
    fn an_organisation_has_a_share_and_leaves_the_rest_to_others() {
        let classes = Classes::new([1, 1, 1, 24, 1, 8]);
        let mut held: Vec<Permit> =
            (0..3).map(|_| classes.enter(Class::Scripts, Some(1)).unwrap()).collect();
        assert_eq!(classes.enter(Class::Scripts, Some(1)).unwrap_err(), Shed::Share(3));
        assert_eq!(classes.active(Class::Scripts), 3, "who was refused holds nothing");
        held.push(classes.enter(Class::Scripts, Some(2)).unwrap());
        drop(held);
        assert!(classes.held().is_empty() && classes.active(Class::Scripts) == 0);
        assert!(classes.enter(Class::Scripts, Some(1)).is_ok());
        // Few permits are not made fewer, and staff share theirs.
        let both = [classes.enter(Class::Exports, Some(1)), classes.enter(Class::Exports, Some(1))];
        assert_eq!(both[1].as_ref().err(), Some(&Shed::Permits(1)));
        let reports: Vec<_> = (0..9).map(|_| classes.enter(Class::Reports, Some(1))).collect();
        assert_eq!(reports.iter().filter(|report| report.is_ok()).count(), 8);
    }
}
