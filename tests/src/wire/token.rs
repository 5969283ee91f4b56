//! JSON web tokens: forged as a row asks for them, and opened as capture.py shows them.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::fill::Variables;
use super::json::{COMPACT, Json};

/// The token of a recipe: claims, drop, exp/iat/nbf (seconds from now), secret, alg, header.
pub(super) fn forge(
    recipe: &Json,
    variables: &Variables,
    secret: &str,
    now: i64,
) -> Result<String, String> {
    let number = |value: i64| Json::Number(value.to_string());
    let mut claims = vec![
        ("token_type".to_owned(), "access".into()),
        ("exp".to_owned(), number(now + 600)),
        ("iat".to_owned(), number(now)),
        ("jti".to_owned(), Json::Text("f".repeat(32))),
        ("user_id".to_owned(), "1".into()),
    ];
    for (name, value) in recipe.get("claims").map_or(&[][..], Json::pairs) {
        put(&mut claims, name, variables.fill(value));
    }
    for name in recipe.get("drop").map_or(&[][..], Json::items) {
        claims.retain(|(claim, _)| name.text() != Some(claim));
    }
    for name in ["exp", "iat", "nbf"] {
        if let Some(Json::Number(offset)) = recipe.get(name) {
            let offset: i64 = offset
                .parse()
                .map_err(|_| format!("{name} is no number of seconds: {offset}"))?;
            put(&mut claims, name, number(now + offset));
        }
    }
    let alg = recipe.get("alg").and_then(Json::text).unwrap_or("HS256");
    let plain = || {
        Json::Object(vec![
            ("alg".to_owned(), alg.into()),
            ("typ".to_owned(), "JWT".into()),
        ])
    };
    let header = recipe.get("header").cloned().unwrap_or_else(plain);
    let signed = format!("{}.{}", encoded(&header), encoded(&Json::Object(claims)));
    let algorithm = match alg {
        "HS256" => hmac::HMAC_SHA256,
        "HS384" => hmac::HMAC_SHA384,
        "HS512" => hmac::HMAC_SHA512,
        "none" => return Ok(signed + "."),
        other => return Err(format!("no algorithm {other} is known here")),
    };
    let secret = recipe.get("secret").and_then(Json::text).unwrap_or(secret);
    let tag = hmac::sign(
        &hmac::Key::new(algorithm, secret.as_bytes()),
        signed.as_bytes(),
    );
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag)))
}

/// The claims of a token, for a row's `claims_of`.
pub(super) fn claims(token: &str) -> Result<Json, String> {
    part(token, 1)
}

/// The header and the claims as lists of pairs, without what changes from run to run: exp and iat as minutes from now, a jti as `<hex>`.
pub(super) fn opened(token: &str, now: f64) -> Result<Json, String> {
    let claims = part(token, 1)?;
    let pairs = claims
        .pairs()
        .iter()
        .map(|(name, value)| pair(name, steady(name, value, now)));
    Ok(Json::List(vec![
        listed(&part(token, 0)?),
        Json::List(pairs.collect()),
    ]))
}

fn encoded(value: &Json) -> String {
    URL_SAFE_NO_PAD.encode(value.dump(COMPACT))
}

/// Sets a key where it stands, or at the end, as a Python dict does.
fn put(pairs: &mut Vec<(String, Json)>, name: &str, value: Json) {
    match pairs.iter_mut().find(|(key, _)| key == name) {
        Some((_, old)) => *old = value,
        None => pairs.push((name.to_owned(), value)),
    }
}

fn part(token: &str, index: usize) -> Result<Json, String> {
    let text = token.split('.').nth(index).unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|problem| format!("no base64 in a token: {problem}"))?;
    Json::parse(&String::from_utf8(bytes).map_err(|_| "a token's part is not UTF-8")?)
}

fn pair(name: &str, value: Json) -> Json {
    Json::List(vec![name.into(), value])
}

/// An object as the list of its pairs, at every depth: `object_pairs_hook=list`.
fn listed(value: &Json) -> Json {
    match value {
        Json::Object(pairs) => Json::List(
            pairs
                .iter()
                .map(|(name, value)| pair(name, listed(value)))
                .collect(),
        ),
        Json::List(items) => Json::List(items.iter().map(listed).collect()),
        other => other.clone(),
    }
}

