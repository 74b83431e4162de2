//! Downloads: parts, conditions, compression, headers, over both versions of HTTP.

use std::io::Read as _;

use reqwest::{Method, Response, StatusCode};

use crate::support::{Account, Browser, Demo, header, hidden, sha256};

/// A browser of a school's user for each version of HTTP, and the address of the school's files.
async fn downloaders(demo: &Demo) -> ([Browser; 2], String) {
    let account = demo.account("school_user");
    let old = Browser::over_http1(demo).enter(&account).await;
    let new = Browser::signed_in(demo, &account).await;
    ([old, new], format!("/results/{}", account.laestab))
}

/// GET with these headers.
async fn ask(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = browser.request(Method::GET, path);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.send().await.unwrap()
}

#[tokio::test]
async fn both_versions_of_http_are_spoken() {
    let demo = Demo::released();
    let ([old, new], base) = downloaders(&demo).await;
    assert_eq!(old.get(&base).await.version(), reqwest::Version::HTTP_11);
    assert_eq!(new.get(&base).await.version(), reqwest::Version::HTTP_2);
}

#[tokio::test]
async fn a_part_of_a_file_is_exactly_that_part() {
    let demo = Demo::released();
    let (browsers, base) = downloaders(&demo).await;
    for browser in browsers {
        for file in [
            "results.csv",
            "results-with-ta.csv",
            "results.xml",
            "results.xlsx",
            "results.pdf",
            "scripts.zip",
        ] {
            let path = format!("{base}/{file}");
            let whole = browser.file(&path).await;
            let all = whole.len();
            let (middle, last) = (all / 2, all - 1);
            for (range, from, to) in [
                ("bytes=0-0".to_owned(), 0, 1),
                ("bytes=0-99".to_owned(), 0, 100),
                (format!("bytes={middle}-{}", middle + 9), middle, middle + 10),
                (format!("bytes={last}-"), last, all),
                ("bytes=1-".to_owned(), 1, all),
                ("bytes=-7".to_owned(), all - 7, all),
                (format!("bytes=-{}", all * 2), 0, all),
                (format!("bytes={middle}-{}", all * 2), middle, all),
            ] {
                let answer = ask(&browser, &path, &[("range", &range)]).await;
                assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT, "{path} {range}");
                let content = format!("bytes {from}-{}/{all}", to - 1);
                assert_eq!(header(&answer, "content-range"), content);
                assert_eq!(header(&answer, "content-length"), (to - from).to_string());
                assert!(answer.bytes().await.unwrap() == whole[from..to], "{path} {range}");
            }
            for range in [format!("bytes={all}-"), format!("bytes={}-{}", all + 5, all + 9)] {
                let answer = ask(&browser, &path, &[("range", &range)]).await;
                assert_eq!(answer.status(), StatusCode::RANGE_NOT_SATISFIABLE, "{path} {range}");
                assert_eq!(header(&answer, "content-range"), format!("bytes */{all}"));
            }
            // Several ranges, other units and nonsense are answered with the whole file.
            for range in ["bytes=0-1,5-6", "lines=0-1", "bytes=9-3", "bytes=a-b", "bytes"] {
                let answer = ask(&browser, &path, &[("range", range)]).await;
                assert_eq!(answer.status(), StatusCode::OK, "{path} {range}");
                assert!(answer.bytes().await.unwrap() == whole, "{path} {range}");
            }
        }
    }
}

