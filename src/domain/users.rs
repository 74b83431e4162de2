//! Users of an organisation: who looks after them, what they may be given, how many there may be, and what is typed
//! about one.

use super::access::{OrganisationKind, Permission, Permissions};
use super::contact::Contact;
use super::rights::Action;

pub mod care;
pub mod staff;

/// Users of a school at the most.
pub const USERS_MAX: u8 = 7;
/// Of them, users with account management.
pub const MANAGERS_MAX: u8 = 3;
/// Of them, users with access arrangements.
pub const ACCESS_MAX: u8 = 3;
/// Beside them, users who stand in for a while.
pub const COVER_MAX: u8 = 1;

/// Longest first or last name, in characters.
const NAME_CHARS_MAX: usize = 60;
/// Longest job title, in characters.
const TITLE_CHARS_MAX: usize = 80;

/// The permission that looks after the users of an organisation; none where nobody does here.
pub fn managing(kind: OrganisationKind) -> Option<Permission> {
    Action::Users.opened_by(kind)?.iter().next()
}

/// What the users of an organisation may be given there.
pub const fn grantable(kind: OrganisationKind) -> &'static [Permission] {
    use Permission::{AccessArrangements, AccountManager, Approver, Editor, Manager, User, Viewer};
    match kind {
        OrganisationKind::School => &[AccountManager, User, AccessArrangements],
        OrganisationKind::Secondary | OrganisationKind::Authority => &[AccountManager, User],
        OrganisationKind::Trust => &[User],
        OrganisationKind::Provider => &[Viewer, Editor, Approver, Manager],
        OrganisationKind::Staff => staff::ROLES,
        OrganisationKind::Agency => &[],
    }
}

/// Whether an organisation has the limits of a school, and may have somebody who stands in.
pub const fn is_limited(kind: OrganisationKind) -> bool {
    matches!(kind, OrganisationKind::School | OrganisationKind::Secondary)
}

/// A permission as people know it.
pub const fn permission_name(kind: OrganisationKind, permission: Permission) -> &'static str {
    use OrganisationKind::{Authority, Secondary, Trust};
    match (kind, permission) {
        (Authority, Permission::AccountManager) => "Local authority account management",
        (Authority, Permission::User) => "Local authorities – User",
        (Trust, Permission::User) => "Multi-academy trust – User",
        (Secondary, Permission::User) => "Key stage 3 schools – User",
        (_, Permission::AccountManager) => "School account management",
        (_, Permission::User) => "Schools – User",
        (_, Permission::AccessArrangements) => "School access arrangements",
        (_, Permission::Viewer) => "Training – Viewer",
        (_, Permission::Editor) => "Training – Editor",
        (_, Permission::Approver) => "Training – Approver",
        (_, Permission::Manager) => "Training – Manager",
        (_, role) => staff::name(role),
    }
}

/// What a permission opens, in one sentence.
pub const fn permission_hint(kind: OrganisationKind, permission: Permission) -> &'static str {
    use OrganisationKind::{Secondary, Trust};
    match (kind, permission) {
        (_, Permission::AccountManager) => {
            "Creates and removes users, and changes how you can be reached. Opens no results by itself."
        }
        (Trust, Permission::User) => {
            "Opens the results of your schools, and creates and removes users."
        }
        (Secondary, Permission::User) => "Opens the results of your incoming year 7.",
        (OrganisationKind::School, Permission::User) => {
            "Opens results, scripts and all activities but access arrangements."
        }
        (_, Permission::User) => "Opens the results of your schools.",
        (_, Permission::AccessArrangements) => {
            "Makes and reads applications for access arrangements, which hold sensitive data."
        }
        (_, Permission::Viewer) => "Reads trainees' records.",
        (_, Permission::Editor) => "Writes trainees' records.",
        (_, Permission::Approver) => "Approves trainees' records.",
        (_, Permission::Manager) => "Creates and removes users.",
        (_, role) => staff::hint(role),
    }
}

/// A limit that a change would break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Of all users.
    Users,
    /// Of users with account management.
    Managers,
    /// Of users with access arrangements.
    Access,
    /// Of users who stand in.
    Cover,
    /// Nobody would be left who looks after the users.
    LastManager,
    /// Somebody would both load data and release it.
    Duties,
}

/// What was typed about a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// First name.
    pub first: String,
    /// Last name.
    pub last: String,
    /// Job title.
    pub job: String,
    /// Telephone number.
    pub phone: String,
    /// Email address.
    pub email: String,
    /// The same again.
    pub email_again: String,
    /// Words of the permissions that were ticked.
    pub permissions: Vec<String>,
}

/// What is wrong with what was typed: the field and what to do.
pub type Problem = (&'static str, &'static str);

