//! The states of the pages about users.

use jiff::civil::date;

use super::fixture::{at, frame};
use crate::domain::access::{OrganisationKind, Permission};
use crate::domain::users::care::Cover;
use crate::domain::users::{Limit, Person, Typed};
use crate::service::users::{Count, Counts, Member, Overview, People, Review, Reviewed};
use crate::web::pages::switch::Switch;
use crate::web::pages::users::{
    Check, Days, Form, Purpose, Reader, ReviewUsers, Sure, Table, Term, Todo, User, Users,
    limit_words,
};

const NOW: &str = "2024-07-09T07:00:00Z";

fn reader(kind: OrganisationKind) -> Reader<'static> {
    Reader { user: 1, kind, organisation: "St Mary's <Primary>", now: at(NOW) }
}

fn person(first: &str, permissions: &[Permission]) -> Person {
    Person {
        first: first.to_owned(),
        last: "O'Brien & Sons".to_owned(),
        job: "Head of <year 6>".to_owned(),
        phone: "01632 960001".to_owned(),
        email: format!("{first}@school.example").to_lowercase(),
        permissions: permissions.iter().copied().collect(),
    }
}

fn member(id: i64, first: &str, state: &str) -> Member {
    Member {
        id,
        user: id,
        person: person(first, &[Permission::User]),
        state: state.to_owned(),
        shut_out: false,
        cover: None,
        invited_at: Some(at("2024-07-01T09:00:00Z")),
        used_at: Some(at("2024-07-08T09:00:00Z")),
        warned_at: None,
        bounced: false,
    }
}

fn manager() -> Member {
    let permissions = [Permission::AccountManager, Permission::AccessArrangements];
    Member { person: person("Amina", &permissions), ..member(1, "Amina", "active") }
}

fn invited() -> Member {
    Member { used_at: None, bounced: true, ..member(2, "Bo", "active") }
}

fn cover() -> Member {
    let cover = Some((at("2024-07-07T23:00:00Z"), at("2024-07-12T23:00:00Z")));
    Member { cover, used_at: None, ..member(3, "Cy", "active") }
}

fn counts(users: u32) -> Counts {
    let count = |is, most| Count { is, most: Some(most) };
    Counts {
        users: count(users, 7),
        managers: count(3, 3),
        access: count(1, 3),
        cover: count(1, 1),
        managing: 1,
    }
}

fn review(overdue: bool, done: bool) -> Review {
    let by = "amina@school.example".to_owned();
    Review {
        term: date(2024, 4, 22),
        by: date(2024, 5, 20),
        overdue,
        done: done.then(|| Reviewed { at: at("2024-05-01T09:00:00Z"), by }),
    }
}

fn overview(users: u32, review: Option<Review>) -> Overview {
    let asleep = Member { warned_at: Some(at(NOW)), ..member(4, "Dee", "active") };
    let members = vec![
        manager(),
        invited(),
        cover(),
        asleep,
        member(5, "Eve", "suspended"),
        member(6, "Fay", "dormant"),
    ];
    let people = People { members, counts: counts(users), reviewed: None };
    Overview { people, review, cover: Some(window()) }
}

/// How their review stands.
pub(super) fn term_of_staff(overdue: bool) -> Term {
    Term::new(&review(overdue, false))
}

/// The staff, one of whom is shut out.
pub(super) fn overview_of_staff() -> Table {
    let mut all = overview(2, None);
    all.people.members.truncate(2);
    all.people.members[1].shut_out = true;
    Table::new(&reader(OrganisationKind::Staff), &all)
}

fn window() -> Cover {
    Cover { first: date(2024, 7, 2), last: date(2024, 7, 23) }
}

fn typed() -> Typed {
    let markup = "<script>alert(1)</script>";
    Typed { first: markup.to_owned(), last: "a\"b".to_owned(), ..Typed::default() }
}

fn lists() -> Vec<(&'static str, String)> {
    use OrganisationKind::{School, Trust};
    let list = |kind, all: &Overview| Users::new(frame(Users::TITLE), &reader(kind), all);
    let mut few = overview(2, Some(review(false, false)));
    few.people.members.truncate(1);
    few.people.counts.cover.is = 0;
    let mut trust = overview(2, None);
    trust.people.counts = Counts { managing: 2, ..Counts::default() };
    trust.people.members.truncate(2);
    trust.cover = None;
    let overdue = overview(7, Some(review(true, false)));
    vec![
        ("users", list(School, &overview(6, Some(review(false, true)))).to_string()),
        ("users-few", list(School, &few).news(Some("User removed")).to_string()),
        ("users-full-overdue", list(School, &overdue).to_string()),
        ("users-trust", list(Trust, &trust).to_string()),
    ]
}