#[tokio::test]
async fn conditions_are_honoured() {
    let demo = Demo::released();
    let (browsers, base) = downloaders(&demo).await;
    for browser in browsers {
        for file in ["results.csv", "results.xml", "results.xlsx", "results.pdf", "scripts.zip"] {
            let path = format!("{base}/{file}");
            let first = browser.get(&path).await;
            let (tag, date) = (header(&first, "etag"), header(&first, "last-modified"));
            assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag} is not strong");
            assert_eq!(date, "Tue, 09 Jul 2024 06:30:00 GMT");
            assert_eq!(header(&first, "accept-ranges"), "bytes");
            let part = ("range", "bytes=0-9");
            let weak = format!("W/{tag}");
            let among = format!("\"other\", {weak}");
            for (status, headers) in [
                (304, vec![("if-none-match", tag)]),
                (304, vec![("if-none-match", &among)]),
                (304, vec![("if-none-match", "*")]),
                (304, vec![("if-modified-since", date)]),
                (304, vec![("if-none-match", tag), part]),
                (200, vec![("if-none-match", "\"other\"")]),
                (200, vec![("if-none-match", "\"other\""), ("if-modified-since", date)]),
                (206, vec![("if-range", tag), part]),
                (206, vec![("if-range", date), part]),
                (200, vec![("if-range", "\"other\""), part]),
                (200, vec![("if-range", &weak), part]),
                (200, vec![("if-range", "Tue, 09 Jul 2024 06:29:59 GMT"), part]),
            ] {
                let answer = ask(&browser, &path, &headers).await;
                assert_eq!(answer.status(), status, "{path} {headers:?}");
                assert_eq!(header(&answer, "etag"), tag, "{path} {headers:?}");
                let length = answer.bytes().await.unwrap().len();
                assert_eq!(length == 0, status == 304, "{path} {headers:?}");
            }
        }
    }
}

#[tokio::test]
async fn head_tells_what_get_sends() {
    let demo = Demo::released();
    let (browsers, base) = downloaders(&demo).await;
    for browser in browsers {
        for file in
            ["", "/scripts", "/results.csv", "/results.pdf", "/results.xlsx", "/scripts.zip"]
        {
            let path = format!("{base}{file}");
            let head = browser.request(Method::HEAD, &path).send().await.unwrap();
            let get = browser.get(&path).await;
            assert_eq!(head.status(), get.status());
            for name in ["content-type", "etag", "last-modified", "content-disposition"] {
                assert_eq!(header(&head, name), header(&get, name), "{path} {name}");
            }
            let told = header(&head, "content-length").to_owned();
            assert_eq!(head.bytes().await.unwrap().len(), 0);
            let sent = get.bytes().await.unwrap().len();
            // A page's length is the same each time; only its token differs.
            assert_eq!(told, sent.to_string(), "{path}");
        }
    }
}

#[tokio::test]
async fn a_compressed_file_is_the_same_file() {
    let demo = Demo::released();
    let (browsers, base) = downloaders(&demo).await;
    for browser in browsers {
        for file in ["results.csv", "results-with-ta.csv", "results.xml"] {
            let path = format!("{base}/{file}");
            let plain = browser.get(&path).await;
            assert!(header(&plain, "vary").to_lowercase().contains("accept-encoding"));
            let tag = header(&plain, "etag").to_owned();
            let plain = plain.bytes().await.unwrap();
            let packed = ask(&browser, &path, &[("accept-encoding", "gzip")]).await;
            assert_eq!(header(&packed, "content-encoding"), "gzip", "{path}");
            assert_ne!(header(&packed, "etag"), tag, "{path}");
            let told = header(&packed, "content-length").to_owned();
            let packed = packed.bytes().await.unwrap();
            assert_eq!(told, packed.len().to_string());
            assert!(packed.len() < plain.len());
            let mut inflated = Vec::new();
            flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut inflated).unwrap();
            assert!(inflated == plain, "{path}");
            let refused = ask(&browser, &path, &[("accept-encoding", "gzip;q=0, identity")]).await;
            assert_eq!(header(&refused, "content-encoding"), "", "{path}");
        }
        let bundle = format!("{base}/scripts.zip");
        let answer = ask(&browser, &bundle, &[("accept-encoding", "gzip")]).await;
        assert_eq!(header(&answer, "content-encoding"), "", "a ZIP is not packed again");
    }
}

#[tokio::test]
async fn a_bundle_that_was_cut_off_goes_on_where_it_stopped() {
    let demo = Demo::released();
    let (browsers, base) = downloaders(&demo).await;
    let path = format!("{base}/scripts.zip");
    for browser in browsers {
        let mut answer = browser.get(&path).await;
        let tag = header(&answer, "etag").to_owned();
        let all: usize = header(&answer, "content-length").parse().unwrap();
        let mut got = answer.chunk().await.unwrap().unwrap().to_vec();
        drop(answer);
        while got.len() < all {
            let range = format!("bytes={}-{}", got.len(), got.len() + 999_999);
            let part = ask(&browser, &path, &[("range", &range), ("if-range", &tag)]).await;
            assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
            got.extend(part.bytes().await.unwrap());
        }
        assert_eq!(sha256(&got), sha256(&browser.file(&path).await));
    }
}

