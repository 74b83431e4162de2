//! Sign-ins per second: what is believed, and what may be saved up.

/// Highest rate that is believed: more is a typing error.
pub const RATE_MAX: f64 = 10_000.0;
/// Lowest rate: one in a quarter of an hour. Pausing is another command.
pub const RATE_MIN: f64 = 0.001;
/// Seconds of the rate that may be saved up.
const BURST_SECONDS: f64 = 0.25;
/// Fewest tokens that may be saved up: a room at a low rate still lets a staff room in together.
const BURST_MIN: f64 = 4.0;

/// Sign-ins per second, checked.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Rate(pub(super) f64);

/// A rate that nobody can have meant.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum BadRate {
    /// Not a number.
    #[error("the rate is not a number")]
    NotANumber,
    /// Zero or negative, or so low that it means a pause.
    #[error("the rate {0} is below {RATE_MIN} a second: pause the room instead")]
    TooLow(f64),
    /// Infinite, or beyond what any cluster does.
    #[error("the rate {0} is above {RATE_MAX} a second")]
    TooHigh(f64),
}

impl Rate {
    /// Sign-ins per second between [`RATE_MIN`] and [`RATE_MAX`].
    pub fn new(per_second: f64) -> Result<Self, BadRate> {
        if per_second.is_nan() {
            Err(BadRate::NotANumber)
        } else if per_second < RATE_MIN {
            Err(BadRate::TooLow(per_second))
        } else if per_second > RATE_MAX {
            Err(BadRate::TooHigh(per_second))
        } else {
            Ok(Self(per_second))
        }
    }

    /// Sign-ins per second.
    pub const fn per_second(self) -> f64 {
        self.0
    }

    /// Tokens that may be saved up at this rate.
    pub fn burst(self) -> f64 {
        (self.0 * BURST_SECONDS).max(BURST_MIN)
    }

    /// The lower of this rate and another number, never below [`RATE_MIN`].
    #[must_use]
    pub fn at_most(self, per_second: f64) -> Self {
        Self(self.0.min(per_second).max(RATE_MIN))
    }

    /// The share of one of several nodes.
    #[must_use]
    pub fn shared_by(self, nodes: u32) -> Self {
        Self((self.0 / f64::from(nodes.max(1))).max(RATE_MIN))
    }
}
