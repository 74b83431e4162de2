//! Compiles the design system and our own styles and scripts into one table of static files, and finds
//! the fonts of letters.
//!
//! The GOV.UK font, crest and logotype are licensed to gov.uk domains only, so nothing of them may leave
//! here: font faces, rules that load a file, and the components that carry them are taken out.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

const FRONTEND: &str = "node_modules/govuk-frontend/dist/govuk";
const OWN: &str = "src/web/assets";

/// The fonts of letters, with the names under which the program includes them. Their licence, the SIL Open
/// Font License 1.1, lets a program carry them whole and a document carry a part of them.
const FONTS: [(&str, &str); 2] = [
    (
        "node_modules/@expo-google-fonts/source-sans-3/400Regular/SourceSans3_400Regular.ttf",
        "regular.ttf",
    ),
    ("node_modules/@expo-google-fonts/source-sans-3/700Bold/SourceSans3_700Bold.ttf", "bold.ttf"),
];

/// Components that no page of ours uses; their rules would only make every page heavier.
const UNUSED: &[&str] = &[
    "govuk-accordion",
    "govuk-cookie-banner",
    "govuk-exit-this-page",
    "govuk-feedback",
    "govuk-footer__copyright-logo",
    "govuk-footer__licence",
    "govuk-header",
    "govuk-language-navigation",
    "govuk-logo",
    "govuk-tabs",
];

/// A file as it will be served.
struct Asset {
    constant: &'static str,
    name: String,
    content_type: &'static str,
    bytes: Vec<u8>,
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));

    let mut css = strip_css(&frontend("govuk-frontend.min.css"));
    css.push_str(&minify_css(&own("daybreak.css")));
    let frontend_js = asset(
        "FRONTEND_JS",
        "govuk-frontend.js",
        "text/javascript; charset=utf-8",
        &without_source_map(&frontend("govuk-frontend.min.js")),
    );
    let passkey_js =
        asset("PASSKEY_JS", "passkey.js", "text/javascript; charset=utf-8", &own("passkey.js"));
    let script = own("daybreak.js")
        .replace("./govuk-frontend.js", &format!("./{}", frontend_js.name))
        .replace("./passkey.js", &format!("./{}", passkey_js.name));

    let assets = [
        asset("CSS", "daybreak.css", "text/css; charset=utf-8", &css),
        asset("JS", "daybreak.js", "text/javascript; charset=utf-8", &script),
        frontend_js,
        passkey_js,
        asset("FAVICON", "daybreak.svg", "image/svg+xml", own("daybreak.svg").trim()),
    ];
    let table = write_files(&assets, &out);
    fs::write(out.join("assets.rs"), table).expect("OUT_DIR is writable");
    for (font, name) in FONTS {
        fs::write(out.join(name), installed(Path::new(font))).expect("OUT_DIR is writable");
    }
}

/// A file of the design system; without it nothing can be built.
fn frontend(name: &str) -> String {
    let text = installed(&Path::new(FRONTEND).join(name));
    String::from_utf8(text).expect("the design system is UTF-8")
}

/// A file that the set-up installs.
fn installed(path: &Path) -> Vec<u8> {
    println!("cargo:rerun-if-changed={}", path.display());
    fs::read(path).unwrap_or_else(|error| {
        panic!("{} cannot be read ({error}): run `make setup`, which installs it", path.display())
    })
}

