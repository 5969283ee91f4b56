//! The claims of a token: what SimpleJWT's token classes check of them, and whom they name.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use django::json::{self, Members, Object, Raw, Value};
use django::pyjwt::{is_text, whole};
use django::python::{self, Int};

use crate::accounts::{User, Users};
use crate::db::{self, Id, Moment};
use crate::http::error::Error;
use crate::settings::{SimpleJwt, TokenClass, UserIdField};

/// What a token is told that is broken, forged or of no use.
pub(super) const INVALID: &str = "Token is invalid";
/// What a token is told whose time is over.
pub(super) const EXPIRED: &str = "Token is expired";
/// What a used refresh token is told.
pub(crate) const BLACKLISTED: &str = "Token is blacklisted";
const NO_EXP: &str = "Token has no 'exp' claim";
const NO_ID: &str = "Token has no id";
const NO_TYPE: &str = "Token has no type";
const WRONG_TYPE: &str = "Token has wrong type";

/// What SimpleJWT's views say.
impl Error {
    /// A token in a body is refused.
    pub(crate) fn bad_token(message: impl Into<Cow<'static, str>>) -> Self {
        Self::unauthenticated(message, Some("token_not_valid"))
    }

    pub(crate) fn no_account_of_token() -> Self {
        Self::unauthenticated("No active account found for the given token.", None)
    }

    pub(crate) fn bad_credentials() -> Self {
        Self::unauthenticated("No active account found with the given credentials", None)
    }
}

/// What the database can hold of a token id.
const LONGEST_JTI: usize = 255;

/// What JSON calls a claim without a name.
const NULL: &str = "null";

/// How the claims are called that have a setting: TOKEN_TYPE_CLAIM, JTI_CLAIM, USER_ID_CLAIM, and by what of a
/// user the last one names him, USER_ID_FIELD.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) token_type: String,
    /// Whether TOKEN_TYPE_CLAIM has a name, so that types are looked at.
    pub(super) has_type: bool,
    pub(super) jti: String,
    /// Whether JTI_CLAIM has a name, so that every token needs an id.
    has_jti: bool,
    pub(super) user_id: String,
    /// SLIDING_TOKEN_REFRESH_EXP_CLAIM.
    pub(super) refresh_until: String,
    pub(super) user_field: UserIdField,
    /// REVOKE_TOKEN_CLAIM, where CHECK_REVOKE_TOKEN is on.
    pub(super) password: Option<String>,
}

impl Names {
    pub(super) fn of(jwt: &SimpleJwt) -> Self {
        let named = |name: &str| if name.is_empty() { NULL } else { name }.to_owned();
        Self {
            token_type: named(&jwt.token_type_claim),
            has_type: !jwt.token_type_claim.is_empty(),
            jti: named(&jwt.jti_claim),
            has_jti: !jwt.jti_claim.is_empty(),
            user_id: jwt.user_id_claim.clone(),
            refresh_until: jwt.sliding_token_refresh_exp_claim.clone(),
            user_field: jwt.user_id_field,
            password: (jwt.check_revoke_token).then(|| jwt.revoke_token_claim.clone()),
        }
    }
}

/// The claims of a token whose signature and times are right.
pub(crate) struct Claims {
    members: Members<'static>,
    /// All of them, where another token is made of them.
    object: OnceLock<Object>,
    names: Arc<Names>,
}

/// What a claim says about a user, as Django's look-up by USER_ID_FIELD takes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum UserClaim {
    /// A key, whether or not somebody has it.
    Id(Id),
    /// A username.
    Username(String),
    /// A mail address.
    Email(String),
    /// Null, or a number that no row can have.
    Nobody,
    /// Not a number: Django fails.
    NoNumber,
}

impl UserClaim {
    fn of(value: Raw<'_>, field: UserIdField) -> Self {
        match field {
            UserIdField::Id => Self::key(value),
            UserIdField::Username => text(value).map_or(Self::Nobody, Self::Username),
            UserIdField::Email => text(value).map_or(Self::Nobody, Self::Email),
        }
    }

