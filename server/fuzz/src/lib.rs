//! The readers of what strangers send, fed with any bytes: none may panic, hang or take memory beyond its input's.
//!
//! `cargo fuzz` runs them guided by coverage; the tests here run what that has found, and chance.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};

use django::charset::{Charset, decode_stream, latin1, lookup};
use django::form::parse_form;
use django::header_params::HeaderParams;
use django::json::{
    Members, Object, Root, Value, parse_body, parse_token, read_body, read_token,
    write_object_ascii,
};
use django::multipart::parse_multipart;
use django::negotiation::choose_renderer;
use django::password_validation::problems;
use django::pyjwt::{Expected, Header, Parts, refusal};
use django::validators::{is_email, is_username};
use django::{parsers, pyjwt};

/// The `main` of a target: libFuzzer's where cargo-fuzz builds it, else one that does nothing.
#[macro_export]
macro_rules! fuzz_target {
    ($target:ident) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gatepost_fuzz::$target(bytes));

        #[cfg(not(fuzzing))]
        fn main() {}
    };
}

/// A codec of each kind and each table of letters, by the first byte of an input.
const CHARSETS: &str = "\
    utf-8 utf-8-sig ascii latin-1 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be \
    iso8859-9 iso8859-11 koi8-r koi8-u iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-10 \
    iso8859-13 iso8859-14 iso8859-15 iso8859-16 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258";

/// The charset that the first byte names, none where it names none, and the rest.
fn charset(bytes: &[u8]) -> (Charset, &[u8]) {
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let label = CHARSETS.split(' ').nth((*first).into());
    (lookup(label).expect("a charset that is decoded"), rest)
}

/// A JSON body in any charset, and a token's part: what finds the members says what the whole value holds.
pub fn json(bytes: &[u8]) {
    let (charset, body) = charset(bytes);
    if let Ok(text) = decode_stream(body, charset) {
        match (parse_body(&text), read_body(text)) {
            (Ok(Value::Object(whole)), Ok(Root::Object(members))) => same(&whole, &members),
            (Ok(Value::Object(_)), _) | (_, Ok(Root::Object(_))) => panic!("only one is an object"),
            (Ok(value), Ok(Root::Other(name))) => assert_eq!(python_type(&value), name),
            (whole, members) => assert_eq!(whole.err(), members.err()),
        }
    }
    let whole = parse_token(body);
    let members = read_token(body.to_owned());
    if let Some(Value::Object(object)) = whole {
        let members = members.expect("the whole value is an object");
        same(&object, &members);
        assert!(written(&members.to_object()) == written(&object));
        // what was read is written, and reads again as the same
        let once = written(&object);
        let Some(Value::Object(again)) = parse_token(&once) else {
            panic!("what was written is no object: {once:?}")
        };
        assert!(written(&again) == once, "{once:?}");
    } else {
        assert!(members.is_none(), "the whole value is no object");
    }
}

/// Each member is found, and is what the whole value holds.
fn same(whole: &Object, members: &Members<'_>) {
    for (key, value) in whole.iter() {
        // a key with a lone surrogate cannot be asked for
        let Some(key) = key.as_str() else { continue };
        let found = members.get(key).expect("a key of the whole value");
        assert!(
            written_value(found.to_value()) == written_value(value.clone()),
            "{key}"
        );
    }
    assert!(members.get("no such key ").is_none() || whole.get("no such key ").is_some());
}

/// NaN is not equal to itself, but is written alike.
fn written_value(value: Value) -> Vec<u8> {
    let mut object = Object::new();
    object.insert("", value);
    written(&object)
}

fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float",
        Value::Text(_) => "str",
        Value::List(_) => "list",
        Value::Object(_) => "dict",
    }
}

fn written(object: &Object) -> Vec<u8> {
    let mut out = Vec::new();
    write_object_ascii(&mut out, object);
    out
}

