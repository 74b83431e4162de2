//! Extracts as they come, and as they should not.

use super::*;
use crate::domain::ids::Laestab;

const HEADER: &str = "URN,LA (code),LA (name),EstablishmentNumber,EstablishmentName,EstablishmentStatus (code),\
StatutoryLowAge,StatutoryHighAge,PhaseOfEducation (code),CloseDate,TypeOfEstablishment (code),OpenDate,\
TelephoneNum,Street,Locality,Address3,Town,Postcode,Something new";

/// A school in a row: status, days of closing and opening.
fn row(urn: u32, number: u32, name: &str, (status, closed, opened): (u8, &str, &str)) -> String {
    format!(
        "{urn},888,Northshire,{number},{name},{status},4,11,2,{closed},01,{opened},01632960001,\
         1 High Street,,,Netherby,ZZ1 1AA,new"
    )
}

fn part(name: &str, bytes: impl Into<Bytes>) -> Part {
    Part { name: name.to_owned(), content: Content::Bytes(bytes.into()) }
}

fn extract(schools: impl Into<Bytes>) -> Extract {
    Extract {
        schools: part("schools.csv", schools),
        groups: part(
            "groups.csv",
            "Group UID,Group Name,Group Type (code),Group Status (code),Closed Date\n\
             7,Zo\u{eb} Trust,06,OPEN,\n8,Old Trust,06,CLOSED,31-08-2023\n9,Single,10,OPEN,\n",
        ),
        memberships: part(
            "memberships.csv",
            "URN,Group UID,Group Type (code),Joined date\n100001,7,06,01-09-2022\n100001,8,06,01-09-2020\n",
        ),
        successors: Some(part(
            "links.csv",
            "URN,LinkURN,LinkType\n100003,100001,Predecessor\n100001,100003,Successor\n\
             100005,100006,Successor\n100005,100007,Successor\n",
        )),
    }
}

fn text(rows: &[String]) -> String {
    format!("{HEADER}\r\n{}\r\n", rows.join("\r\n"))
}

/// What is told of a school file that is wrong.
#[track_caller]
fn refused(schools: impl Into<Bytes>, expected: &[&str]) {
    let mut problems = Problems::default();
    extract(schools).read(&mut problems);
    assert!(problems.fatal());
    let told: Vec<String> = problems.list().iter().map(ToString::to_string).collect();
    assert_eq!(told, expected);
}

fn number(number: u32) -> Laestab {
    Laestab::from_number(8_880_000 + number).unwrap()
}

fn urn_of(number: u32) -> Urn {
    number.to_string().parse().unwrap()
}

#[test]
fn an_open_school_stands_for_the_closed_one_whose_number_it_has() {
    let rows = [
        row(100_001, 2001, "One", (1, "", "")),
        row(100_002, 2002, "\"Two, closed\"", (2, "31-08-2023", "")),
        row(100_003, 2002, "Two", (1, "", "01-09-2023")),
        // It will have the number of One, and has not opened.
        row(100_004, 2001, "One Academy", (4, "", "01-09-2024")),
        row(100_005, 2005, "Five", (3, "31-08-2024", "")),
    ];
    let mut problems = Problems::default();
    let register = extract(text(&rows)).read(&mut problems);
    assert_eq!(problems.list(), []);
    let urns: Vec<u32> = register.schools.values().map(|s| s.urn.number()).collect();
    assert_eq!(urns, [100_001, 100_003, 100_005]);
    let closed = &register.replaced[&urn_of(100_002)];
    assert_eq!(
        (closed.name.as_str(), closed.closed_on),
        ("Two, closed", Some(jiff::civil::date(2023, 8, 31)))
    );
    let five = &register.schools[&number(2005)];
    assert_eq!((five.is_closed, five.closed_on), (false, None), "it is only proposed to close");
    assert_eq!(five.address, "1 High Street, Netherby, ZZ1 1AA");
    let one = &register.schools[&number(2001)];
    let trusts: Vec<u32> = one.trusts.iter().map(|(group, _)| group.number()).collect();
    assert_eq!((trusts, register.trusts.len(), register.closed_trusts.len()), (vec![7], 1, 1));
    assert_eq!(register.successors, [(urn_of(100_001), urn_of(100_003))].into());
}

#[test]
fn bad_files_are_refused_with_file_line_and_column() {
    let good = row(100_001, 2001, "One", (1, "", ""));
    refused("", &["error: schools.csv: the file is empty"]);
    refused(
        format!("{HEADER}\r\n"),
        &["error: schools.csv: has a header and no rows: it is cut off"],
    );
    refused(
        text(std::slice::from_ref(&good)).replace("EstablishmentName", "Name"),
        &["error: schools.csv:1: column EstablishmentName is missing from the header"],
    );
    refused(
        text(&[good.clone(), row(100_001, 2002, "Two", (1, "", ""))]),
        &["error: schools.csv:3: URN \"100001\": stands in line 2 too"],
    );
    refused(
        text(&[good.clone(), row(100_002, 2001, "Two", (1, "", ""))]),
        &[
            "error: schools.csv:3: EstablishmentNumber \"2001\": two open schools have the same DfE number: see line 2",
        ],
    );
    refused(
        text(&[good.clone(), good[..31].replace("100001", "100002")]),
        &[
            "error: schools.csv:3: the row has 6 fields, the header 19: the file is cut off or damaged here, \
           at column EstablishmentStatus (code)",
        ],
    );
    refused(
        text(&[row(100_001, 2001, "Zo\u{eb}", (1, "", ""))]),
        &[
            "error: schools.csv:2: EstablishmentName \"Zo\u{eb}\": is UTF-8, not Windows-1252 as GIAS writes it",
        ],
    );
    refused(
        text(&[row(100_001, 2001, "One", (2, "2023-08-31", ""))]),
        &["error: schools.csv:2: CloseDate \"2023-08-31\": expected DD-MM-YYYY"],
    );
}
