//! Each kind of organisation signs in and gets its results and scripts, as the delivery has them.

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _};

use futures_util::{StreamExt as _, stream};
use quick_xml::events::Event;
use reqwest::StatusCode;

use crate::expected::{Columns, Delivery, PAPERS, School, Script};
use crate::support::{Account, Browser, Demo, all_between, header, sha256};

fn delivered(demo: &Demo) -> Delivery {
    Delivery::read(demo.text("delivery").as_ref())
}

#[tokio::test]
async fn every_school_gets_its_results_as_delivered() {
    let demo = Demo::released();
    let delivery = delivered(&demo);
    let accounts = demo.listed_accounts("school_user");
    let with_user: BTreeSet<&str> = accounts.iter().map(|a| a.laestab.as_str()).collect();
    assert!(delivery.schools.keys().all(|laestab| with_user.contains(laestab.as_str())));
    for account in &accounts {
        let browser = Browser::signed_in(&demo, account).await;
        gets_its_files(&browser, &delivery, &delivery.schools[&account.laestab]).await;
    }
}

async fn gets_its_files(browser: &Browser, delivery: &Delivery, school: &School) {
    let base = format!("/results/{}", school.laestab);
    for (file, columns) in
        [("results.csv", Columns::Tests), ("results-with-ta.csv", Columns::WithJudgements)]
    {
        let answered = browser.file(&format!("{base}/{file}")).await;
        let expected = delivery.csv([school], columns, |_| true);
        assert_eq!(String::from_utf8(answered), String::from_utf8(expected), "{base}/{file}");
    }
    let upns: Vec<&str> = school.upns().collect();
    let transfer = browser.page(&format!("{base}/results.xml")).await;
    assert_eq!(texts(&transfer, "UPN"), upns, "{base}");
    let surnames = school.pupils.iter().map(|p| p.surname.to_uppercase()).collect::<Vec<_>>();
    assert_eq!(texts(&transfer, "Surname"), surnames, "{base}");
    let page = browser.page(&base).await;
    assert_eq!(browser.page("/results").await.matches("<h1").count(), 1);
    for upn in upns {
        assert!(page.contains(upn), "{base} lacks {upn}");
    }
    says_how_complete_it_is(&page, delivery, school);
}

fn says_how_complete_it_is(page: &str, delivery: &Delivery, school: &School) {
    let (complete, all) = (delivery.complete(school), school.pupils.len());
    if all > 1 {
        let words = format!("{complete} of {all} pupils have all their results.");
        assert!(page.contains(&words), "{} does not say: {words}", school.laestab);
    }
    let scripts = || school.pupils.iter().flat_map(|p| (0..6).map(|paper| p.script(paper)));
    let here = scripts().filter(|s| matches!(s, Script::Here(_))).count();
    let traced = scripts().filter(|s| matches!(s, Script::Traced)).count();
    let rest = match traced {
        0 => " are here.".to_owned(),
        1 => " are here; 1 is being traced.".to_owned(),
        more => format!(" are here; {more} are being traced."),
    };
    let words = format!("{here} of {} scripts{rest}", here + traced);
    // A school whose pupils sat nothing is told of no scripts.
    assert!(
        here + traced == 0 || page.contains(&words),
        "{} does not say: {words}",
        school.laestab
    );
}

/// The texts of every element of a name, in order; the file must be well-formed.
fn texts(xml: &str, element: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                inside = start.name().as_ref() == element;
                found.extend(inside.then(String::new));
            }
            Event::Text(text) if inside => {
                found.last_mut().unwrap().push_str(&text.xml10_content());
            }
            Event::GeneralRef(entity) if inside => {
                let text = match &*entity.xml10_content() {
                    "apos" => "'",
                    "amp" => "&",
                    "quot" => "\"",
                    other => panic!("&{other};"),
                };
                found.last_mut().unwrap().push_str(text);
            }
            Event::End(_) => inside = false,
            Event::Eof => return found,
            _ => (),
        }
    }
}

#[tokio::test]
async fn every_school_gets_its_scripts_together_and_one_by_one() {
    let demo = Demo::released();
    let delivery = delivered(&demo);
    for account in demo.listed_accounts("school_user") {
        let browser = Browser::signed_in(&demo, &account).await;
        let school = &delivery.schools[&account.laestab];
        let bundle = browser.file(&format!("/results/{}/scripts.zip", school.laestab)).await;
        has_the_delivered_scripts(bundle, school);
        opens_every_script(&browser, school).await;
    }
}

