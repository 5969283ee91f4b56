//! Tokens are written and read as PyJWT does, to the byte.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use django::json;

use super::*;
use crate::settings::{Algorithm, Settings};
use crate::tokens::claims::UserClaim;
use crate::tokens::signing::Key;

const KEY: &str = "reference-secret-key-for-tests-only-0123456789";
/// The vector of the reference, and the claims in it.
const VECTOR: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIiwiZXhwIjoxODAwMDAwMDAwLCJpYXQiOjE3OTk5ODkyMDAsImp0aSI6IjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmIiwidXNlcl9pZCI6IjEifQ.mpRooP9_sWJs4j9MNT_24V5MhPLNiKnAOCKuY4dq2M0";
const BEFORE: i64 = 1_799_990_000;

fn of_secret(key: &str) -> Keys {
    let key = Key::secret(&key.to_owned().into(), Algorithm::HS256);
    Keys::new(Some(key.unwrap()), Vec::new(), false)
}

fn keys() -> TokenBackend {
    let settings = Settings::default();
    TokenBackend::new(of_secret(KEY), &settings.simple_jwt, &settings.tokens)
}

fn at(seconds: i64) -> Moment {
    Moment::from_timestamp(seconds).unwrap()
}

fn read(payload: &str) -> Result<Claims, &'static str> {
    signed(r#"{"alg":"HS256","typ":"JWT"}"#, payload)
}

fn signed(header: &str, payload: &str) -> Result<Claims, &'static str> {
    signed_by(&keys(), header, payload)
}

fn signed_by(keys: &TokenBackend, header: &str, payload: &str) -> Result<Claims, &'static str> {
    let [header, payload] = [header, payload].map(|part| URL_SAFE_NO_PAD.encode(part));
    let message = format!("{header}.{payload}");
    let (_, sign) = keys.keys.sign().unwrap();
    let signature = URL_SAFE_NO_PAD.encode(sign(&message).unwrap());
    keys.read(&format!("{message}.{signature}"), at(BEFORE))
}

#[test]
fn the_reference_s_token_is_read_and_written_to_the_byte() {
    let claims = keys().read(VECTOR, at(BEFORE)).unwrap();
    assert_eq!(claims.user_id(), Some(UserClaim::Id(crate::db::Id(1))));
    assert_eq!(claims.check(TokenClass::Access), Ok(()));
    assert_eq!(
        claims.check(TokenClass::Refresh),
        Err("Token has wrong type")
    );
    assert_eq!(keys().token(claims.object()).unwrap(), VECTOR);
}

#[test]
fn a_token_expires_at_its_second() {
    assert!(keys().read(VECTOR, at(1_799_999_999)).is_ok());
    assert_eq!(keys().read(VECTOR, at(1_800_000_000)).err(), Some(EXPIRED));
}

#[test]
fn one_changed_character_anywhere_is_refused() {
    let keys = keys();
    for at_byte in 0..VECTOR.len() {
        let mut bytes = VECTOR.as_bytes().to_vec();
        bytes[at_byte] = if bytes[at_byte] == b'A' { b'B' } else { b'A' };
        let token = String::from_utf8(bytes).unwrap();
        assert!(keys.read(&token, at(BEFORE)).is_err(), "{token}");
    }
}

#[test]
fn text_that_is_no_token_is_invalid() {
    for text in [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c",
        "....",
        "é.é.é",
        &format!("{VECTOR}."),
        &format!("{VECTOR}=="),
    ] {
        assert_eq!(keys().read(text, at(BEFORE)).err(), Some(INVALID), "{text}");
    }
}

#[test]
fn headers_are_refused_as_pyjwt_refuses_them() {
    let good = [
        r#"{"alg":"HS256"}"#,
        r#"{"alg":"HS256","typ":"x","kid":"k"}"#,
        r#"{"alg":"HS256","crit":["b64"],"b64":true}"#,
    ];
    let bad = [
        r#"{"typ":"JWT"}"#,
        r#"{"alg":"none"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":"HS512"}"#,
        r#"{"alg":null}"#,
        r#"{"alg":"HS256","kid":null}"#,
        r#"{"alg":"HS256","crit":[]}"#,
        r#"{"alg":"HS256","crit":["x"]}"#,
        r#"{"alg":"HS256","crit":["b64"]}"#,
        r#"{"alg":"HS256","b64":false}"#,
        "[]",
        "",
    ];
    for header in good {
        assert!(signed(header, "{}").is_ok(), "{header}");
    }
    for header in bad {
        assert_eq!(signed(header, "{}").err(), Some(INVALID), "{header}");
    }
}