/// A file of our own.
fn own(name: &str) -> String {
    let path = Path::new(OWN).join(name);
    println!("cargo:rerun-if-changed={}", path.display());
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Puts the digest of the content into the name, so that a name never changes its content.
fn asset(constant: &'static str, file: &str, content_type: &'static str, text: &str) -> Asset {
    let (stem, extension) = file.rsplit_once('.').expect("our names have an extension");
    let name = format!("{stem}-{:016x}.{extension}", fnv1a(text.as_bytes()));
    Asset { constant, name, content_type, bytes: text.as_bytes().to_vec() }
}

/// FNV-1a, 64 bits: names need to differ, not to resist an attacker.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Writes both variants of each file and returns the Rust table that embeds them.
fn write_files(assets: &[Asset], out: &Path) -> String {
    let mut table = String::new();
    for Asset { constant, name, content_type, bytes } in assets {
        fs::write(out.join(name), bytes).expect("OUT_DIR is writable");
        fs::write(out.join(format!("{name}.gz")), gzip(bytes)).expect("OUT_DIR is writable");
        let digest = fnv1a(bytes);
        writeln!(
            table,
            "/// `{name}`.\npub static {constant}: Asset = Asset {{\n    name: {name:?},\n    \
             path: \"/assets/{name}\",\n    content_type: {content_type:?},\n    \
             identity: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}\")),\n    \
             gzip: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}.gz\")),\n    \
             etag: \"\\\"{digest:016x}\\\"\",\n    etag_gzip: \"\\\"{digest:016x}-gzip\\\"\",\n}};"
        )
        .expect("writing to a string");
    }
    let names: Vec<String> = assets.iter().map(|asset| format!("&{}", asset.constant)).collect();
    writeln!(table, "/// Every static file.\npub static ALL: &[&Asset] = &[{}];", names.join(", "))
        .expect("writing to a string");
    table
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::GzBuilder::new().write(Vec::new(), flate2::Compression::new(9));
    encoder.write_all(bytes).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

fn without_source_map(text: &str) -> String {
    text.lines()
        .map(|line| match line.rfind("//# sourceMappingURL") {
            Some(start) => &line[..start],
            None => line,
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Takes out of the design system's stylesheet what may not or need not be served.
fn strip_css(css: &str) -> String {
    let mut kept = String::from("@charset \"UTF-8\";");
    filter_rules(css.strip_prefix(&kept.clone()).unwrap_or(css), &mut kept);
    assert!(!kept.contains("url("), "a rule of the stylesheet still loads a file");
    let kept = kept.replace("GDS Transport,arial,sans-serif", "Arial,Helvetica,sans-serif");
    assert!(!kept.contains("GDS Transport"), "the font is still named in the stylesheet");
    kept
}

/// Copies the rules that stay. Works on minified text: a prelude, a block in braces, the next prelude.
fn filter_rules(css: &str, kept: &mut String) {
    let mut rest = without_comments(css);
    while let Some(open) = rest.find('{') {
        let close = matching_brace(&rest, open);
        let (prelude, body) = (rest[..open].trim(), &rest[open + 1..close]);
        if is_group(prelude) {
            let mut inner = String::new();
            filter_rules(body, &mut inner);
            if !inner.is_empty() {
                write!(kept, "{prelude}{{{inner}}}").expect("writing to a string");
            }
        } else if !body.contains("url(") && !is_unused(prelude) {
            write!(kept, "{prelude}{{{body}}}").expect("writing to a string");
        }
        rest = rest[close + 1..].to_owned();
    }
}

/// Rules stand inside these; `@-moz-document` only repeats them for a dead browser.
fn is_group(prelude: &str) -> bool {
    prelude.starts_with("@media") || prelude.starts_with("@supports")
}

fn is_unused(prelude: &str) -> bool {
    prelude.starts_with('@')
        || prelude.split(',').all(|one| UNUSED.iter().any(|name| one.contains(&format!(".{name}"))))
}

fn matching_brace(css: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (index, byte) in css.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return index,
            b'}' => depth -= 1,
            _ => (),
        }
    }
    panic!("a block of the stylesheet is not closed: {}", &css[open..css.len().min(open + 80)])
}

fn without_comments(css: &str) -> String {
    let mut kept = String::new();
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

/// Joins our own lines; they are written so that no blank between them matters.
fn minify_css(css: &str) -> String {
    let text = without_comments(css);
    let mut one_line = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        one_line.push_str(line);
        if line.ends_with(',') || line.ends_with('{') || line.ends_with(';') || line.ends_with('}')
        {
            continue;
        }
        one_line.push(' ');
    }
    one_line.replace(" {", "{").replace(": ", ":").replace(";}", "}")
}
