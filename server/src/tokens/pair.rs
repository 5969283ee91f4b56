//! The answer that carries tokens.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::http::answer::{Resource, Shown};
use crate::http::fields::{Field, Kind, Serializer};
use crate::http::operation::Answer;
use crate::settings::Settings;

/// Names what this server does for clients beyond Django, see `docs/deviations.md`.
const FEATURES: &str = "gatepost-features";

/// What a login answers, in SimpleJWT's order.
static LOGIN: Serializer = Serializer(&[REFRESH, ACCESS]);
/// What a refresh answers; the refresh token where it was rotated.
static REFRESHED: Serializer = Serializer(&[ACCESS, REFRESH]);

/// What sliding tokens are answered as.
static SLIDING: Serializer = Serializer(&[Field::read_only("token", "Token", Kind::Text)]);

const ACCESS: Field = Field::read_only("access", "Access", Kind::Text);
const REFRESH: Field = Field::read_only("refresh", "Refresh", Kind::Text);

/// What a login answers, in the API's document.
pub(super) fn login_answer(settings: &Settings) -> Answer {
    let example = r#"{"refresh":"eyJhbGciOi…","access":"eyJhbGciOi…"}"#;
    let answer = Answer::one(200, "Both tokens.", ("TokenPair", &LOGIN), example);
    if settings.cookies.is_on() {
        answer.without("refresh")
    } else {
        answer
    }
}

/// What a changed password answers: no tokens, but where they are new.
pub(crate) fn changed_answer(settings: &Settings) -> Answer {
    let when = "The password is changed.";
    if !settings.simple_jwt.check_revoke_token {
        return Answer::empty(200, when);
    }
    let example = r#"{"refresh":"eyJhbGciOi…","access":"eyJhbGciOi…"}"#;
    Answer::one(200, when, ("NewTokens", &LOGIN), example)
        .at_times("refresh")
        .at_times("access")
}

/// What a refresh answers, there.
pub(super) fn refresh_answer(settings: &Settings) -> Answer {
    let jwt = &settings.simple_jwt;
    let named = ("RefreshedTokens", &REFRESHED);
    let example = r#"{"access":"eyJhbGciOi…","refresh":"eyJhbGciOi…"}"#;
    let answer = Answer::one(200, "The new tokens.", named, example);
    if !jwt.rotate_refresh_tokens {
        return answer.without("refresh");
    }
    let answer = answer.header(
        "Idempotency-Replayed",
        "`true` where the same answer was given before.",
    );
    if settings.cookies.is_on() {
        answer.at_times("refresh")
    } else {
        answer
    }
}

/// What a sliding token is answered as, there.
pub(super) fn sliding_answer() -> Answer {
    let example = r#"{"token":"eyJhbGciOi…"}"#;
    Answer::one(200, "The token.", ("SlidingToken", &SLIDING), example)
}

/// An access token, and a refresh token where there is one.
pub(super) struct Pair<'t> {
    pub(super) access: &'t str,
    pub(super) refresh: Option<&'t str>,
}

impl Resource for Pair<'_> {
    fn show(&self, field: &str) -> Option<Shown<'_>> {
        match field {
            "access" => Some(Shown::Text(self.access)),
            "refresh" => self.refresh.map(Shown::Text),
            _ => None,
        }
    }
}

impl Pair<'_> {
    /// The answer of a login.
    pub(super) fn logged_in(&self) -> Response {
        unstored(LOGIN.answer(StatusCode::OK, self))
    }

    /// The answer of a refresh.
    pub(super) fn refreshed(&self) -> Response {
        unstored(REFRESHED.answer(StatusCode::OK, self))
    }
}

/// A sliding token.
struct Token<'t>(&'t str);

impl Resource for Token<'_> {
    fn show(&self, field: &str) -> Option<Shown<'_>> {
        (field == "token").then_some(Shown::Text(self.0))
    }
}

/// The answer that carries a sliding token.
pub(super) fn sliding(token: &str) -> Response {
    unstored(SLIDING.answer(StatusCode::OK, &Token(token)))
}

/// Lets no cache keep tokens.
fn unstored(mut response: Response) -> Response {
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

/// What an answer says that this server does beyond Django.
pub(super) struct Features(&'static str);

impl Features {
    /// What needs a key is named where one came with the request: a proxy may have stripped it.
    pub(super) fn of(settings: &Settings, has_key: bool) -> Self {
        let is_repeatable = has_key && settings.simple_jwt.uses_up();
        Self(match (settings.server.extensions, is_repeatable, has_key) {
            (true, true, _) => "refresh-idempotency, post-idempotency, paging, if-match",
            (true, false, true) => "post-idempotency, paging, if-match",
            (true, false, false) => "paging, if-match",
            (false, true, _) => "refresh-idempotency",
            (false, false, _) => "",
        })
    }

    /// The answer that names them.
    pub(super) fn on(&self, mut response: Response) -> Response {
        if !self.0.is_empty() {
            let names = HeaderValue::from_static(self.0);
            response.headers_mut().insert(FEATURES, names);
        }
        response
    }
}
