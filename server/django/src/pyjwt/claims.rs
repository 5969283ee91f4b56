//! What PyJWT checks of a token's claims, in its order: times, issuer, audience, and that `sub` and `jti` are texts.

use crate::json::{Members, Raw, float};
use crate::python::{self, Int};

/// The first second of the year 10000, where Python's dates end.
const END_OF_TIME: i64 = 253_402_300_800;

/// What the claims must be.
pub struct Expected<'e> {
    /// For how many seconds after `exp` a token is taken.
    pub leeway: i64,
    /// How many seconds `iat` and `nbf` may lie ahead.
    pub future_leeway: i64,
    /// What `iss` must be; empty for whatever it is.
    pub issuer: &'e str,
    /// Of these `aud` must name one; empty for whatever it is.
    pub audience: &'e [String],
}

/// Why claims are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A claim is missing, of another kind, or not what is expected.
    Invalid,
    /// The token has expired.
    Expired,
}

impl Expected<'_> {
    /// Checks the claims of a token whose signature is right.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn check(&self, claims: &Members<'_>, now: i64) -> Result<(), Refusal> {
        self.check_times(claims, now)?;
        let is_text = |name| matches!(claims.get(name), None | Some(Raw::Text(_)));
        let are_texts = is_text("sub") && is_text("jti");
        if self.is_by_us(claims) && self.is_for_us(claims) && are_texts {
            Ok(())
        } else {
            Err(Refusal::Invalid)
        }
    }

    fn check_times(&self, claims: &Members<'_>, now: i64) -> Result<(), Refusal> {
        for name in ["iat", "nbf"] {
            if let Some(value) = claims.get(name) {
                let at = whole(value).ok_or(Refusal::Invalid)?;
                if at > now + self.future_leeway {
                    return Err(Refusal::Invalid);
                }
            }
        }
        if let Some(value) = claims.get("exp") {
            let exp = whole(value).ok_or(Refusal::Invalid)?;
            if exp <= now - self.leeway {
                return Err(Refusal::Expired);
            }
            // PyJWT takes a numeric text and any size; SimpleJWT's own look at it then fails
            if exp >= END_OF_TIME || matches!(value, Raw::Text(_)) {
                return Err(Refusal::Invalid);
            }
        }
        Ok(())
    }

    fn is_by_us(&self, claims: &Members<'_>) -> bool {
        self.issuer.is_empty()
            || (claims.get("iss")).is_some_and(|issuer| is_text(issuer, self.issuer))
    }

    fn is_for_us(&self, claims: &Members<'_>) -> bool {
        let mut wanted = self.audience.iter();
        self.audience.is_empty()
            || match claims.get("aud") {
                // an empty text is no audience, even where it is asked for
                Some(Raw::Text(shown)) => shown != *"" && wanted.any(|wanted| shown == **wanted),
                Some(shown) => (shown.texts()).is_some_and(|shown| {
                    wanted.any(|wanted| shown.iter().any(|shown| shown == wanted.as_str()))
                }),
                None => false,
            }
    }
}

/// Whether a claim is exactly this text.
pub fn is_text(value: Raw<'_>, wanted: &str) -> bool {
    matches!(value, Raw::Text(text) if text == *wanted)
}

/// Python's `int(value)` as far as 64 bits; beyond them the nearest end. `None` where Python raises.
pub fn whole(value: Raw<'_>) -> Option<i64> {
    match value {
        Raw::Bool(flag) => Some(i64::from(flag)),
        Raw::Int(digits) => Some(digits.parse().unwrap_or(beyond(digits))),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a cast of a float saturates, as wanted"
        )]
        Raw::Float(literal) => {
            let float = float(literal);
            float.is_finite().then_some(float.trunc() as i64)
        }
        Raw::Text(text) => {
            let text = text.as_str()?;
            match python::int(&text)? {
                Int::Fits(number) => Some(number),
                Int::Beyond => Some(beyond(python::strip(&text))),
            }
        }
        Raw::Null | Raw::List(_) | Raw::Object(_) => None,
    }
}

fn beyond(digits: &str) -> i64 {
    if digits.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_token;

    const NOW: i64 = 1_000;

    fn check(issuer: &str, audience: &[&str], claims: &str) -> Result<(), Refusal> {
        let claims = read_token(claims.into()).unwrap();
        let expected = Expected {
            leeway: 10,
            future_leeway: 15,
            issuer,
            audience: &audience
                .iter()
                .map(|&name| name.to_owned())
                .collect::<Vec<_>>(),
        };
        expected.check(&claims, NOW)
    }

    #[test]
    fn times_have_their_leeway_and_are_pythons_numbers() {
        let (invalid, expired) = (Err(Refusal::Invalid), Err(Refusal::Expired));
        for (claims, answer) in [
            ("{}", Ok(())),
            (r#"{"exp":991}"#, Ok(())),
            (r#"{"exp":990.9}"#, expired),
            (r#"{"exp":true}"#, expired),
            (r#"{"exp":" 9_0 "}"#, expired),
            (r#"{"exp":"9999"}"#, invalid),
            (r#"{"exp":253402300799}"#, Ok(())),
            (r#"{"exp":253402300800}"#, invalid),
            (r#"{"exp":-1e30}"#, expired),
            (r#"{"exp":NaN}"#, invalid),
            (r#"{"exp":null}"#, invalid),
            (r#"{"iat":1015,"nbf":1015}"#, Ok(())),
            (r#"{"iat":1016}"#, invalid),
            (r#"{"nbf":"1016"}"#, invalid),
            (r#"{"iat":1016,"exp":1}"#, invalid),
        ] {
            assert_eq!(check("", &[], claims), answer, "{claims}");
        }
    }

    #[test]
    fn texts_issuer_and_audience_are_checked_where_they_are_asked_for() {
        for (issuer, audience, claims, is_right) in [
            (
                "",
                &[][..],
                r#"{"sub":"1","jti":"x","iss":5,"aud":5}"#,
                true,
            ),
            ("", &[], r#"{"sub":1}"#, false),
            ("", &[], r#"{"jti":null}"#, false),
            ("i", &[], r#"{"iss":"i"}"#, true),
            ("i", &[], r#"{"iss":["i"]}"#, false),
            ("i", &[], "{}", false),
            ("", &["a", "b"], r#"{"aud":"b"}"#, true),
            ("", &["a", "b"], r#"{"aud":["x","a"]}"#, true),
            ("", &["a", "b"], r#"{"aud":["a",1]}"#, false),
            ("", &["a"], r#"{"aud":[]}"#, false),
            ("", &["a"], "{}", false),
            ("", &[""], r#"{"aud":""}"#, false),
            ("", &[""], r#"{"aud":[""]}"#, true),
        ] {
            let answer = check(issuer, audience, claims);
            assert_eq!(answer.is_ok(), is_right, "{claims}");
        }
    }
}
