//! The readers of what strangers send, fed with any bytes: none may panic, hang or take memory beyond its input's.
//!
//! `server/fuzz` runs them guided by coverage; the tests here run what that has found, and chance.

use crate::accounts::{email, password_rules, username};
use crate::db::Moment;
use crate::settings::Settings;
use crate::tokens::Keys;
use crate::web::body_readers as read;

/// The key that a fuzzer's tokens are signed with.
const KEY: &str = "fuzzing";

/// A JSON body, in every charset, and a token's part.
pub fn json(bytes: &[u8]) {
    let (charset, body) = bytes.split_first().unwrap_or((&0, &[]));
    read::json(body, *charset);
    if let Some(object) = read::token_part(body) {
        // what was read is written, and reads again as the same
        let mut written = Vec::new();
        crate::web::json::write_object_ascii(&mut written, &object);
        let again = read::token_part(&written).expect("what was written is JSON");
        let mut twice = Vec::new();
        crate::web::json::write_object_ascii(&mut twice, &again);
        assert!(written == twice, "{written:?}");
    }
}

/// A token: as it stands, and as claims that are signed with the right key.
pub fn token(bytes: &[u8]) {
    let settings = Settings::default();
    let keys = Keys::new(
        &KEY.to_owned().into(),
        &settings.simple_jwt,
        &settings.tokens,
    );
    let now = Moment::from_timestamp(1_800_000_000).expect("a year that Django knows");
    let text = String::from_utf8_lossy(bytes);
    let _ = keys.read(&text, now);
    let (header, payload) = match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (&br#"{"alg":"HS256","typ":"JWT"}"#[..], bytes),
    };
    let Ok(claims) = keys.read(&keys.signed(header, payload), now) else {
        return;
    };
    let _ = (claims.check_access(), claims.check_refresh(), claims.jti());
    let _ = (claims.user_id(), claims.names_a_user(), claims.expires_at());
    assert!(keys.token(&claims).is_ok());
}

/// An email address, a username, a password.
pub fn email(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if email::is_valid(&text) {
        assert!(text.contains('@') && !text.contains(['\0', '\n']));
    }
    let _ = username::is_valid(&text);
    let _ = password_rules::problems(&text, &[("username", &text)]);
}

/// A form or a query, in every charset, and the headers that choose how a body is read.
pub fn form(bytes: &[u8]) {
    let (charset, body) = bytes.split_first().unwrap_or((&0, &[]));
    read::form(body, *charset);
    read::headers(&String::from_utf8_lossy(body));
}

/// A multipart body whose first line is its `Content-Type`.
pub fn multipart(bytes: &[u8]) {
    let (charset, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let end = rest.iter().position(|byte| *byte == b'\n');
    let (kind, body) = rest.split_at(end.unwrap_or(0));
    read::multipart(kind, body, *charset);
    read::multipart(b"multipart/form-data; boundary=B", rest, *charset);
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
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
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
