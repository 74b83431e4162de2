//! Sections about load: who may come in, what runs at once, how scripts share the line.

use serde::{Deserialize, Serialize};

use crate::admission::{Class, Permits, WAITING_MAX};

/// Section `admission`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Admission {
    /// Sign-ins a second at the most, over all nodes; 0 is what the hashing threads of this node can do.
    pub rate: f64,
    /// People who wait at once on a node at the most.
    pub waiting_max: u64,
    /// Requests at once of each class of load.
    pub classes: Classes,
}

// A rate that was read is a number: the checks refuse any other.
impl Eq for Admission {}

impl Default for Admission {
    fn default() -> Self {
        let classes = Classes::default();
        Self { rate: 0.0, waiting_max: WAITING_MAX, classes }
    }
}

/// Section `admission.classes`: requests at once on a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classes {
    /// Results of those who are signed in.
    pub results: usize,
    /// Signing in, the page of the queue included.
    pub sign_in: usize,
    /// Forms that are read or sent.
    pub forms: usize,
    /// Scripts, until their last byte is sent.
    pub scripts: usize,
    /// Combined files, until their last byte is sent.
    pub exports: usize,
    /// Reports for staff.
    pub reports: usize,
}

impl Classes {
    /// The permits of the classes.
    pub fn permits(&self) -> Permits {
        Class::ALL.map(|class| match class {
            Class::Results => self.results,
            Class::SignIn => self.sign_in,
            Class::Forms => self.forms,
            Class::Scripts => self.scripts,
            Class::Exports => self.exports,
            Class::Reports => self.reports,
        })
    }
}

impl Default for Classes {
    fn default() -> Self {
        Self {
            results: Class::Results.permits(),
            sign_in: Class::SignIn.permits(),
            forms: Class::Forms.permits(),
            scripts: Class::Scripts.permits(),
            exports: Class::Exports.permits(),
            reports: Class::Reports.permits(),
        }
    }
}

/// Section `delivery`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Bytes a second that a node sends of scripts at the most; 0 is no limit.
    pub scripts_bytes_per_second: u64,
}
