//! An answer's text without what changes from run to run: tokens are opened, ids and moments numbered in the
//! order in which a server showed them first, so that two servers that do the same show the same.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A text without what changes, and the times in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Masked {
    pub(super) text: String,
    pub(super) times: Vec<Time>,
}

/// A number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    /// Counted from now; the two servers come to it at different times.
    FromNow(i64),
    /// How long an access token lasts: Django takes its `iat` when it has stored the refresh token, long after the
    /// moment that `exp` is counted from.
    Lasts(i64),
}

impl Time {
    /// Whether Django's agrees with Gatepost's.
    fn agrees(self, other: Self) -> bool {
        match (self, other) {
            (Self::FromNow(theirs), Self::FromNow(ours)) => theirs.abs_diff(ours) <= 30,
            (Self::Lasts(theirs), Self::Lasts(ours)) => {
                (0..=30).contains(&ours.saturating_sub(theirs))
            }
            _ => false,
        }
    }
}

impl Masked {
    /// Whether Django's and Gatepost's are the same, but for how long each server took.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        let mut times = self.times.iter().zip(&other.times);
        self.text == other.text
            && self.times.len() == other.times.len()
            && times.all(|(one, other)| one.agrees(*other))
    }
}

/// What one server has shown so far.
#[derive(Default)]
pub(super) struct Symbols {
    numbers: HashMap<String, usize>,
    /// In the order of their numbers.
    shown: Vec<String>,
    /// How many moments had no fraction: one in a million has none by chance.
    pub(super) without_fraction: usize,
}

/// What is taken from the front of a text, and what is shown in its place.
type Taken = Option<(usize, String)>;

impl Symbols {
    /// The number of a value, and whether it is new.
    fn number(&mut self, kind: &str, value: &str) -> (String, bool) {
        let key = format!("{kind} {value}");
        let next = self.numbers.len();
        let number = *self.numbers.entry(key.clone()).or_insert(next);
        if number == next {
            self.shown.push(key);
        }
        (format!("<{kind} {number}>"), number == next)
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
    pub(super) fn mask(&mut self, text: &str, now: i64) -> Masked {
        let mut times = Vec::new();
        let text = self.masked(text, now, &mut times);
        Masked { text, times }
    }

    fn masked(&mut self, text: &str, now: i64, times: &mut Vec<Time>) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let before = &text[..text.len() - rest.len()];
            let (taken, shown) = self
                .token(before, rest, now, times)
                .or_else(|| self.moment(before, rest, now, times))
                .or_else(|| self.id(before, rest))
                .or_else(|| seconds(before, rest, now, times))
                .unwrap_or_else(|| {
                    let char = rest.chars().next().unwrap_or_default();
                    (char.len_utf8(), char.to_string())
                });
            out.push_str(&shown);
            rest = &rest[taken..];
        }
        out
    }

    /// A token as its header and claims, and how long it lasts.
    fn token(&mut self, before: &str, rest: &str, now: i64, times: &mut Vec<Time>) -> Taken {
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
        let mut lasts = lifetime(&payload);
        let field = before.trim_end_matches(['"', ' ', ':']);
        // a row holds one where types are not looked at
        if field.ends_with("\"access") || payload.contains(":\"access\"") {
            times.extend(lasts.take().map(Time::Lasts));
        }
        let payload = self.masked(&payload, now, times);
        let length = signature.len();
        Some((
            end,
            format!("<token {header} {payload} {length} {lasts:?}>"),
        ))
    }

    /// `2026-01-02T03:04:05.678901Z`, numbered by the field it stands in.
    fn moment(&mut self, before: &str, rest: &str, now: i64, times: &mut Vec<Time>) -> Taken {
        if !rest.starts_with(|char: char| char.is_ascii_digit()) {
            return None;
        }
        let shapes = ["dddd-dd-ddTdd:dd:dd.ddddddZ", "dddd-dd-ddTdd:dd:ddZ"];
        let is_shape = |shape: &&&str| {
            let text = rest.get(..shape.len()).unwrap_or_default();
            let digit = |char: char| if char.is_ascii_digit() { 'd' } else { char };
            text.chars().map(digit).eq(shape.chars())
        };
        let length = shapes.iter().find(is_shape)?.len();
        let text = &rest[..length];
        let field = before.trim_end_matches(['"', ' ', ':']);
        let field = field.rsplit('"').next().unwrap_or_default();
        let (shown, is_new) = self.number(field, text);
        self.without_fraction += usize::from(is_new && length == 20);
        times.push(Time::FromNow(seconds_since_1970(text) - now));
        Some((length, shown))
    }

    /// 32 digits between quotes.
    fn id(&mut self, before: &str, rest: &str) -> Taken {
        let id = rest.get(..32)?;
        let is_id = before.ends_with('"')
            && rest[32..].starts_with('"')
            && id
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_id.then(|| (32, self.number("id", id).0))
    }
}