/// The bundle holds every script and a list of them with what is missing, and nothing else.
pub(crate) fn has_the_delivered_scripts(bundle: Vec<u8>, school: &School) {
    let mut archive = zip::ZipArchive::new(Cursor::new(bundle)).unwrap();
    let mut manifest = String::new();
    archive.by_name("MANIFEST.csv").unwrap().read_to_string(&mut manifest).unwrap();
    let mut reader = csv::Reader::from_reader(manifest.as_bytes());
    assert_eq!(reader.headers().unwrap(), ["file", "sha256", "bytes", "state"].as_slice());
    let mut rows = reader.records().map(|row| row.unwrap());
    let mut names = BTreeSet::from(["MANIFEST.csv".to_owned()]);
    for pupil in &school.pupils {
        let folder = format!("{}_{}_{}", pupil.surname, pupil.forename, pupil.upn);
        for (paper, word) in PAPERS.into_iter().enumerate() {
            let name = format!("{folder}/{word}.pdf");
            match pupil.script(paper) {
                Script::NotExpected => (),
                Script::Traced => {
                    let row = rows.next().unwrap();
                    assert_eq!((&row[0], &row[1], &row[2]), (name.as_str(), "", ""));
                    assert!(!row[3].is_empty(), "{name} has no state");
                }
                Script::Here(digest) => {
                    let row = rows.next().unwrap();
                    let mut entry = archive.by_name(&name).unwrap();
                    assert_eq!(entry.compression(), zip::CompressionMethod::Stored);
                    let mut bytes = Vec::new();
                    entry.read_to_end(&mut bytes).unwrap();
                    assert_eq!(sha256(&bytes), digest, "{name}");
                    assert_eq!((&row[0], &row[1]), (name.as_str(), digest));
                    assert_eq!(row[2], bytes.len().to_string());
                    names.insert(name);
                }
            }
        }
    }
    assert!(rows.next().is_none(), "{} lists more", school.laestab);
    assert_eq!(
        archive.file_names().map(|n| n.unwrap().into_owned()).collect::<BTreeSet<_>>(),
        names
    );
}

/// Every link of the scripts page gives the bytes of that pupil's paper.
pub(crate) async fn opens_every_script(browser: &Browser, school: &School) {
    let page = browser.page(&format!("/results/{}/scripts", school.laestab)).await;
    let mut links = Vec::new();
    for (row, pupil) in
        all_between(&page, "<th scope=\"row\"", "</tr>").into_iter().zip(&school.pupils)
    {
        assert!(row.contains(&pupil.upn), "{}", pupil.upn);
        let cells = all_between(row, "<td", "</td>");
        for (paper, cell) in cells.into_iter().enumerate() {
            match (pupil.script(paper), all_between(cell, "href=\"", "\"").first()) {
                (Script::Here(digest), Some(link)) => {
                    assert!(!link.contains(&pupil.upn), "a UPN in {link}");
                    assert!(link.ends_with(&format!("-{}.pdf", PAPERS[paper])), "{link}");
                    links.push((*link, digest));
                }
                (Script::Traced, None) => assert!(cell.contains("Being traced")),
                (Script::NotExpected, None) => assert!(cell.contains("Not expected")),
                _ => panic!("{}: {} of {}", school.laestab, PAPERS[paper], pupil.upn),
            }
        }
    }
    assert_eq!(page.matches("scripts/").count(), links.len());
    let opened = stream::iter(&links).map(|(link, digest)| async move {
        assert_eq!(&sha256(&browser.file(link).await), digest, "{link}");
    });
    opened.buffer_unordered(8).collect::<Vec<()>>().await;
}

#[tokio::test]
async fn an_authority_gets_the_results_of_its_schools_together() {
    let demo = Demo::released();
    let delivery = delivered(&demo);
    for account in demo.accounts("la_user") {
        let code = &account.username[5..8];
        let member = |school: &&School| school.authority == code;
        gets_its_schools_together(&demo, &delivery, &account, member).await;
    }
}

#[tokio::test]
async fn a_trust_gets_the_results_of_its_schools_together() {
    let demo = Demo::released();
    let delivery = delivered(&demo);
    for account in demo.accounts("mat_user") {
        let group = account.username["user@".len()..].split_once('.').unwrap().0.to_owned();
        let member = |school: &&School| school.trusts.contains(&group);
        gets_its_schools_together(&demo, &delivery, &account, member).await;
    }
}

