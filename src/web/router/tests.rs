//! Paths, their routes and their names.

use super::*;

#[test]
fn paths_find_their_routes() {
    for (path, expected) in [
        ("/", Some(Route::Page("/"))),
        ("/results", Some(Route::Results)),
        ("/results/all.csv", Some(Route::All(File::Csv))),
        ("/results/all.pdf", Some(Route::All(File::Pdf))),
        ("/results/all.xml", None),
        ("/results/8882045", Some(Route::School(8_882_045, SchoolPage::Results))),
        ("/results/8882045/maths", Some(Route::School(8_882_045, SchoolPage::Subject(2)))),
        ("/results/8882045/results.csv", Some(Route::File(8_882_045, File::Csv))),
        ("/results/8882045/results.xlsx", Some(Route::File(8_882_045, File::Xlsx))),
        ("/results/8882045/scripts.zip", Some(Route::File(8_882_045, File::Bundle))),
        ("/results/8882045/scripts/ab12-gps1.pdf", Some(Route::Script(8_882_045, "ab12", "gps1"))),
        ("/results/8882045/scripts/ab12-gps1.pdf/x", None),
        ("/results/888/2045", None),
        ("/results/8882045/", None),
        ("/results/8882045/other.csv", None),
        ("//results", None),
        ("/users/17", Some(Route::User(17, UserPage::Show))),
        ("/users/17/remove", Some(Route::User(17, UserPage::Remove))),
        ("/users/017", None),
        ("/users/-1", None),
        ("/users/17/other", None),
        ("/users/17/remove/x", None),
        ("/staff/releases/2024-1f3a9c20", Some(Route::Release("2024-1f3a9c20"))),
        ("/staff/releases/2024.1", None),
        ("/staff/releases/2024-1f3a9c20/x", None),
        ("/staff/users/17", Some(Route::Account(17, AccountPage::Show))),
        ("/staff/users/17/unlock", Some(Route::Account(17, AccountPage::Unlock))),
        ("/staff/users/17/other", None),
        ("/staff/users/017", None),
        ("/staff/other", None),
        ("/assets/a/b", None),
    ] {
        assert_eq!(Route::parse(path), expected, "{path}");
    }
}

#[test]
fn every_route_has_a_name_that_metrics_know() {
    let named = |path: &str| NAMES[Route::parse(path).map_or(UNKNOWN, |route| route.place())];
    for (place, (path, name, ..)) in PAGES.iter().enumerate() {
        assert_eq!((named(path), NAMES[place]), (*name, *name));
    }
    for (path, name) in [
        ("/assets/x", "asset"),
        ("/results", "results"),
        ("/results/all.csv", "all"),
        ("/results/calculator", "calculator"),
        ("/results/8882045/gps", "school"),
        ("/results/8882045/results.csv", "file"),
        ("/results/8882045/scripts/a-gps1.pdf", "script"),
        ("/queue/status", "queue_status"),
        ("/staff/reconciliation", "reconciliation"),
        ("/staff/reconciliation/8882045", "reconciliation"),
        ("/staff/releases/2024-1f3a9c20", "staff_release"),
        ("/staff/users/17/second-factor", "staff_account"),
        ("/organisation/8882045", "organisation_school"),
        ("/users/17/suspend", "user"),
        ("/demo/mailbox", "mailbox"),
        ("/demo/mailbox/20240709T063000Z-r1", "mailbox"),
        ("/set-up-account/x", "set_up_account"),
        ("/reset-password/x", "reset_password"),
        ("/nowhere", "unknown"),
    ] {
        assert_eq!(named(path), name, "{path}");
    }
    assert_eq!(Route::Page("/sign-out").allow(), "POST");
    assert!(!Route::Results.takes(&Method::TRACE));
}
