//! `_changelist_filters`: a form remembers how the list was that one came from, and leads back to it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::models::Model;
use super::visit::Visit;

const NAME: &str = "_changelist_filters";

/// `quote_plus`: what is not written as it is in a query.
const QUOTED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'_')
    .remove(b'.')
    .remove(b'-')
    .remove(b'~');

/// `urlencode`.
pub(super) fn encoded(pairs: &[(&str, &str)]) -> String {
    let quoted = |text: &str| {
        utf8_percent_encode(text, QUOTED)
            .to_string()
            .replace("%20", "+")
    };
    let pair = |(name, value): &(&str, &str)| format!("{}={}", quoted(name), quoted(value));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// A page of the same model, which remembers it too.
pub(super) fn remembered(visit: &Visit<'_>, url: &str) -> String {
    match kept(visit) {
        Some(kept) => format!("{url}?{}", encoded(&[(NAME, kept)])),
        None => url.to_owned(),
    }
}

/// A form that one goes on with, which keeps all that this one was asked with.
pub(super) fn again(visit: &Visit<'_>, url: &str) -> String {
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for (name, value) in &visit.query {
        // of several the last one, in the place of the first
        match pairs.iter_mut().find(|(known, _)| known == name) {
            _ if value.is_empty() => {}
            Some((_, old)) => *old = value,
            None => pairs.push((name, value)),
        }
    }
    if pairs.is_empty() {
        return url.to_owned();
    }
    format!("{url}?{}", encoded(&pairs))
}

/// Where one goes after a change: to the list as it was, or to the index without the right to see it.
pub(super) fn after_change(visit: &Visit<'_>, model: &Model) -> String {
    if !visit.may_see(model) {
        return visit.root();
    }
    let list = visit.list_url(model);
    match kept(visit) {
        Some(kept) => {
            format!("{list}?{}", crate::http::path::quoted_query(kept))
        }
        None => list,
    }
}

fn kept<'v>(visit: &'v Visit<'_>) -> Option<&'v str> {
    visit.parameter(NAME).filter(|kept| !kept.is_empty())
}
