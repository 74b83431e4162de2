//! What the welcome page tells beside results: dated activities, documents, notices, help. For whom and when is data.

use jiff::Timestamp;
use jiff::civil::Date;

use super::access::{OrganisationKind, Permission, Permissions};
use super::calendar::day;

/// For whom something is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readers {
    /// Kinds of organisations.
    pub kinds: Vec<OrganisationKind>,
    /// Of their users those with this permission, or all.
    pub permission: Option<Permission>,
}

impl Readers {
    /// Whether a user is one of them.
    pub fn has(&self, kind: OrganisationKind, permissions: Permissions) -> bool {
        self.kinds.contains(&kind) && self.permission.is_none_or(|needed| permissions.has(needed))
    }
}

/// When an activity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// From then until then.
    Window(Timestamp, Timestamp),
    /// From then on; it is news on its day.
    From(Timestamp),
    /// On a day.
    On(Date),
}

/// Where an activity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It goes on.
    Open,
    /// It comes.
    Coming,
    /// It is over.
    Over,
}

impl When {
    /// Where it stands at an instant.
    pub fn stage(self, now: Timestamp) -> Stage {
        let (begins, is_over) = match self {
            Self::Window(opens, closes) => (opens <= now, closes < now),
            Self::From(opens) => (opens <= now, day(opens) < day(now)),
            Self::On(on) => (on <= day(now), on < day(now)),
        };
        match (is_over, begins) {
            (true, _) => Stage::Over,
            (false, true) => Stage::Open,
            (false, false) => Stage::Coming,
        }
    }

    /// By what it is sorted: its first day.
    fn begins(self) -> Date {
        match self {
            Self::Window(opens, _) | Self::From(opens) => day(opens),
            Self::On(on) => on,
        }
    }
}

/// A dated activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// What it is called.
    pub name: String,
    /// For whom it is.
    pub readers: Readers,
    /// When it is.
    pub when: When,
    /// The forms that it opens and closes, by their names.
    pub forms: Vec<String>,
}

/// A document elsewhere, or a page here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What it is called.
    pub name: String,
    /// `https://…`, or a path of this service.
    pub href: String,
    /// For whom it is.
    pub readers: Readers,
}

/// A notice, from its first to its last day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its heading.
    pub title: String,
    /// What it says.
    pub text: String,
    /// For whom it is.
    pub readers: Readers,
    /// First and last day.
    pub days: (Date, Date),
}

/// Whom to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpDesk {
    /// Telephone number.
    pub phone: String,
    /// Email address.
    pub email: String,
    /// When somebody answers.
    pub hours: String,
}

/// All of it, of one cycle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announced {
    /// Activities.
    pub activities: Vec<Activity>,
    /// Documents.
    pub documents: Vec<Document>,
    /// Notices.
    pub notices: Vec<Notice>,
    /// Whom to ask; none where nobody said.
    pub help: Option<HelpDesk>,
    /// First and last day on which everybody is asked to check their accounts before the season.
    pub check_accounts: Option<(Date, Date)>,
}

/// Activities of somebody, as they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agenda<'a> {
    /// Those that go on.
    pub open: Vec<&'a Activity>,
    /// Those that come, the first first.
    pub coming: Vec<&'a Activity>,
    /// How many are over.
    pub over: usize,
}