/// A user as they may be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// First name.
    pub first: String,
    /// Last name.
    pub last: String,
    /// Job title.
    pub job: String,
    /// Telephone number.
    pub phone: String,
    /// Email address in lower case.
    pub email: String,
    /// What they may do.
    pub permissions: Permissions,
}

impl Person {
    /// Reads everything that was typed, or gives every problem with it.
    pub fn read(typed: &Typed, kind: OrganisationKind) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let permissions = match permissions(&typed.permissions, kind) {
            Ok(permissions) => permissions,
            Err(problem) => {
                problems.push(("permissions", problem));
                Permissions::default()
            }
        };
        if !staff::are_apart(permissions) {
            problems.push(("permissions", staff::APART));
        }
        let [first, last, job] = [&typed.first, &typed.last, &typed.job].map(|text| spaced(text));
        problems.extend(bad_words("first", &first, NAME_CHARS_MAX, &FIRST));
        problems.extend(bad_words("last", &last, NAME_CHARS_MAX, &LAST));
        problems.extend(bad_words("job", &job, TITLE_CHARS_MAX, &JOB));
        let (email, again) = (typed.email.trim().to_lowercase(), typed.email_again.trim());
        let contact = Contact::typed(&typed.phone, &email);
        let bad = contact.as_ref().err().copied().unwrap_or_default();
        problems.extend(bad.phone.map(|what| ("phone", what)));
        problems.extend(bad.email.map(|what| ("email", what)));
        if bad.email.is_none() && again.to_lowercase() != email {
            problems.push(("email_again", "Enter the same email address again"));
        }
        match contact {
            Ok(contact) if problems.is_empty() => {
                let phone = contact.phone().to_owned();
                Ok(Self { first, last, job, phone, email, permissions })
            }
            _ => Err(problems),
        }
    }

    /// First and last name.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first, self.last).trim().to_owned()
    }

    /// What another one changes, in words for the audit.
    pub fn change(&self, new: &Self) -> String {
        let words = |p: Permissions| p.iter().map(Permission::key).collect::<Vec<_>>().join(" ");
        let (old_permissions, new_permissions) = (words(self.permissions), words(new.permissions));
        let fields = [
            ("first name", &self.first, &new.first),
            ("last name", &self.last, &new.last),
            ("job title", &self.job, &new.job),
            ("phone", &self.phone, &new.phone),
            ("email", &self.email, &new.email),
            ("permissions", &old_permissions, &new_permissions),
        ];
        let changed = fields.into_iter().filter(|(_, old, new)| old != new);
        let words: Vec<String> =
            changed.map(|(name, old, new)| format!("{name}: \"{old}\" → \"{new}\"")).collect();
        words.join("; ")
    }
}

/// What is told of a field that holds words: when it is empty, too long, or holds what no such words hold.
type Told = [&'static str; 3];

const FIRST: Told = [
    "Enter a first name",
    "Enter a first name of 60 characters or fewer",
    "Enter a first name with letters, spaces, hyphens, full stops and apostrophes",
];
const LAST: Told = [
    "Enter a last name",
    "Enter a last name of 60 characters or fewer",
    "Enter a last name with letters, spaces, hyphens, full stops and apostrophes",
];
const JOB: Told = [
    "Enter a job title",
    "Enter a job title of 80 characters or fewer",
    "Enter a job title with letters, numbers, spaces and simple punctuation",
];

fn bad_words(
    field: &'static str,
    text: &str,
    chars_max: usize,
    told: &Told,
) -> Option<(&'static str, &'static str)> {
    let combining = |c: char| ('\u{300}'..='\u{36f}').contains(&c);
    let plain = |c: char| c.is_alphabetic() || combining(c) || " '’-.".contains(c);
    let title = |c: char| plain(c) || c.is_ascii_digit() || ",&/()+".contains(c);
    let allowed = |c: char| if field == "job" { title(c) } else { plain(c) };
    let [empty, long, strange] = told;
    if text.is_empty() {
        Some((field, empty))
    } else if text.chars().count() > chars_max {
        Some((field, long))
    } else if !text.chars().all(allowed) || !text.chars().any(char::is_alphabetic) {
        Some((field, strange))
    } else {
        None
    }
}

/// Spaces around and doubled spaces go; anything else stays as it was typed.
fn spaced(text: &str) -> String {
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The permissions that were ticked: at least one, and none that the organisation has not.
fn permissions(words: &[String], kind: OrganisationKind) -> Result<Permissions, &'static str> {
    let mut permissions = Permissions::default();
    for word in words {
        let permission =
            word.parse().ok().filter(|permission| grantable(kind).contains(permission));
        permissions.insert(permission.ok_or("Select permissions from this list only")?);
    }
    if words.is_empty() {
        return Err("Select at least one permission");
    }
    Ok(permissions)
}

#[cfg(test)]
mod tests;
