//! Rules for the words that people read, checked on finished pages.
//!
//! A page's test calls `check` and expects an empty list.

/// Longest sentence, in words.
const SENTENCE_WORDS_MAX: usize = 25;

/// Words that say nothing, blame or beg. Compared in lower case, as whole words.
const BANNED: &[&str] = &[
    "be patient",
    "bear with us",
    "forbidden",
    "illegal",
    "invalid",
    "maintenance",
    "oops",
    "please",
    "simply",
    "sorry",
    "unfortunately",
];

/// Elements inside which no sentence ends.
const INLINE: &[&str] = &["a", "abbr", "b", "code", "em", "i", "span", "strong"];

/// Elements whose inside nobody reads.
const UNREAD: &[&str] = &["script", "style", "svg"];

/// What is wrong with the words of a page, one line each.
pub fn check(html: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for block in blocks(html) {
        let lower = block.to_lowercase();
        let words: Vec<_> = lower.split_whitespace().map(bare).collect();
        let line = format!(" {} ", words.join(" "));
        for banned in BANNED.iter().filter(|banned| line.contains(&format!(" {banned} "))) {
            problems.push(format!("\"{banned}\" in: {block}"));
        }
        let words: Vec<_> = block.split_whitespace().collect();
        for sentence in words.split_inclusive(|word| ends_sentence(word)) {
            if sentence.len() > SENTENCE_WORDS_MAX {
                problems.push(format!("{} words in: {}", sentence.len(), sentence.join(" ")));
            }
        }
    }
    problems
}

/// The text of a page, cut wherever a block begins or ends.
pub fn blocks(html: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        add(&mut blocks, &rest[..start]);
        let end = rest[start..].find('>').map_or(rest.len(), |end| start + end);
        let tag = rest[start + 1..end].trim_start_matches('/');
        let name = tag.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if !INLINE.contains(&name) {
            blocks.push(String::new());
        }
        rest = rest.get(end + 1..).unwrap_or_default();
        if UNREAD.contains(&name)
            && !html[..html.len() - rest.len()].ends_with(&format!("/{name}>"))
        {
            rest = rest.split_once(&format!("</{name}>")).map_or("", |(_, after)| after);
        }
    }
    add(&mut blocks, rest);
    blocks.retain(|block| !block.trim().is_empty());
    blocks
}

fn add(blocks: &mut [String], text: &str) {
    let text = text.replace("&#39;", "'").replace("&#34;", "\"").replace("&#38;", "&");
    if let Some(block) = blocks.last_mut() {
        block.push_str(&text);
    }
}

/// A word without what stands at its edges.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// A sentence ends with a word that ends in `.`, `!` or `?`, quoted or not.
fn ends_sentence(word: &str) -> bool {
    word.trim_end_matches(['"', '\'', '’', '”', ')']).ends_with(['.', '!', '?'])
}

#[test]
fn sentences_are_counted_across_inline_elements_only() {
    let long = "word ".repeat(15);
    assert_eq!(check(&format!("<p>{long}</p><p>{long}</p>")), Vec::<String>::new());
    assert_eq!(check(&format!("<p>{long} end. {long}</p>")), Vec::<String>::new());
    assert_eq!(check(&format!("<p>{long}<a href=\"/\">{long}</a></p>")).len(), 1);
    assert_eq!(check(&format!("<p>{long} at 7.30 {long}</p>")).len(), 1);
}

#[test]
fn banned_words_are_found_as_words_only() {
    assert_eq!(check("<h1>Please, be patient.</h1>").len(), 2);
    assert_eq!(
        check("<p>The results pleased them.</p><script>please</script>"),
        Vec::<String>::new()
    );
}
