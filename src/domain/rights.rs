//! Who may do what, as `config/permissions.toml` says it: the table that code, docs and journeys go by.

use std::fmt::Write as _;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::Deserialize;

use super::access::{OrganisationKind, Permission, Permissions};

/// The table. It is part of the program, so that no machine has another one.
const TABLE: &str = include_str!("../../config/permissions.toml");

/// Of which schools an action is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// It is of no school.
    None,
    /// The organisation's own.
    Own,
    /// Also of the schools that belong to it.
    Below,
    /// Of every school.
    Every,
}

/// Declares the actions with their words in the table.
macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)+) => {
        /// Something that not everybody may do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Action { $($(#[$doc])* $variant,)+ }

        impl Action {
            /// Every action in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its word in the table.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }
    };
}

actions! {
    /// See results and take their files.
    Results = "results",
    /// Take the results of all one's schools in one file.
    ResultsOfAll = "results_of_all",
    /// Open scanned scripts.
    Scripts = "scripts",
    /// See details of a school.
    Details = "details",
    /// Say how the organisation can be reached.
    Contact = "contact",
    /// Read who signed in for the organisation, and who opened its pupils' results.
    Accesses = "accesses",
    /// Create, change and remove users of the organisation.
    Users = "users",
    /// Look at the portal as an organisation's users see it.
    ViewAs = "view_as",
    /// Fill in forms, and see what was sent.
    Activity = "activity",
    /// See how deliveries were reconciled.
    Reconciliation = "reconciliation",
    /// Run the waiting room.
    Queue = "queue",
    /// Publish releases, and hold them back.
    Releases = "releases",
    /// Find any account, and let its owner in again.
    Accounts = "accounts",
}

/// What somebody is answered to whom an action is not open.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// Status of a page: 403 or 404.
    pub page: u16,
    /// Status of a file.
    pub file: u16,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    what: String,
    addresses: Vec<String>,
    refused: Refused,
    to: Vec<To>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct To {
    kinds: Vec<String>,
    any: Vec<String>,
    of: Reach,
}

/// What an action is, and to whom it is open.
#[derive(Clone, Debug)]
pub struct Rights {
    /// What the action is, for people.
    pub what: String,
    /// Names of the addresses that it opens.
    pub addresses: Vec<String>,
    /// What those are answered who may not.
    pub refused: Refused,
    /// By kind of organisation: which permissions open it, and of which schools.
    open: [Option<(Permissions, Reach)>; OrganisationKind::ALL.len()],
}

static RIGHTS: LazyLock<Vec<Rights>> =
    LazyLock::new(|| read(TABLE).expect("the table was read when the program was tested"));

