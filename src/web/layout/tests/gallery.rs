//! Writes `target/gallery.html`: all components in the frame of a page, with styles in reach of a browser.

use std::fs;
use std::path::Path;

use askama::Template;

use crate::web::components::*;
use crate::web::layout::{Before, Layout, SignedIn};
use crate::web::{assets, static_pages};

#[derive(Template)]
#[template(path = "gallery.html")]
struct Gallery {
    layout: Layout,
    parts: Vec<(&'static str, Html)>,
}

pub(super) fn html() -> String {
    Gallery { layout: layout(), parts: [texts(), controls(), choices(), data()].concat() }
        .to_string()
}

fn layout() -> Layout {
    Layout {
        navigation: vec![
            NavItem::new("My activity", "/activity").active(),
            NavItem::new("Results", "/results"),
            NavItem::new("Users", "/users"),
            NavItem::new("Organisation", "/organisation"),
        ],
        signed_in: Some(SignedIn {
            name: "Amina Khan".into(),
            organisation: "St Mary's Church of England Primary School".into(),
            switch_href: Some("/organisation/switch".into()),
        }),
        csrf: "token".into(),
        before: Before::Breadcrumbs(Breadcrumbs::of([
            ("My activity".into(), "/activity".into()),
            ("Pupil registration".into(), "/activity/pupil-registration".into()),
        ])),
        phase: Some(PhaseBanner {
            tag: Tag::new("Beta", ""),
            content: "This service is new.".into(),
            ..PhaseBanner::default()
        }),
        banner: Some(NotificationBanner::news("Pupil registration closes on 17 March at 5pm.")),
        ..Layout::titled("Gallery")
    }
    .errors(vec![
        ("upn".into(), "Enter a UPN of 13 characters".into()),
        ("born-day".into(), "Date of birth must be in the past".into()),
    ])
}

fn texts() -> Vec<(&'static str, Html)> {
    vec![
        ("Panel", Html::of(&Panel::confirmation("Application sent", "Reference AT-4Q7X-92"))),
        (
            "Success",
            Html::of(&NotificationBanner {
                title_id: "second".into(),
                ..NotificationBanner::success("The user was added.")
            }),
        ),
        ("Inset text", Html::of(&InsetText::new("Results open at 7:30am on 9 July 2024."))),
        (
            "Warning",
            Html::of(&WarningText::new("You cannot change the application once it is sent.")),
        ),
        (
            "Details",
            Html::of(&Details {
                summary: "Where to find the UPN".into(),
                content: "It stands on the pupil's record in your own system.".into(),
                ..Details::default()
            }),
        ),
        (
            "Buttons",
            Html::trusted(format!(
                "<div class=\"govuk-button-group\">{}{}{}</div>{}",
                Button::submit("Save and continue"),
                Button::submit("Save as draft").secondary(),
                Button::submit("Remove user").warning(),
                Button::start("Start now", "/sign-in"),
            )),
        ),
    ]
}

fn controls() -> Vec<(&'static str, Html)> {
    let upn = Field::new("upn", "Unique pupil number")
        .hint("13 characters, such as E888204517042")
        .error(Some("Enter a UPN of 13 characters".into()))
        .classes("govuk-input--width-20");
    vec![
        ("Input", Html::of(&Input::from(upn).value("E8882045"))),
        ("Password", Html::of(&PasswordInput::from(Field::new("password", "Password")))),
        ("Text area", Html::of(&Textarea::from(Field::new("reason", "Reason")))),
        (
            "Character count",
            Html::of(&CharacterCount::characters(
                Field::new("details", "What happened").hint("Leave out names of other people"),
                1000,
            )),
        ),
        (
            "File",
            Html::of(&FileUpload::from(
                Field::new("file", "Upload a file").hint("A CSV file smaller than 5 MB"),
            )),
        ),
        (
            "Date",
            Html::of(&DateInput::new(
                Group::new("born", "Date of birth")
                    .hint("For example, 27 3 2013")
                    .error(Some("Date of birth must be in the past".into())),
                ["31".into(), "3".into(), "2033".into()],
            )),
        ),
    ]
}

fn choices() -> Vec<(&'static str, Html)> {
    let more = Html::of(&Input::new("other-reason", "Say which"));
    let reasons = vec![
        Choice::new("illness", "Illness"),
        Choice::new("funeral", "Funeral").hint("Of a close relative"),
        Choice::divider("or"),
        Choice::new("other", "Another reason").reveals(more),
    ];
    let needs = vec![
        Choice::new("reading", "Reading"),
        Choice::new("writing", "Writing"),
        Choice::divider("or"),
        Choice::new("none", "None of these").exclusive(),
    ];
    vec![
        ("Radios", Html::of(&Radios::new(Group::new("why", "Why was the pupil away?"), reasons))),
        (
            "Yes or no",
            Html::of(&Radios::yes_no(Group::new("plan", "Has the pupil a plan?")).value("yes")),
        ),
        (
            "Checkboxes",
            Html::of(
                &Checkboxes::new(
                    Group::new("needs", "What is hard for the pupil?")
                        .hint("Choose all that apply"),
                    needs,
                )
                .values(vec!["reading".into()]),
            ),
        ),
        (
            "Select",
            Html::of(&Select {
                field: Field::new("authority", "Local authority"),
                items: vec![
                    SelectItem::new("888", "Lancashire"),
                    SelectItem::new("301", "Barking and Dagenham"),
                ],
                ..Select::default()
            }),
        ),
    ]
}

fn data() -> Vec<(&'static str, Html)> {
    vec![
        (
            "Summary list",
            Html::of(&SummaryList {
                rows: vec![
                    SummaryRow::new("School", "St Mary's Church of England Primary School")
                        .action(Action::change("/organisation/name", "name of the school")),
                    SummaryRow::new("Head teacher", "Amina Khan"),
                ],
                card: Some(Card::titled("School details")),
                ..SummaryList::default()
            }),
        ),
        ("Table", Html::of(&table())),
        (
            "Task list",
            Html::of(&TaskList {
                items: vec![
                    Task::new(
                        "Order test materials",
                        "/activity/test-orders",
                        Tag::new("Due", "govuk-tag--blue"),
                    )
                    .hint("By 24 November 2023, 5pm"),
                    Task::new(
                        "Register pupils",
                        "/activity/pupil-registration",
                        Tag::new("In progress", "govuk-tag--light-blue"),
                    ),
                    Task::completed(
                        "Headteacher's declaration",
                        "/activity/headteachers-declaration-ks2",
                    ),
                ],
                ..TaskList::default()
            }),
        ),
        (
            "Tags",
            Html::trusted(
                ["", "green", "turquoise", "blue", "purple", "red", "orange", "yellow", "grey"]
                    .map(|colour| {
                        let class = if colour.is_empty() {
                            String::new()
                        } else {
                            format!("govuk-tag--{colour}")
                        };
                        Tag::new(if colour.is_empty() { "plain" } else { colour }, class)
                            .to_string()
                    })
                    .join(" "),
            ),
        ),
        (
            "Pagination",
            Html::of(&Pagination {
                previous: Some(PageLink::to("?page=1")),
                next: Some(PageLink::to("?page=3")),
                items: (1..=3)
                    .map(|page| PageItem {
                        number: page.to_string().into(),
                        href: format!("?page={page}").into(),
                        current: page == 2,
                        ..PageItem::default()
                    })
                    .collect(),
                ..Pagination::default()
            }),
        ),
    ]
}

fn table() -> Table {
    let row =
        |name: &'static str, gps: &'static str, reading: &'static str, maths: &'static str| {
            vec![name.into(), Cell::numeric(gps), Cell::numeric(reading), Cell::numeric(maths)]
        };
    Table {
        caption: "Scaled scores".into(),
        caption_classes: "govuk-table__caption--m".into(),
        head: row("Pupil", "GPS", "Reading", "Maths"),
        rows: vec![row("Ade, Tola", "104", "99", "110"), row("Brook, Sam", "98", "101", "100")],
        first_cell_is_header: true,
        ..Table::default()
    }
}

#[test]
fn the_gallery_can_be_looked_at() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    fs::create_dir_all(folder.join("assets")).unwrap();
    for asset in assets::ALL {
        fs::write(folder.join("assets").join(asset.name), asset.identity).unwrap();
    }
    let busy = String::from_utf8(static_pages::busy().1.html.to_vec()).unwrap();
    for (name, page) in [("gallery.html", html()), ("busy.html", busy)] {
        fs::write(folder.join(name), page.replace("\"/assets/", "\"assets/")).unwrap();
    }
}
