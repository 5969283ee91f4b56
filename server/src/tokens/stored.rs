//! A token as Django's table holds it, with or without its signature: what it says is read without a key.

use django::json::{Members, Raw};
use django::pyjwt::{Parts, whole};

use crate::db::Moment;

/// The claims of a token's text.
pub(crate) fn claims(text: &str) -> Option<Members<'static>> {
    // the first servers that kept no signature kept no dot before it either
    let is_cut = text.matches('.').count() == 1;
    let whole = is_cut.then(|| format!("{text}."));
    Parts::of(whole.as_deref().unwrap_or(text))?.claims()
}

/// When a token expires by its own claim.
pub(crate) fn expires_at(text: &str) -> Option<Moment> {
    exp(&claims(text)?)
}

fn exp(claims: &Members<'_>) -> Option<Moment> {
    match claims.get("exp")? {
        Raw::Text(_) => None,
        exp => Moment::from_timestamp(whole(exp)?),
    }
}

/// Until when a sliding token can be refreshed, and how long it is valid then.
#[derive(Clone)]
pub(crate) struct Sliding {
    /// The claim that says until when.
    pub(crate) claim: String,
    /// SLIDING_TOKEN_LIFETIME in seconds.
    pub(crate) lifetime: i64,
}

/// When the last token with this id expires: a sliding token keeps its id as its end is moved on.
pub(crate) fn last_expires_at(text: &str, sliding: &Sliding) -> Option<Moment> {
    let claims = claims(text)?;
    let own = exp(&claims)?;
    let until = claims.get(&sliding.claim).and_then(whole);
    let last = until.and_then(|until| Moment::from_timestamp(until)?.plus(sliding.lifetime));
    Some(last.map_or(own, |last| last.max(own)))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn a_token_says_when_it_expires_with_and_without_its_signature() {
        let text = format!("x.{}", URL_SAFE_NO_PAD.encode(r#"{"exp":5}"#));
        for text in [text.clone(), format!("{text}."), format!("{text}.abc")] {
            assert_eq!(expires_at(&text), Moment::from_timestamp(5), "{text}");
        }
        let sliding = Sliding {
            claim: "until".to_owned(),
            lifetime: 2,
        };
        let last = |claims: &str| {
            last_expires_at(&format!("x.{}.", URL_SAFE_NO_PAD.encode(claims)), &sliding)
        };
        assert_eq!(last(r#"{"exp":5}"#), Moment::from_timestamp(5));
        assert_eq!(last(r#"{"exp":5,"until":9}"#), Moment::from_timestamp(11));
        assert_eq!(last(r#"{"exp":5,"until":1}"#), Moment::from_timestamp(5));
        for text in ["", ".", "a.b.c", "x.e30.", "not a token"] {
            assert_eq!(expires_at(text), None, "{text}");
        }
    }
}
