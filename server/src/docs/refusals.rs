//! The answers that every call may get, as components of the document: DRF's and SimpleJWT's shapes of errors.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::schemas::Schemas;
use crate::http::operation::Operation;
use crate::routes::route::{Access, Called, Route};

/// The shared answers by their names, and what they mean.
const SHARED: &[(u16, &str, &str)] = &[
    (
        400,
        "BadRequest",
        "The request can't be read, or names a host that is not served.",
    ),
    (
        401,
        "Unauthorized",
        "Nobody is signed in, or the token is of no use.",
    ),
    (403, "Forbidden", "Whoever is signed in may not do this."),
    (
        404,
        "NotFound",
        "There is nothing here, or no such `format`.",
    ),
    (
        405,
        "MethodNotAllowed",
        "The URL does not have this method; `Allow` lists those that it has.",
    ),
    (
        406,
        "NotAcceptable",
        "`Accept` takes neither JSON nor HTML.",
    ),
    (408, "RequestTimeout", "The body did not arrive in time."),
    (409, "Conflict", "Something else stands in the way."),
    (
        412,
        "PreconditionFailed",
        "It was changed since it was read.",
    ),
    (
        415,
        "UnsupportedMediaType",
        "No parser takes a body of this `Content-Type`.",
    ),
    (
        422,
        "UnprocessableContent",
        "The key was used for another body.",
    ),
    (429, "TooManyRequests", "Too much in so short a time."),
    (
        503,
        "ServiceUnavailable",
        "Too much to do, or the database is away: try again.",
    ),
];

/// The name of the shared answer of a status.
pub(super) fn name(status: u16) -> Option<&'static str> {
    let found = SHARED.iter().find(|(shared, ..)| *shared == status);
    found.map(|(_, name, _)| *name)
}

/// The refusals that follow from a route, and those that are told, with what is told of them.
pub(super) fn told(
    route: &Route,
    called: &Called,
    operation: &Operation,
) -> Vec<(u16, Option<&'static str>)> {
    let own = operation.refusals.iter();
    let mut told: Vec<_> = own.map(|(status, when)| (*status, Some(*when))).collect();
    let mut follow = vec![404, 406, 503];
    match route.access {
        Access::SignedIn => follow.push(401),
        Access::Anyone => told.push((401, Some("A token is shown, and is of no use."))),
        Access::Open => {}
    }
    if called.fields.is_some() {
        follow.extend([408, 415]);
    } else {
        follow.push(400);
    }
    for status in follow {
        if told.iter().all(|(known, _)| *known != status) {
            told.push((status, None));
        }
    }
    told
}

/// What a body with wrong fields is refused with.
pub(super) const WRONG: (u16, &str) = (400, "Fields are wrong, or the body can't be read.");

/// All refusals of a call, for people.
pub(super) fn of(
    route: &Route,
    called: &Called,
    operation: &Operation,
) -> Vec<(u16, &'static str)> {
    let told = told(route, called, operation).into_iter();
    let told = told.filter_map(|(status, when)| {
        let shared = SHARED.iter().find(|(shared, ..)| *shared == status);
        Some((status, when.or(shared.map(|(_, _, when)| *when))?))
    });
    called
        .fields
        .map(|_| WRONG)
        .into_iter()
        .chain(told)
        .collect()
}

/// `{"detail": …}`.
pub(super) fn detail(schemas: &mut Schemas) -> Value {
    let schema = json!({
        "type": "object",
        "properties": {"detail": {"type": "string"}},
        "required": ["detail"],
    });
    schemas.keep("Detail", schema)
}

/// What SimpleJWT says of a token.
fn token_error(schemas: &mut Schemas) -> Value {
    let text = json!({"type": "string"});
    let message = json!({
        "type": "object",
        "properties": {"token_class": text, "token_type": text, "message": text},
        "required": ["token_class", "token_type", "message"],
    });
    let schema = json!({
        "type": "object",
        "properties": {
            "detail": text,
            "code": {"type": "string", "description": "Such as `token_not_valid`; not where there is no token."},
            "messages": {"type": "array", "items": message, "description": "What each kind of token says of it."},
        },
        "required": ["detail"],
    });
    schemas.keep("TokenError", schema)
}

/// An answer of JSON or, where Django itself refuses, of a page.
pub(super) fn json_or_page(schema: &Value) -> Value {
    json!({
        "application/json": {"schema": schema},
        "text/html": {"schema": {"type": "string"}},
    })
}

/// Those that calls refer to; and 405, which is of none of them.
pub(super) fn components(used: &BTreeSet<u16>, schemas: &mut Schemas) -> Value {
    let mut all = Map::new();
    let is_used = |status: &u16| used.contains(status) || *status == 405;
    for (status, name, when) in SHARED.iter().filter(|(status, ..)| is_used(status)) {
        let schema = if *status == 401 {
            token_error(schemas)
        } else {
            detail(schemas)
        };
        let content = match status {
            400 => json!({"text/html": {"schema": {"type": "string"}}}),
            404 => json_or_page(&schema),
            _ => json!({"application/json": {"schema": schema}}),
        };
        let mut response = json!({"description": when});
        let header = match status {
            401 => Some(("WWW-Authenticate", "How to sign in.", "string")),
            405 => Some(("Allow", "The methods of the URL.", "string")),
            429 | 503 => Some(("Retry-After", "After how many seconds.", "integer")),
            _ => None,
        };
        if let Some((header, says, kind)) = header {
            response["headers"] = json!({
                header: {"description": says, "required": true, "schema": {"type": kind}},
            });
        }
        response["content"] = content;
        all.insert((*name).to_owned(), response);
    }
    all.into()
}
