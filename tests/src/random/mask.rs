//! An answer's text without what changes from run to run: tokens are opened, ids and moments numbered in the
//! order in which a server showed them first, so that two servers that do the same show the same.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What one server has shown so far.
#[derive(Default)]
pub(super) struct Symbols {
    numbers: HashMap<String, usize>,
    /// In the order of their numbers.
    shown: Vec<String>,
}

impl Symbols {
    fn number(&mut self, kind: &str, value: &str) -> String {
        let key = format!("{kind} {value}");
        let next = self.numbers.len();
        let number = *self.numbers.entry(key.clone()).or_insert(next);
        if number == next {
            self.shown.push(key);
        }
        format!("<{kind} {number}>")
    }

    /// How much it has shown.
    pub(super) fn len(&self) -> usize {
        self.shown.len()
    }

    /// Forgets what was shown since then.
    pub(super) fn forget(&mut self, len: usize) {
        for key in self.shown.drain(len..) {
            self.numbers.remove(&key);
        }
    }

    /// The text with tokens, ids and moments replaced; `now` is the moment of the request.
    pub(super) fn mask(&mut self, text: &str, now: i64) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let before = &text[..text.len() - rest.len()];
            let (taken, shown) = self
                .token(rest, now)
                .or_else(|| self.moment(before, rest))
                .or_else(|| self.id(before, rest))
                .or_else(|| seconds(before, rest, now))
                .unwrap_or_else(|| {
                    let char = rest.chars().next().unwrap_or_default();
                    (char.len_utf8(), char.to_string())
                });
            out.push_str(&shown);
            rest = &rest[taken..];
        }
        out
    }

    /// A token as its header and claims.
    fn token(&mut self, rest: &str, now: i64) -> Option<(usize, String)> {
        if !rest.starts_with("eyJ") {
            return None;
        }
        let is_word = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.');
        let end = rest.find(|char| !is_word(char)).unwrap_or(rest.len());
        let parts: Vec<_> = rest[..end].split('.').collect();
        let [header, payload, signature] = parts[..] else {
            return None;
        };
        let open = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let (header, payload) = (open(header)?, open(payload)?);
        let payload = self.mask(&payload, now);
        let length = signature.len();
        Some((end, format!("<token {header} {payload} {length}>")))
    }

    /// `2026-01-02T03:04:05.678901Z`, numbered by the field it stands in.
    fn moment(&mut self, before: &str, rest: &str) -> Option<(usize, String)> {
        let end = rest.find('Z').filter(|end| matches!(end, 19 | 26))?;
        let shape: String = rest[..end]
            .chars()
            .map(|char| if char.is_ascii_digit() { 'd' } else { char })
            .collect();
        if !matches!(
            shape.as_str(),
            "dddd-dd-ddTdd:dd:dd.dddddd" | "dddd-dd-ddTdd:dd:dd"
        ) {
            return None;
        }
        let field = before.trim_end_matches(['"', ' ', ':']);
        let field = field.rsplit('"').next().unwrap_or_default();
        Some((end + 1, self.number(field, &rest[..end])))
    }

    /// 32 digits between quotes.
    fn id(&mut self, before: &str, rest: &str) -> Option<(usize, String)> {
        let id = rest.get(..32)?;
        let is_id = before.ends_with('"')
            && rest[32..].starts_with('"')
            && id
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_id.then(|| (32, self.number("id", id)))
    }
}

/// The claims `exp` and `iat` in whole minutes from now.
fn seconds(before: &str, rest: &str, now: i64) -> Option<(usize, String)> {
    if !(before.ends_with("\"exp\":") || before.ends_with("\"iat\":")) {
        return None;
    }
    let is_digit = |char: char| char.is_ascii_digit();
    let end = rest.find(|char| !is_digit(char)).unwrap_or(rest.len());
    let after = rest[end..].chars().next();
    let seconds: i64 = rest[..end].parse().ok()?;
    let minutes = (seconds - now + 30).div_euclid(60);
    matches!(after, Some(',' | '}')).then(|| (end, format!("<{minutes} min>")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_is_numbered_by_its_first_appearance() {
        let mut symbols = Symbols::default();
        let token = |claims: &str| {
            format!(
                "{}.{}.sig",
                URL_SAFE_NO_PAD.encode(r#"{"alg":"x"}"#),
                URL_SAFE_NO_PAD.encode(claims)
            )
        };
        let id = "0123456789abcdef0123456789abcdef";
        let first = token(&format!(r#"{{"exp":1600,"iat":1001,"jti":"{id}","n":5}}"#));
        let text = format!(r#"{{"access":"{first}","created_at":"2026-01-02T03:04:05.678901Z"}}"#);
        assert_eq!(
            symbols.mask(&text, 1000),
            r#"{"access":"<token {"alg":"x"} {"exp":<10 min>,"iat":<0 min>,"jti":"<id 0>","n":5} 3>","created_at":"<created_at 1>"}"#
        );
        // the same again, and the same moment in another field
        let again = r#"{"created_at": "2026-01-02T03:04:05.678901Z","updated_at":"2026-01-02T03:04:05.678901Z"}"#;
        assert_eq!(
            symbols.mask(again, 1000),
            r#"{"created_at": "<created_at 1>","updated_at":"<updated_at 2>"}"#
        );
        symbols.forget(2);
        assert_eq!(
            symbols.mask(again, 1000),
            r#"{"created_at": "<created_at 1>","updated_at":"<updated_at 2>"}"#
        );
        for kept in ["eyJ.x", "2026-01-02T03:04:05.6Z", "\"exp\":\"5\"", "é"] {
            assert_eq!(symbols.mask(kept, 0), kept);
        }
    }
}
