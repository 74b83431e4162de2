//! A script as PDF 1.4: page images, a barcode drawn as vectors, and one line of text on each page.

use std::fmt::Write as _;
use std::io::Write as _;

use super::raster::{HEIGHT, WIDTH};

/// A page image as it stands in the file: deflated, four bits a pixel.
#[derive(Debug)]
pub(super) struct PageImage(pub(super) Vec<u8>);

/// What the text layer says. The number is a digest's: neither UPN nor name can be read from a script.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label {
    pub(super) title: &'static str,
    pub(super) laestab: u32,
    pub(super) number: u64,
}

/// Digits of a script number; even, because interleaved 2 of 5 takes them in pairs.
const NUMBER_DIGITS: usize = 12;
/// So many different script numbers.
pub(super) const NUMBERS: u64 = 1_000_000_000_000;
/// Catalog, pages, information, font, barcode; then three objects a page.
const FIXED: usize = 5;
const EACH: usize = 3;
/// A4 in points.
const PAPER: (u32, u32) = (595, 842);

/// A file under construction: objects in order of their numbers, and where each begins.
#[derive(Debug, Default)]
pub(super) struct Document {
    bytes: Vec<u8>,
    offsets: Vec<usize>,
}

impl Document {
    /// Replaces what was there by a new script, keeping the memory.
    pub(super) fn script(&mut self, label: Label, pages: &[&PageImage]) -> &[u8] {
        self.bytes.clear();
        self.offsets.clear();
        // The second line tells transfer programs that the file is binary.
        self.bytes.extend_from_slice(b"%PDF-1.4\n%\xE2\xE3\xCF\xD3\n");
        self.front(label, pages.len());
        for (page, image) in pages.iter().enumerate() {
            self.page(label, page, pages.len(), image);
        }
        self.back(label);
        &self.bytes
    }

    fn front(&mut self, label: Label, pages: usize) {
        let kids: String =
            (0..pages).fold(String::new(), |list, page| format!("{list}{} 0 R ", first(page)));
        self.object("<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) >>");
        self.object(&format!("<< /Type /Pages /Count {pages} /Kids [ {kids}] >>"));
        let title = label.title;
        self.object(&format!("<< /Title ({title}) /Producer (Daybreak synthetic scanner) >>"));
        self.object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
        let bars = barcode(label.number);
        let form = "/Type /XObject /Subtype /Form /BBox [ 0 0 160 40 ]";
        self.stream(form, bars.as_bytes());
    }

    fn page(&mut self, label: Label, page: usize, pages: usize, image: &PageImage) {
        let (width, height) = PAPER;
        let (content, picture) = (first(page) + 1, first(page) + 2);
        self.object(&format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 {width} {height} ] /Contents {content} 0 R \
             /Resources << /Font << /F 4 0 R >> /XObject << /B 5 0 R /I {picture} 0 R >> >> >>"
        ));
        let Label { title, laestab, number } = label;
        let (authority, school) = (laestab / 10_000, laestab % 10_000);
        let drawing = format!(
            "q {width} 0 0 {height} 0 0 cm /I Do Q\n\
             q 1 0 0 1 392 768 cm /B Do Q\n\
             BT /F 7 Tf 392 760 Td ({number:0NUMBER_DIGITS$}) Tj ET\n\
             BT /F 7 Tf 53 62 Td \
             ({title}   School {authority}/{school:04}   Page {} of {pages}) Tj ET\n",
            page + 1
        );
        self.stream("", drawing.as_bytes());
        let form = format!(
            "/Type /XObject /Subtype /Image /Width {WIDTH} /Height {HEIGHT} \
             /ColorSpace /DeviceGray /BitsPerComponent 4 /Filter /FlateDecode"
        );
        self.stream(&form, &image.0);
    }

    fn object(&mut self, body: &str) {
        self.open();
        self.bytes.extend_from_slice(body.as_bytes());
        self.bytes.extend_from_slice(b"\nendobj\n");
    }

    fn stream(&mut self, entries: &str, data: &[u8]) {
        self.open();
        self.text(&format!("<< {entries} /Length {} >>\nstream\n", data.len()));
        self.bytes.extend_from_slice(data);
        self.bytes.extend_from_slice(b"\nendstream\nendobj\n");
    }

    fn open(&mut self) {
        self.offsets.push(self.bytes.len());
        self.text(&format!("{} 0 obj\n", self.offsets.len()));
    }

    fn text(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// The cross-reference table: twenty bytes an entry.
    fn back(&mut self, label: Label) {
        let start = self.bytes.len();
        let size = self.offsets.len() + 1;
        self.text(&format!("xref\n0 {size}\n0000000000 65535 f \n"));
        for offset in &self.offsets {
            writeln!(self.bytes, "{offset:010} 00000 n ").expect("memory takes all");
        }
        let id = format!("{:016x}{:016x}", label.number, label.laestab);
        self.text(&format!(
            "trailer\n<< /Size {size} /Root 1 0 R /Info 3 0 R /ID [ <{id}> <{id}> ] >>\n\
             startxref\n{start}\n%%EOF\n"
        ));
    }
}

/// The number of a page's first object; the first object of the file is 1.
const fn first(page: usize) -> usize {
    FIXED + 1 + EACH * page
}

/// Interleaved 2 of 5, as drawing operators: readable by any barcode scanner.
fn barcode(number: u64) -> String {
    /// Wide elements by digit, in order.
    const WIDE: [&str; 10] =
        ["nnwwn", "wnnnw", "nwnnw", "wwnnn", "nnwnw", "wnwnn", "nwwnn", "nnnww", "wnnwn", "nwnwn"];
    let digits = format!("{number:0NUMBER_DIGITS$}");
    let place = |digit: u8| WIDE[usize::from(digit - b'0')].bytes();
    let mut elements = b"nnnn".to_vec();
    for pair in digits.as_bytes().chunks_exact(2) {
        for (bar, space) in place(pair[0]).zip(place(pair[1])) {
            elements.extend([bar, space]);
        }
    }
    elements.extend(b"wnn");
    let mut drawing = String::from("0 g\n");
    // Tenths of a point.
    let mut x = 0;
    for (at, element) in elements.into_iter().enumerate() {
        let width = if element == b'w' { 30 } else { 12 };
        if at % 2 == 0 {
            let (whole, tenth) = (x / 10, x % 10);
            let _ = writeln!(drawing, "{whole}.{tenth} 0 {}.{} 28 re", width / 10, width % 10);
        }
        x += width;
    }
    drawing.push_str("f\n");
    drawing
}
