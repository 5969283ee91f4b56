//! `_changelist_filters`: a form remembers how the list was that one came from, and leads back to it.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::models::Model;
use super::visit::Visit;

const NAME: &str = "_changelist_filters";

/// A page of the same model, which remembers it too.
pub(super) fn remembered(visit: &Visit<'_>, url: &str) -> String {
    match visit.parameter(NAME) {
        Some(kept) if !kept.is_empty() => {
            let kept = utf8_percent_encode(kept, NON_ALPHANUMERIC);
            format!("{url}?{NAME}={kept}")
        }
        _ => url.to_owned(),
    }
}

/// Where one goes after a change: to the list as it was, or to the index without the right to see it.
pub(super) fn after_change(visit: &Visit<'_>, model: &Model) -> String {
    if !visit.may_see(model) {
        return visit.root();
    }
    let list = visit.list_url(model);
    match visit.parameter(NAME) {
        Some(kept) if !kept.is_empty() => {
            format!("{list}?{}", crate::http::path::quoted_query(kept))
        }
        _ => list,
    }
}
