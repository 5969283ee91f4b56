//! A token's three parts: PyJWT's `_load` and the checks of the header, and the text that a signature is made of.

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};

use super::claims::is_text;
use crate::json::{self, Members, Object, Raw};

/// Padding is optional; unused bits are zero.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The header of the tokens of one algorithm, as PyJWT writes it.
pub struct Header {
    algorithm: &'static str,
    /// In base64url.
    text: String,
}

impl Header {
    /// The header of an algorithm that PyJWT knows by this name.
    pub fn of(algorithm: &'static str) -> Self {
        Self {
            algorithm,
            text: URL_SAFE_NO_PAD.encode(format!("{{\"alg\":\"{algorithm}\",\"typ\":\"JWT\"}}")),
        }
    }

    /// The same with the name of a key, which needs no escape in JSON.
    pub fn with_kid(algorithm: &'static str, kid: &str) -> Self {
        let text = format!("{{\"alg\":\"{algorithm}\",\"kid\":\"{kid}\",\"typ\":\"JWT\"}}");
        Self {
            algorithm,
            text: URL_SAFE_NO_PAD.encode(text),
        }
    }

    /// The name of the algorithm.
    pub fn algorithm(&self) -> &'static str {
        self.algorithm
    }

    /// A token as PyJWT writes it, with the signature that `sign` makes of `header.payload`; none where it makes none.
    pub fn encode<S: AsRef<[u8]>>(
        &self,
        claims: &Object,
        sign: impl FnOnce(&str) -> Option<S>,
    ) -> Option<String> {
        let mut payload = Vec::with_capacity(256);
        json::write_object_ascii(&mut payload, claims);
        // with room for the signature
        let length = self.text.len() + payload.len() * 4 / 3 + 96;
        let mut token = String::with_capacity(length);
        token.push_str(&self.text);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = sign(&token)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Some(token)
    }
}

/// A token whose signature nobody has checked yet. Its parts are decoded as they are asked for: where one cannot be,
/// PyJWT refuses the whole.
pub struct Parts<'t> {
    /// `header.payload`, which is what is signed.
    pub message: &'t str,
    header: &'t str,
    payload: &'t str,
    signature: &'t str,
}

impl<'t> Parts<'t> {
    /// Takes a token apart; none where there are not three parts.
    pub fn of(token: &'t str) -> Option<Self> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        Some(Self {
            message,
            header,
            payload,
            signature,
        })
    }

    /// The signature.
    pub fn signature(&self) -> Option<Vec<u8>> {
        decode(self.signature)
    }

    /// Whether the token's header names the algorithm of this one and asks for nothing that PyJWT does not know.
    pub fn is_of(&self, header: &Header) -> bool {
        // nearly every header is the one that we write ourselves
        self.header == header.text || self.names(header.algorithm).unwrap_or(false)
    }

    /// The name of the key in the header of a token that names the algorithm of this one.
    pub fn kid(&self, header: &Header) -> Option<String> {
        if !self.is_of(header) {
            return None;
        }
        let own = json::read_token(decode(self.header)?)?;
        match own.get("kid")? {
            Raw::Text(kid) => Some(kid.as_str()?.into_owned()),
            _ => None,
        }
    }

    fn names(&self, algorithm: &str) -> Option<bool> {
        let header = json::read_token(decode(self.header)?)?;
        let alg = header.get("alg").is_some_and(|alg| is_text(alg, algorithm));
        let kid = matches!(header.get("kid"), None | Some(Raw::Text(_)));
        let crit = header.get("crit").is_none_or(|crit| {
            let names = crit.texts().unwrap_or_default();
            !names.is_empty()
                && names.iter().all(|name| name == "b64")
                && header.get("b64").is_some()
        });
        let detached = matches!(header.get("b64"), Some(Raw::Bool(false)));
        Some(alg && kid && crit && !detached)
    }

    /// The claims, if they are an object.
    pub fn claims(&self) -> Option<Members<'static>> {
        json::read_token(decode(self.payload)?)
    }
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
        let hs256 = Header::of("HS256");
        let claims = json::read_token(br#"{"a":"\u00e9","b":[1.5,-1]}"#.into()).unwrap();
        let message = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhIjoiXHUwMGU5IiwiYiI6WzEuNSwtMV19";
        let text = hs256.encode(&claims.to_object(), |signed| {
            assert_eq!(signed, message);
            Some("sig")
        });
        let text = text.unwrap();
        assert_eq!(text, format!("{message}.c2ln"));
        let parts = Parts::of(&text).unwrap();
        assert_eq!(parts.message, message);
        assert_eq!(parts.signature().unwrap(), b"sig");
        assert!(parts.is_of(&hs256) && !parts.is_of(&Header::of("HS384")));
        assert!(parts.claims().unwrap().to_object() == claims.to_object());
    }

    #[test]
    fn padding_is_taken_where_it_is_whole() {
        for (part, is_base64) in [
            ("YQ", true),
            ("YQ==", true),
            ("c2lnMQ==", true),
            ("YQ=", false),
            ("YR", false), // an unused bit
            ("a+", false),
        ] {
            assert_eq!(decode(part).is_some(), is_base64, "{part}");
        }
        for (text, is_token) in [
            ("YQ.YQ.c2ln", true),
            ("YQ.c2ln", false),
            ("YQ.YQ.YQ.c2ln", true),
            ("", false),
        ] {
            let parts = Parts::of(text);
            assert_eq!(parts.is_some(), is_token, "{text}");
        }
        // a dot is no letter of base64
        assert!(Parts::of("YQ.e30.e30.c2ln").unwrap().claims().is_none());
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
                Parts::of(&text).unwrap().is_of(&Header::of("HS256")),
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