#[tokio::test]
async fn files_are_named_after_school_and_year() {
    let demo = Demo::released();
    let ([browser, _], base) = downloaders(&demo).await;
    let laestab = base.strip_prefix("/results/").unwrap();
    for (file, kind) in [
        ("results.csv", "text/csv; charset=utf-8"),
        ("results-with-ta.csv", "text/csv; charset=utf-8"),
        ("results.xml", "application/xml; charset=utf-8"),
        ("scripts.zip", "application/zip"),
    ] {
        let answer = browser.get(&format!("{base}/{file}")).await;
        assert_eq!(header(&answer, "content-type"), kind);
        let named = format!("attachment; filename=\"{laestab}-2024-{file}\"");
        assert_eq!(header(&answer, "content-disposition"), named);
        assert_eq!(header(&answer, "cache-control"), "no-store");
    }
}

/// Headers that no answer may lack.
fn is_secured(answer: &Response) {
    let place = format!("{} {}", answer.status(), answer.url());
    let csp = header(answer, "content-security-policy");
    assert!(csp.starts_with("default-src 'none'"), "{place}: {csp}");
    assert!(csp.contains("frame-ancestors 'none'"), "{place}: {csp}");
    assert!(!csp.contains("unsafe") && !csp.contains('*') && !csp.contains("http"), "{csp}");
    for (name, expected) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(header(answer, name), expected, "{place}: {name}");
    }
    let transport = header(answer, "strict-transport-security");
    let seconds = transport.split_once("max-age=").unwrap().1.split(';').next().unwrap();
    assert!(seconds.parse::<u64>().unwrap() >= 31_536_000, "{place}: {transport}");
    assert_eq!(header(answer, "server"), "", "{place}");
    assert!(!header(answer, "x-request-id").is_empty(), "{place}");
}

#[tokio::test]
async fn every_kind_of_answer_has_its_security_headers() {
    let demo = Demo::released();
    let (browsers, base) = downloaders(&demo).await;
    for browser in browsers {
        let csv = format!("{base}/results.csv");
        let tag = header(&browser.get(&csv).await, "etag").to_owned();
        let long = "x".repeat(70_000);
        let visitor = Browser::new(&demo);
        let token = hidden(&visitor.sign_in_form().await, "_csrf");
        let wrong = [("_csrf", token.as_str()), ("username", "a@b.example"), ("password", "x")];
        let manager: Account = demo.account("school_account_manager");
        let manager = Browser::signed_in(&demo, &manager).await;
        for (status, answer) in [
            (200, browser.get(&base).await),
            (200, browser.get(&csv).await),
            (200, browser.get("/queue/status").await),
            (206, ask(&browser, &csv, &[("range", "bytes=0-9")]).await),
            (303, visitor.get("/results").await),
            (304, ask(&browser, &csv, &[("if-none-match", &tag)]).await),
            (400, visitor.post("/sign-in", &[("a", "1"), ("a", "2")]).await),
            (403, manager.get("/results").await),
            (403, visitor.post("/sign-in", &[("username", "a")]).await),
            (404, browser.get("/nowhere").await),
            (404, browser.get("/assets/nothing.css").await),
            (405, browser.request(Method::DELETE, "/results").send().await.unwrap()),
            (405, browser.request(Method::TRACE, "/").send().await.unwrap()),
            (405, browser.request(Method::PUT, "/nowhere").send().await.unwrap()),
            (413, visitor.post("/sign-in", &[("username", &long)]).await),
            (416, ask(&browser, &csv, &[("range", "bytes=99999999-")]).await),
            (422, visitor.post("/sign-in", &wrong).await),
        ] {
            assert_eq!(answer.status(), status, "{}", answer.url());
            is_secured(&answer);
            if status == 405 {
                assert!(header(&answer, "allow").contains("GET"), "{}", answer.url());
            }
        }
    }
}
