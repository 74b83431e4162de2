//! Results as PDF and as workbooks: read by independent readers and held against the delivery.

use std::path::Path;
use std::process::Command;

use reqwest::StatusCode;

use crate::expected::{Columns, Delivery, School};
use crate::sheet;
use crate::support::{Account, Browser, Demo, all_between, header};

/// A PDF in a file, for programs that read it.
struct Pdf(tempfile::NamedTempFile);

impl Pdf {
    fn new(bytes: &[u8]) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        Self(file)
    }

    fn asked(&self, program: &str, arguments: &[&str], after: &[&str]) -> String {
        let mut command = Command::new(program);
        let answer = command.args(arguments).arg(self.0.path()).args(after).output().unwrap();
        assert!(answer.status.success(), "{program}: {}", String::from_utf8_lossy(&answer.stderr));
        String::from_utf8(answer.stdout).unwrap()
    }

    /// The text of all pages in the order in which it was written, line ends made blanks.
    fn text(&self) -> String {
        let text = self.asked("pdftotext", &["-raw", "-enc", "UTF-8"], &["-"]);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The elements as a screen reader walks through them.
    fn elements(&self) -> String {
        self.asked("pdfinfo", &["-struct-text"], &[])
    }

    /// What holds of every letter: tagged, titled, in English, with fonts of its own and regular tables.
    fn is_accessible(&self, title: &str) {
        let about = self.asked("pdfinfo", &[], &[]);
        let says = |key: &str| {
            let line = about.lines().find_map(|line| line.strip_prefix(key));
            line.unwrap_or_else(|| panic!("no {key} in {about}")).trim().to_owned()
        };
        assert_eq!(says("Tagged:"), "yes");
        assert!(says("Title:").starts_with(title), "{} is not {title}", says("Title:"));
        assert_eq!((says("JavaScript:"), says("Form:")), ("no".to_owned(), "none".to_owned()));
        let metadata = self.asked("pdfinfo", &["-meta"], &[]);
        assert_eq!(all_between(&metadata, "<pdfuaid:part>", "<"), ["1"]);
        let fonts = self.asked("pdffonts", &[], &[]);
        for font in fonts.lines().skip(2) {
            assert!(font.contains("SourceSans3") && font.contains("yes yes yes"), "{font}");
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/pdf_tags.py");
        let tags = self.asked("/usr/bin/python3", &[script.to_str().unwrap()], &[]);
        let tags: serde_json::Value = serde_json::from_str(&tags).unwrap();
        assert_eq!(tags["language"], "en-GB");
        assert_eq!(tags["problems"], serde_json::json!([]), "{title}");
        assert!(tags["tables"].as_u64() > Some(3), "{tags}");
    }
}

/// Everything that a CSV says, row by row, without the apostrophes that keep cells from being run.
fn csv_rows(csv: &[u8]) -> Vec<Vec<String>> {
    let text = std::str::from_utf8(csv).unwrap().trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let bare = |cell: &str| match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest.to_owned(),
        _ => cell.to_owned(),
    };
    reader.records().map(|row| row.unwrap().iter().map(bare).collect()).collect()
}

/// The workbook's sheet of results says what the CSV says, cell by cell.
fn is_workbook_of(workbook: &[u8], csv: &[u8]) {
    let sheets = sheet::read(workbook);
    let (results, rows) = (&sheets["Results"], csv_rows(csv));
    for (number, row) in rows.iter().enumerate() {
        assert_eq!(&results.row(number, row.len()), row, "row {number}");
    }
    assert!(results.cells.keys().all(|(row, _)| *row < rows.len()), "and nothing else");
    assert_eq!((results.frozen, results.widths), (1, rows[0].len()));
    assert_eq!(sheets["Outcomes"].row(1, 2), ["AS", "Expected standard met"]);
    assert_eq!(sheets["Raw to scaled"].row(2 + 53, 9)[6..8], ["53", "99"]);
}