fn forms() -> Vec<(&'static str, String)> {
    use OrganisationKind::{School, Trust};
    let form =
        |kind, purpose: Purpose| Form::new(frame(purpose.title()), (kind, 2), purpose, counts(5));
    let problems = Person::read(&typed(), School).unwrap_err();
    let kept = || form(School, Purpose::Change(3)).kept(person("Amina", &[Permission::User]));
    let days = Days { from: ["8", "7", "2024"].map(str::to_owned), ..Days::default() };
    let cover = || form(School, Purpose::Cover).days(days.clone(), Some((window(), 14)));
    let wrong = vec![("until", "Enter the last day, for example 12 7 2024")];
    let hidden = vec![("first".to_owned(), "<b>".to_owned())];
    let asked = (&person("Zoë", &[Permission::User]), Some(window()));
    let check = Check::new(frame(Check::TITLE), School, Purpose::Cover, asked, hidden);
    let limit = vec![("permissions", limit_words(Limit::Managers))];
    vec![
        ("users-create", form(School, Purpose::Create).to_string()),
        ("users-create-trust", form(Trust, Purpose::Create).to_string()),
        (
            "users-create-refused",
            form(School, Purpose::Create).typed(typed()).refused(problems).to_string(),
        ),
        ("users-change", kept().to_string()),
        ("users-change-limit", kept().refused(limit).to_string()),
        ("users-cover", cover().to_string()),
        ("users-cover-refused", cover().refused(wrong).to_string()),
        ("users-check", check.to_string()),
    ]
}

fn single() -> Vec<(&'static str, String)> {
    let school = || reader(OrganisationKind::School);
    let user = |member: &Member| User::new(frame(User::TITLE), &school(), member, &counts(5));
    let sure = |todo: Todo, member: &Member| {
        Sure::new(frame(todo.title()), todo, &school(), member, "proof".to_owned())
    };
    let (eve, last) = (member(5, "Eve", "suspended"), limit_words(Limit::LastManager));
    let too_soon = "An invitation was sent just now. Send another one after 8:05am".to_owned();
    vec![
        ("user", user(&member(4, "Dee", "active")).news("Changes saved").to_string()),
        ("user-last", user(&manager()).to_string()),
        ("user-invited", user(&invited()).refused(too_soon).to_string()),
        ("user-suspended", user(&eve).to_string()),
        ("user-cover", user(&cover()).to_string()),
        ("user-remove", sure(Todo::Remove, &eve).to_string()),
        ("user-remove-refused", sure(Todo::Remove, &manager()).refused(last).to_string()),
        ("user-suspend", sure(Todo::Suspend, &member(4, "Dee", "active")).to_string()),
    ]
}

pub(super) fn states() -> Vec<(&'static str, String)> {
    let school = || reader(OrganisationKind::School);
    let all = overview(5, Some(review(true, false)));
    let asked = |answers: &[(i64, String)], asked| {
        ReviewUsers::new(frame(ReviewUsers::TITLE), &school(), &all, answers, asked)
    };
    let answers = [(1, "keep".to_owned()), (2, "remove".to_owned())];
    let organisations = || vec![(1, "St Mary's <Primary>".to_owned()), (2, "Zed High".to_owned())];
    let switch = || Switch::new(frame(Switch::TITLE), organisations(), 1, "/users");
    let more = vec![
        ("users-review", asked(&[], false).to_string()),
        ("users-review-refused", asked(&answers, true).to_string()),
        ("switch", switch().to_string()),
        ("switch-refused", switch().refused().to_string()),
    ];
    [lists(), forms(), single(), more].concat()
}

#[test]
fn the_list_says_who_is_what() {
    let html = super::state("users");
    for words in [
        "6 of 7 users",
        "3 of 3 with account management",
        "and 1 who stands in for a while",
        "Emails to this address come back",
        "Invited",
        "Cover",
        "Not used for long",
        "Suspended, not used",
        "8 July 2024",
        "confirmed on 1 May 2024 by amina@school.example",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert!(!html.contains("/users/cover\""), "somebody stands in already");
    let full = super::state("users-full-overdue");
    assert!(full.contains("remove somebody first") && !full.contains("href=\"/users/create\""));
    assert!(full.contains("overdue"));
    assert!(super::state("users-few").contains("/users/cover"));
    assert!(!super::state("users-trust").contains("Your school"));
}

#[test]
fn a_form_tells_what_is_full_and_keeps_what_was_typed() {
    assert!(super::state("users-create").contains("which is the limit"));
    let refused = super::state("users-create-refused");
    assert!(!refused.contains("<script>alert") && refused.contains("value=\"a&#34;b\""));
    assert!(!super::state("users-create-trust").contains("permission-account_manager"));
    assert!(!super::state("users-cover").contains("permission-"));
    assert!(super::state("user-last").contains("only user who looks after the others"));
    assert!(!super::state("user-last").contains("/remove"));
}