/// The claims `exp` and `iat`.
fn seconds(before: &str, rest: &str, now: i64, times: &mut Vec<Time>) -> Taken {
    let claims = ["\"exp\":", "\"iat\":", "\"refresh_exp\":", "\"until\":"];
    if !claims.iter().any(|claim| before.ends_with(claim)) {
        return None;
    }
    let is_digit = |char: char| char.is_ascii_digit();
    let end = rest.find(|char| !is_digit(char)).unwrap_or(rest.len());
    let seconds: i64 = rest[..end].parse().ok()?;
    // a moment may be a float, as in tokens that are made up
    let fraction = if rest[end..].starts_with(".0") {
        ".0"
    } else {
        ""
    };
    let after = rest[end + fraction.len()..].chars().next();
    if !matches!(after, Some(',' | '}')) {
        return None;
    }
    times.push(Time::FromNow(seconds.saturating_sub(now)));
    Some((end + fraction.len(), format!("<time>{fraction}")))
}

/// `exp - iat`, where `iat` is the moment at which a server made the token. From one that is made up, such as -5, the
/// difference is a moment again, to which the two servers come at different times.
fn lifetime(payload: &str) -> Option<i64> {
    let payload: serde_json::Value = serde_json::from_str(payload).ok()?;
    let iat = payload["iat"].as_i64().filter(|iat| *iat > 1000)?;
    payload["exp"].as_i64()?.checked_sub(iat)
}

/// Of `2026-01-02T03:04:05…`, by the rules of the Gregorian calendar.
fn seconds_since_1970(moment: &str) -> i64 {
    let number = |from: usize, to: usize| moment[from..to].parse::<i64>().unwrap_or_default();
    // the year begins in March, so that a leap day is its last
    let (year, month) = match (number(0, 4), number(5, 7)) {
        (year, month @ ..=2) => (year - 1, month + 9),
        (year, month) => (year, month - 3),
    };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days = 365 * year + leap_days + (153 * month + 2) / 5 + number(8, 10) - 1 - 719_468;
    days * 86_400 + number(11, 13) * 3600 + number(14, 16) * 60 + number(17, 19)
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
        let text = format!(r#"{{"refresh":"{first}","created_at":"2026-01-02T03:04:05.678901Z"}}"#);
        let masked = symbols.mask(&text, 1000);
        assert_eq!(
            masked.text,
            r#"{"refresh":"<token {"alg":"x"} {"exp":<time>,"iat":<time>,"jti":"<id 0>","n":5} 3 Some(599)>","created_at":"<created_at 1>"}"#
        );
        let times = [600, 1, 1_767_323_045 - 1000].map(Time::FromNow);
        assert_eq!(masked.times, times);
        // the same again, and the same moment in another field
        let again = r#"{"created_at": "2026-01-02T03:04:05.678901Z","updated_at":"2026-01-02T03:04:05.678901Z"}"#;
        assert_eq!(
            symbols.mask(again, 1000).text,
            r#"{"created_at": "<created_at 1>","updated_at":"<updated_at 2>"}"#
        );
        symbols.forget(2);
        assert_eq!(
            symbols.mask(again, 1000).text,
            r#"{"created_at": "<created_at 1>","updated_at":"<updated_at 2>"}"#
        );
        for kept in ["eyJ.x", "2026-01-02T03:04:05.6Z", "\"exp\":\"5\"", "é"] {
            assert_eq!(symbols.mask(kept, 0).text, kept);
        }
    }
    #[test]
    fn moments_agree_that_are_near() {
        let mut symbols = Symbols::default();
        let mut masked = |moment: &str| symbols.mask(&format!("\"a\":\"{moment}\""), 0);
        let one = masked("2024-02-29T23:59:50.000001Z");
        assert_eq!(one.times, [Time::FromNow(1_709_251_190)]);
        let with_text = |masked: Masked| Masked {
            text: one.text.clone(),
            ..masked
        };
        assert!(one.agrees(&with_text(masked("2024-03-01T00:00:05.000001Z"))));
        assert!(!one.agrees(&with_text(masked("2024-03-01T00:59:50.000001Z"))));
        masked("2024-03-01T00:00:05Z");
        assert_eq!(symbols.without_fraction, 1);
    }
}