/// Why a table is none.
#[derive(Debug, thiserror::Error)]
enum BadTable {
    #[error("it is not in the form of the table")]
    Form(#[from] toml::de::Error),
    #[error("the action {0} is missing, or there is one more than the program has")]
    Actions(&'static str),
    #[error("{0}: {1} is no kind of organisation, no permission, or said twice")]
    Word(&'static str, String),
    #[error("{0}: whoever may not is answered 403 or 404")]
    Refused(&'static str),
}

fn read(text: &str) -> Result<Vec<Rights>, BadTable> {
    let mut rows: toml::map::Map<String, toml::Value> = toml::from_str(text)?;
    let mut all = Vec::with_capacity(Action::ALL.len());
    for action in Action::ALL {
        let row = rows.remove(action.key()).ok_or(BadTable::Actions(action.key()))?;
        all.push(rights(action.key(), row.try_into()?)?);
    }
    if rows.is_empty() { Ok(all) } else { Err(BadTable::Actions("that is not known")) }
}

fn rights(action: &'static str, row: Row) -> Result<Rights, BadTable> {
    let mut open = [None; OrganisationKind::ALL.len()];
    if ![row.refused.page, row.refused.file].iter().all(|status| matches!(status, 403 | 404)) {
        return Err(BadTable::Refused(action));
    }
    for to in &row.to {
        let named = to.any.iter().map(|word| known::<Permission>(action, word));
        let mut permissions: Permissions = named.collect::<Result<_, _>>()?;
        if to.any.is_empty() {
            permissions = Permission::ALL.iter().copied().collect();
        }
        for word in &to.kinds {
            let kind: OrganisationKind = known(action, word)?;
            let place = &mut open[kind as usize];
            if place.replace((permissions, to.of)).is_some() {
                return Err(BadTable::Word(action, word.clone()));
            }
        }
    }
    Ok(Rights { what: row.what, addresses: row.addresses, refused: row.refused, open })
}

fn known<T: FromStr>(action: &'static str, word: &str) -> Result<T, BadTable> {
    word.parse().map_err(|_| BadTable::Word(action, word.to_owned()))
}

impl Action {
    /// The row of the table.
    pub fn rights(self) -> &'static Rights {
        &RIGHTS[self as usize]
    }

    /// Whether a member with these permissions may do it.
    pub fn is_open_to(self, kind: OrganisationKind, permissions: Permissions) -> bool {
        self.reach(kind, permissions).is_some()
    }

    /// Any of which permissions opens it in an organisation of a kind; none where it is open to nobody.
    pub fn opened_by(self, kind: OrganisationKind) -> Option<Permissions> {
        self.rights().open[kind as usize].map(|(any, _)| any)
    }

    /// Of which schools a member with these permissions may do it; none where they may not at all.
    pub fn reach(self, kind: OrganisationKind, permissions: Permissions) -> Option<Reach> {
        let (any, reach) = self.rights().open[kind as usize]?;
        any.shares_with(permissions).then_some(reach)
    }
}

/// The table as a page of documentation, in Markdown.
pub fn as_page() -> String {
    let mut page = String::from(
        "# Who may do what\n\nWritten from `config/permissions.toml`; a test compares. Somebody with several permissions may do what any\nof them opens. Account management alone opens neither results nor activities.\n\n| action | kind of organisation | any of the permissions | of which schools | everybody else |\n|---|---|---|---|---|\n",
    );
    for action in Action::ALL {
        let rights = action.rights();
        for kind in OrganisationKind::ALL {
            let Some((any, reach)) = rights.open[kind as usize] else { continue };
            let every = any.iter().count() == Permission::ALL.len();
            let any: Vec<_> = any.iter().map(Permission::key).collect();
            let any = if every { "every member".to_owned() } else { any.join(", ") };
            let of = match reach {
                Reach::None => "of no school",
                Reach::Own => "its own",
                Reach::Below => "those that belong to it",
                Reach::Every => "every school",
            };
            let (what, kind) = (&rights.what, kind.key());
            let refused = rights.refused.page;
            writeln!(page, "| {what} | {kind} | {any} | {of} | {refused} |")
                .expect("a text takes all");
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert_eq!(read(TABLE).unwrap().len(), Action::ALL.len());
    }

    #[test]
    fn a_table_with_a_mistake_is_none() {
        for (from, to) in [
            ("[scripts]", "[scribbles]"),
            ("kinds = [\"school\"]", "kinds = [\"scool\"]"),
            ("kinds = [\"school\"]", "kinds = [\"school\", \"school\"]"),
            ("any = [\"user\"]", "any = [\"everybody\"]"),
            ("page = 404", "page = 200"),
            ("of = \"own\"", "of = \"mine\""),
            ("what =", "because ="),
        ] {
            let wrong = TABLE.replacen(from, to, 1);
            assert!(wrong != TABLE && read(&wrong).is_err(), "{to}");
        }
        assert!(read(&format!("{TABLE}\n[more]\n")).is_err());
    }

    #[test]
    fn nobody_has_a_right_by_having_none() {
        for (action, kind) in
            Action::ALL.iter().flat_map(|a| OrganisationKind::ALL.map(|k| (*a, k)))
        {
            assert_eq!(action.reach(kind, Permissions::default()), None);
        }
    }

    /// To write it anew: `DAYBREAK_WRITE=1 cargo test --lib rights`.
    #[test]
    fn the_page_of_documentation_is_the_table() {
        if std::env::var_os("DAYBREAK_WRITE").is_some() {
            std::fs::write("docs/rights.md", as_page()).unwrap();
        }
        assert_eq!(std::fs::read_to_string("docs/rights.md").unwrap(), as_page());
    }
}
