//! Compares two pieces of markup as a browser would read them.
//!
//! Strict about elements, attributes, their values, text and the words it forms; blind to the order of
//! attributes, to how a character is written and to blanks that separate blocks.

use std::collections::BTreeMap;

/// Elements that flow in a line: no word ends at their edges.
const INLINE: &[&str] = &["a", "strong", "span", "label", "button"];

#[derive(Debug, PartialEq)]
enum Token {
    Open(String, BTreeMap<String, String>),
    Close(String),
    Text(String),
}

/// Says where two pieces of markup differ.
pub(super) fn same(ours: &str, theirs: &str) -> Result<(), String> {
    let (our_tokens, their_tokens) = (tokens(ours), tokens(theirs));
    for (index, (one, other)) in our_tokens.iter().zip(&their_tokens).enumerate() {
        if one != other {
            return Err(format!("at token {index}\n  ours   {one:?}\n  theirs {other:?}"));
        }
    }
    if our_tokens.len() != their_tokens.len() {
        let rest = our_tokens.len().min(their_tokens.len());
        let (ours, theirs) = (our_tokens.get(rest), their_tokens.get(rest));
        return Err(format!("after token {rest}\n  ours   {ours:?}\n  theirs {theirs:?}"));
    }
    let (our_words, their_words) = (words(ours), words(theirs));
    if our_words != their_words {
        return Err(format!("words\n  ours   {our_words:?}\n  theirs {their_words:?}"));
    }
    Ok(())
}

fn tokens(html: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (tag, text) in pieces(html) {
        if let Some(name) = tag.strip_prefix('/') {
            tokens.push(Token::Close(name.trim().to_owned()));
        } else if !tag.is_empty() {
            tokens.push(open(tag));
        }
        let text = decode(&collapse(text));
        if !text.is_empty() {
            tokens.push(Token::Text(text));
        }
    }
    tokens
}

/// The text of the whole, where only blocks and blanks end a word.
fn words(html: &str) -> Vec<String> {
    let mut all = String::new();
    for (tag, text) in pieces(html) {
        let name = tag.trim_start_matches('/').split_whitespace().next().unwrap_or_default();
        if !INLINE.contains(&name) {
            all.push(' ');
        }
        all.push_str(text);
    }
    decode(&all).split_whitespace().map(str::to_owned).collect()
}

/// Cuts at each tag: the tag's inside and the text that follows it.
fn pieces(html: &str) -> Vec<(&str, &str)> {
    let mut pieces = Vec::new();
    let mut rest = html;
    let mut tag = "";
    loop {
        let Some(start) = rest.find('<') else {
            pieces.push((tag, rest));
            return pieces;
        };
        pieces.push((tag, &rest[..start]));
        let end = start + tag_end(&rest[start..]);
        tag = rest[start + 1..end].trim_end_matches('/');
        rest = &rest[end + 1..];
    }
}

/// Where the tag at the start ends; a `>` inside quotes does not end it.
fn tag_end(html: &str) -> usize {
    let mut quoted = false;
    for (index, c) in html.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return index,
            _ => (),
        }
    }
    panic!("a tag does not end: {html}")
}

fn open(tag: &str) -> Token {
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mut attributes = BTreeMap::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Token::Open(name.to_owned(), attributes);
        }
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let key = rest[..end].to_owned();
        rest = &rest[end..];
        let mut value = String::new();
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let end = quoted.find('"').expect("a quoted value ends");
            value = decode(&collapse(&quoted[..end]));
            rest = &quoted[end + 1..];
        }
        assert!(attributes.insert(key, value).is_none(), "an attribute stands twice in <{tag}>");
    }
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same character may be written in several ways.
fn decode(text: &str) -> String {
    let mut decoded = text.to_owned();
    for (written, meant) in [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&#60;", "<"),
        ("&gt;", ">"),
        ("&#62;", ">"),
        ("&ctdot;", "⋯"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ] {
        decoded = decoded.replace(written, meant);
    }
    decoded
}

#[test]
fn differences_that_matter_are_seen() {
    assert_eq!(
        same("<p class=\"a\" id=\"x\">&lt; b</p>", "<p id=\"x\"\n class=\"a\">\n  &#60; b </p>"),
        Ok(())
    );
    for (one, other) in [
        ("<p>a</p>", "<p>b</p>"),
        ("<p class=\"a\">a</p>", "<p>a</p>"),
        ("<p>a</p>", "<p>a</p><p></p>"),
        ("<p>a<span> b</span></p>", "<p>a<span>b</span></p>"),
        ("<p>&lt;b></p>", "<p><b></p>"),
    ] {
        assert!(same(one, other).is_err(), "{one} {other}");
    }
}
