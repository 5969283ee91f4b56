//! The parts of a text that change from run to run, replaced: tokens, moments, and a long text by its hash.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};

const MOMENT: &[u8] = b"dddd-dd-ddTdd:dd:dd";

/// capture.py's `normal`: tokens as `<jwt>`, ISO timestamps as `<timestamp>`.
pub(super) fn normal(text: &str) -> String {
    replaced(&replaced(text, jwt, "<jwt>"), timestamp, "<timestamp>")
}

/// capture.py's `shortened`: a text of more than 6000 characters as its length and hash.
pub(super) fn shortened(text: String) -> String {
    let length = text.chars().count();
    if length <= 6000 {
        return text;
    }
    let mut hex = String::new();
    for byte in digest(&SHA256, text.as_bytes()).as_ref() {
        write!(hex, "{byte:02x}").expect("a String takes all that is written");
    }
    format!("<{length} characters, sha256 {hex}>")
}

/// Whether the whole text is a token.
pub(super) fn is_jwt(text: &str) -> bool {
    jwt(text) == Some(text.len())
}

fn replaced(text: &str, length: fn(&str) -> Option<usize>, by: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(next) = rest.chars().next() {
        if let Some(length) = length(rest) {
            out.push_str(by);
            rest = &rest[length..];
        } else {
            out.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    out
}

/// The length of `eyJ[\w-]+\.[\w-]+\.[\w-]*` at the start of a text.
fn jwt(text: &str) -> Option<usize> {
    let word = |at: usize| {
        text[at..]
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')))
            .unwrap_or(text.len() - at)
    };
    let dot = |at: usize, least: usize| {
        let end = at + word(at);
        (end >= at + least && text[end..].starts_with('.')).then_some(end + 1)
    };
    text.strip_prefix("eyJ")?;
    let second = dot(3, 1)?;
    let third = dot(second, 1)?;
    Some(third + word(third))
}

/// The length of `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z` at the start of a text.
fn timestamp(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let fits = |at: usize, shape: &[u8]| {
        let found = bytes.get(at..at + shape.len())?;
        let same = |(b, s): (&u8, &u8)| {
            if *s == b'd' {
                b.is_ascii_digit()
            } else {
                b == s
            }
        };
        found
            .iter()
            .zip(shape)
            .all(same)
            .then_some(at + shape.len())
    };
    let end = fits(0, MOMENT)?;
    fits(end, b".ddddddZ").or_else(|| fits(end, b"Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_masked_wherever_they_stand() {
        assert_eq!(
            normal(r#"{"a":"eyJab-_é.cd.ef","b":"xeyJa.b."} eyJa.b"#),
            r#"{"a":"<jwt>","b":"x<jwt>"} eyJa.b"#
        );
        assert_eq!(
            normal("eyJ.a.b eyJa..b eyeyJa.b.c.d"),
            "eyJ.a.b eyJa..b ey<jwt>.d"
        );
    }

    #[test]
    fn moments_are_masked_in_both_lengths() {
        assert_eq!(
            normal("2026-01-02T03:04:05Z|2026-01-02T03:04:05.678901Z"),
            "<timestamp>|<timestamp>"
        );
        for kept in [
            "2026-01-02T03:04:05.678Z",
            "2026-01-02 03:04:05Z",
            "2026-01-02T03:04:05",
            "2026-01-02T03:04:05+00:00",
            "2026-1-02T03:04:05Zé",
        ] {
            assert_eq!(normal(kept), kept);
        }
    }

    #[test]
    fn only_a_whole_token_is_one() {
        assert!(is_jwt("eyJa.b.c") && is_jwt("eyJa.b."));
        assert!(
            !is_jwt("eyJa.b.c ")
                && !is_jwt(" eyJa.b.c")
                && !is_jwt("eyJa.b.c.d")
                && !is_jwt("")
                && !is_jwt("ey")
        );
    }

    #[test]
    fn a_long_text_is_its_length_and_hash() {
        assert_eq!(shortened("é".repeat(6000)), "é".repeat(6000));
        let hash = "<6001 characters, sha256 7e868705a4b4d03a173d2f51ed451bbb6ddfada4c76e60df0ecca22818c6eb2a>";
        assert_eq!(shortened("é".repeat(6001)), hash);
    }
}
