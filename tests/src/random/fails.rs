//! Where Django answers 500, and what Gatepost answers then: the table of docs/deviations.md, "Where Django fails".

use super::seen::Seen;
use super::step::Step;

/// What Django fails on. The generator says of a step what it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Nesting that Python's recursion does not reach.
    Depth,
    /// More than 1000 fields in a query, beside a `Content-Type` with a charset.
    Query,
    /// A stored hash that can't be read.
    Hash,
    /// A token's user is no number.
    UserId,
    /// A token's user is gone.
    UserGone,
    /// The moment of expiry is a text, or beyond the year 9999.
    Expiry,
    /// No id.
    NoId,
    /// The issuer is no text.
    Issuer,
    /// Several users have the email that names a token's user.
    SharedEmail,
}

const INVALID: &str = r#"{"detail":"Token is invalid","code":"token_not_valid"}"#;
/// Django can't write a page that shows the form again.
const SURROGATE: &str = "\"Surrogate characters are not allowed: U+D";
const NO_ID: &str = r#"{"detail":"Token has no id","code":"token_not_valid"}"#;
const NO_ACCOUNT: &str = r#"{"detail":"No active account found for the given token."}"#;
const NO_CREDENTIALS: &str = r#"{"detail":"No active account found with the given credentials"}"#;
const BAD_REQUEST: &str = "\n<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>Bad Request (400)</title>\n</head>\n<body>\n  <h1>Bad Request (400)</h1><p></p>\n</body>\n</html>\n";
const NO_USER: &str = r#"{"detail":"User not found","code":"user_not_found"}"#;
const INVALID_HEADER: &str = r#"{"detail":"Given token not valid for any token type","code":"token_not_valid","messages":[{"token_class":"AccessToken","token_type":"access","message":"Token is invalid"}]}"#;

/// Gatepost's answer to a token in the header of a protected URL, and in the body at refresh, verify and blacklist;
/// none where Django does not fail.
const TOKENS: [(Cause, [Option<&str>; 4]); 6] = [
    (
        Cause::UserId,
        [Some(NO_USER), Some(NO_ACCOUNT), None, Some(INVALID)],
    ),
    (Cause::UserGone, [None, Some(NO_ACCOUNT), None, None]),
    (
        Cause::Expiry,
        [
            Some(INVALID_HEADER),
            Some(INVALID),
            Some(INVALID),
            Some(INVALID),
        ],
    ),
    (Cause::NoId, [None, Some(NO_ID), None, Some(NO_ID)]),
    (Cause::Issuer, [None, Some(INVALID), None, Some(INVALID)]),
    (
        Cause::SharedEmail,
        [Some(NO_USER), Some(NO_ACCOUNT), None, Some(INVALID)],
    ),
];

impl Cause {
    /// Gatepost's status and body.
    fn answer(self, step: &Step) -> Option<(u16, String)> {
        if let Some((_, answers)) = TOKENS.iter().find(|(cause, _)| *cause == self) {
            let places = ["/refresh/", "/verify/", "/blacklist/"];
            let place = places.iter().position(|place| step.target.contains(place));
            let text = answers[place.map_or(0, |place| place + 1)]?;
            return Some((401, text.to_owned()));
        }
        if self == Self::Hash {
            return Some((401, NO_CREDENTIALS.to_owned()));
        }
        if self == Self::Query {
            let (_, query) = step.target.split_once('?')?;
            let is_long = query.matches('&').count() >= 1000;
            let has_charset = step.has_codec(&["charset", "Charset", "CHARSET"]);
            return (is_long && has_charset).then(|| (400, BAD_REQUEST.to_owned()));
        }
        let body = String::from_utf8(step.body.as_ref()?.plain()?).ok()?;
        let [lists, objects] = ['[', '{'].map(|open| body.matches(open).count());
        let name = if lists > objects { "array" } else { "object" };
        let detail = format!(
            "JSON parse error - maximum recursion depth exceeded while decoding a JSON {name} from a unicode string"
        );
        let is_deep = lists.max(objects) > 994;
        is_deep.then(|| (400, serde_json::json!({ "detail": detail }).to_string()))
    }
}

/// Whether Django fails on this request, and Gatepost answers it as it must.
pub(super) fn allow(step: &Step, django: &Seen, gatepost: &Seen) -> bool {
    let mut answers = step.fails.iter().filter_map(|cause| cause.answer(step));
    // Gatepost may name other faults of the form beside it
    let is_surrogate =
        gatepost.status == 400 && gatepost.is_page(false) && gatepost.body.contains(SURROGATE);
    django.status == 500
        && (is_surrogate || answers.any(|(status, body)| is(step, gatepost, status, &body)))
}

/// Whether a token in a body was refused as invalid.
pub(super) fn is_invalid_token(step: &Step, gatepost: &Seen) -> bool {
    is(step, gatepost, 401, INVALID)
}

fn is(step: &Step, seen: &Seen, status: u16, body: &str) -> bool {
    let is_body = step.method == "HEAD" || seen.body == body || seen.tight().body == body;
    let is_challenged = seen.header("www-authenticate").is_some() == (status == 401);
    seen.status == status && is_body && is_challenged
}
