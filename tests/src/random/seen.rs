//! An answer as it is compared: without what changes from run to run, and a page as the data that it shows.

use std::fmt;

use super::mask::{Masked, Symbols, Time};
use super::page;
use super::step::{UNKNOWN_TYPE, UNREADABLE_TYPE};
use crate::wire::client::Answer;

/// What is compared of an answer.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) status: u16,
    /// Sorted by name, without those that only one of the servers adds.
    headers: Vec<(String, String)>,
    /// Masked; of a page of the API, its data.
    pub(super) body: String,
    times: Vec<Time>,
    /// Its `Content-Length`.
    pub(super) length: Option<usize>,
}

impl Seen {
    pub(super) fn new(symbols: &mut Symbols, answer: &Answer, now: i64) -> Self {
        let mut headers: Vec<_> = answer.headers.clone();
        // HTTP's own
        headers.retain(|(name, _)| {
            !["date", "server", "connection", "transfer-encoding"].contains(&name.as_str())
        });
        let length = answer.header("content-length");
        let length = length.and_then(|length| length.parse().ok());
        for (name, value) in &mut headers {
            // a moment of no microseconds is shorter
            if name == "content-length" && *value == answer.body.len().to_string() {
                "of the body".clone_into(value);
            }
        }
        let text = String::from_utf8_lossy(&answer.body);
        let Masked { text, times } = if let Some((heading, data)) = page::of_api(&text) {
            headers.push(("page".to_owned(), heading));
            symbols.mask(&data, now)
        } else {
            symbols.mask(&text, now)
        };
        headers.sort();
        Self {
            status: answer.status,
            headers,
            body: text,
            times,
            length,
        }
    }

    /// The same as if Gatepost had been asked with the `Content-Type` that [`Step::for_django`](super::step::Step::for_django) has.
    pub(super) fn with_djangos_type(mut self) -> Self {
        self.body = self.body.replace(UNREADABLE_TYPE, UNKNOWN_TYPE);
        self
    }

    /// Takes away the headers that Gatepost alone sends, each where docs/deviations.md has it; says if one is missing.
    pub(super) fn without_extras(mut self) -> Self {
        let has = |part: &str| self.body.contains(part);
        let is_token =
            self.status == 200 && has("<token ") && (has("\"access\":") || has("\"token\":"));
        // no key is sent, so no features are named
        if is_token {
            let (name, value) = ("cache-control", "no-store");
            let at = (self.headers.iter()).position(|header| header.0 == name && header.1 == value);
            match at {
                Some(at) => drop(self.headers.remove(at)),
                None => self.headers.push((name.to_owned(), "missing".to_owned())),
            }
        }
        let is_id = |(name, value): &(String, String)| {
            let parts = value.split_once('-');
            name == "x-request-id"
                && parts.is_some_and(|(process, number)| {
                    process.len() == 8 && u64::from_str_radix(number, 16).is_ok()
                })
        };
        if self.header("content-type") == Some("text/html; charset=utf-8") {
            let policy = |(name, _): &(String, String)| name == "content-security-policy";
            match self.headers.iter().position(policy) {
                Some(at) => drop(self.headers.remove(at)),
                None => (self.headers).push(("content-security-policy".into(), "missing".into())),
            }
        }
        let at = self.headers.iter().position(is_id);
        at.map(|at| self.headers.remove(at));
        self
    }

    pub(super) fn header(&self, wanted: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    }

    /// The same but for these headers.
    pub(super) fn without(&self, headers: &[&str]) -> Self {
        let mut left = self.clone();
        left.headers
            .retain(|(name, _)| !headers.contains(&name.as_str()));
        left
    }

    pub(super) fn is_html(&self) -> bool {
        (self.header("content-type")).is_some_and(|kind| kind.starts_with("text/html"))
    }

    /// Whether it is a page of the API that shows something; the answer to HEAD shows nothing.
    pub(super) fn is_page(&self, is_head: bool) -> bool {
        self.is_html() && (is_head || self.header("page").is_some())
    }

    /// Whether both say the same, of the same moments.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        let masked = |seen: &Self| Masked {
            text: seen.body.clone(),
            times: seen.times.clone(),
        };
        (self.status, &self.headers) == (other.status, &other.headers)
            && masked(self).agrees(&masked(other))
    }

    /// The same without the space between the parts of its JSON.
    pub(super) fn tight(&self) -> Self {
        let (mut is_text, mut is_escaped) = (false, false);
        let mut out = String::with_capacity(self.body.len());
        for char in self.body.chars() {
            if is_text || !matches!(char, ' ' | '\n') {
                out.push(char);
            }
            if char == '"' && !is_escaped {
                is_text = !is_text;
            }
            is_escaped = char == '\\' && !is_escaped;
        }
        Self {
            body: out,
            ..self.clone()
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {value}")?;
        }
        write!(f, "\n{}\ntimes: {:?}", self.body, self.times)
    }
}
