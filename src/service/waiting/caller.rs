//! Where somebody stands, in words: for whoever answers the telephone, and for the caller.

use super::Found;

impl Found {
    /// What is known of them.
    pub fn in_words(&self) -> String {
        let asks = match self.asks_in_seconds {
            Some(seconds) => format!("Their page asks next in {seconds:.0} s."),
            None => "Their page has not asked when it should have.".to_owned(),
        };
        match self.state.as_str() {
            "waits" => format!(
                "waits in place {}, to be let in {}. {asks}",
                self.position.unwrap_or_default(),
                self.between()
            ),
            "called" => format!("it is their turn. {asks}"),
            "away" => "was away when their turn came; comes in at once.".to_owned(),
            "let_in" => format!(
                "may sign in for {} more; has tried {} passwords.",
                minutes(self.left_seconds.unwrap_or_default()),
                self.tries.unwrap_or_default()
            ),
            "ran_out" => {
                "had their turn and did not sign in within 15 minutes; comes in again at once."
                    .to_owned()
            }
            "signed_in" => "has signed in with this place.".to_owned(),
            _ => "nobody was given this place, or another node gave it just now.".to_owned(),
        }
    }

    /// What to tell them.
    pub fn to_tell(&self) -> String {
        match self.state.as_str() {
            "waits" => format!(
                "Your place is kept. At most {} people are ahead of you; it will be {}. You need not do anything.",
                self.position.unwrap_or(1).saturating_sub(1),
                self.between()
            ),
            "called" => {
                "It is your turn. Keep the page open; it lets you in within seconds.".to_owned()
            }
            "away" | "ran_out" => "Open the page again: you are let in at once.".to_owned(),
            "let_in" => {
                "You can sign in now: open the sign-in page on the same device.".to_owned()
            }
            "signed_in" => "Somebody has signed in with your place. If it was not you, open the sign-in page again."
                .to_owned(),
            _ => "Read the six characters out again.".to_owned(),
        }
    }

    fn between(&self) -> String {
        let (low, high) =
            (self.eta_low_seconds.unwrap_or_default(), self.eta_seconds.unwrap_or_default());
        format!("between {} and {} from now", minutes(low), minutes(high))
    }
}

/// A time as people say it.
pub fn minutes(seconds: f64) -> String {
    match seconds {
        below if below < 90.0 => format!("{below:.0} s"),
        longer if longer < 7_200.0 => format!("{:.0} min", (longer / 60.0).ceil()),
        longest => format!("{:.1} h", longest / 3_600.0),
    }
}