    fn key(value: Raw<'_>) -> Self {
        match value {
            Raw::Null => Self::Nobody,
            Raw::List(_) | Raw::Object(_) => Self::NoNumber,
            Raw::Text(text) => match text.as_str().and_then(|text| python::int(&text)) {
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

    /// The key that the claim is.
    pub(crate) fn lookup(self) -> Option<Id> {
        if let Self::Id(id) = self {
            Some(id)
        } else {
            None
        }
    }

    /// The users whom it names, as the database has them now: none, one, or two for several.
    pub(crate) async fn users(&self, users: &Users) -> db::Result<Vec<Arc<User>>> {
        let found = match self {
            Self::Id(id) => users.find(*id).await?,
            Self::Username(name) => users.find_by_username(name).await?,
            Self::Email(email) => return users.find_by_email(email).await,
            Self::Nobody | Self::NoNumber => None,
        };
        Ok(found.into_iter().collect())
    }

    /// The one user whom it names; nobody where several could be meant, for which Django fails.
    pub(crate) async fn user(&self, users: &Users) -> db::Result<Option<Arc<User>>> {
        if let Self::Id(id) = self {
            return users.find(*id).await;
        }
        let mut found = self.users(users).await?;
        Ok(found.pop().filter(|_| found.is_empty()))
    }
}

/// What Django's text columns make of a claim: `str(value)` of a text, a number or a truth value.
fn text(value: Raw<'_>) -> Option<String> {
    let text: Cow<'_, str> = match value {
        Raw::Text(text) => text.as_str()?,
        Raw::Int(digits) => digits.into(),
        Raw::Float(literal) => json::float_repr(json::float(literal)).into(),
        Raw::Bool(true) => "True".into(),
        Raw::Bool(false) => "False".into(),
        Raw::Null | Raw::List(_) | Raw::Object(_) => return None,
    };
    // no database holds a NUL, and PostgreSQL would not even look
    (!text.contains('\0')).then(|| text.into_owned())
}

impl Claims {
    pub(super) fn new(members: Members<'static>, names: Arc<Names>) -> Self {
        Self {
            members,
            object: OnceLock::new(),
            names,
        }
    }

    /// A claim.
    pub(crate) fn get(&self, name: &str) -> Option<Raw<'_>> {
        self.members.get(name)
    }

    /// All claims, to make another token of them.
    pub(super) fn object(&self) -> &Object {
        self.object.get_or_init(|| self.members.to_object())
    }

    /// The checks of a token of a class after [`TokenBackend::read`](super::backend::TokenBackend::read) and, where the
    /// class asks for it, the look at the blacklist.
    pub(crate) fn check(&self, class: TokenClass) -> Result<(), &'static str> {
        self.get("exp").ok_or(NO_EXP)?;
        if self.names.has_jti {
            self.get(&self.names.jti).ok_or(NO_ID)?;
        }
        if self.names.has_type && class != TokenClass::Untyped {
            self.check_type(class.token_type())?;
        }
        Ok(())
    }

