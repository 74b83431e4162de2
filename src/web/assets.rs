//! The static files: embedded at build time under names that carry a digest of their content.
//!
//! A name never changes its content, so whoever serves `/assets/{name}` may let browsers keep it for ever.

/// One static file in both encodings.
#[derive(Debug)]
pub struct Asset {
    /// Its name with the digest, such as `daybreak-0123456789abcdef.css`.
    pub name: &'static str,
    /// Where pages find it.
    pub path: &'static str,
    /// What it is, with the charset.
    pub content_type: &'static str,
    /// The bytes themselves.
    pub identity: &'static [u8],
    /// The same, gzipped at build time.
    pub gzip: &'static [u8],
    /// Strong validator of `identity`, with its quotes.
    pub etag: &'static str,
    /// Strong validator of `gzip`, with its quotes.
    pub etag_gzip: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The file of this name, the digest included.
pub fn find(name: &str) -> Option<&'static Asset> {
    ALL.iter().find(|asset| asset.name == name).copied()
}

/// Address of the stylesheet.
pub fn css_path() -> &'static str {
    CSS.path
}

/// Address of the script that starts the components.
pub fn js_path() -> &'static str {
    JS.path
}

/// Address of the script that the other one imports; a page names it so that both load at once.
pub fn frontend_js_path() -> &'static str {
    FRONTEND_JS.path
}

/// Address of the mark, which is also the icon.
pub fn favicon_path() -> &'static str {
    FAVICON.path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(asset: &Asset) -> &str {
        std::str::from_utf8(asset.identity).unwrap()
    }

    #[test]
    fn nothing_that_belongs_to_govuk_is_shipped() {
        for asset in ALL {
            let text = text(asset).to_lowercase();
            for banned in ["gds transport", "@font-face", "crest", "url(", "sourcemappingurl"] {
                assert!(!text.contains(banned), "{} contains {banned}", asset.name);
            }
        }
        assert!(!text(&CSS).contains("govuk-logo"));
        assert!(!text(&CSS).contains("govuk-header"));
    }

    #[test]
    fn both_encodings_hold_the_same() {
        use std::io::Read;
        for asset in ALL {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(asset.gzip).read_to_end(&mut plain).unwrap();
            assert_eq!(plain, asset.identity, "{}", asset.name);
            assert_eq!(find(asset.name).unwrap().etag, asset.etag);
        }
        assert!(find("daybreak.css").is_none(), "only names with a digest are served");
    }

    #[test]
    fn the_script_imports_the_name_that_is_served() {
        for imported in [&FRONTEND_JS, &PASSKEY_JS] {
            assert!(text(&JS).contains(&format!("'./{}'", imported.name)));
        }
        assert!(text(&FRONTEND_JS).contains("initAll"));
    }

    #[test]
    fn the_first_visit_stays_light() {
        // Two pages alone ask for that of passkeys.
        let first = ALL.iter().filter(|asset| asset.name != PASSKEY_JS.name);
        let bytes: usize = first.map(|asset| asset.gzip.len()).sum();
        // The design system takes 27,000 of them.
        assert!(bytes < 30_800, "{bytes} bytes gzipped");
        assert!(text(&CSS).contains(".govuk-button{"), "the components are styled");
    }
}
