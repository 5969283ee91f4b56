//! Django's tokens: their bytes, the order of their claims, and SimpleJWT's and PyJWT's checks in order.
//!
//! The cryptography is `jsonwebtoken`'s; the checks are ours, because PyJWT's differ from every other library's
//! (what counts as a number, what expires when, which header is refused).

use std::borrow::Cow;

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};

pub(crate) use super::claims::{Claims, UserClaim};
use super::claims::{is_text, whole};
use super::keys::Keys;
use crate::db::Moment;
use crate::entropy::Entropy;
use crate::settings::Audience;
use crate::web::json::{self, Object, Value};

pub(super) const INVALID: &str = "Token is invalid";
const EXPIRED: &str = "Token is expired";
/// What a used refresh token is told.
pub(crate) const BLACKLISTED: &str = "Token is blacklisted";

/// The first second of the year 10000, where Python's dates end.
const END_OF_TIME: i64 = 253_402_300_800;
/// Padding is optional; unused bits are zero.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A refresh token that was just made.
pub(crate) struct Refresh {
    pub(crate) token: String,
    pub(crate) claims: Claims,
    pub(crate) jti: String,
    pub(crate) expires_at: Moment,
}

impl Keys {
    /// Reads a token as PyJWT does: everything that needs no database.
    ///
    /// # Errors
    /// SimpleJWT's message.
    pub(crate) fn read(&self, token: &str, now: Moment) -> Result<Claims, &'static str> {
        let (message, signature) = token.rsplit_once('.').ok_or(INVALID)?;
        let (header, payload) = message.split_once('.').ok_or(INVALID)?;
        let header = decode(header).ok_or(INVALID)?;
        let payload = decode(payload).ok_or(INVALID)?;
        let signature = URL_SAFE_NO_PAD.encode(decode(signature).ok_or(INVALID)?);
        if !self.is_our_header(&header) || !self.verify(&signature, message) {
            return Err(INVALID);
        }
        let Some(Value::Object(claims)) = json::parse_token(&payload) else {
            return Err(INVALID);
        };
        self.check_times(&claims, now.timestamp())?;
        self.check_origin(&claims)?;
        for name in ["sub", "jti"] {
            if !matches!(claims.get(name), None | Some(Value::Text(_))) {
                return Err(INVALID);
            }
        }
        Ok(self.claims(claims))
    }

    fn claims(&self, object: Object) -> Claims {
        Claims {
            object,
            names: self.names.clone(),
        }
    }

    fn is_our_header(&self, bytes: &[u8]) -> bool {
        // nearly every header is the one that we write ourselves
        if bytes == self.header().as_bytes() {
            return true;
        }
        let Some(Value::Object(header)) = json::parse_token(bytes) else {
            return false;
        };
        let alg = header
            .get("alg")
            .is_some_and(|alg| is_text(alg, self.algorithm()));
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

    fn check_times(&self, claims: &Object, now: i64) -> Result<(), &'static str> {
        for name in ["iat", "nbf"] {
            if let Some(value) = claims.get(name) {
                let at = whole(value).ok_or(INVALID)?;
                if at > now + self.future_leeway {
                    return Err(INVALID);
                }
            }
        }
        if let Some(value) = claims.get("exp") {
            let exp = whole(value).ok_or(INVALID)?;
            if exp <= now - self.leeway {
                return Err(EXPIRED);
            }
            // PyJWT takes a numeric text and any size; SimpleJWT's own look at it then fails
            if exp >= END_OF_TIME || matches!(value, Value::Text(_)) {
                return Err(INVALID);
            }
        }
        Ok(())
    }

    /// ISSUER and AUDIENCE, where they are set.
    fn check_origin(&self, claims: &Object) -> Result<(), &'static str> {
        let is_ours = self.issuer.is_empty()
            || (claims.get("iss")).is_some_and(|issuer| is_text(issuer, &self.issuer));
        let wanted = self.audience.as_slice();
        let is_wanted = |shown: &Value| wanted.iter().any(|wanted| is_text(shown, wanted));
        let is_for_us = wanted.is_empty()
            || match claims.get("aud") {
                Some(Value::List(shown)) => {
                    let all_text = shown.iter().all(|shown| matches!(shown, Value::Text(_)));
                    all_text && shown.iter().any(is_wanted)
                }
                // an empty text is no audience, even where it is asked for
                Some(shown) => is_wanted(shown) && !is_text(shown, ""),
                None => false,
            };
        if is_ours && is_for_us {
            Ok(())
        } else {
            Err(INVALID)
        }
    }

    fn header(&self) -> String {
        format!("{{\"alg\":\"{}\",\"typ\":\"JWT\"}}", self.algorithm())
    }

    /// A token of any header and payload, for `fuzzing.rs`.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn signed(&self, header: &[u8], payload: &[u8]) -> String {
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(payload)
        );
        let signature = self.sign(&message).unwrap_or_default();
        format!("{message}.{signature}")
    }

    /// Signs claims in their order, as Django writes them.
    pub(crate) fn token(&self, claims: &Claims) -> Result<String, jsonwebtoken::errors::Error> {
        let mut payload = Vec::with_capacity(256);
        let claims = self.with_origin(&claims.object);
        json::write_object_ascii(&mut payload, &claims);
        let mut token = URL_SAFE_NO_PAD.encode(self.header());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = self.sign(&token)?;
        token.push('.');
        token.push_str(&signature);
        Ok(token)
    }

    /// The claims with `aud` and `iss` as the settings say: in their places, or at the end.
    fn with_origin<'c>(&self, claims: &'c Object) -> Cow<'c, Object> {
        let audience = match &self.audience {
            Audience::None => None,
            Audience::One(audience) => Some(Value::from(audience.as_str())),
            Audience::Many(audiences) => {
                let audiences = audiences.iter().map(|audience| audience.as_str().into());
                Some(Value::List(audiences.collect()))
            }
        };
        if audience.is_none() && self.issuer.is_empty() {
            return Cow::Borrowed(claims);
        }
        let mut claims = claims.clone();
        if let Some(audience) = audience {
            claims.insert("aud", audience);
        }
        if !self.issuer.is_empty() {
            claims.insert("iss", self.issuer.as_str());
        }
        Cow::Owned(claims)
    }

    /// A refresh token for a user who proved the password; `user` is the value of USER_ID_FIELD.
    pub(crate) fn refresh_of(
        &self,
        user: &str,
        now: Moment,
        entropy: &Entropy,
    ) -> Result<Refresh, &'static str> {
        let mut claims = Object::default();
        claims.insert(self.names.token_type.as_str(), "refresh");
        let expires_at = now.plus(self.refresh_lifetime.get()).ok_or(INVALID)?;
        let jti = entropy.jti();
        claims.insert("exp", seconds(expires_at));
        claims.insert("iat", seconds(now));
        claims.insert(self.names.jti.as_str(), jti.as_str());
        claims.insert(self.names.user_id.as_str(), user);
        self.refresh(self.claims(claims), jti, expires_at)
    }

    /// The successor of a refresh token: its claims in their places, with an id and times of its own.
    pub(crate) fn successor(
        &self,
        of: &Claims,
        jti: String,
        issued: Moment,
        expires: Moment,
    ) -> Result<Refresh, &'static str> {
        let mut claims = of.object.clone();
        claims.insert(self.names.jti.as_str(), jti.as_str());
        claims.insert("exp", seconds(expires));
        claims.insert("iat", seconds(issued));
        self.refresh(self.claims(claims), jti, expires)
    }

    fn refresh(
        &self,
        claims: Claims,
        jti: String,
        expires_at: Moment,
    ) -> Result<Refresh, &'static str> {
        let token = self.token(&claims).map_err(|_| INVALID)?;
        // the column and the claim hold whole seconds
        let expires_at = Moment::from_timestamp(expires_at.timestamp()).ok_or(INVALID)?;
        Ok(Refresh {
            token,
            claims,
            jti,
            expires_at,
        })
    }

    /// An access token with the claims of a refresh token.
    pub(crate) fn access_of(
        &self,
        refresh: &Claims,
        now: Moment,
        entropy: &Entropy,
    ) -> Result<String, &'static str> {
        let mut claims = Object::default();
        claims.insert(self.names.token_type.as_str(), "access");
        claims.insert(
            "exp",
            seconds(now.plus(self.access_lifetime.get()).ok_or(INVALID)?),
        );
        claims.insert("iat", seconds(now));
        claims.insert(self.names.jti.as_str(), entropy.jti());
        // the id of a stranger's token is not copied either, whatever ours is called
        let own = [&self.names.token_type, "exp", &self.names.jti, "jti", "iat"];
        for (name, value) in refresh.object.iter() {
            if !own.iter().any(|own| name == *own) {
                claims.insert(name.clone(), value.clone());
            }
        }
        self.token(&self.claims(claims)).map_err(|_| INVALID)
    }
}

