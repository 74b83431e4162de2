//! Rust source as text: what is code, what is a string, what is a comment, and which lines are tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A source file, read once.
pub(crate) struct Source {
    /// Path from the root of the repository.
    pub(crate) path: String,
    /// The file as it is.
    pub(crate) raw: String,
    /// The file with comments and the insides of strings blanked; lines stay where they are.
    pub(crate) code: String,
    /// Line and text of every string literal.
    pub(crate) strings: Vec<(usize, String)>,
    /// Whether each line belongs to a test.
    test_lines: Vec<bool>,
}

/// A function of a file.
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// Its length in lines, signature and braces included.
    pub(crate) lines: usize,
}

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder with one of these endings, sorted, as paths from the root.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("a folder can be listed").path();
            if path.is_dir() && !path.ends_with("node_modules") {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                found.push(path.strip_prefix(root()).expect("below the root").to_owned());
            }
        }
    }
    found.sort();
    found
}

/// Reads a text file of the repository.
pub(crate) fn read(path: &Path) -> String {
    let whole = root().join(path);
    fs::read_to_string(&whole).unwrap_or_else(|error| panic!("{}: {error}", whole.display()))
}

/// Every Rust file of the program, the load test and the tests, read once for all rules.
pub(crate) fn everything() -> &'static [Source] {
    static ALL: OnceLock<Vec<Source>> = OnceLock::new();
    ALL.get_or_init(|| {
        let paths = ["src", "loadtest", "tests"].into_iter().flat_map(|folder| files(folder, "rs"));
        paths.map(|path| Source::new(&path, read(&path))).collect()
    })
}

/// Every Rust file of the program.
pub(crate) fn program() -> impl Iterator<Item = &'static Source> {
    everything().iter().filter(|source| source.path.starts_with("src/"))
}

impl Source {
    /// Takes a file apart.
    pub(crate) fn new(path: &Path, raw: String) -> Self {
        let path = path.to_str().expect("paths here are plain").to_owned();
        let (code, strings) = split(&raw);
        let whole = path.contains("/tests/") || path.ends_with("/tests.rs");
        let test_lines = if whole { vec![true; code.lines().count()] } else { test_lines(&code) };
        Self { path, raw, code, strings, test_lines }
    }

    /// The module under `src` that the file belongs to; empty for `lib.rs` and `main.rs`.
    pub(crate) fn module(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap_or("");
        let first = inside.split('/').next().unwrap_or("");
        match first.strip_suffix(".rs").unwrap_or(first) {
            "lib" | "main" => "",
            module => module,
        }
    }

    /// How deep below the crate the file's module lies.
    pub(crate) fn depth(&self) -> usize {
        self.path.strip_prefix("src/").unwrap_or("").split('/').count()
    }

    /// Whether a line, counted from 1, is part of a test.
    pub(crate) fn is_test(&self, line: usize) -> bool {
        self.test_lines.get(line - 1).copied().unwrap_or(false)
    }

    /// Lines that are not tests.
    pub(crate) fn length(&self) -> usize {
        self.test_lines.iter().filter(|test| !**test).count()
    }

    /// The program's own code: number and text of every line that is not a test.
    pub(crate) fn own_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.code.lines()).filter(|(number, _)| !self.is_test(*number))
    }

    /// The program's own strings, tests left out.
    pub(crate) fn own_strings(&self) -> impl Iterator<Item = (usize, &str)> {
        let own = self.strings.iter().filter(|(line, _)| !self.is_test(*line));
        own.map(|(line, text)| (*line, text.as_str()))
    }

    /// Functions with a body, tests left out.
    pub(crate) fn functions(&self) -> Vec<Function> {
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices("fn ") {
            let line = line_of(&self.code, at);
            if ends_in_word(&self.code[..at]) || self.is_test(line) {
                continue;
            }
            let name: String = self.code[at + 3..].chars().take_while(|c| is_word(*c)).collect();
            if let Some(end) = end_of_item(&self.code, at) {
                let lines = line_of(&self.code, end) - line + 1;
                found.push(Function { name, lines });
            }
        }
        found
    }
}

