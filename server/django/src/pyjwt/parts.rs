//! A token's three parts: PyJWT's `_load` and the checks of the header, and the text that a signature is made of.

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};

use super::claims::is_text;
use crate::json::{self, Object, Value};

/// Padding is optional; unused bits are zero.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A token whose signature nobody has checked yet.
pub struct Parts<'t> {
    /// `header.payload`, which is what is signed.
    pub message: &'t str,
    /// The signature in base64url without padding.
    pub signature: String,
    header: Vec<u8>,
    payload: Vec<u8>,
}

impl<'t> Parts<'t> {
    /// Takes a token apart; none where PyJWT cannot.
    pub fn of(token: &'t str) -> Option<Self> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        Some(Self {
            message,
            header: decode(header)?,
            payload: decode(payload)?,
            signature: URL_SAFE_NO_PAD.encode(decode(signature)?),
        })
    }

    /// Whether the header names this algorithm and asks for nothing that PyJWT does not know.
    pub fn is_of(&self, algorithm: &str) -> bool {
        // nearly every header is the one that we write ourselves
        if self.header == header(algorithm).as_bytes() {
            return true;
        }
        let Some(Value::Object(header)) = json::parse_token(&self.header) else {
            return false;
        };
        let alg = header.get("alg").is_some_and(|alg| is_text(alg, algorithm));
        let kid = matches!(header.get("kid"), None | Some(Value::Text(_)));
        let crit = match header.get("crit") {
            None => true,
            Some(Value::List(names)) => {
                !names.is_empty()
                    && names.iter().all(|name| is_text(name, "b64"))
                    && header.get("b64").is_some()
            }
            Some(_) => false,
        };
        let detached = matches!(header.get("b64"), Some(Value::Bool(false)));
        alg && kid && crit && !detached
    }

    /// The claims, if they are an object.
    pub fn claims(&self) -> Option<Object> {
        match json::parse_token(&self.payload)? {
            Value::Object(claims) => Some(claims),
            _ => None,
        }
    }
}

fn header(algorithm: &str) -> String {
    format!("{{\"alg\":\"{algorithm}\",\"typ\":\"JWT\"}}")
}

/// `header.payload` as PyJWT writes it, to be signed.
pub fn encode(algorithm: &str, claims: &Object) -> String {
    let mut payload = Vec::with_capacity(256);
    json::write_object_ascii(&mut payload, claims);
    let mut message = URL_SAFE_NO_PAD.encode(header(algorithm));
    message.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut message);
    message
}

fn decode(part: &str) -> Option<Vec<u8>> {
    if part.contains('=') && !part.len().is_multiple_of(4) {
        return None;
    }
    BASE64URL.decode(part).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, payload: &str) -> String {
        let [header, payload] = [header, payload].map(|part| URL_SAFE_NO_PAD.encode(part));
        format!("{header}.{payload}.c2ln")
    }

    #[test]
    fn a_token_comes_apart_as_it_was_written() {
        let Some(Value::Object(claims)) = json::parse_token(br#"{"a":"\u00e9","b":[1.5,NaN]}"#)
        else {
            panic!("no object")
        };
        let message = encode("HS256", &claims);
        let text = format!("{message}.c2ln");
        let parts = Parts::of(&text).unwrap();
        assert_eq!((parts.message, &*parts.signature), (&*message, "c2ln"));
        assert_eq!(parts.header, br#"{"alg":"HS256","typ":"JWT"}"#);
        assert_eq!(parts.payload, br#"{"a":"\u00e9","b":[1.5,NaN]}"#);
        assert!(parts.is_of("HS256") && !parts.is_of("HS384"));
    }

    #[test]
    fn padding_is_taken_where_it_is_whole() {
        for (text, is_token) in [
            ("YQ.YQ.c2ln", true),
            ("YQ==.YQ==.c2lnMQ==", true),
            ("YQ=.YQ.c2ln", false),
            ("YR.YQ.c2ln", false), // an unused bit
            ("a+.YQ.c2ln", false),
            ("YQ.c2ln", false),
            ("YQ.YQ.YQ.c2ln", false),
            ("", false),
        ] {
            assert_eq!(Parts::of(text).is_some(), is_token, "{text}");
        }
    }

    #[test]
    fn headers_and_payloads_are_objects_that_pyjwt_knows() {
        for (header, is_known) in [
            (r#"{"alg":"HS256"}"#, true),
            (r#"{"alg":"HS256","typ":"x","kid":"k"}"#, true),
            (r#"{"alg":"HS256","crit":["b64"],"b64":true}"#, true),
            (r#"{"alg":"hs256"}"#, false),
            (r#"{"alg":"HS256","kid":null}"#, false),
            (r#"{"alg":"HS256","crit":[]}"#, false),
            (r#"{"alg":"HS256","crit":["b64"]}"#, false),
            (r#"{"alg":"HS256","b64":false}"#, false),
            ("[]", false),
            ("", false),
        ] {
            let text = token(header, "{}");
            assert_eq!(
                Parts::of(&text).unwrap().is_of("HS256"),
                is_known,
                "{header}"
            );
        }
        for (payload, is_object) in [("{}", true), ("[]", false), ("", false)] {
            let text = token("{}", payload);
            assert_eq!(
                Parts::of(&text).unwrap().claims().is_some(),
                is_object,
                "{payload}"
            );
        }
    }
}
