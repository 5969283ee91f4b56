//! Headers that a gateway before the server asks for. Their values are secrets: they are sent, and never shown.

use std::collections::BTreeMap;
use std::fmt;

use gatepost_sdk::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::values;

/// What the client sends of itself, or what would break its requests.
const OWN: [&str; 11] = [
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "idempotency-key",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Headers by their names in small letters.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
pub(crate) struct Headers(BTreeMap<String, String>);

impl Headers {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// These, and of the others those of other names.
    pub(crate) fn over(&self, others: &Self) -> Self {
        let mut all = others.0.clone();
        all.extend(self.0.clone());
        Self(all)
    }

    /// Adds what stands in a line: `NAME:VALUE`.
    ///
    /// The error is a sentence that begins after the name of what was given, and shows no part of it: who leaves out
    /// the name has written a secret.
    pub(crate) fn add(&mut self, line: &str) -> Result<(), String> {
        let (name, value) = line
            .split_once(':')
            .ok_or("has no colon: write NAME:VALUE")?;
        self.insert(name, value)
    }

    fn insert(&mut self, name: &str, value: &str) -> Result<(), String> {
        let name = HeaderName::try_from(values::value(name))
            .map_err(|_| "has no name of a header before the colon: write NAME:VALUE")?;
        if OWN.contains(&name.as_str()) {
            return Err(format!("names {name}, which gatepost sends itself"));
        }
        let value = value.trim();
        if value.is_empty() {
            return Err(format!("gives {name} no value"));
        }
        if HeaderValue::try_from(value).is_err() {
            return Err(format!(
                "gives {name} a value with characters that no header can carry"
            ));
        }
        self.0.insert(name.to_string(), value.to_owned());
        Ok(())
    }
}

impl TryFrom<BTreeMap<String, String>> for Headers {
    type Error = String;

    fn try_from(all: BTreeMap<String, String>) -> Result<Self, String> {
        let mut headers = Self::default();
        for (name, value) in all {
            headers
                .insert(&name, &value)
                .map_err(|why| format!("request_headers {why}"))?;
        }
        Ok(headers)
    }
}

impl fmt::Debug for Headers {
    /// The names alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_header_and_no_error_shows_a_secret() {
        let mut headers = Headers::default();
        headers.add("CF-Access-Client-Id: abc.access\r").unwrap();
        headers.add("cf-access-client-id:hunter2:x").unwrap();
        let all: Vec<_> = headers.iter().collect();
        assert_eq!(all, [("cf-access-client-id", "hunter2:x")]);
        assert!(!format!("{headers:?}").contains("hunter2"));
        for line in [
            "hunter2",
            "hunter2 x:y",
            ":hunter2",
            "Authorization: hunter2",
            "HOST:hunter2",
            "X:",
            "X: hunter2\u{7}",
        ] {
            let why = headers.add(line).unwrap_err();
            assert!(!why.contains("hunter2"), "{why}");
        }
    }

    #[test]
    fn the_newer_ones_win() {
        let of = |lines: &[&str]| {
            let mut headers = Headers::default();
            for line in lines {
                headers.add(line).unwrap();
            }
            headers
        };
        let all = of(&["a:2", "b:2"]).over(&of(&["b:1", "c:1"]));
        assert_eq!(all, of(&["a:2", "b:2", "c:1"]));
    }
}