/// The text has each pupil's row, in order: name, UPN, and each subject.
fn has_the_pupils(text: &str, rows: &[Vec<String>]) {
    let column = |title: &str| rows[0].iter().position(|known| known == title).unwrap();
    let mut rest = text;
    for row in &rows[1..] {
        let upn = &row[column("UPN")];
        let (before, after) = rest.split_once(upn.as_str()).unwrap_or_else(|| panic!("no {upn}"));
        assert!(before.ends_with(&format!("{} ", first_names(row, column))), "{upn}: {before}");
        let mut expected = String::new();
        for subject in ["GPS", "Reading", "Maths"] {
            let cell = |what: &str| row[column(&format!("{subject}{what}"))].as_str();
            let scaled = if cell("Raw").is_empty() || !cell("Scaled").is_empty() {
                cell("Scaled")
            } else {
                "–"
            };
            for word in [cell("Raw"), scaled, words(cell("Outcome"))] {
                if !word.is_empty() {
                    expected.push(' ');
                    expected.push_str(word);
                }
            }
        }
        assert!(
            after.starts_with(&expected),
            "{upn}:{expected}\n{}",
            &after[..200.min(after.len())]
        );
        rest = after;
    }
}

fn first_names(row: &[String], column: impl Fn(&str) -> usize) -> String {
    let [surname, forename, middle] =
        ["Surname", "Forename", "MiddleNames"].map(|title| row[column(title)].as_str());
    format!("{surname}, {forename} {middle}").trim().to_owned()
}

/// Outcomes as the letters say them.
fn words(code: &str) -> &str {
    match code {
        "AS" => "Met",
        "NS" => "Not met",
        "N" => "Too few marks",
        "M" => "Mark missing: being traced",
        "A" => "Absent",
        "B" => "Working below the standard of the test",
        "U" => "Working at the standard but unable to access the test",
        "J" => "Just arrived: performance not established",
        "F" => "Takes the test in a future year",
        "P" => "Took the test in a past year",
        "L" => "Left the school",
        "H" => "Result annulled: pupil cheating",
        "Q" => "Result annulled: maladministration",
        "" => "Not tested in this subject",
        other => panic!("{other}"),
    }
}

/// Codes and tables, which every letter ends with.
fn has_the_keys(text: &str) {
    let (_, keys) = text.split_once("What the outcomes mean").unwrap();
    assert!(keys.contains("AS Met Expected standard met"));
    assert!(keys.contains("Blank Not tested in this subject"));
    for subject in ["Grammar, punctuation and spelling", "English reading", "Mathematics"] {
        assert!(keys.contains(subject), "{subject}");
    }
}

/// Both documents at their address hold what the CSV beside them holds.
async fn hold_the_same(browser: &Browser, base: &str, title: &str, csv: &[u8]) -> String {
    let file = async |ending: &str| browser.file(&format!("{base}{ending}")).await;
    let csv_here = file("-with-ta.csv").await;
    assert!(csv_here == csv, "{base}");
    is_workbook_of(&file(".xlsx").await, csv);
    let pdf = Pdf::new(&file(".pdf").await);
    pdf.is_accessible(title);
    let text = pdf.text();
    has_the_keys(&text);
    assert!(pdf.elements().contains("TBody"));
    text
}

fn schools(delivery: &Delivery, member: impl Fn(&&School) -> bool) -> Vec<&School> {
    delivery.schools.values().filter(member).collect()
}

fn title(organisation: &str) -> String {
    format!("Key stage 2 results 2024: {organisation}")
}

#[tokio::test]
async fn every_school_gets_its_results_to_print_and_as_a_workbook() {
    let demo = Demo::released();
    let delivery = Delivery::read(demo.text("delivery").as_ref());
    for account in demo.listed_accounts("school_user") {
        let browser = Browser::signed_in(&demo, &account).await;
        let school = &delivery.schools[&account.laestab];
        let csv = delivery.csv([school], Columns::WithJudgements, |_| true);
        let base = format!("/results/{}/results", account.laestab);
        let text = hold_the_same(&browser, &base, &title(school.name()), &csv).await;
        let (_, pupils) = text.split_once("Results by pupil").unwrap_or(("", ""));
        has_the_pupils(pupils, &csv_rows(&csv));
        // The numbers of the page stand in the letter.
        let page = browser.page(&format!("/results/{}", account.laestab)).await;
        assert_eq!(text.contains(" are here"), page.contains(" are here"), "{base}: scripts");
        let summary = all_between(&page, "<tbody", "</tbody>")[0];
        let cells = all_between(
            summary,
            "<td class=\"govuk-table__cell govuk-table__cell--numeric\">",
            "<",
        );
        assert_eq!(cells.len(), 15);
        for subject in cells.chunks(5) {
            assert!(text.contains(&subject.join(" ")), "{subject:?}");
        }
        for kind in ["XLSX", "PDF"] {
            assert!(page.contains(&format!("({kind}, ")), "{base} links no {kind} with its size");
        }
    }
}

