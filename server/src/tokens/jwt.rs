//! Django's tokens: their bytes, the order of their claims, and SimpleJWT's and PyJWT's checks in order.
//!
//! The cryptography is `jsonwebtoken`'s; the checks are ours, because PyJWT's differ from every other library's
//! (what counts as a number, what expires when, which header is refused).

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};

use super::keys::Keys;
use crate::db::{Id, Moment};
use crate::entropy::Entropy;
use crate::web::json::{self, Object, Value};
use crate::web::python::{self, Int};

const INVALID: &str = "Token is invalid";
const EXPIRED: &str = "Token is expired";
const NO_EXP: &str = "Token has no 'exp' claim";
const NO_ID: &str = "Token has no id";
const NO_TYPE: &str = "Token has no type";
const WRONG_TYPE: &str = "Token has wrong type";
/// What a used refresh token is told.
pub(crate) const BLACKLISTED: &str = "Token is blacklisted";

/// The first second of the year 10000, where Python's dates end.
const END_OF_TIME: i64 = 253_402_300_800;
/// What the database can hold of a token id.
const LONGEST_JTI: usize = 255;

/// Padding is optional; unused bits are zero.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The claims of a token whose signature and times are right.
#[derive(Clone)]
pub(crate) struct Claims(Object);

/// A refresh token that was just made.
pub(crate) struct Refresh {
    pub(crate) token: String,
    pub(crate) claims: Claims,
    pub(crate) jti: String,
    pub(crate) expires_at: Moment,
}

/// What a claim says about a user, as Django's look-up by an integer key takes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum UserClaim {
    /// A key, whether or not somebody has it.
    Id(Id),
    /// Null, or a number that no row can have.
    Nobody,
    /// Not a number: Django fails.
    NoNumber,
}

impl UserClaim {
    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Nobody,
            Value::List(_) | Value::Object(_) => Self::NoNumber,
            Value::Text(text) => match text.as_str().and_then(python::int) {
                Some(Int::Fits(id)) => Self::Id(Id(id)),
                Some(Int::Beyond) => Self::Nobody,
                None => Self::NoNumber,
            },
            number => match whole(number) {
                Some(id) if id != i64::MIN && id != i64::MAX => Self::Id(Id(id)),
                Some(_) => Self::Nobody,
                None => Self::NoNumber,
            },
        }
    }

    /// The key to look for.
    pub(crate) fn lookup(self) -> Option<Id> {
        if let Self::Id(id) = self {
            Some(id)
        } else {
            None
        }
    }
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
        for name in ["sub", "jti"] {
            if !matches!(claims.get(name), None | Some(Value::Text(_))) {
                return Err(INVALID);
            }
        }
        Ok(Claims(claims))
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

    fn header(&self) -> String {
        format!("{{\"alg\":\"{}\",\"typ\":\"JWT\"}}", self.algorithm())
    }

    /// Signs claims in their order, as Django writes them.
    pub(crate) fn token(&self, claims: &Claims) -> Result<String, jsonwebtoken::errors::Error> {
        let mut payload = Vec::with_capacity(256);
        json::write_object_ascii(&mut payload, &claims.0);
        let mut token = URL_SAFE_NO_PAD.encode(self.header());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = self.sign(&token)?;
        token.push('.');
        token.push_str(&signature);
        Ok(token)
    }

    /// A refresh token for a user who proved the password.
    pub(crate) fn refresh_of(
        &self,
        user: Id,
        now: Moment,
        entropy: &Entropy,
    ) -> Result<Refresh, &'static str> {
        let mut claims = Object::default();
        claims.insert("token_type", Value::Text("refresh".into()));
        let expires_at = now.plus(self.refresh_lifetime.get()).ok_or(INVALID)?;
        let jti = entropy.jti();
        claims.insert("exp", seconds(expires_at));
        claims.insert("iat", seconds(now));
        claims.insert("jti", Value::Text(jti.as_str().into()));
        claims.insert("user_id", Value::Text(user.to_string().into()));
        self.refresh(Claims(claims), jti, expires_at)
    }

    /// The successor of a refresh token: its claims in their places, with an id and times of its own.
    pub(crate) fn successor(
        &self,
        of: &Claims,
        jti: String,
        issued: Moment,
        expires: Moment,
    ) -> Result<Refresh, &'static str> {
        let mut claims = of.0.clone();
        claims.insert("jti", Value::Text(jti.as_str().into()));
        claims.insert("exp", seconds(expires));
        claims.insert("iat", seconds(issued));
        self.refresh(Claims(claims), jti, expires)
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
        claims.insert("token_type", Value::Text("access".into()));
        claims.insert(
            "exp",
            seconds(now.plus(self.access_lifetime.get()).ok_or(INVALID)?),
        );
        claims.insert("iat", seconds(now));
        claims.insert("jti", Value::Text(entropy.jti().into()));
        for (name, value) in refresh.0.iter() {
            if !["token_type", "exp", "jti", "iat"]
                .iter()
                .any(|own| name == *own)
            {
                claims.insert(name.clone(), value.clone());
            }
        }
        self.token(&Claims(claims)).map_err(|_| INVALID)
    }
}

