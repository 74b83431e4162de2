//! The states of sessions and second factors.

use super::fixture::{at, frame};
use crate::node::factors::{Factors, Passkey};
use crate::service::identity::Linked;
use crate::service::passkeys::Question;
use crate::service::second_factors::Refused;
use crate::service::sessions::Own;
use crate::telemetry::Hidden;
use crate::web::kept::Kept;
use crate::web::layout::{Lasts, Layout};
use crate::web::pages::account::SignIn;
use crate::web::pages::code::Code;
use crate::web::pages::leaving::SignedOut;
use crate::web::pages::link::EndLink;
use crate::web::pages::passkeys::Passkeys;
use crate::web::pages::second_factor::{NewCodes, Overview, Remove, SetUp, Task};
use crate::web::pages::service::{NotKnown, NotSent, Why, reads_only};
use crate::web::pages::sessions::{Resume, Sessions, Stay};

fn lasting(title: &'static str) -> Layout {
    let lasts = Lasts { until: "7:50am".into(), seconds: 1_200 };
    Layout { lasts: Some(lasts), ..frame(title) }
}

fn own(number: u8) -> Own {
    Own {
        id: [number; 16],
        began: at("2024-07-09T06:31:00Z"),
        seen: at("2024-07-09T06:44:00Z"),
        device: "Firefox on Windows".to_owned(),
        organisation: "St Mary's <Primary> School".to_owned(),
    }
}

pub(super) fn states() -> Vec<(&'static str, String)> {
    let app = Factors {
        secret: Some(vec![1]),
        recovery_codes: vec![(1, vec![1]), (2, vec![2])],
        ..Factors::default()
    };
    let set_up = || {
        let secret = Hidden::new(vec![7; 20]);
        let address = "otpauth://totp/Daybreak:head@school.example?secret=A&issuer=Daybreak";
        SetUp::new(lasting(SetUp::TITLE), &secret, address, "SEALED".to_owned())
    };
    let code = || Code::new("token".to_owned(), "/results");
    let task = |task: Task| Remove::new(frame(task.title()), task);
    let overview = |own, obliged| Overview::new(lasting(Overview::TITLE), own, obliged);
    let codes = vec!["abcd-efgh-jkmn".to_owned(); 10];
    let delayed = Refused::Delayed(std::time::Duration::from_mins(1));
    let sign_in = || SignIn::new("token".to_owned(), "/organisation/change").again();
    let kept = || Kept {
        user: 1,
        path: "/organisation/change".to_owned(),
        fields: vec![("name".to_owned(), "<script>alert(1)</script>".to_owned())],
        at: at("2024-07-09T06:50:00Z"),
    };
    let question = || {
        let options = "{\"publicKey\":{}}".to_owned();
        Some(Question { options, expected: "SEALED".to_owned() })
    };
    let keys = Factors {
        passkeys: vec![Passkey {
            id: 4,
            name: "<Khan>'s laptop".to_owned(),
            key: serde_json::Value::Null,
        }],
        ..app.clone()
    };
    let passkeys = || Passkeys::new(lasting(Passkeys::TITLE), Some(&keys), question());
    let not_known = |why| NotKnown::new("Sector Sign-in", why).to_string();
    let until = at("2024-07-10T06:30:00Z");
    let not_sent = |kept| {
        let banner = Some(reads_only("Sector Sign-in", until));
        let layout = Layout { banner, ..lasting(NotSent::TITLE) };
        NotSent::new(layout, "Sector Sign-in", until, kept).to_string()
    };
    let service = |answers| sign_in().service(Some(("Sector Sign-in", answers))).to_string();
    vec![
        ("resume", Resume::new(frame(Resume::TITLE), kept()).to_string()),
        ("passkeys", passkeys().to_string()),
        ("passkeys-none", Passkeys::new(frame(Passkeys::TITLE), None, None).to_string()),
        ("passkeys-stale", passkeys().named("Phone").refused(Refused::Stale).to_string()),
        ("passkeys-password", passkeys().refused(Refused::Password).to_string()),
        ("code-passkey", code().asking(question()).to_string()),
        ("service-down", not_known(Why::Down)),
        ("service-astray", not_known(Why::Astray)),
        ("service-unknown", not_known(Why::Unknown)),
        ("service-no-access", not_known(Why::NoAccess)),
        ("service-elsewhere", not_known(Why::Elsewhere)),
        ("service-not-sent", not_sent(Some(kept()))),
        ("service-not-sent-not-kept", not_sent(None)),
        ("sign-in-service", service(true)),
        ("sign-in-service-down", service(false)),
        (
            "sessions",
            Sessions::new(lasting(Sessions::TITLE), &[own(1), own(2)], [1; 16]).to_string(),
        ),
        (
            "sessions-ended",
            Sessions::new(frame(Sessions::TITLE), &[own(1)], [1; 16]).ended().to_string(),
        ),
        ("stay", Stay::new(lasting(Stay::TITLE), at("2024-07-09T06:50:00Z")).to_string()),
        ("sign-in-again", sign_in().to_string()),
        (
            "sign-in-again-kept",
            sign_in().username("head@school.example").keeping("SEALED").to_string(),
        ),
        (
            "sign-in-again-behind",
            sign_in().keeping("SEALED").behind(Some(1_204)).refused().to_string(),
        ),
        ("code", code().to_string()),
        ("code-empty", code().incomplete().to_string()),
        ("code-refused", code().keeping("SEALED").refused().to_string()),
        ("second-factor-none", overview(None, true).to_string()),
        ("second-factor", overview(Some(&app), false).to_string()),
        ("second-factor-removed", overview(None, false).after("removed").to_string()),
        ("second-factor-app", set_up().must(true).to_string()),
        ("second-factor-app-kept", set_up().must(true).keeping("SEALED".to_owned()).to_string()),
        ("second-factor-app-code", set_up().refused(Refused::Code).to_string()),
        (
            "second-factor-app-replaced",
            set_up().replacing(true).refused(Refused::Password).to_string(),
        ),
        ("recovery-codes", NewCodes::new(frame(NewCodes::TITLE), codes.clone()).to_string()),
        (
            "recovery-codes-kept",
            NewCodes::new(frame(NewCodes::TITLE), codes).keeping(kept()).to_string(),
        ),
        ("second-factor-codes", task(Task::Codes).refused(Refused::Password).to_string()),
        ("second-factor-remove", task(Task::Remove).refused(delayed).to_string()),
    ]
}

/// Pages about the link to the identity service, and of whoever leaves it.
pub(super) fn links() -> Vec<(&'static str, String)> {
    let until = at("2024-07-10T06:30:00Z");
    let linked = |since| Linked { name: "Sector Sign-in".to_owned(), since };
    let end_link = |since| EndLink::new(lasting(EndLink::TITLE), linked(since));
    let name = || "Sector Sign-in".to_owned();
    let way_out = "https://id.example/end?client_id=daybreak&state=A".to_owned();
    vec![
        ("account-service", end_link(Some(until)).to_string()),
        ("account-service-password", end_link(None).refused(Refused::Password).to_string()),
        ("signed-out-here", SignedOut::here(name(), way_out).to_string()),
        ("signed-out-there", SignedOut::there(name()).to_string()),
    ]
}
