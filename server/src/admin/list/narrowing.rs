//! What the rows of a list must meet.

use super::asked::Asked;
use super::lookups;
use crate::admin::models::Model;
use crate::db::{Dialect, Query};

/// What a row must meet: the words of the search, and the filters of some names. Each condition begins with AND.
pub(super) fn narrowing(
    dialect: Dialect,
    model: &Model,
    asked: &Asked,
    heeds: impl Fn(&str) -> bool,
) -> Query {
    let mut query = filtering(asked, heeds);
    if !model.search.is_empty() {
        for word in asked.words() {
            query.push(" AND ");
            query.append(&lookups::has_word(dialect, model.search, &word));
        }
    }
    query
}

/// The filters of some names, each with AND before it.
pub(super) fn filtering(asked: &Asked, heeds: impl Fn(&str) -> bool) -> Query {
    let mut query = Query::default();
    for (name, condition) in &asked.conditions {
        if heeds(name) {
            query.push(" AND ").append(condition);
        }
    }
    query
}