impl Announced {
    /// The activities of a user at an instant.
    pub fn agenda(
        &self,
        (kind, permissions): (OrganisationKind, Permissions),
        now: Timestamp,
    ) -> Agenda<'_> {
        let mut agenda = Agenda::default();
        for activity in self.activities.iter().filter(|a| a.readers.has(kind, permissions)) {
            match activity.when.stage(now) {
                Stage::Open => agenda.open.push(activity),
                Stage::Coming => agenda.coming.push(activity),
                Stage::Over => agenda.over += 1,
            }
        }
        agenda.open.sort_by_key(|activity| activity.when.begins());
        agenda.coming.sort_by_key(|activity| activity.when.begins());
        agenda
    }

    /// The documents of a user.
    pub fn documents(
        &self,
        (kind, permissions): (OrganisationKind, Permissions),
    ) -> impl Iterator<Item = &Document> {
        self.documents.iter().filter(move |document| document.readers.has(kind, permissions))
    }

    /// The notices of a user on a day.
    pub fn notices(
        &self,
        (kind, permissions): (OrganisationKind, Permissions),
        today: Date,
    ) -> impl Iterator<Item = &Notice> {
        let is_on = move |(from, until): (Date, Date)| from <= today && today <= until;
        self.notices
            .iter()
            .filter(move |notice| notice.readers.has(kind, permissions) && is_on(notice.days))
    }

    /// Whether accounts are to be checked on a day.
    pub fn asks_to_check(&self, today: Date) -> bool {
        self.check_accounts.is_some_and(|(from, until)| from <= today && today <= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_activity_is_over_after_its_last_minute_or_day() {
        let window = When::Window(at("2024-02-12T00:00:00Z"), at("2024-03-08T23:59:00Z"));
        let from = When::From(at("2024-07-09T06:30:00Z"));
        let on = When::On("2024-05-13".parse().unwrap());
        for (when, now, stage) in [
            (window, "2024-02-11T23:59:59Z", Stage::Coming),
            (window, "2024-02-12T00:00:00Z", Stage::Open),
            (window, "2024-03-08T23:59:00Z", Stage::Open),
            (window, "2024-03-08T23:59:01Z", Stage::Over),
            (from, "2024-07-09T06:29:59Z", Stage::Coming),
            (from, "2024-07-09T22:59:59Z", Stage::Open),
            // Midnight in London.
            (from, "2024-07-09T23:00:00Z", Stage::Over),
            (on, "2024-05-12T22:59:59Z", Stage::Coming),
            (on, "2024-05-12T23:00:00Z", Stage::Open),
            (on, "2024-05-13T23:00:00Z", Stage::Over),
        ] {
            assert_eq!(when.stage(at(now)), stage, "{now}");
        }
    }

    #[test]
    fn somebody_is_told_what_is_theirs() {
        let readers = |permission| Readers { kinds: vec![OrganisationKind::School], permission };
        let activity = |name: &str, permission, on: &str| Activity {
            name: name.to_owned(),
            readers: readers(permission),
            when: When::On(on.parse().unwrap()),
            forms: Vec::new(),
        };
        let announced = Announced {
            activities: vec![
                activity("later", None, "2024-05-15"),
                activity("arrangements", Some(Permission::AccessArrangements), "2024-05-14"),
                activity("sooner", None, "2024-05-14"),
                activity("before", None, "2024-05-01"),
            ],
            notices: vec![Notice {
                title: String::new(),
                text: String::new(),
                readers: readers(None),
                days: ("2024-05-12".parse().unwrap(), "2024-05-13".parse().unwrap()),
            }],
            ..Announced::default()
        };
        let user = (OrganisationKind::School, [Permission::User].into_iter().collect());
        let now = at("2024-05-13T12:00:00Z");
        let agenda = announced.agenda(user, now);
        let names: Vec<&str> = agenda.coming.iter().map(|a| a.name.as_str()).collect();
        assert_eq!((names, agenda.open.len(), agenda.over), (vec!["sooner", "later"], 0, 1));
        assert_eq!(announced.notices(user, day(now)).count(), 1);
        assert_eq!(announced.notices(user, "2024-05-14".parse().unwrap()).count(), 0);
        let trust = (OrganisationKind::Trust, user.1);
        assert_eq!(announced.agenda(trust, now), Agenda::default());
        assert_eq!(announced.notices(trust, day(now)).count(), 0);
        assert!(!announced.asks_to_check(day(now)));
    }
}
