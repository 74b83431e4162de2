//! The record of who signed in, who opened what, and what was done to users.

use askama::Template;

use super::within;
use crate::domain::access::OrganisationKind;
use crate::domain::calendar::instant_in_words;
use crate::node::directory::Organisation;
use crate::service::accesses::{Access, Act, Cursor, Done, Page};
use crate::web::components::{Cell, Table};
use crate::web::layout::Layout;

/// A page of the record.
#[derive(Debug, Template)]
#[template(path = "accesses.html")]
pub struct Accesses {
    layout: Layout,
    organisation: String,
    is_school: bool,
    is_first: bool,
    is_empty: bool,
    table: Table,
    next: Option<String>,
}

impl Accesses {
    /// Its title.
    pub const TITLE: &'static str = "Who saw what";

    /// A page; `is_first` when it begins with the newest entry.
    pub fn new(layout: Layout, organisation: &Organisation, page: &Page, is_first: bool) -> Self {
        let cell = |text: String| Cell { content: text.into(), ..Cell::default() };
        let row = |access: &Access| {
            [instant_in_words(access.at), who(access), what(&access.act)].map(cell).into()
        };
        Self {
            layout: within(layout, "/organisation").back("/organisation"),
            organisation: organisation.name.clone(),
            is_school: organisation.kind == OrganisationKind::School,
            is_first,
            is_empty: page.entries.is_empty(),
            table: Table {
                caption: "Entries, the newest first".into(),
                caption_classes: "govuk-table__caption--m".into(),
                classes: "daybreak-record".into(),
                head: ["When", "Who", "What"].map(|head| cell(head.to_owned())).into(),
                rows: page.entries.iter().map(row).collect(),
                ..Table::default()
            },
            next: page.next.map(Cursor::in_address),
        }
    }
}

fn who(access: &Access) -> String {
    let who = match (&access.who, &access.act) {
        (Some(name), _) => name.clone(),
        (None, _) if access.by_itself => return "This service, by itself".to_owned(),
        (None, Act::Refused) => "Somebody".to_owned(),
        (None, _) => "Somebody whose account is gone".to_owned(),
    };
    access.for_whom.as_ref().map_or(who.clone(), |organisation| format!("{who}, {organisation}"))
}

fn what(act: &Act) -> String {
    let file = match act {
        Act::SignedIn => return "Signed in".to_owned(),
        Act::SignedOut => return "Signed out".to_owned(),
        Act::Refused => {
            return "Was not let in: the password or the account was not right".to_owned();
        }
        Act::Opened(file) => file.as_str(),
        Act::User(done, whom) => return format!("{}{whom}", done_to(*done)),
        Act::Reviewed => return "Confirmed who the users are".to_owned(),
        Act::Looked(reason) => {
            return format!("Began to look at this service as your users see it. Reason: {reason}");
        }
        Act::LookEnded => return "Ended that look".to_owned(),
    };
    match file {
        "page" => "Opened the page of results".to_owned(),
        "page-marks" => "Opened the page of marks by paper".to_owned(),
        "page-scripts" => "Opened the page of scripts".to_owned(),
        "page-schools" => "Opened the list of schools".to_owned(),
        "scripts.zip" => "Took all scripts".to_owned(),
        "results.pdf" => "Took results.pdf".to_owned(),
        file => match file.strip_suffix(".pdf") {
            Some(script) => format!("Opened the script {script}"),
            None => format!("Took {file}"),
        },
    }
}

/// What was done to a user, before their email address.
const fn done_to(done: Done) -> &'static str {
    match done {
        Done::Created => "Created the user ",
        Done::Changed => "Changed the user ",
        Done::Removed => "Removed the user ",
        Done::Suspended => "Suspended the user ",
        Done::Dormant => "Suspended, after a long time without a sign-in, the user ",
        Done::Reactivated => "Let in again the user ",
        Done::Invited => "Invited again the user ",
        Done::CoverEnded => "Removed, at the end of their cover, the user ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_has_words() {
        let opened = |file: &str| what(&Act::Opened(file.to_owned()));
        assert_eq!(opened("results.csv"), "Took results.csv");
        assert_eq!(opened("results.pdf"), "Took results.pdf");
        assert_eq!(opened("ab12-gps1.pdf"), "Opened the script ab12-gps1");
        let access = |who: Option<&str>, for_whom: Option<&str>, act| Access {
            at: jiff::Timestamp::UNIX_EPOCH,
            who: who.map(str::to_owned),
            by_itself: false,
            for_whom: for_whom.map(str::to_owned),
            act,
        };
        assert_eq!(who(&access(Some("Ann Oak"), None, Act::SignedIn)), "Ann Oak");
        assert_eq!(
            who(&access(Some("Ann Oak"), Some("A trust"), Act::SignedIn)),
            "Ann Oak, A trust"
        );
        assert_eq!(who(&access(None, None, Act::Refused)), "Somebody");
        let by_itself = Access { by_itself: true, ..access(None, None, Act::Reviewed) };
        assert_eq!(who(&by_itself), "This service, by itself");
        let removed = Act::User(Done::Removed, "a@b.example".to_owned());
        assert_eq!(what(&removed), "Removed the user a@b.example");
    }
}