impl Claims {
    /// The checks of an access token after [`Keys::read`].
    pub(crate) fn check_access(&self) -> Result<(), &'static str> {
        self.check_untyped()?;
        self.check_type("access")
    }

    /// The checks of a refresh token after the look at the blacklist.
    pub(crate) fn check_refresh(&self) -> Result<(), &'static str> {
        self.check_untyped()?;
        self.check_type("refresh")
    }

    /// The checks of a token of any type.
    pub(crate) fn check_untyped(&self) -> Result<(), &'static str> {
        self.0.get("exp").ok_or(NO_EXP)?;
        self.0.get("jti").ok_or(NO_ID).map(drop)
    }

    fn check_type(&self, wanted: &str) -> Result<(), &'static str> {
        let found = self.0.get("token_type").ok_or(NO_TYPE)?;
        if is_text(found, wanted) {
            Ok(())
        } else {
            Err(WRONG_TYPE)
        }
    }

    /// The id, as the database can hold it.
    ///
    /// # Errors
    /// "Token has no id", where the reference fails; "Token is invalid" for one that no database can hold.
    pub(crate) fn jti(&self) -> Result<&str, &'static str> {
        let Value::Text(text) = self.0.get("jti").ok_or(NO_ID)? else {
            return Err(INVALID);
        };
        let jti = text.as_str().ok_or(INVALID)?;
        if jti.contains('\0') || jti.chars().count() > LONGEST_JTI {
            Err(INVALID)
        } else {
            Ok(jti)
        }
    }

    /// What the claim says about a user; `None` without the claim.
    pub(crate) fn user_id(&self) -> Option<UserClaim> {
        self.0.get("user_id").map(UserClaim::of)
    }

    /// Whether Python takes the claim for true: a refresh looks at the user only then.
    pub(crate) fn names_a_user(&self) -> bool {
        match self.0.get("user_id") {
            None | Some(Value::Null | Value::Bool(false)) => false,
            Some(Value::Int(digits)) => digits != "0",
            Some(Value::Float(float)) => *float != 0.0,
            // the reference passes an empty one here and fails at the next step: nobody's either way
            Some(_) => true,
        }
    }

    /// When the token expires, with the fraction that its claim may have.
    pub(crate) fn expires_at(&self) -> Option<Moment> {
        match self.0.get("exp")? {
            Value::Float(exp) => {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "checked to lie before the year 10000"
                )]
                let micros = (exp * 1e6).round() as i64;
                chrono::DateTime::from_timestamp_micros(micros).map(Moment::new)
            }
            value => whole(value).and_then(Moment::from_timestamp),
        }
    }
}

fn seconds(moment: Moment) -> Value {
    Value::Int(moment.timestamp().to_string())
}

fn is_text(value: &Value, wanted: &str) -> bool {
    matches!(value, Value::Text(text) if text == wanted)
}

