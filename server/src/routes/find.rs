//! What a path leads to.

use axum::extract::Request;

use super::route::{Match, Route};
use crate::docs::{self, Docs};

/// What a path leads to.
pub(super) enum Found<'r> {
    Route(Match<'r>),
    /// The admin site, which knows its own.
    Admin,
    /// What tells of the API.
    Docs(docs::Place),
    /// The same path with a slash at its end is a route's.
    WithSlash(String),
    Nothing,
}

/// Below which the admin site is.
pub(super) const ADMIN: &str = "/admin/";

/// Looks a path up: in the table of routes, and beside it.
pub(super) fn find<'r>(
    (routes, docs): (&'r [Route], &Docs),
    has_admin: bool,
    path: &str,
    request: &Request,
) -> Found<'r> {
    let docs = |path: &str| docs.find(path, request.headers(), request.uri());
    let route = |path: &str| routes.iter().find_map(|route| route.matches(path));
    if let Some(found) = route(path) {
        return Found::Route(found);
    }
    if has_admin && path.starts_with(ADMIN) {
        return Found::Admin;
    }
    if let Some(place) = docs(path) {
        return Found::Docs(place);
    }
    let with_slash = format!("{path}/");
    let is_admin = has_admin && with_slash == ADMIN;
    let is_there = is_admin || docs(&with_slash).is_some();
    if !path.ends_with('/') && (is_there || route(&with_slash).is_some()) {
        Found::WithSlash(with_slash)
    } else {
        Found::Nothing
    }
}
