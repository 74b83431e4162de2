//! What an authenticator app does, written anew: codes by the machine's clock, each used once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds of a step.
const STEP: u64 = 30;

/// The step of now.
#[expect(clippy::disallowed_methods, reason = "an app knows the machine's clock alone")]
pub fn step_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / STEP
}

/// Bytes of a text in base 32.
fn from_base32(text: &str) -> Vec<u8> {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for sign in text.chars() {
        held = held << 5 | u32::try_from(letters.find(sign).unwrap()).unwrap();
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 255).unwrap());
        }
    }
    bytes
}

/// The code of a step.
pub fn code(secret: &str, step: u64) -> String {
    let secret = from_base32(secret);
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let tag = aws_lc_rs::hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// A code that was not used in this process. The server takes those of a step before and after; whoever needs
/// more of them than that waits, as people do.
pub async fn next_code(secret: &str) -> String {
    static LAST: Mutex<Option<HashMap<String, u64>>> = Mutex::new(None);
    loop {
        let now = step_now();
        {
            let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
            let last = last.get_or_insert_default().entry(secret.to_owned()).or_insert(0);
            let next = (*last + 1).max(now - 1);
            if next <= now + 1 {
                *last = next;
                return code(secret, next);
            }
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
