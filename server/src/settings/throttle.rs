//! The section `[throttle]`: how many failed logins and registrations there may be.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

/// The section `[throttle]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Throttle {
    /// Whether anything is throttled.
    pub enabled: bool,
    /// Failed logins to one account.
    pub account: Rate,
    /// Failed logins from one address.
    pub address: Rate,
    /// Registrations from one address.
    pub register: Rate,
}

/// So many in a time, as REST framework writes it: "10/m".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    count: u32,
    seconds: u32,
}

/// As many as a bucket may ever need; above it the time for one would be lost in rounding.
const MOST: u32 = 100_000;

impl Rate {
    /// How many there may be at once.
    pub const fn count(self) -> u32 {
        self.count
    }

    /// In how many seconds so many are there again.
    pub const fn seconds(self) -> u32 {
        self.seconds
    }
}

fn parse(text: &str) -> Option<Rate> {
    let (count, unit) = text.split_once('/')?;
    let count = count.trim().parse().ok()?;
    let seconds = match unit.trim() {
        "s" | "sec" | "second" => 1,
        "m" | "min" | "minute" => 60,
        "h" | "hour" => 60 * 60,
        "d" | "day" => 24 * 60 * 60,
        _ => return None,
    };
    let rate = Rate { count, seconds };
    (1..=MOST).contains(&count).then_some(rate)
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RateVisitor)
    }
}

struct RateVisitor;

impl Visitor<'_> for RateVisitor {
    type Value = Rate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a rate such as \"10/m\": 1 to {MOST}, and s, m, h or d (to throttle nothing, set throttle.enabled to false)"
        )
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Rate, E> {
        parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_and_a_time() {
        for (text, rate) in [
            ("10/m", Some((10, 60))),
            ("1/s", Some((1, 1))),
            ("20 / hour", Some((20, 3600))),
            ("100000/day", Some((100_000, 86_400))),
            ("5/min", Some((5, 60))),
            ("0/m", None),
            ("100001/d", None),
            ("10", None),
            ("10/", None),
            ("10/month", None),
            ("-1/m", None),
            ("1.5/m", None),
            ("", None),
        ] {
            let found = parse(text).map(|rate| (rate.count(), rate.seconds()));
            assert_eq!(found, rate, "{text}");
        }
    }
}
