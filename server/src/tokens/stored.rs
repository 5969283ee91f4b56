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
    match claims(text)?.get("exp")? {
        Raw::Text(_) => None,
        exp => Moment::from_timestamp(whole(exp)?),
    }
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
        for text in ["", ".", "a.b.c", "x.e30.", "not a token"] {
            assert_eq!(expires_at(text), None, "{text}");
        }
    }
}