async fn gets_its_schools_together(
    demo: &Demo,
    delivery: &Delivery,
    account: &Account,
    member: impl Fn(&&School) -> bool,
) {
    let browser = Browser::signed_in(demo, account).await;
    let schools: Vec<&School> = delivery.schools.values().filter(&member).collect();
    assert!(!schools.is_empty(), "{}", account.organisation);
    for (file, columns) in
        [("all.csv", Columns::Tests), ("all-with-ta.csv", Columns::WithJudgements)]
    {
        let answered = browser.file(&format!("/results/{file}")).await;
        let expected = delivery.csv(schools.iter().copied(), columns, |_| true);
        assert_eq!(String::from_utf8(answered), String::from_utf8(expected), "{file}");
    }
    let list = browser.page("/results").await;
    for (laestab, school) in &delivery.schools {
        let link = format!("href=\"/results/{laestab}\"");
        assert_eq!(list.contains(&link), member(&school), "{laestab}");
    }
    let found = browser.page(&format!("/results?q={}", schools[0].laestab)).await;
    let linked = |laestab: &&String| found.contains(&format!("href=\"/results/{laestab}\""));
    assert_eq!(delivery.schools.keys().filter(linked).collect::<Vec<_>>(), [&schools[0].laestab]);
    for school in schools {
        let base = format!("/results/{}", school.laestab);
        let csv = browser.file(&format!("{base}/results.csv")).await;
        assert_eq!(csv, delivery.csv([school], Columns::Tests, |_| true));
        let page = browser.page(&base).await;
        assert!(!page.contains("/scripts"), "{base} shows scripts to {}", account.username);
        let row = all_between(&list, &format!("href=\"{base}\""), "</tr>")[0];
        let listed: Vec<&str> = cells(row).split_off(1);
        let summary = all_between(&page, "<tbody", "</tbody>")[0];
        let own: Vec<&str> =
            all_between(summary, "<tr", "</tr>").into_iter().map(|row| cells(row)[0]).collect();
        assert_eq!(listed, own, "{base}: the expected standard in the list and on the page");
    }
}

/// What stands in the data cells of a row.
fn cells(row: &str) -> Vec<&str> {
    let cells = all_between(row, "<td", "</td>").into_iter();
    cells.map(|cell| cell.split_once('>').unwrap().1.trim()).collect()
}

#[tokio::test]
async fn a_secondary_gets_only_the_pupils_who_come_to_it() {
    let demo = Demo::released();
    let delivery = delivered(&demo);
    let accounts = demo.listed_accounts("ks3_user");
    assert_eq!(accounts.len(), delivery.year7.len());
    for account in accounts {
        let browser = Browser::signed_in(&demo, &account).await;
        let coming = &delivery.year7[&account.laestab];
        let base = format!("/results/{}", account.laestab);
        for (file, columns) in
            [("results.csv", Columns::Tests), ("results-with-ta.csv", Columns::WithJudgements)]
        {
            let answered = browser.file(&format!("{base}/{file}")).await;
            let expected =
                delivery.csv(delivery.schools.values(), columns, |p| coming.contains(&p.upn));
            assert_eq!(String::from_utf8(answered), String::from_utf8(expected), "{base}/{file}");
        }
        let page = browser.page("/results").await;
        let transfer = texts(&browser.page(&format!("{base}/results.xml")).await, "UPN");
        let upns = delivery.schools.values().flat_map(School::upns);
        for upn in upns {
            let comes = coming.iter().any(|known| known == upn);
            assert_eq!(page.contains(upn), comes, "{base}: {upn}");
            assert_eq!(transfer.iter().any(|known| known == upn), comes, "{base}: {upn}");
        }
        assert!(!page.contains("/scripts"), "{base} leads to scripts");
        for file in ["scripts", "scripts.zip"] {
            let answer = browser.get(&format!("{base}/{file}")).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{file}");
        }
    }
}

#[tokio::test]
async fn every_kind_of_account_lands_where_its_work_is() {
    let demo = Demo::released();
    for account in demo.ready_accounts() {
        let browser = Browser::new(&demo);
        let answer = browser.sign_in(&account.username, &account.password).await;
        let opens = ["school_user", "school_all", "la_user", "mat_user", "ks3_user"];
        let landing = if opens.contains(&account.role.as_str()) { "/results" } else { "/" };
        let reached = (answer.status(), header(&answer, "location"));
        assert_eq!(reached, (StatusCode::SEE_OTHER, landing), "{}", account.username);
        let page = browser.page("/").await;
        let links = page.contains("href=\"/results\"");
        assert_eq!(links, opens.contains(&account.role.as_str()), "{}", account.username);
    }
}
