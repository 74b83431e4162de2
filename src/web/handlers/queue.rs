//! Is there a queue in front of signing in?

use serde_json::json;

use crate::web::answer::{self, Answer};

/// GET /queue/status: signing in is open to everybody at once.
pub fn status() -> Answer {
    answer::json(&json!({
        "state": "open",
        "position": null,
        "eta_low_seconds": 0,
        "eta_seconds": 0,
        "refresh_seconds": 30,
        "message": null,
    }))
}
