//! What a browser finds in a page: forms, links, assets, where it is told to go next.
//!
//! Not a parser of all HTML: it reads start tags and their attributes, which is what following a form
//! takes, and costs microseconds where a document tree would cost more than the server's answer.

/// A start tag: its name in lower case, and the text of its attributes.
#[derive(Clone, Copy)]
struct Tag<'a> {
    name: &'a str,
    attributes: &'a str,
}

impl Tag<'_> {
    /// An attribute's value with its entities resolved; an empty one for a bare attribute.
    fn get(&self, wanted: &str) -> Option<String> {
        let mut rest = self.attributes.trim_start();
        while !rest.is_empty() {
            let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let (value, after) = match after.trim_start().strip_prefix('=') {
                Some(value) => value_of(value.trim_start()),
                None => ("", after),
            };
            if name.eq_ignore_ascii_case(wanted) {
                return Some(unescaped(value));
            }
            rest = after.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            if name.is_empty() && rest.len() == after.len() {
                break;
            }
        }
        None
    }
}

fn value_of(text: &str) -> (&str, &str) {
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => text[1..].split_once(quote).unwrap_or((&text[1..], "")),
        _ => text.split_at(text.find(char::is_whitespace).unwrap_or(text.len())),
    }
}

/// The entities that a form's values are written with.
fn unescaped(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let pairs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ];
    pairs.iter().fold(text.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}

/// Start and end tags in order; an end tag's name begins with a stroke. Comments are left out.
fn tags(html: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        loop {
            let (_, after) = rest.split_once('<')?;
            if let Some(comment) = after.strip_prefix("!--") {
                rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
                continue;
            }
            let inside = &after[..tag_end(after)];
            rest = &after[inside.len()..];
            let end = inside.find(|c: char| c.is_whitespace()).unwrap_or(inside.len());
            return Some(Tag { name: &inside[..end], attributes: &inside[end..] });
        }
    })
}

/// Where a tag ends: at the first `>` outside quotes.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return at,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => (),
        }
    }
    text.len()
}

/// A form as a browser would send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// Where it goes; empty for the page's own address.
    pub(crate) action: String,
    /// Names and values in order, hidden fields included.
    pub(crate) fields: Vec<(String, String)>,
}

impl Form {
    /// Types into a field. False when the form has none of the name.
    pub(crate) fn fill(&mut self, name: &str, value: &str) -> bool {
        let field = self.fields.iter_mut().find(|(field, _)| field == name);
        field.map(|(_, old)| value.clone_into(old)).is_some()
    }
}

/// The form that has a field of the given name.
pub(crate) fn form_with(html: &str, field: &str) -> Option<Form> {
    let mut form: Option<Form> = None;
    for tag in tags(html) {
        match tag.name {
            "form" => {
                let action = tag.get("action").unwrap_or_default();
                form = Some(Form { action, fields: Vec::new() });
            }
            "/form" => {
                if form.as_ref()?.fields.iter().any(|(name, _)| name == field) {
                    return form;
                }
                form = Some(Form { action: String::new(), fields: Vec::new() });
            }
            "input" => {
                if let (Some(form), Some(name)) = (&mut form, tag.get("name")) {
                    form.fields.push((name, tag.get("value").unwrap_or_default()));
                }
            }
            _ => (),
        }
    }
    None
}

/// Addresses of links that begin with `prefix`, in order, without their fragments.
pub(crate) fn links(html: &str, prefix: &str) -> Vec<String> {
    let anchors = tags(html).filter(|tag| tag.name == "a").filter_map(|tag| tag.get("href"));
    anchors.filter(|link| link.starts_with(prefix) && !link.contains('#')).collect()
}

/// What a browser fetches with a page: style sheets, modules, scripts, pictures; each once.
pub(crate) fn assets(html: &str) -> Vec<String> {
    let source = |tag: Tag<'_>| match tag.name {
        "link" => tag.get("href"),
        "script" | "img" => tag.get("src"),
        _ => None,
    };
    let mut found: Vec<String> =
        tags(html).filter_map(source).filter(|address| address.starts_with('/')).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Seconds after which a page wants to be loaded again: by its header, else by its own `meta`.
pub(crate) fn refresh(header: Option<&str>, html: &str) -> Option<f64> {
    let meta = || {
        tags(html)
            .filter(|tag| tag.name == "meta")
            .find(|tag| {
                tag.get("http-equiv").is_some_and(|kind| kind.eq_ignore_ascii_case("refresh"))
            })
            .and_then(|tag| tag.get("content"))
    };
    let text = header.map(str::to_owned).or_else(meta)?;
    text.split(';').next()?.trim().parse().ok().filter(|seconds: &f64| seconds.is_finite())
}

/// Whether a page is of one school and of no other: every school that it links to or names by its DfE number is
/// this one, and it does link to it or name it. A school none of whose pupils took the tests has no links.
pub(crate) fn is_of(html: &str, laestab: &str) -> bool {
    let own = format!("/results/{laestab}");
    let of_a_school = |link: &String| {
        let first = link["/results/".len()..].split(['/', '?']).next().unwrap_or("");
        crate::ready::is_laestab(first)
    };
    let is_own = |link: &String| {
        link.strip_prefix(&own).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    };
    let linked: Vec<String> = links(html, "/results/").into_iter().filter(of_a_school).collect();
    let named: Vec<String> = numbers(html).collect();
    let some = !linked.is_empty() || !named.is_empty();
    some && linked.iter().all(is_own) && named.iter().all(|number| number == laestab)
}

/// Whether a page has a text, however its characters are written in HTML.
pub(crate) fn says(html: &str, text: &str) -> bool {
    html.contains(text) || unescaped(html).contains(text)
}

/// DfE numbers written as `213/2011`, without the stroke.
fn numbers(html: &str) -> impl Iterator<Item = String> {
    let bytes = html.as_bytes();
    let digits = |from: usize, count: usize| {
        bytes.get(from..from + count).filter(|part| part.iter().all(u8::is_ascii_digit))
    };
    let edge = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'/')
    };
    html.match_indices('/').filter_map(move |(at, _)| {
        let from = at.checked_sub(3)?;
        let alone = edge(from.checked_sub(1)) && edge(Some(at + 5));
        let parts = (digits(from, 3)?, digits(at + 1, 4)?);
        alone.then(|| String::from_utf8_lossy(&[parts.0, parts.1].concat()).into_owned())
    })
}

#[cfg(test)]
mod tests;