/// Whether a name or number could go on here.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn ends_in_word(text: &str) -> bool {
    text.chars().next_back().is_some_and(is_word)
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// The last byte of the item that begins here: its closing brace, or the semicolon before any brace.
fn end_of_item(code: &str, from: usize) -> Option<usize> {
    let (mut braces, mut brackets) = (0_usize, 0_usize);
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets = brackets.checked_sub(1)?,
            b';' if braces == 0 && brackets == 0 => return Some(at),
            b'{' => braces += 1,
            b'}' => {
                braces = braces.checked_sub(1)?;
                if braces == 0 && brackets == 0 {
                    return Some(at);
                }
            }
            _ => (),
        }
    }
    None
}

fn test_lines(code: &str) -> Vec<bool> {
    let mut marked = vec![false; code.lines().count()];
    for (at, attribute) in code.match_indices("#[cfg(test)]") {
        let end = end_of_item(code, at + attribute.len()).unwrap_or(code.len());
        marked[line_of(code, at) - 1..line_of(code, end)].fill(true);
    }
    marked
}

/// Blanks comments, characters and the insides of strings, and lists the strings.
fn split(raw: &str) -> (String, Vec<(usize, String)>) {
    let text: Vec<char> = raw.chars().collect();
    let mut code = String::with_capacity(raw.len());
    let mut strings = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < text.len() {
        let (end, inside) = token(&text, at);
        match inside {
            Inside::Code => code.extend(&text[at..end]),
            Inside::Comment => blank(&mut code, &text[at..end]),
            Inside::String { open, close } => {
                code.extend(&text[at..at + open]);
                blank(&mut code, &text[at + open..end - close]);
                code.extend(&text[end - close..end]);
                strings.push((line, text[at + open..end - close].iter().collect()));
            }
        }
        line += text[at..end].iter().filter(|c| **c == '\n').count();
        at = end;
    }
    (code, strings)
}

enum Inside {
    Code,
    Comment,
    /// Lengths of the opening and the closing quote.
    String {
        open: usize,
        close: usize,
    },
}

fn blank(code: &mut String, hidden: &[char]) {
    code.extend(hidden.iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
}

/// Where the token that begins here ends, and what it is.
fn token(text: &[char], at: usize) -> (usize, Inside) {
    let next = |ahead: usize| text.get(at + ahead).copied().unwrap_or(' ');
    match text[at] {
        '/' if next(1) == '/' => (find(text, at, |c| c == '\n'), Inside::Comment),
        '/' if next(1) == '*' => (block_comment(text, at), Inside::Comment),
        '"' => (quoted(text, at + 1, '"'), Inside::String { open: 1, close: 1 }),
        '\'' if next(1) == '\\' || next(2) == '\'' => (quoted(text, at + 1, '\''), Inside::Comment),
        'r' if next(1) == '"' || next(1) == '#' => raw_string(text, at),
        c if is_word(c) => (word(text, at), Inside::Code),
        _ => (at + 1, Inside::Code),
    }
}

fn find(text: &[char], from: usize, wanted: impl Fn(char) -> bool) -> usize {
    text[from..].iter().position(|c| wanted(*c)).map_or(text.len(), |offset| from + offset)
}

/// A word ends before a raw string that is glued to it, as in `br"…"`.
fn word(text: &[char], at: usize) -> usize {
    let end = find(text, at, |c| !is_word(c));
    let raw = text[end - 1] == 'r' && text.get(end).is_some_and(|c| matches!(c, '"' | '#'));
    if raw && end - at == 2 { end - 1 } else { end }
}

fn quoted(text: &[char], mut at: usize, quote: char) -> usize {
    while at < text.len() && text[at] != quote {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(text.len())
}

fn block_comment(text: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at < text.len() {
        match (text[at], text.get(at + 1)) {
            ('/', Some('*')) => depth += 1,
            ('*', Some('/')) => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

fn raw_string(text: &[char], at: usize) -> (usize, Inside) {
    let hashes = text[at + 1..].iter().take_while(|c| **c == '#').count();
    if text.get(at + 1 + hashes) != Some(&'"') {
        return (at + 1, Inside::Code);
    }
    let open = hashes + 2;
    let mut end = at + open;
    while end < text.len() {
        let closes = text[end] == '"' && text[end + 1..].iter().take(hashes).all(|c| *c == '#');
        if closes {
            return (end + 1 + hashes, Inside::String { open, close: 1 + hashes });
        }
        end += 1;
    }
    (text.len(), Inside::Comment)
}
