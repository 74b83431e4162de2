//! Downloads, and what is looked at in each.

use rand::Rng;

use crate::body::{Digest, sha256};
use crate::browser::{Ask, Reply};
use crate::fault::Fault;
use crate::kind::Kind;
use crate::plan::Wanted;
use crate::results_csv;
use crate::run::Gone;
use crate::visit::Person;

/// Entries among which those to look into are drawn; a class of thirty has 180 scripts.
const SAMPLED_AMONG: usize = 180;

impl Person<'_> {
    /// Downloads what is wanted, if the school's page offers it.
    pub(crate) async fn download(&mut self, wanted: Wanted) -> Result<(), Gone> {
        let Some(path) = self.address_of(wanted).await? else {
            let run = self.browser.run;
            run.tally(|tally| *tally.not_offered.entry(wanted).or_default() += 1);
            return Ok(());
        };
        let sampled = self.sample();
        let ask = Ask {
            sampled: (wanted == Wanted::Scripts).then_some(&sampled[..]),
            ..Ask::get(wanted.kind(), &path)
        };
        let reply = self.browser.insist(ask).await?;
        if let Err(fault) = self.examine(wanted, reply) {
            self.browser.run.fault(wanted.kind(), fault);
            return Ok(());
        }
        self.served();
        Ok(())
    }

    async fn address_of(&mut self, wanted: Wanted) -> Result<Option<String>, Gone> {
        if wanted == Wanted::Script {
            if self.scripts.is_empty() {
                self.open(format!("/results/{}/scripts", self.laestab)).await?;
            }
            let count = self.scripts.len();
            let chosen = (count > 0).then(|| self.scripts[self.rng.random_range(0..count)].clone());
            return Ok(chosen);
        }
        let path = format!("/results/{}/{}", self.laestab, wanted.file());
        Ok(self.page.contains(&format!("\"{path}\"")).then_some(path))
    }

    /// The first entry and a few others.
    fn sample(&mut self) -> Vec<usize> {
        let more = self.browser.run.profile.checks.entries.saturating_sub(1);
        let mut sampled = vec![0];
        sampled.extend((0..more).map(|_| self.rng.random_range(1..SAMPLED_AMONG)));
        sampled
    }

    /// Everything that the contract says of a download.
    fn examine(&mut self, wanted: Wanted, reply: Reply) -> Result<(), Fault> {
        if self.browser.run.is_early() {
            return Err(Fault::Early);
        }
        headers(&reply)?;
        let etag = reply.header("etag").ok_or(Fault::Header)?.to_owned();
        let gzipped = reply.was_gzipped();
        let digest = match wanted {
            Wanted::Scripts => {
                let archive = reply.archive.ok_or(Fault::Format)?;
                archive.finish(self.pupils.as_ref())?;
                // Its entries were compared with its own manifest; the whole goes by its ETag.
                sha256(etag.as_bytes())
            }
            Wanted::Csv | Wanted::CsvWithTa => self.rows(wanted, &reply.body)?,
            Wanted::Xml => begins(&reply.body, b"<?xml")?,
            Wanted::Pdf | Wanted::Script => pdf(&reply.body)?,
            Wanted::Xlsx => begins(&reply.body, b"PK\x03\x04")?,
        };
        // Single scripts are many; only files that each school has once are remembered.
        let key = (self.visit.school, wanted);
        let run = self.browser.run;
        if wanted == Wanted::Script || run.is_same(key, digest, &etag, gzipped) {
            Ok(())
        } else {
            Err(Fault::Changed)
        }
    }

    fn rows(&mut self, wanted: Wanted, body: &[u8]) -> Result<Digest, Fault> {
        let contents = results_csv::read(body, self.laestab, wanted == Wanted::CsvWithTa)?;
        if !crate::page::says(&self.page, &contents.school) {
            return Err(Fault::WrongSchool);
        }
        self.pupils.get_or_insert(contents.upns);
        Ok(sha256(body))
    }

    /// Asks for the CSV twice more: plain where it came gzipped, and only if it has changed.
    pub(crate) async fn download_again(&mut self) -> Result<(), Gone> {
        self.download(Wanted::Csv).await?;
        let path = format!("/results/{}/results.csv", self.laestab);
        let plain = [("accept-encoding", "identity")];
        let reply =
            self.browser.insist(Ask { headers: &plain, ..Ask::get(Kind::Csv, &path) }).await?;
        let etag = reply.header("etag").unwrap_or_default().to_owned();
        if let Err(fault) = self.examine(Wanted::Csv, reply) {
            self.browser.run.fault(Kind::Csv, fault);
            return Ok(());
        }
        let headers = [("accept-encoding", "identity"), ("if-none-match", etag.as_str())];
        let ask = Ask { headers: &headers, expected: &[200, 304], ..Ask::get(Kind::Csv, &path) };
        let reply = self.browser.insist(ask).await?;
        if reply.status != 304 || reply.came > 0 || reply.header("etag") != Some(&etag) {
            self.browser.run.fault(Kind::Csv, Fault::NotRevalidated);
        }
        Ok(())
    }

    /// Asks for another school's results, which must be as if they did not exist.
    pub(crate) async fn try_another_school(&mut self, other: usize) -> Result<(), Gone> {
        let run = self.browser.run;
        let path = format!("/results/{}/results.csv", run.plan.people[other].laestab);
        let ask = Ask { expected: &[200, 206, 404], ..Ask::get(Kind::Foreign, &path) };
        // A failure is counted where it happens; there is nothing to insist on.
        if let Ok(reply) = self.browser.ask(ask).await
            && reply.status != 404
        {
            run.fault(Kind::Foreign, Fault::Leak);
        }
        Ok(())
    }
}

/// `Content-Length` as exact as it must be, and what else every download carries.
fn headers(reply: &Reply) -> Result<(), Fault> {
    let length: Option<u64> = reply.header("content-length").and_then(|length| length.parse().ok());
    if length != Some(reply.came) {
        return Err(Fault::Length);
    }
    let strong = reply.header("etag").is_some_and(|etag| etag.len() > 2 && etag.starts_with('"'));
    let ranges = reply.header("accept-ranges") == Some("bytes");
    let named = reply.header("content-disposition").is_some_and(|value| value.contains("filename"));
    if strong && ranges && named && reply.header("last-modified").is_some() {
        Ok(())
    } else {
        Err(Fault::Header)
    }
}

fn begins(body: &[u8], magic: &[u8]) -> Result<Digest, Fault> {
    if body.starts_with(magic) { Ok(sha256(body)) } else { Err(Fault::Format) }
}

/// A PDF file that is not cut off.
fn pdf(body: &[u8]) -> Result<Digest, Fault> {
    let end = &body[body.len().saturating_sub(32)..];
    if end.windows(5).any(|part| part == b"%%EOF") {
        begins(body, b"%PDF-")
    } else {
        Err(Fault::Format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pdf_that_is_cut_off_is_found() {
        assert!(pdf(b"%PDF-1.7\n...\n%%EOF\n").is_ok());
        assert_eq!(pdf(b"%PDF-1.7\n..."), Err(Fault::Format));
        assert_eq!(pdf(b"<html>%%EOF"), Err(Fault::Format));
        assert_eq!(pdf(b""), Err(Fault::Format));
    }
}