    /// Whether tokens can be written with these claims: PyJWT writes no other issuer than a text.
    pub(crate) fn check_issuer(&self) -> Result<(), &'static str> {
        match self.get("iss") {
            None | Some(Raw::Text(_)) => Ok(()),
            Some(_) => Err(INVALID),
        }
    }

    fn check_type(&self, wanted: &str) -> Result<(), &'static str> {
        let found = self.get(&self.names.token_type).ok_or(NO_TYPE)?;
        if is_text(found, wanted) {
            Ok(())
        } else {
            Err(WRONG_TYPE)
        }
    }

    /// The id, as the database can hold it; `None` where it can't, and so no row is of this token.
    ///
    /// # Errors
    /// Where the reference fails: "Token has no id", and "Token is invalid" for one that no database can be asked for.
    pub(crate) fn jti(&self) -> Result<Option<String>, &'static str> {
        let jti = match self.get(&self.names.jti).ok_or(NO_ID)? {
            Raw::Text(text) if text.as_str().is_none() => return Err(INVALID),
            Raw::List(_) | Raw::Object(_) => return Err(INVALID),
            jti => text(jti),
        };
        Ok(jti.filter(|jti| jti.chars().count() <= LONGEST_JTI))
    }

    /// The same where a token needs no id: without JTI_CLAIM.
    pub(crate) fn jti_if_any(&self) -> Result<Option<String>, &'static str> {
        if !self.names.has_jti && self.get(&self.names.jti).is_none() {
            return Ok(None);
        }
        self.jti()
    }

    /// The claim that names the user, as it stands there.
    pub(crate) fn user(&self) -> Option<Raw<'_>> {
        self.get(&self.names.user_id)
    }

    /// What the claim says about a user; `None` without the claim.
    pub(crate) fn user_id(&self) -> Option<UserClaim> {
        let claim = self.user()?;
        Some(UserClaim::of(claim, self.names.user_field))
    }

    /// What the token says about its user's password, where CHECK_REVOKE_TOKEN is on.
    pub(crate) fn password(&self) -> Option<String> {
        match self.get(self.names.password.as_deref()?)? {
            Raw::Text(text) => Some(text.as_str()?.into_owned()),
            _ => None,
        }
    }

    /// Whether Python takes the claim for true: a refresh looks at the user only then. One that rotates goes on to the
    /// rows, and there finds nobody by an empty text, list or object in the place of a number.
    pub(crate) fn names_a_user(&self, rotates: bool) -> bool {
        let is_number = rotates && self.is_by_id();
        match self.get(&self.names.user_id) {
            None | Some(Raw::Null | Raw::Bool(false)) => false,
            Some(Raw::Int(digits)) => digits != "0",
            Some(Raw::Float(literal)) => json::float(literal) != 0.0,
            Some(Raw::Text(text)) => is_number || text != *"",
            Some(list @ Raw::List(_)) => is_number || list.to_value() != Value::List(Vec::new()),
            Some(object @ Raw::Object(_)) => is_number || object.to_value() != Object::new().into(),
            Some(Raw::Bool(true)) => true,
        }
    }

    fn is_by_id(&self) -> bool {
        self.names.user_field == UserIdField::Id
    }

    /// When the token expires, with the fraction that its claim may have.
    pub(crate) fn expires_at(&self) -> Option<Moment> {
        self.moment("exp")
    }

    /// The moment in a claim, with the fraction that it may have; none where it is no number, or no year's of four digits.
    pub(crate) fn moment(&self, name: &str) -> Option<Moment> {
        match self.get(name)? {
            Raw::Text(_) => None,
            Raw::Float(literal) => {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a cast of a float saturates, and no moment is so late"
                )]
                let micros = (json::float(literal) * 1e6).round() as i64;
                chrono::DateTime::from_timestamp_micros(micros).map(Moment::new)
            }
            value => whole(value).and_then(Moment::from_timestamp),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::settings::Settings;

    fn named(jwt: &SimpleJwt, payload: &str) -> Claims {
        let members = json::read_token(payload.into()).unwrap();
        Claims::new(members, Arc::new(Names::of(jwt)))
    }

    fn claims(payload: &str) -> Claims {
        named(&Settings::default().simple_jwt, payload)
    }

    #[test]
    fn names_of_claims_are_settings() {
        let settings = "[simple_jwt]\ntoken_type_claim = 't'\njti_claim = 'i'\nuser_id_claim = 'u'\nuser_id_field = 'username'";
        let jwt = Settings::from_toml(settings).unwrap().simple_jwt;
        let claims = named(&jwt, r#"{"exp":1,"t":"access","i":5,"u":1.50,"jti":"x"}"#);
        assert_eq!(claims.check(TokenClass::Access), Ok(()));
        assert_eq!(claims.jti(), Ok(Some("5".to_owned())));
        assert_eq!(
            claims.user_id(),
            Some(UserClaim::Username("1.5".to_owned()))
        );
        let plain = r#"{"exp":1,"token_type":"access","jti":"x","user_id":1}"#;
        let claims = named(&jwt, plain);
        assert_eq!(claims.check(TokenClass::Access), Err(NO_ID));
        assert_eq!(claims.user_id(), None);
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
            let claims = claims(&format!(r#"{{"user_id":{claim}}}"#));
            assert_eq!(claims.user_id(), Some(answer), "{claim}");
        }
    }

    #[test]
    fn an_id_is_what_a_database_can_hold_or_nobody_s() {
        assert_eq!(claims("{}").jti(), Err(NO_ID));
        assert_eq!(claims(r#"{"jti":"\ud800"}"#).jti(), Err(INVALID));
        assert_eq!(claims(r#"{"jti":[]}"#).jti(), Err(INVALID));
        assert_eq!(claims(r#"{"jti":"a\u0000"}"#).jti(), Ok(None));
        assert_eq!(claims(r#"{"jti":null}"#).jti(), Ok(None));
        let of_length = |length| claims(&format!(r#"{{"jti":"{}"}}"#, "é".repeat(length))).jti();
        assert_eq!(of_length(256), Ok(None));
        assert_eq!(of_length(255), Ok(Some("é".repeat(255))));
        assert_eq!(claims(r#"{"jti":""}"#).jti(), Ok(Some(String::new())));
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
            assert_eq!(
                claims(payload).check(TokenClass::Refresh),
                answer,
                "{payload}"
            );
        }
        assert_eq!(claims(r#"{"iss":null}"#).check_issuer(), Err(INVALID));
        assert_eq!(claims(r#"{"iss":"i"}"#).check_issuer(), Ok(()));
    }

    proptest! {
        /// Whatever a stranger's token claims is answered, never a panic.
        #[test]
        fn no_claims_panic(value in r#"null|true|-?(0|[1-9][0-9]{0,29})(\.[0-9]{1,3}(e[0-9]{1,3})?)?|"[a-z0-9 @.é]{0,9}"|"\\u0000"|"\\ud800"|\[1\]|\{\}|NaN"#) {
            let all = format!(r#"{{"exp":{value},"jti":{value},"token_type":{value},"user_id":{value},"iss":{value}}}"#);
            for field in ["id", "username", "email"] {
                let settings = Settings::from_toml(&format!("simple_jwt.user_id_field = '{field}'")).unwrap();
                let claims = named(&settings.simple_jwt, &all);
                let _ = (claims.check(TokenClass::Access), claims.check(TokenClass::Refresh), claims.check_issuer());
                let _ = (claims.jti(), claims.user_id(), claims.names_a_user(true), claims.expires_at());
            }
        }
    }
}
