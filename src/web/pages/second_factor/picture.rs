//! The code that a camera reads.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

use crate::web::components::Html;

/// Light around a code, in its own dots, as its standard asks.
const QUIET: i32 = 4;

/// A code for cameras as a drawing.
pub(super) fn picture(text: &str) -> Html {
    // Only a text of kilobytes does not fit.
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else { return Html::trusted("") };
    let mut dots = String::new();
    for (x, y) in (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y))) {
        if code.get_module(x, y) {
            write!(dots, "M{},{}h1v1h-1z", x + QUIET, y + QUIET).expect("a text takes all");
        }
    }
    let side = code.size() + 2 * QUIET;
    Html::trusted(format!(
        "<svg class=\"daybreak-code\" role=\"img\" aria-label=\"Code for the camera of your app\" \
         viewBox=\"0 0 {side} {side}\" width=\"240\" height=\"240\">\
         <path fill=\"#fff\" d=\"M0,0h{side}v{side}h-{side}z\"/><path fill=\"#000\" d=\"{dots}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_a_drawing_without_anything_that_the_policy_forbids() {
        let svg =
            picture("otpauth://totp/Daybreak:a@b.example?secret=ABC&issuer=Daybreak").to_string();
        assert!(svg.starts_with("<svg") && svg.contains("viewBox=\"0 0 4"));
        assert!(!svg.contains("style") && !svg.contains("otpauth"));
    }
}
