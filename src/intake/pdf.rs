//! Is this a PDF that can be stored? Structure only: nothing in it is run or drawn.

/// Why bytes are not a script that we store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPdf {
    /// Another kind of file.
    #[error("is not a PDF")]
    NotPdf,
    /// The end is missing.
    #[error("is a PDF that is cut off: its end marker or cross-reference table is missing")]
    CutOff,
    /// It asks for a password.
    #[error("is a PDF that is protected by a password")]
    Encrypted,
}

/// How much of the end is searched for the end marker, in bytes.
const TAIL_BYTES: usize = 2048;

/// Checks the head, the end marker and that the cross-reference offset points at one.
pub fn check(bytes: &[u8]) -> Result<(), BadPdf> {
    if !bytes.starts_with(b"%PDF-1.") && !bytes.starts_with(b"%PDF-2.") {
        return Err(BadPdf::NotPdf);
    }
    let tail = &bytes[bytes.len().saturating_sub(TAIL_BYTES)..];
    let end = rfind(tail, b"%%EOF").ok_or(BadPdf::CutOff)?;
    let start = rfind(&tail[..end], b"startxref").ok_or(BadPdf::CutOff)?;
    let digits = tail[start + b"startxref".len()..end].trim_ascii();
    let offset: usize = std::str::from_utf8(digits)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or(BadPdf::CutOff)?;
    let table = bytes.get(offset..).ok_or(BadPdf::CutOff)?.trim_ascii_start();
    // A cross-reference stream is an object: it begins with its number.
    if !table.starts_with(b"xref") && !table.first().is_some_and(u8::is_ascii_digit) {
        return Err(BadPdf::CutOff);
    }
    if rfind(tail, b"/Encrypt").is_some() {
        return Err(BadPdf::Encrypted);
    }
    Ok(())
}

fn rfind(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).rposition(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &[u8] =
        b"%PDF-1.4\n1 0 obj<<>>endobj\nxref\n0 1\ntrailer<<>>\nstartxref\n27\n%%EOF\n";

    #[test]
    fn a_pdf_is_told_from_what_is_not_one() {
        assert_eq!(check(SMALL), Ok(()));
        assert_eq!(check(b"<html>"), Err(BadPdf::NotPdf));
        assert_eq!(check(&SMALL[..SMALL.len() - 8]), Err(BadPdf::CutOff));
        let moved = String::from_utf8(SMALL.to_vec()).unwrap().replace("\n27\n", "\n9999\n");
        assert_eq!(check(moved.as_bytes()), Err(BadPdf::CutOff));
        let locked =
            String::from_utf8(SMALL.to_vec()).unwrap().replace("trailer<<", "trailer<</Encrypt 9");
        assert_eq!(check(locked.as_bytes()), Err(BadPdf::Encrypted));
    }
}
