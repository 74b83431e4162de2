//! What members of staff may be given: the roles of the testing agency, and which of them nobody holds together.

use super::super::access::{Permission, Permissions};

/// The roles.
pub const ROLES: &[Permission] = &[
    Permission::Caseworker,
    Permission::SeniorCaseworker,
    Permission::StaManager,
    Permission::Content,
    Permission::Systems,
    Permission::DataOperator,
    Permission::ReleaseOfficer,
    Permission::QueueOperator,
    Permission::Helpline,
    Permission::SecurityAdmin,
    Permission::Auditor,
];

/// What is told to whoever gives both to somebody.
pub const APART: &str =
    "Nobody may both load data and release it. Select data operator or release officer, not both";

/// Whether a set of roles leaves to two people what takes two.
pub const fn are_apart(roles: Permissions) -> bool {
    !(roles.has(Permission::DataOperator) && roles.has(Permission::ReleaseOfficer))
}

/// A role as people know it.
pub(super) const fn name(role: Permission) -> &'static str {
    match role {
        Permission::Caseworker => "Caseworker",
        Permission::SeniorCaseworker => "Senior caseworker",
        Permission::StaManager => "Manager",
        Permission::Content => "Content",
        Permission::Systems => "Systems",
        Permission::DataOperator => "Data operator",
        Permission::ReleaseOfficer => "Release officer",
        Permission::QueueOperator => "Queue operator",
        Permission::Helpline => "Helpline",
        Permission::SecurityAdmin => "Security administrator",
        Permission::Auditor => "Auditor",
        Permission::Marker => "Marker",
        other => other.key(),
    }
}

/// What a role is for, in one sentence.
pub(super) const fn hint(role: Permission) -> &'static str {
    match role {
        Permission::Caseworker => "Works on cases.",
        Permission::SeniorCaseworker => "Checks the quality of decided cases.",
        Permission::StaManager => "Decides reviews, and sees how deliveries were reconciled.",
        Permission::Content => "Looks after wording and materials.",
        Permission::Systems => "Looks after forms and monitoring, and sees no data of pupils.",
        Permission::DataOperator => "Loads data. May not release any.",
        Permission::ReleaseOfficer => {
            "Publishes releases together with another one, and holds them back. May not load data."
        }
        Permission::QueueOperator => "Runs the waiting room together with another one.",
        Permission::Helpline => "Finds accounts, and lets their owners in again.",
        Permission::SecurityAdmin => {
            "Creates and removes staff accounts, and does what the helpline does."
        }
        Permission::Auditor => "Reads what was done, and by whom.",
        _ => "",
    }
}
