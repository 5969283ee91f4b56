//! A length of time as settings write it: "30s", "180m", "50d", or a number of seconds.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// A whole number of seconds, never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(i64);

/// Long enough for any token, and short enough that no sum of moments overflows.
const LONGEST: u64 = 100 * 366 * 86_400;

impl Seconds {
    /// The number of seconds.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// That many seconds.
    pub const fn new(seconds: u32) -> Self {
        Self(seconds as i64)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecondsVisitor)
    }
}

struct SecondsVisitor;

impl Visitor<'_> for SecondsVisitor {
    type Value = Seconds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a time such as \"30s\", \"180m\", \"50d\" or a whole number of seconds, at most 100 years",
        )
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Seconds, E> {
        u64::try_from(seconds)
            .ok()
            .filter(|seconds| *seconds <= LONGEST)
            .map(|_| Seconds(seconds))
            .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Signed(seconds), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Seconds, E> {
        let seconds = match text.parse::<u64>() {
            Ok(seconds) => Some(seconds),
            // a fraction of a second would be lost in a token's whole seconds
            Err(_) => humantime::parse_duration(text)
                .ok()
                .filter(|duration| duration.subsec_nanos() == 0)
                .map(|duration| duration.as_secs()),
        };
        seconds
            .filter(|seconds| *seconds <= LONGEST)
            .and_then(|seconds| i64::try_from(seconds).ok())
            .map(Seconds)
            .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }
}
