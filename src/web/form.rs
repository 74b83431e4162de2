//! Reading a posted form: bounded, each field once, and proof that it came from our page.

use axum::body::{Body, Bytes};
use http::{HeaderMap, Request};

use super::answer::{Answer, fixed};
use super::csrf::{self, Tie};
use super::router::KEPT_FORM_BYTES_MAX;
use super::session::Session;
use super::{Site, static_pages};

/// The fields of a form in the order sent.
#[derive(Debug)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// A field's text, empty when it was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// What follows in the names of fields that begin so, with the fields' texts.
    pub fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0
            .iter()
            .filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }

    /// Whether a field was sent.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// Fields that were not sent as a form.
    pub fn of<const N: usize>(fields: [(&str, &str); N]) -> Self {
        Self(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }

    /// Reads `application/x-www-form-urlencoded`; a field sent twice is refused.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        parse(bytes)
    }

    /// Names and values.
    pub fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }
}

/// Reads the form of a post; whatever is not a form of our own is refused here.
pub async fn read(
    site: &Site,
    session: Option<&Session>,
    request: Request<Body>,
) -> Result<(Fields, HeaderMap), Answer> {
    let (head, body) = request.into_parts();
    if !csrf::same_site(&head.headers, &site.origin) {
        return Err(fixed(static_pages::forbidden()));
    }
    let bytes = collected(body).await?;
    let fields = parse(&bytes).ok_or_else(|| fixed(static_pages::bad_request()))?;
    let (tie, _) = Tie::of(&head.headers, session);
    if !csrf::is_ours(&site.node, &tie, fields.get("_csrf")) {
        return Err(fixed(static_pages::forbidden()));
    }
    Ok((fields, head.headers))
}

/// All bytes of a form. Those of a request that came in whole are there already: the second call copies nothing.
pub async fn collected(body: Body) -> Result<Bytes, Answer> {
    arrived(body, KEPT_FORM_BYTES_MAX).await
}

/// All bytes of a form, as they come in.
pub async fn arrived(body: Body, bytes_max: u64) -> Result<Bytes, Answer> {
    let limit = usize::try_from(bytes_max).expect("a small number");
    axum::body::to_bytes(body, limit).await.map_err(|_| fixed(static_pages::too_large()))
}

/// Splits `application/x-www-form-urlencoded`; a field sent twice is refused.
fn parse(bytes: &[u8]) -> Option<Fields> {
    let pairs: Vec<(String, String)> = form_pairs(bytes)?;
    let mut names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let doubled = names.windows(2).any(|two| two[0] == two[1]);
    (!doubled).then_some(Fields(pairs))
}

fn form_pairs(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(name)?, decode(value)?))
        })
        .collect()
}

/// Percent-encodes a value of a query.
pub fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    text.bytes().fold(String::with_capacity(text.len()), |encoded, byte| {
        if plain(byte) {
            encoded + char::from(byte).encode_utf8(&mut [0])
        } else {
            encoded + &format!("%{byte:02X}")
        }
    })
}

/// Percent-decodes a form value; `+` is a space.
pub fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let digits = std::str::from_utf8(&digits).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_once_and_doubles_are_refused() {
        let fields = parse(b"a=1+2&b=%C2%A3%26&c").unwrap();
        assert_eq!((fields.get("a"), fields.get("b"), fields.get("c")), ("1 2", "£&", ""));
        assert!(parse(b"a=1&a=2").is_none());
        assert!(parse(b"a=%zz").is_none());
        assert!(parse(b"a=%ff").is_none());
        assert!(parse(b"a=%4").is_none());
    }
}