/// A token as it stands, and one with this header, or the usual one, and these claims; a text that might be a key.
pub fn token(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    read(&text);
    let (header, claims) = match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (&br#"{"alg":"HS256","typ":"JWT"}"#[..], bytes),
    };
    let [header, claims] = [header, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
    read(&format!("{header}.{claims}.c2ln"));
    let _ = refusal(&text);
}

fn read(token: &str) {
    let header = Header::of("HS256");
    let Some(parts) = Parts::of(token) else {
        return;
    };
    let _ = parts.signature();
    let (true, Some(claims)) = (parts.is_of(&header), parts.claims()) else {
        return;
    };
    let audience = ["a".to_owned(), "b".to_owned()];
    for (issuer, audience) in [("", &[][..]), ("i", &audience[..])] {
        let expected = Expected {
            leeway: 0,
            future_leeway: 5,
            issuer,
            audience,
        };
        let _ = expected.check(&claims, 1_800_000_000);
    }
    let whole = claims.to_object();
    for (name, _) in whole.iter() {
        let _ = name
            .as_str()
            .and_then(|name| claims.get(name))
            .map(pyjwt::whole);
    }
    let again = header.encode(&whole, |_| Some("signature"));
    let again = again.expect("it was signed");
    let parts = Parts::of(&again).expect("what was written is a token");
    assert!(parts.is_of(&header), "{again}");
    let claims = parts.claims().expect("what was written has claims");
    assert!(written(&claims.to_object()) == written(&whole), "{again}");
}

/// An email address, a username, a password.
pub fn email(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if is_email(&text) {
        assert!(text.contains('@') && !text.contains(['\0', '\n']));
    }
    let _ = is_username(&text);
    let _ = problems(&text, &[("username", &text)]);
}

/// A form or a query in any charset, and the headers that choose how a body is read and an answer written.
pub fn form(bytes: &[u8]) {
    let (charset, body) = charset(bytes);
    let _ = parse_form(body, charset);
    let header = String::from_utf8_lossy(body);
    let _ = HeaderParams::parse(&header);
    let _ = choose_renderer(Some(&header), None);
    if let Ok(parser) = parsers::select(&header) {
        let _ = parser.parse(body, 2_621_440);
    }
}

/// A multipart body whose first line is its `Content-Type`.
pub fn multipart(bytes: &[u8]) {
    let (charset, rest) = charset(bytes);
    let end = rest.iter().position(|byte| *byte == b'\n');
    let (kind, body) = rest.split_at(end.unwrap_or(0));
    let _ = parse_multipart(&latin1(kind), body, charset, 2_621_440);
    let _ = parse_multipart("multipart/form-data; boundary=B", rest, charset, 2_621_440);
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestRunner};

    use super::*;

    type Target = fn(&[u8]);

    const TARGETS: [(&str, Target); 5] = [
        ("json", json),
        ("token", token),
        ("email", email),
        ("form", form),
        ("multipart", multipart),
    ];

    /// Words that the readers know, between which chance puts bytes.
    const WORDS: &str = r#"[{"|"}]|":|,"|\u|\ud83d\ude00|null|true|-1.5e+300|9999999999999999999|NaN|--B|--B--|Content-Disposition: form-data; name=|filename*=utf-8''|Content-Transfer-Encoding: base64|charset=utf-16|&|=|%e2%82|+|;|@|example.com|[::ffff:1.2.3.4]|xn--|"exp":|"iat":1e3|"user_id":|"jti":|eyJhbGciOiJIUzI1NiJ9|.|multipart/form-data; boundary=B|é|😀"#;

    #[expect(
        clippy::disallowed_methods,
        reason = "scripts/test says by it that the large counts are to be run"
    )]
    fn cases() -> u32 {
        let is_full = std::env::var("GATEPOST_TEST_FULL").is_ok();
        if is_full { 1_000_000 } else { 2_000 }
    }

    #[test]
    fn no_reader_panics_on_what_was_found() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        for (name, target) in TARGETS {
            let mut count = 0;
            for entry in std::fs::read_dir(corpus.join(name)).unwrap() {
                target(&std::fs::read(entry.unwrap().path()).unwrap());
                count += 1;
            }
            assert!(count > 20, "{name}: {count} cases");
        }
    }

    #[test]
    fn no_reader_panics_on_chance() {
        let words: Vec<&[u8]> = WORDS
            .split('|')
            .map(str::as_bytes)
            .chain([&b"\r\n"[..]])
            .collect();
        let piece = prop_oneof![
            prop::sample::select(words).prop_map(<[u8]>::to_vec),
            prop::collection::vec(any::<u8>(), 0..4),
        ];
        let bytes = prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat());
        let config = Config {
            cases: cases(),
            failure_persistence: None,
            ..Config::default()
        };
        for (name, target) in TARGETS {
            let outcome = TestRunner::new(config.clone()).run(&bytes, |bytes| {
                target(&bytes);
                Ok(())
            });
            assert!(outcome.is_ok(), "{name}: {outcome:?}");
        }
    }
}
