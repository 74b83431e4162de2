//! What the welcome page tells of the year: the configuration that ships, and none.

use std::path::Path;

use super::fixture::{actor, at};
use super::state;
use crate::config::{Calendar, welcome};
use crate::domain::access::{OrganisationKind, Permission};
use crate::domain::announced::Announced;
use crate::web::pages::information::Welcome;
use crate::web::pages::signed_in;

/// What ships for 2024.
pub(super) fn announced() -> Announced {
    let cycles = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/cycles");
    let calendar = Calendar::load(&cycles, 2024).unwrap_or_else(|found| panic!("{found}"));
    welcome::load(&cycles, &calendar).unwrap_or_else(|found| panic!("{found}"))
}

/// The page of somebody to whom nobody has told anything.
pub(super) fn untold() -> String {
    let actor = actor(OrganisationKind::School, &[Permission::User]);
    let layout = signed_in(&actor, "token".to_owned(), "Welcome");
    Welcome::new(layout, &actor, None, at("2024-07-09T06:41:00Z")).to_string()
}

#[test]
fn everybody_reads_what_is_theirs_and_nobody_what_is_not() {
    let open = state("welcome-test-week");
    let now = open.split_once(">Now</h3>").unwrap().1.split_once(">Coming</h3>").unwrap();
    assert!(now.0.contains("Grammar, punctuation and spelling papers"), "{}", now.0);
    assert!(now.0.contains("Changes to pupil registration") && now.0.contains("23 May 2024"));
    assert!(now.1.contains("Reading paper") && now.1.contains("Special consideration"));
    let user = state("welcome-open");
    assert!(user.contains("Marking reviews") && user.contains("01632 960300"));
    // What needs a permission is not told to others.
    let january = state("welcome-january");
    assert!(!january.contains("Additional time") && january.contains("Are your account managers"));
    assert!(january.contains("Check your accounts before the season") && january.contains("/help"));
    assert!(state("welcome-january-manager").contains("See and change your users"));
    assert!(january.contains("From 12 February 2024 until 11:59pm on 8 March 2024"), "{january}");
    assert!(!user.contains("Check your accounts before the season"), "in its window only");
    assert!(state("welcome-over").contains("All dates of this cycle are over"));
    for none in ["welcome-provider", "welcome-marker", "welcome-staff", "welcome-untold"] {
        assert!(state(none).contains("There are no dates for your organisation"), "{none}");
        assert!(!state(none).contains("Pupil registration"), "{none}");
    }
    assert!(state("welcome-untold").contains("helpline named in your assessment guidance"));
}