#[test]
fn times_are_read_as_python_reads_them() {
    for (payload, answer) in [
        ("{}", None),
        (r#"{"exp":1e11}"#, None),
        (r#"{"exp":1799990000.9}"#, Some(EXPIRED)),
        (r#"{"exp":true}"#, Some(EXPIRED)),
        (r#"{"exp":" 1_0 "}"#, Some(EXPIRED)),
        (r#"{"exp":"99999999999"}"#, Some(INVALID)),
        (r#"{"exp":253402300800}"#, Some(INVALID)),
        (r#"{"exp":1000000000000000000000000000000}"#, Some(INVALID)),
        (r#"{"exp":-1000000000000000000000000000000}"#, Some(EXPIRED)),
        (r#"{"exp":null}"#, Some(INVALID)),
        (r#"{"exp":"soon"}"#, Some(INVALID)),
        (r#"{"exp":NaN}"#, Some(INVALID)),
        (r#"{"iat":1799990005}"#, None),
        (r#"{"iat":1799990006}"#, Some(INVALID)),
        (r#"{"nbf":1799990006}"#, Some(INVALID)),
        (r#"{"iat":[]}"#, Some(INVALID)),
        (r#"{"jti":5}"#, Some(INVALID)),
        (r#"{"sub":null}"#, Some(INVALID)),
        ("[]", Some(INVALID)),
    ] {
        assert_eq!(read(payload).err(), answer, "{payload}");
    }
}

#[test]
fn a_successor_keeps_every_claim_in_its_place() {
    let claims = read(r#"{"x":{"y":[1,2.5,null,"é"]},"jti":"old","token_type":"refresh","exp":1800000000,"aud":"z"}"#).unwrap();
    let keys = keys();
    let next = keys
        .successor_again(claims.object(), "new".to_owned(), at(5), at(6))
        .unwrap();
    let mut text = Vec::new();
    json::write_object_ascii(&mut text, &next.claims);
    assert_eq!(
        String::from_utf8(text).unwrap(),
        r#"{"x":{"y":[1,2.5,null,"\u00e9"]},"jti":"new","token_type":"refresh","exp":6,"aud":"z","iat":5}"#
    );
    let access = keys
        .access_of(claims.object(), at(BEFORE), &Entropy::seeded(1))
        .unwrap();
    let access = keys.read(&access, at(BEFORE)).unwrap();
    let names: Vec<_> = access
        .object()
        .iter()
        .map(|(name, _)| name.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["token_type", "exp", "iat", "jti", "x", "aud"]);
}

#[test]
fn audience_and_issuer_are_written_last_and_required() {
    let with = |settings: &str| {
        let settings = Settings::from_toml(settings).unwrap();
        TokenBackend::new(of_secret(KEY), &settings.simple_jwt, &settings.tokens)
    };
    let keys = with("simple_jwt = { audience = ['a', 'b'], issuer = 'i' }");
    let refresh = keys
        .token_of(
            TokenClass::Refresh,
            "7",
            "!",
            Vec::new(),
            at(BEFORE),
            &Entropy::seeded(1),
        )
        .unwrap();
    let payload = refresh.token.split('.').nth(1).unwrap();
    let payload = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    assert!(
        payload.ends_with(r#""user_id":"7","aud":["a","b"],"iss":"i"}"#),
        "{payload}"
    );
    let read = |keys: &TokenBackend, payload: &str| {
        let header = r#"{"alg":"HS256","typ":"JWT"}"#;
        signed_by(keys, header, payload).is_ok()
    };
    for (payload, is_ours) in [
        (r#"{"aud":"b","iss":"i"}"#, true),
        (r#"{"aud":["x","a"],"iss":"i"}"#, true),
        (r#"{"aud":["a",1],"iss":"i"}"#, false),
        (r#"{"aud":[],"iss":"i"}"#, false),
        (r#"{"aud":{"a":"a"},"iss":"i"}"#, false),
        (r#"{"aud":"x","iss":"i"}"#, false),
        (r#"{"iss":"i"}"#, false),
        (r#"{"aud":"a"}"#, false),
        (r#"{"aud":"a","iss":["i"]}"#, false),
    ] {
        assert_eq!(read(&keys, payload), is_ours, "{payload}");
    }
    let keys = with("simple_jwt.audience = ['']");
    assert!(!read(&keys, r#"{"aud":""}"#) && read(&keys, r#"{"aud":[""]}"#));
}

#[test]
fn leeway_stretches_every_time() {
    let settings = Settings::from_toml("simple_jwt.leeway = '1m'").unwrap();
    let keys = TokenBackend::new(of_secret(KEY), &settings.simple_jwt, &settings.tokens);
    let header = r#"{"alg":"HS256","typ":"JWT"}"#;
    // the clocks' slack of 5 s comes on top of what may lie ahead
    for (payload, answer) in [
        (r#"{"exp":1799989941}"#, None),
        (r#"{"exp":1799989940}"#, Some(EXPIRED)),
        (r#"{"iat":1799990065,"nbf":1799990065}"#, None),
        (r#"{"iat":1799990066}"#, Some(INVALID)),
        (r#"{"nbf":1799990066}"#, Some(INVALID)),
    ] {
        assert_eq!(signed_by(&keys, header, payload).err(), answer, "{payload}");
    }
}
