//! What is typed about a user, and what becomes of it.

use super::*;

fn typed() -> Typed {
    let text = str::to_owned;
    Typed {
        first: text(" Zoë "),
        last: text("O'Brien-Łuk  Jr."),
        job: text("Head of year 6 & SENCO (acting)"),
        phone: text("01632 960 001"),
        email: text(" Zoe@School.example"),
        email_again: text("zoe@school.example "),
        permissions: vec![text("user"), text("access_arrangements")],
    }
}

#[test]
fn a_user_as_people_type_one() {
    let person = Person::read(&typed(), OrganisationKind::School).unwrap();
    assert_eq!(person.full_name(), "Zoë O'Brien-Łuk Jr.");
    assert_eq!(person.email, "zoe@school.example");
    assert!(person.permissions.has(Permission::AccessArrangements));
    let new = Person { permissions: [Permission::User].into_iter().collect(), ..person.clone() };
    let words = "permissions: \"user access_arrangements\" → \"user\"";
    assert_eq!(person.change(&new), words);
    assert_eq!(person.change(&person), "");
}

#[test]
fn every_problem_is_told_at_once() {
    let problems = Person::read(&Typed::default(), OrganisationKind::School).unwrap_err();
    let fields: Vec<&str> = problems.iter().map(|(field, _)| *field).collect();
    assert_eq!(fields, ["permissions", "first", "last", "job", "phone", "email"]);
}

#[test]
fn lines_markup_and_strange_permissions_are_refused() {
    let refused = |change: &dyn Fn(&mut Typed)| {
        let mut typed = typed();
        change(&mut typed);
        let problems = Person::read(&typed, OrganisationKind::School).unwrap_err();
        problems.into_iter().map(|(field, _)| field).collect::<Vec<_>>()
    };
    let text = str::to_owned;
    assert_eq!(refused(&|t| t.first = text("Ann\r\nBcc: all")), ["first"]);
    assert_eq!(refused(&|t| t.last = text("<b>Khan</b>")), ["last"]);
    assert_eq!(refused(&|t| t.last = text("\u{202e}nahK")), ["last"]);
    assert_eq!(refused(&|t| t.last = text("-")), ["last"]);
    assert_eq!(refused(&|t| t.job = text("Head\tteacher")), ["job"]);
    assert_eq!(refused(&|t| t.job = "a".repeat(81)), ["job"]);
    assert_eq!(refused(&|t| t.email_again = text("zoe@school.exampel")), ["email_again"]);
    assert_eq!(refused(&|t| t.permissions.push(text("auditor"))), ["permissions"]);
    assert_eq!(refused(&|t| t.permissions = vec![text("root")]), ["permissions"]);
}

#[test]
fn what_can_be_given_holds_what_looks_after_users() {
    for kind in OrganisationKind::ALL {
        let managing = managing(kind);
        assert_eq!(managing.is_some(), !grantable(kind).is_empty(), "{kind:?}");
        assert!(managing.is_none_or(|permission| grantable(kind).contains(&permission)));
        for permission in grantable(kind) {
            assert_ne!(permission_name(kind, *permission), permission.key());
            assert_ne!(permission_hint(kind, *permission), "");
        }
    }
}