fn steady(name: &str, value: &Json, now: f64) -> Json {
    match (name, value) {
        ("exp" | "iat", Json::Number(spelled))
            if spelled.bytes().all(|b| b == b'-' || b.is_ascii_digit()) =>
        {
            let seconds: f64 = spelled.parse().unwrap_or(f64::NAN);
            let minutes = ((seconds - now) / 60.0).round_ties_even() + 0.0; // + 0.0: Python's rounded zero has no sign
            Json::Text(format!("<{minutes:.0} min>"))
        }
        ("jti", Json::Text(text))
            if text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) =>
        {
            "<hex>".into()
        }
        (_, value) => listed(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::SPACED;

    fn forged(recipe: &str) -> String {
        let mut variables = Variables::default();
        variables.set("id", Json::Number("7".to_owned()));
        forge(
            &Json::parse(recipe).unwrap(),
            &variables,
            "secret",
            1_000_000,
        )
        .unwrap()
    }

    fn parts(recipe: &str) -> (String, String) {
        let token = forged(recipe);
        (
            part(&token, 0).unwrap().dump(COMPACT),
            claims(&token).unwrap().dump(COMPACT),
        )
    }

    #[test]
    fn the_plain_token_is_python_s() {
        // computed by capture.py's own forge at the same moment
        assert_eq!(forged("{}"), PLAIN);
        assert_eq!(
            forged(r#"{"alg": "HS512", "claims": {"x": {"y": [1, 2.5, null, "é"]}}}"#),
            HS512
        );
    }

    #[test]
    fn claims_are_changed_dropped_and_moved_in_time() {
        let (header, claims) = parts(
            r#"{"claims": {"token_type": "refresh", "aud": "z", "user_id": "${id}"}, "drop": ["jti"], "exp": -10, "nbf": 5, "alg": "none"}"#,
        );
        assert_eq!(header, r#"{"alg":"none","typ":"JWT"}"#);
        assert_eq!(
            claims,
            r#"{"token_type":"refresh","exp":999990,"iat":1000000,"user_id":7,"aud":"z","nbf":1000005}"#
        );
        assert!(forged(r#"{"alg": "none"}"#).ends_with('.'));
        assert_eq!(
            parts(r#"{"header": {"alg": "HS256", "kid": "../x"}}"#).0,
            r#"{"alg":"HS256","kid":"../x"}"#
        );
        assert!(
            parts(r#"{"drop": ["iat"], "iat": 0}"#)
                .1
                .ends_with(r#""iat":1000000}"#)
        );
        assert!(
            parts(r#"{"claims": {"exp": 1000000000000000000000000000000}}"#)
                .1
                .contains(":1000000000000000000000000000000,")
        );
    }

    #[test]
    fn the_signature_follows_algorithm_and_secret() {
        let tail = |recipe| forged(recipe).rsplit_once('.').unwrap().1.to_owned();
        assert_eq!(tail(r#"{"alg": "HS384"}"#).len(), 64);
        assert_eq!(tail(r#"{"secret": "secret"}"#), tail("{}"));
        assert_ne!(tail(r#"{"secret": "other"}"#), tail("{}"));
    }

    #[test]
    fn an_opened_token_shows_no_moment() {
        let token = forged(
            r#"{"claims": {"token_type": "refresh", "x": {"y": []}}, "exp": 629, "iat": -31}"#,
        );
        let shown = r#"[[["alg", "HS256"], ["typ", "JWT"]], [["token_type", "refresh"], ["exp", "<10 min>"], ["iat", "<-1 min>"], ["jti", "<hex>"], ["user_id", "1"], ["x", [["y", []]]]]]"#;
        assert_eq!(opened(&token, 1_000_000.0).unwrap().dump(SPACED), shown);
        let other = forged(r#"{"claims": {"jti": "F", "exp": "soon", "iat": 1.5}}"#);
        let shown = opened(&other, 1_000_000.0).unwrap().dump(SPACED);
        assert!(shown.ends_with(r#"[["token_type", "access"], ["exp", "soon"], ["iat", 1.5], ["jti", "F"], ["user_id", "1"]]]"#), "{shown}");
        assert!(
            opened(&forged(r#"{"iat": -20}"#), 1_000_000.0)
                .unwrap()
                .dump(SPACED)
                .contains("<0 min>")
        );
    }

    #[test]
    fn what_is_no_token_is_said() {
        assert!(opened("eyJ!.b.c", 0.0).is_err());
        assert!(claims("garbage").is_err());
    }

    const PLAIN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIiwiZXhwIjoxMDAwNjAwLCJpYXQiOjEwMDAwMDAsImp0aSI6ImZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmIiwidXNlcl9pZCI6IjEifQ.N0V7cXaFE-iF4sd6ZVX5-sqiPWgRrZFw9NkbOr1bC5Q";
    const HS512: &str = "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIiwiZXhwIjoxMDAwNjAwLCJpYXQiOjEwMDAwMDAsImp0aSI6ImZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmIiwidXNlcl9pZCI6IjEiLCJ4Ijp7InkiOlsxLDIuNSxudWxsLCJcdTAwZTkiXX19.uCYpvsov2wee13qnBSOfJ8jNDGeF1zAei49tdqS8EpMY6UR0c_ai7gp_Y8XFDea7DK6Pfa47Ldr3I5dUJ40Bag";
}