fn seconds(moment: Moment) -> Value {
    Value::Int(moment.timestamp().to_string())
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
    use crate::settings::Settings;

    const KEY: &str = "reference-secret-key-for-tests-only-0123456789";
    /// The vector of the reference, and the claims in it.
    const VECTOR: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIiwiZXhwIjoxODAwMDAwMDAwLCJpYXQiOjE3OTk5ODkyMDAsImp0aSI6IjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmIiwidXNlcl9pZCI6IjEifQ.mpRooP9_sWJs4j9MNT_24V5MhPLNiKnAOCKuY4dq2M0";
    const BEFORE: i64 = 1_799_990_000;

    fn keys() -> Keys {
        let settings = Settings::default();
        Keys::new(
            &KEY.to_owned().into(),
            &settings.simple_jwt,
            &settings.tokens,
        )
    }

    fn at(seconds: i64) -> Moment {
        Moment::from_timestamp(seconds).unwrap()
    }

    fn read(payload: &str) -> Result<Claims, &'static str> {
        signed(r#"{"alg":"HS256","typ":"JWT"}"#, payload)
    }

    fn signed(header: &str, payload: &str) -> Result<Claims, &'static str> {
        signed_by(&keys(), header, payload)
    }

    fn signed_by(keys: &Keys, header: &str, payload: &str) -> Result<Claims, &'static str> {
        let token = keys.signed(header.as_bytes(), payload.as_bytes());
        keys.read(&token, at(BEFORE))
    }

    #[test]
    fn the_reference_s_token_is_read_and_written_to_the_byte() {
        let claims = keys().read(VECTOR, at(BEFORE)).unwrap();
        assert_eq!(claims.user_id(), Some(UserClaim::Id(crate::db::Id(1))));
        assert_eq!(claims.check_access(), Ok(()));
        assert_eq!(claims.check_refresh(), Err("Token has wrong type"));
        assert_eq!(keys().token(&claims).unwrap(), VECTOR);
    }

    #[test]
    fn a_token_expires_at_its_second() {
        assert!(keys().read(VECTOR, at(1_799_999_999)).is_ok());
        assert_eq!(keys().read(VECTOR, at(1_800_000_000)).err(), Some(EXPIRED));
    }

    #[test]
    fn one_changed_character_anywhere_is_refused() {
        let keys = keys();
        for at_byte in 0..VECTOR.len() {
            let mut bytes = VECTOR.as_bytes().to_vec();
            bytes[at_byte] = if bytes[at_byte] == b'A' { b'B' } else { b'A' };
            let token = String::from_utf8(bytes).unwrap();
            assert!(keys.read(&token, at(BEFORE)).is_err(), "{token}");
        }
    }

    #[test]
    fn text_that_is_no_token_is_invalid() {
        for text in [
            "",
            ".",
            "..",
            "a.b",
            "a.b.c",
            "....",
            "é.é.é",
            &format!("{VECTOR}."),
            &format!("{VECTOR}=="),
        ] {
            assert_eq!(keys().read(text, at(BEFORE)).err(), Some(INVALID), "{text}");
        }
    }

    #[test]
    fn headers_are_refused_as_pyjwt_refuses_them() {
        let good = [
            r#"{"alg":"HS256"}"#,
            r#"{"alg":"HS256","typ":"x","kid":"k"}"#,
            r#"{"alg":"HS256","crit":["b64"],"b64":true}"#,
        ];
        let bad = [
            r#"{"typ":"JWT"}"#,
            r#"{"alg":"none"}"#,
            r#"{"alg":"hs256"}"#,
            r#"{"alg":"HS512"}"#,
            r#"{"alg":null}"#,
            r#"{"alg":"HS256","kid":null}"#,
            r#"{"alg":"HS256","crit":[]}"#,
            r#"{"alg":"HS256","crit":["x"]}"#,
            r#"{"alg":"HS256","crit":["b64"]}"#,
            r#"{"alg":"HS256","b64":false}"#,
            "[]",
            "",
        ];
        for header in good {
            assert!(signed(header, "{}").is_ok(), "{header}");
        }
        for header in bad {
            assert_eq!(signed(header, "{}").err(), Some(INVALID), "{header}");
        }
    }

    #[test]
    fn times_are_read_as_python_reads_them() {
        for (payload, answer) in [
            ("{}", None),
            (r#"{"exp":1e11}"#, None),
            (r#"{"exp":1799990000.9}"#, Some(EXPIRED)),
            (r#"{"exp":true}"#, Some(EXPIRED)),
            (r#"{"exp":" 1_0 "}"#, Some(EXPIRED)),
            (r#"{"exp":"99999999999"}"#, Some(INVALID)),
            (r#"{"exp":253402300800}"#, Some(INVALID)),
            (r#"{"exp":1000000000000000000000000000000}"#, Some(INVALID)),
            (r#"{"exp":-1000000000000000000000000000000}"#, Some(EXPIRED)),
            (r#"{"exp":null}"#, Some(INVALID)),
            (r#"{"exp":"soon"}"#, Some(INVALID)),
            (r#"{"exp":NaN}"#, Some(INVALID)),
            (r#"{"iat":1799990005}"#, None),
            (r#"{"iat":1799990006}"#, Some(INVALID)),
            (r#"{"nbf":1799990006}"#, Some(INVALID)),
            (r#"{"iat":[]}"#, Some(INVALID)),
            (r#"{"jti":5}"#, Some(INVALID)),
            (r#"{"sub":null}"#, Some(INVALID)),
            ("[]", Some(INVALID)),
        ] {
            assert_eq!(read(payload).err(), answer, "{payload}");
        }
    }

    #[test]
    fn a_successor_keeps_every_claim_in_its_place() {
        let claims = read(r#"{"x":{"y":[1,2.5,null,"é"]},"jti":"old","token_type":"refresh","exp":1800000000,"aud":"z"}"#).unwrap();
        let keys = keys();
        let next = keys
            .successor(&claims, "new".to_owned(), at(5), at(6))
            .unwrap();
        let mut text = Vec::new();
        json::write_object_ascii(&mut text, &next.claims.object);
        assert_eq!(
            String::from_utf8(text).unwrap(),
            r#"{"x":{"y":[1,2.5,null,"\u00e9"]},"jti":"new","token_type":"refresh","exp":6,"aud":"z","iat":5}"#
        );
        let access = keys
            .access_of(&claims, at(BEFORE), &Entropy::seeded(1))
            .unwrap();
        let access = keys.read(&access, at(BEFORE)).unwrap();
        let names: Vec<_> = access
            .object
            .iter()
            .map(|(name, _)| name.as_str().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["token_type", "exp", "iat", "jti", "x", "aud"]);
    }

    #[test]
    fn audience_and_issuer_are_written_last_and_required() {
        let with = |settings: &str| {
            let settings = Settings::from_toml(settings).unwrap();
            Keys::new(
                &KEY.to_owned().into(),
                &settings.simple_jwt,
                &settings.tokens,
            )
        };
        let keys = with("simple_jwt = { audience = ['a', 'b'], issuer = 'i' }");
        let refresh = keys
            .refresh_of("7", at(BEFORE), &Entropy::seeded(1))
            .unwrap();
        let payload = refresh.token.split('.').nth(1).unwrap();
        let payload = String::from_utf8(decode(payload).unwrap()).unwrap();
        assert!(
            payload.ends_with(r#""user_id":"7","aud":["a","b"],"iss":"i"}"#),
            "{payload}"
        );
        let read = |keys: &Keys, payload: &str| {
            let header = r#"{"alg":"HS256","typ":"JWT"}"#;
            signed_by(keys, header, payload).is_ok()
        };
        for (payload, is_ours) in [
            (r#"{"aud":"b","iss":"i"}"#, true),
            (r#"{"aud":["x","a"],"iss":"i"}"#, true),
            (r#"{"aud":["a",1],"iss":"i"}"#, false),
            (r#"{"aud":[],"iss":"i"}"#, false),
            (r#"{"aud":{"a":"a"},"iss":"i"}"#, false),
            (r#"{"aud":"x","iss":"i"}"#, false),
            (r#"{"iss":"i"}"#, false),
            (r#"{"aud":"a"}"#, false),
            (r#"{"aud":"a","iss":["i"]}"#, false),
        ] {
            assert_eq!(read(&keys, payload), is_ours, "{payload}");
        }
        let keys = with("simple_jwt.audience = ['']");
        assert!(!read(&keys, r#"{"aud":""}"#) && read(&keys, r#"{"aud":[""]}"#));
    }

    #[test]
    fn leeway_stretches_every_time() {
        let settings = Settings::from_toml("simple_jwt.leeway = '1m'").unwrap();
        let keys = Keys::new(
            &KEY.to_owned().into(),
            &settings.simple_jwt,
            &settings.tokens,
        );
        let header = r#"{"alg":"HS256","typ":"JWT"}"#;
        // the clocks' slack of 5 s comes on top of what may lie ahead
        for (payload, answer) in [
            (r#"{"exp":1799989941}"#, None),
            (r#"{"exp":1799989940}"#, Some(EXPIRED)),
            (r#"{"iat":1799990065,"nbf":1799990065}"#, None),
            (r#"{"iat":1799990066}"#, Some(INVALID)),
            (r#"{"nbf":1799990066}"#, Some(INVALID)),
        ] {
            assert_eq!(signed_by(&keys, header, payload).err(), answer, "{payload}");
        }
    }
}