#[tokio::test]
async fn authorities_and_trusts_get_all_their_schools_without_a_word_of_scripts() {
    let demo = Demo::released();
    let delivery = Delivery::read(demo.text("delivery").as_ref());
    let accounts = demo.accounts("la_user").into_iter().chain(demo.accounts("mat_user"));
    for account in accounts {
        let group = account.username.split_once('@').unwrap().1.split_once('.').unwrap().0;
        let is_trust = account.role == "mat_user";
        let authority = group.trim_start_matches("la");
        let trusts = |school: &School| school.trusts.iter().any(|trust| trust == group);
        let members = schools(&delivery, |school| {
            if is_trust { trusts(school) } else { school.authority == authority }
        });
        let browser = Browser::signed_in(&demo, &account).await;
        let csv = delivery.csv(members.iter().copied(), Columns::WithJudgements, |_| true);
        let text = together(&browser, &account, &csv).await;
        for school in members {
            let heading =
                format!("{}, {}/{}", school.name(), &school.laestab[..3], &school.laestab[3..]);
            let (_, own) =
                text.split_once(&format!("{heading} ")).unwrap_or_else(|| panic!("{heading}"));
            let csv = delivery.csv([school], Columns::WithJudgements, |_| true);
            has_the_pupils(
                own.split_once("Results by pupil").map_or("", |(_, own)| own),
                &csv_rows(&csv),
            );
            // Alone, too, a school's letter says less to them than to the school.
            let letter = browser.file(&format!("/results/{}/results.pdf", school.laestab)).await;
            let text = Pdf::new(&letter).text();
            names_no_script(&text);
        }
    }
}

/// The combined documents of a group.
async fn together(browser: &Browser, account: &Account, csv: &[u8]) -> String {
    is_workbook_of(&browser.file("/results/all.xlsx").await, csv);
    let pdf = Pdf::new(&browser.file("/results/all.pdf").await);
    pdf.is_accessible(&title(&account.organisation));
    let text = pdf.text();
    names_no_script(&text);
    has_the_keys(&text);
    let list = browser.page("/results").await;
    for kind in [
        "all.xlsx\">Workbook of all schools (XLSX, ",
        "all.pdf\">Results of all schools to print (PDF, ",
    ] {
        assert!(list.contains(kind), "{kind}");
    }
    text
}

fn names_no_script(text: &str) {
    let text = text.replace("A mark is missing: the script is being traced", "");
    assert!(!text.to_lowercase().contains("script"));
}

#[tokio::test]
async fn a_secondary_gets_the_pupils_who_come_to_it() {
    let demo = Demo::released();
    let delivery = Delivery::read(demo.text("delivery").as_ref());
    for account in demo.listed_accounts("ks3_user") {
        let browser = Browser::signed_in(&demo, &account).await;
        let coming = &delivery.year7[&account.laestab];
        let columns = Columns::WithJudgements;
        let csv = delivery.csv(delivery.schools.values(), columns, |p| coming.contains(&p.upn));
        let base = format!("/results/{}/results", account.laestab);
        // What follows is the name of the secondary, which is not among the schools of the delivery.
        let text = hold_the_same(&browser, &base, &title(""), &csv).await;
        for upn in delivery.schools.values().flat_map(School::upns) {
            let comes = coming.iter().any(|known| known == upn);
            assert_eq!(text.contains(upn), comes, "{base}: {upn}");
        }
        names_no_script(&text);
        let other = browser.get("/results/all.pdf").await;
        assert_eq!(other.status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn documents_are_sent_as_they_are_and_named_after_school_and_year() {
    let demo = Demo::released();
    let account = demo.account("school_user");
    let browser = Browser::signed_in(&demo, &account).await;
    for (file, kind) in [
        ("results.pdf", "application/pdf"),
        ("results.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ] {
        let path = format!("/results/{}/{file}", account.laestab);
        let request = browser.request(reqwest::Method::GET, &path);
        let answer = request.header("accept-encoding", "gzip").send().await.unwrap();
        assert_eq!(header(&answer, "content-type"), kind);
        let named = format!("attachment; filename=\"{}-2024-{file}\"", account.laestab);
        assert_eq!(header(&answer, "content-disposition"), named);
        for unsaid in ["content-encoding", "vary"] {
            assert_eq!(header(&answer, unsaid), "", "{file}");
        }
        let told = header(&answer, "content-length").to_owned();
        assert_eq!(told, answer.bytes().await.unwrap().len().to_string());
    }
}
