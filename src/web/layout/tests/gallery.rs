//! Writes `target/gallery.html`: all components in the frame of a page, with styles in reach of a browser.

use std::fs;
use std::path::Path;

use askama::Template;
use askama::filters::HtmlSafe;

use crate::web::components::*;
use crate::web::layout::{Before, Layout, SignedIn};
use crate::web::{assets, static_pages};

#[derive(Template)]
#[template(path = "gallery.html")]
struct Gallery {
    layout: Layout,
    parts: Vec<Part>,
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
            tag: Tag::new("Beta", Colour::Blue),
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

type Part = (&'static str, Html);

fn part(name: &'static str, component: &impl HtmlSafe) -> Part {
    (name, Html::of(component))
}

fn texts() -> Vec<Part> {
    let added = NotificationBanner::success("The user was added.");
    let upn = Details {
        summary: "Where to find the UPN".into(),
        content: "It stands on the pupil's record in your own system.".into(),
        ..Details::default()
    };
    vec![
        part("Panel", &Panel::confirmation("Application sent", "Reference AT-4Q7X-92")),
        part("Success", &NotificationBanner { title_id: "second".into(), ..added }),
        part("Inset text", &InsetText::new("Results open at 7:30am on 9 July 2024.")),
        part("Warning", &WarningText::new("You cannot change the application once it is sent.")),
        part("Details", &upn),
        ("Buttons", buttons()),
    ]
}

fn buttons() -> Html {
    Html::trusted(format!(
        "<div class=\"govuk-button-group\">{}{}{}</div>{}",
        Button::submit("Save and continue"),
        Button::submit("Save as draft").secondary(),
        Button::submit("Remove user").warning(),
        Button::start("Start now", "/sign-in"),
    ))
}

fn controls() -> Vec<Part> {
    let upn = Field::new("upn", "Unique pupil number")
        .hint("13 characters, such as E888204517042")
        .error(Some("Enter a UPN of 13 characters".into()))
        .classes("govuk-input--width-20");
    let details = Field::new("details", "What happened").hint("Leave out names of other people");
    let file = Field::new("file", "Upload a file").hint("A CSV file smaller than 5 MB");
    let born = Group::new("born", "Date of birth")
        .hint("For example, 27 3 2013")
        .error(Some("Date of birth must be in the past".into()));
    vec![
        part("Input", &Input::from(upn).value("E8882045")),
        part("Password", &PasswordInput::from(Field::new("password", "Password"))),
        part("Text area", &Textarea::from(Field::new("reason", "Reason"))),
        part("Character count", &CharacterCount::characters(details, 1000)),
        part("File", &FileUpload::from(file)),
        part("Date", &DateInput::new(born, ["31".into(), "3".into(), "2033".into()])),
    ]
}

fn choices() -> Vec<Part> {
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
    let hard = Group::new("needs", "What is hard for the pupil?").hint("Choose all that apply");
    let plan = Group::new("plan", "Has the pupil a plan?");
    let authority = Select {
        field: Field::new("authority", "Local authority"),
        items: vec![SelectItem::new("888", "Lancashire"), SelectItem::new("301", "Barking")],
        ..Select::default()
    };
    vec![
        part("Radios", &Radios::new(Group::new("why", "Why was the pupil away?"), reasons)),
        part("Yes or no", &Radios::yes_no(plan).value("yes")),
        part("Checkboxes", &Checkboxes::new(hard, needs).values(vec!["reading".into()])),
        part("Select", &authority),
    ]
}

fn data() -> Vec<Part> {
    let school = SummaryList {
        rows: vec![
            SummaryRow::new("School", "St Mary's Church of England Primary School")
                .action(Action::change("/organisation/name", "name of the school")),
            SummaryRow::new("Head teacher", "Amina Khan"),
        ],
        card: Some(Card::titled("School details")),
        ..SummaryList::default()
    };
    vec![
        part("Summary list", &school),
        part("Table", &table()),
        part("Task list", &tasks()),
        part("Pagination", &Pagination::numbered(5, 9, |page| format!("?page={page}"))),
    ]
}

fn tasks() -> TaskList {
    let due = Tag::new("Due", Colour::Yellow);
    let begun = Tag::new("In progress", Colour::Blue);
    let items = vec![
        Task::new("Order test materials", "/activity/test-orders", due)
            .hint("By 24 November 2023, 5pm"),
        Task::new("Register pupils", "/activity/pupil-registration", begun),
        Task::completed("Headteacher's declaration", "/activity/headteachers-declaration-ks2"),
    ];
    TaskList { items, ..TaskList::default() }
}

fn table() -> Table {
    let row = |cells: [&'static str; 4]| {
        let [name, scores @ ..] = cells;
        std::iter::once(Cell::from(name)).chain(scores.map(Cell::numeric)).collect::<Vec<_>>()
    };
    Table {
        caption: "Scaled scores".into(),
        caption_classes: "govuk-table__caption--m".into(),
        head: row(["Pupil", "GPS", "Reading", "Maths"]),
        rows: vec![row(["Ade, Tola", "104", "99", "110"]), row(["Brook, Sam", "98", "101", "100"])],
        first_cell_is_header: true,
        scrolls: true,
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
