//! Puts the small objects of a PDF together and compresses them: a table has an object for each cell, and
//! krilla writes each as plain text. What is left is a third or less.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// Objects in one compressed stream: a reader opens a stream whole to see one object.
const TOGETHER: usize = 1000;
/// Bytes of a row of the cross-reference: kind, place, number within.
const ROW: usize = 7;

/// An object as krilla wrote it: its number, and what stands between `obj` and `endobj`.
struct Object<'a> {
    number: u32,
    body: &'a [u8],
}

/// Where an object is found.
#[derive(Clone, Copy)]
enum Place {
    /// At this byte.
    At(usize),
    /// In this stream of objects, so many from its first.
    In(u32, u16),
    /// There is none.
    Free,
}

impl Place {
    fn row(self) -> [u8; ROW] {
        let word = |place: usize| u32::try_from(place).expect("below 4 GiB").to_be_bytes();
        let (kind, place, within) = match self {
            Self::Free => (0, [0; 4], u16::MAX),
            Self::At(place) => (1, word(place), 0),
            Self::In(stream, number) => (2, stream.to_be_bytes(), number),
        };
        let mut row = [kind; ROW];
        row[1..5].copy_from_slice(&place);
        row[5..].copy_from_slice(&within.to_be_bytes());
        row
    }
}

/// Writes a PDF of krilla's anew; none when it is not what krilla writes.
pub(super) fn compact(pdf: &[u8]) -> Option<Vec<u8>> {
    let (objects, header, trailer) = take_apart(pdf)?;
    let first_new = objects.iter().map(|object| object.number).max()? + 1;
    let mut written = header.to_vec();
    let mut places = vec![Place::Free; usize::try_from(first_new).ok()?];
    let is_stream = |object: &&Object<'_>| object.body.ends_with(b"endstream");
    for object in objects.iter().filter(is_stream) {
        places[object.number as usize] = Place::At(written.len());
        put(&mut written, object.number, &[object.body]);
    }
    let small: Vec<&Object<'_>> = objects.iter().filter(|object| !is_stream(object)).collect();
    for (stream, together) in (first_new..).zip(small.chunks(TOGETHER)) {
        for (within, object) in (0_u16..).zip(together) {
            places[object.number as usize] = Place::In(stream, within);
        }
        places.push(Place::At(written.len()));
        put_together(&mut written, stream, together);
    }
    let start = written.len();
    places.push(Place::At(start));
    put_references(&mut written, &places, trailer);
    write!(written, "startxref\n{start}\n%%EOF").expect("writing to memory");
    Some(written)
}

/// The objects in the order of the file, what stands before them, and the entries of the trailer.
fn take_apart(pdf: &[u8]) -> Option<(Vec<Object<'_>>, &[u8], &[u8])> {
    let end = rfind(pdf, b"startxref\n")?;
    let number = pdf[end + 10..].split(|byte| *byte == b'\n').next()?;
    let table_at: usize = std::str::from_utf8(number).ok()?.parse().ok()?;
    let table = pdf.get(table_at..end)?;
    let trailer_at = rfind(table, b"trailer\n")?;
    let trailer = table[trailer_at + 8..].trim_ascii().strip_prefix(b"<<")?.strip_suffix(b">>")?;
    let lines = table[..trailer_at].split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let places = lines
        .filter(|line| line.ends_with(b" n"))
        .map(|line| std::str::from_utf8(line.get(..10)?).ok()?.parse::<usize>().ok());
    let mut places = places.collect::<Option<Vec<usize>>>()?;
    places.sort_unstable();
    let header = pdf.get(..*places.first()?)?;
    places.push(table_at);
    let objects = places.windows(2).map(|ends| object(pdf.get(ends[0]..ends[1])?));
    Some((objects.collect::<Option<Vec<_>>>()?, header, trailer))
}

fn object(text: &[u8]) -> Option<Object<'_>> {
    let digits = text.iter().position(|byte| *byte == b' ')?;
    let number = std::str::from_utf8(&text[..digits]).ok()?.parse().ok()?;
    let body = text[digits..].strip_prefix(b" 0 obj")?.trim_ascii_end().strip_suffix(b"endobj")?;
    Some(Object { number, body: body.trim_ascii() })
}

fn rfind(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).rposition(|window| window == wanted)
}

fn put(pdf: &mut Vec<u8>, number: u32, parts: &[&[u8]]) {
    writeln!(pdf, "{number} 0 obj").expect("writing to memory");
    for part in parts {
        pdf.extend_from_slice(part);
    }
    pdf.extend_from_slice(b"\nendobj\n");
}

fn put_stream(pdf: &mut Vec<u8>, number: u32, entries: &[u8], content: &[u8]) {
    let packed = deflate(content);
    let length = format!("/Filter/FlateDecode/Length {}>>\nstream\n", packed.len());
    put(pdf, number, &[b"<<", entries, length.as_bytes(), &packed, b"\nendstream"]);
}

/// A stream of objects: first where each begins, then the objects.
fn put_together(pdf: &mut Vec<u8>, number: u32, objects: &[&Object<'_>]) {
    let (mut places, mut bodies) = (Vec::new(), Vec::new());
    for object in objects {
        write!(places, "{} {} ", object.number, bodies.len()).expect("writing to memory");
        bodies.extend_from_slice(object.body);
        bodies.push(b'\n');
    }
    let entries = format!("/Type/ObjStm/N {}/First {}", objects.len(), places.len());
    places.extend_from_slice(&bodies);
    put_stream(pdf, number, entries.as_bytes(), &places);
}

/// The cross-reference, with the entries of the old trailer but for its size. Each row is written as what
/// it differs from the row above, so that hardly anything is left of it.
fn put_references(pdf: &mut Vec<u8>, places: &[Place], trailer: &[u8]) {
    let mut rows = Vec::with_capacity(places.len() * (ROW + 1));
    let mut above = [0_u8; ROW];
    for place in places {
        let row = place.row();
        rows.push(2);
        rows.extend(row.iter().zip(above).map(|(byte, above)| byte.wrapping_sub(above)));
        above = row;
    }
    let size = trailer.strip_prefix(b"/Size ").unwrap_or(trailer);
    let kept = size.iter().position(|byte| *byte == b'/').map_or(&b""[..], |at| &size[at..]);
    let mut entries = format!(
        "/Type/XRef/Size {}/W[1 4 2]/DecodeParms<</Predictor 12/Columns {ROW}>>",
        places.len()
    )
    .into_bytes();
    entries.extend_from_slice(kept);
    let number = u32::try_from(places.len() - 1).expect("far fewer objects");
    put_stream(pdf, number, &entries, &rows);
}

fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(content).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}
