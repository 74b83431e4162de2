//! Scripts as PDF readers see them.

use super::*;

fn document(paper: Paper, full: bool, upn: &str) -> Vec<u8> {
    let scanner = Scanner::new(Scripts::Sparse, 5).unwrap();
    let mut document = Document::default();
    scanner.script(&mut document, 8_882_045, upn.parse().unwrap(), paper, full).to_vec()
}

fn find(bytes: &[u8], wanted: &str) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted.as_bytes())
}

fn number_after(bytes: &[u8], wanted: &str) -> usize {
    let start = find(bytes, wanted).unwrap() + wanted.len();
    let digits: Vec<u8> = bytes[start..].iter().copied().take_while(u8::is_ascii_digit).collect();
    String::from_utf8(digits).unwrap().parse().unwrap()
}

#[test]
fn every_entry_of_the_cross_reference_table_points_at_its_object() {
    let bytes = document(Paper::Gps2, false, "E888204517042");
    assert!(bytes.starts_with(b"%PDF-1.4\n"));
    assert!(bytes.ends_with(b"%%EOF\n"));
    let table = number_after(&bytes, "startxref\n");
    let size = number_after(&bytes, "/Size ");
    let head = format!("xref\n0 {size}\n");
    assert!(bytes[table..].starts_with(head.as_bytes()));
    assert_eq!(size, 1 + 5 + 3 * SPARSE[Paper::Gps2.index()]);
    let entries = bytes[table + head.len()..].chunks(20).take(size);
    for (number, entry) in entries.enumerate().skip(1) {
        let entry = std::str::from_utf8(entry).unwrap();
        assert!(entry.ends_with(" 00000 n \n"), "{entry}");
        let offset: usize = entry[..10].parse().unwrap();
        assert!(bytes[offset..].starts_with(format!("{number} 0 obj\n").as_bytes()));
    }
    let ends = bytes.windows(7).filter(|window| window == b"endobj\n").count();
    assert_eq!(ends, size - 1);
}

#[test]
fn a_page_image_inflates_to_its_pixels() {
    let bytes = document(Paper::Gps2, false, "E888204517042");
    let length = number_after(&bytes, "/FlateDecode /Length ");
    let start = find(&bytes, "/FlateDecode").unwrap();
    let start = start + find(&bytes[start..], "stream\n").unwrap() + "stream\n".len();
    let mut pixels = Vec::new();
    let mut decoder = flate2::read::ZlibDecoder::new(&bytes[start..start + length]);
    std::io::Read::read_to_end(&mut decoder, &mut pixels).unwrap();
    assert_eq!(pixels.len(), raster::WIDTH / 2 * raster::HEIGHT);
    assert!(bytes[start + length..].starts_with(b"\nendstream"));
    let inked = pixels.iter().filter(|&&two| two != 0xFF).count();
    assert!(inked * 10 < pixels.len() * 3, "mostly paper");
    assert!(inked * 100 > pixels.len(), "something written on it");
}

#[test]
fn scripts_differ_by_pupil_and_name_none() {
    let one = document(Paper::Gps2, false, "E888204517042");
    let other = document(Paper::Gps2, false, "R330218917105");
    assert_ne!(one, other);
    assert_eq!(one, document(Paper::Gps2, false, "E888204517042"));
    assert_eq!(find(&one, "888204517042"), None);
    assert!(find(&one, "GPS paper 2: spelling   School 888/2045   Page 2 of 2").is_some());
    // Bytes of the sparse sample, so that a demo's disk does not fill unseen.
    assert!((20_000..60_000).contains(&one.len()), "{}", one.len());
}

#[test]
fn full_scripts_have_their_own_pages() {
    let full = document(Paper::Gps2, true, "E888204517042");
    assert_eq!(number_after(&full, "/Count "), FULL[Paper::Gps2.index()]);
    assert!(full.len() > 30_000, "{}", full.len());
}

#[test]
fn each_shared_page_serves_one_place_of_one_paper() {
    let scanner = Scanner::new(Scripts::Sparse, 5).unwrap();
    let mut random = Random::new(1, Purpose::Scripts, 1);
    let first = std::ptr::from_ref(scanner.shared_page(&mut random, Paper::Gps1, 0));
    let again =
        (0..200).filter(|_| std::ptr::eq(first, scanner.shared_page(&mut random, Paper::Gps1, 0)));
    assert!((4..40).contains(&again.count()), "one of about fifteen");
    let drawn = scanner.shared.iter().filter(|page| page.get().is_some()).count();
    assert_eq!(drawn, 200_usize.div_ceil(SPARSE.iter().sum()));
}
