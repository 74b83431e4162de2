//! Who may do what: kinds of organisations, permissions, and the rights that results need.

use std::fmt;
use std::str::FromStr;

use super::calendar::Audience;
use super::papers::UnknownName;
use super::rights::Action;

/// What an organisation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OrganisationKind {
    /// A school with pupils in year 6.
    School,
    /// A school that takes pupils into year 7.
    Secondary,
    /// A local authority.
    Authority,
    /// A multi-academy trust.
    Trust,
    /// A provider of initial teacher training.
    Provider,
    /// The agency that marks the tests.
    Agency,
    /// The testing agency itself.
    Staff,
}

impl OrganisationKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::School,
        Self::Secondary,
        Self::Authority,
        Self::Trust,
        Self::Provider,
        Self::Agency,
        Self::Staff,
    ];

    /// The word in the database.
    pub const fn key(self) -> &'static str {
        match self {
            Self::School => "school",
            Self::Secondary => "secondary",
            Self::Authority => "authority",
            Self::Trust => "trust",
            Self::Provider => "provider",
            Self::Agency => "agency",
            Self::Staff => "staff",
        }
    }

    /// As which audience its users see results, if at all.
    pub const fn audience(self) -> Option<Audience> {
        match self {
            Self::School => Some(Audience::School),
            Self::Secondary => Some(Audience::Secondary),
            Self::Authority => Some(Audience::Authority),
            Self::Trust => Some(Audience::Trust),
            Self::Provider | Self::Agency | Self::Staff => None,
        }
    }
}

impl FromStr for OrganisationKind {
    type Err = UnknownName;
    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let expected = "a kind of organisation";
        Self::ALL.into_iter().find(|k| k.key() == text).ok_or(UnknownName { expected })
    }
}

/// Declares the permissions with their words.
macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)+) => {
        /// What a membership allows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Permission { $($(#[$doc])* $variant,)+ }

        impl Permission {
            /// Every permission in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word in the database and in files.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl FromStr for Permission {
            type Err = UnknownName;
            fn from_str(text: &str) -> Result<Self, UnknownName> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownName { expected: "a permission" }),
                }
            }
        }
    };
}

permissions! {
    /// Creates and removes users; opens neither results nor activities.
    AccountManager = "account_manager",
    /// The ordinary tasks and the results.
    User = "user",
    /// Access arrangements.
    AccessArrangements = "access_arrangements",
    /// Training: reads.
    Viewer = "viewer",
    /// Training: writes.
    Editor = "editor",
    /// Training: approves.
    Approver = "approver",
    /// Training: manages users.
    Manager = "manager",
    /// Marker: training materials.
    Marker = "marker",
    /// Works the queue of cases.
    Caseworker = "caseworker",
    /// Quality checks.
    SeniorCaseworker = "senior_caseworker",
    /// Reviews of decisions.
    StaManager = "sta_manager",
    /// Wording and materials.
    Content = "content",
    /// Forms and monitoring.
    Systems = "systems",
    /// Loads data.
    DataOperator = "data_operator",
    /// Publishes, two together.
    ReleaseOfficer = "release_officer",
    /// Runs the waiting room.
    QueueOperator = "queue_operator",
    /// Looks over a user's shoulder.
    Helpline = "helpline",
    /// Grants staff roles.
    SecurityAdmin = "security_admin",
    /// Reads the audit.
    Auditor = "auditor",
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(u32);

impl Permissions {
    /// Whether it holds the permission.
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }

    /// Adds one.
    pub fn insert(&mut self, permission: Permission) {
        self.0 |= 1 << permission as u32;
    }

    /// Whether any of its members is one of the other's.
    pub const fn shares_with(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Those that both hold.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that either holds.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Its members in order.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |p| self.has(*p))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<T: IntoIterator<Item = Permission>>(iter: T) -> Self {
        let mut set = Self::default();
        iter.into_iter().for_each(|permission| set.insert(permission));
        set
    }
}

/// As which audience a member of an organisation sees results.
pub fn results_audience(kind: OrganisationKind, permissions: Permissions) -> Option<Audience> {
    if Action::Results.is_open_to(kind, permissions) { kind.audience() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_management_alone_opens_nothing() {
        let manager = Permissions::from_iter([Permission::AccountManager]);
        let user = Permissions::from_iter([Permission::User]);
        for kind in OrganisationKind::ALL {
            assert_eq!(results_audience(kind, manager), None);
            assert!(!Action::Scripts.is_open_to(kind, manager));
            assert_eq!(Action::Scripts.is_open_to(kind, user), kind == OrganisationKind::School);
        }
        assert_eq!(results_audience(OrganisationKind::Trust, user), Some(Audience::Trust));
        assert_eq!(results_audience(OrganisationKind::Staff, user), None);
    }

    #[test]
    fn a_set_gives_back_what_was_put_in() {
        let all: Permissions = Permission::ALL.iter().copied().collect();
        assert_eq!(all.iter().count(), Permission::ALL.len());
        for permission in Permission::ALL {
            assert_eq!(permission.key().parse(), Ok(*permission));
        }
    }
}