/// Python's `int(value)` as far as 64 bits; beyond them the nearest end. `None` where Python raises.
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(flag) => Some(i64::from(*flag)),
        Value::Int(digits) => Some(digits.parse().unwrap_or(beyond(digits))),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a cast of a float saturates, as wanted"
        )]
        Value::Float(float) => float.is_finite().then_some(float.trunc() as i64),
        Value::Text(text) => match python::int(text.as_str()?)? {
            Int::Fits(number) => Some(number),
            Int::Beyond => Some(beyond(python::strip(text.as_str()?))),
        },
        Value::Null | Value::List(_) | Value::Object(_) => None,
    }
}

fn beyond(digits: &str) -> i64 {
    if digits.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
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
        let keys = keys();
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(payload)
        );
        let token = format!("{message}.{}", keys.sign(&message).unwrap());
        keys.read(&token, at(BEFORE))
    }

    #[test]
    fn the_reference_s_token_is_read_and_written_to_the_byte() {
        let claims = keys().read(VECTOR, at(BEFORE)).unwrap();
        assert_eq!(claims.user_id(), Some(UserClaim::Id(Id(1))));
        assert_eq!(claims.check_access(), Ok(()));
        assert_eq!(claims.check_refresh(), Err(WRONG_TYPE));
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
    fn claims_are_checked_in_simplejwt_s_order() {
        for (payload, answer) in [
            ("{}", Err(NO_EXP)),
            (r#"{"exp":1e11}"#, Err(NO_ID)),
            (r#"{"exp":1e11,"jti":""}"#, Err(NO_TYPE)),
            (
                r#"{"exp":1e11,"jti":"","token_type":"access"}"#,
                Err(WRONG_TYPE),
            ),
            (r#"{"exp":1e11,"jti":"","token_type":"refresh"}"#, Ok(())),
        ] {
            assert_eq!(read(payload).unwrap().check_refresh(), answer, "{payload}");
        }
    }

    #[test]
    fn a_user_is_found_as_django_finds_an_integer_key() {
        for (claim, answer) in [
            ("1", UserClaim::Id(Id(1))),
            ("\" +1_0 \"", UserClaim::Id(Id(10))),
            ("1.9", UserClaim::Id(Id(1))),
            ("true", UserClaim::Id(Id(1))),
            ("null", UserClaim::Nobody),
            ("\"99999999999999999999\"", UserClaim::Nobody),
            ("99999999999999999999", UserClaim::Nobody),
            ("\"abc\"", UserClaim::NoNumber),
            ("\"\"", UserClaim::NoNumber),
            ("[1]", UserClaim::NoNumber),
            ("NaN", UserClaim::NoNumber),
        ] {
            let claims = read(&format!(r#"{{"user_id":{claim}}}"#)).unwrap();
            assert_eq!(claims.user_id(), Some(answer), "{claim}");
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
        json::write_object_ascii(&mut text, &next.claims.0);
        assert_eq!(
            String::from_utf8(text).unwrap(),
            r#"{"x":{"y":[1,2.5,null,"\u00e9"]},"jti":"new","token_type":"refresh","exp":6,"aud":"z","iat":5}"#
        );
        let access = keys
            .access_of(&claims, at(BEFORE), &Entropy::seeded(1))
            .unwrap();
        let access = keys.read(&access, at(BEFORE)).unwrap();
        let names: Vec<_> = access
            .0
            .iter()
            .map(|(name, _)| name.as_str().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["token_type", "exp", "iat", "jti", "x", "aud"]);
    }

    #[test]
    fn an_id_that_no_database_can_hold_is_refused() {
        assert_eq!(read("{}").unwrap().jti(), Err(NO_ID));
        assert_eq!(read(r#"{"jti":"\ud800"}"#).unwrap().jti(), Err(INVALID));
        assert_eq!(read(r#"{"jti":"a\u0000"}"#).unwrap().jti(), Err(INVALID));
        assert_eq!(
            read(&format!(r#"{{"jti":"{}"}}"#, "x".repeat(256)))
                .unwrap()
                .jti(),
            Err(INVALID)
        );
        assert_eq!(read(r#"{"jti":""}"#).unwrap().jti(), Ok(""));
    }
}
