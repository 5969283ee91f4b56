//! SimpleJWT's `TokenBackend` and token classes: tokens are read and checked here, and made.
//!
//! What PyJWT does is `django::pyjwt`'s, the signature is made and checked by [`Keys`].

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use axum::http::StatusCode;
use django::json::{Object, Value};
use django::pyjwt::{Expected, Parts, Refusal};
use md5::{Digest, Md5};

use super::claims::{Claims, EXPIRED, INVALID, Names};
use super::signing::{Keys, Remote};
use crate::db::Moment;
use crate::entropy::Entropy;
use crate::http::error::Error;
use crate::settings::{Audience, Seconds, SimpleJwt, TokenClass, Tokens};

/// Makes and checks the tokens of one server. Printed without its key.
#[derive(Debug)]
pub(crate) struct TokenBackend {
    keys: Keys,
    access_lifetime: Seconds,
    refresh_lifetime: Seconds,
    sliding_lifetime: Seconds,
    sliding_refresh_lifetime: Seconds,
    /// For how many seconds after `exp` a token is taken.
    leeway: i64,
    /// How many seconds `iat` and `nbf` may lie ahead: the leeway, and the difference of the servers' clocks.
    future_leeway: i64,
    /// AUDIENCE: what `aud` is set to, and what it must share with it.
    audience: Audience,
    /// ISSUER: what `iss` is set to and must be; empty for none.
    issuer: String,
    names: Arc<Names>,
}

/// A refresh token that was just made.
pub(crate) struct NewRefreshToken {
    pub(crate) token: String,
    /// What its row holds where that is another text: as in Django without the user's claims.
    pub(crate) kept: Option<String>,
    pub(crate) claims: Object,
    pub(crate) jti: String,
    pub(crate) expires_at: Moment,
}

/// Why a token could not be made: the server's own failure.
#[derive(Debug)]
pub(crate) struct MintError(String);

impl fmt::Display for MintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a token can't be made: {}", self.0)
    }
}

impl From<MintError> for Error {
    #[track_caller]
    fn from(error: MintError) -> Self {
        Self::internal(error)
    }
}

impl TokenBackend {
    pub(crate) fn new(keys: Keys, jwt: &SimpleJwt, tokens: &Tokens) -> Self {
        Self {
            keys,
            access_lifetime: jwt.access_token_lifetime,
            refresh_lifetime: jwt.refresh_token_lifetime,
            sliding_lifetime: jwt.sliding_token_lifetime,
            sliding_refresh_lifetime: jwt.sliding_token_refresh_lifetime,
            leeway: jwt.leeway.get(),
            future_leeway: jwt.leeway.get() + tokens.clock_slack.get(),
            audience: jwt.audience.clone(),
            issuer: jwt.issuer.clone(),
            names: Arc::new(Names::of(jwt)),
        }
    }

    /// Whether tokens can be made: a server may have a key that only verifies.
    pub(crate) fn can_sign(&self) -> bool {
        self.keys.can_sign()
    }

    /// The names of all keys, the one that signs first.
    pub(crate) fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.kids()
    }

    /// Whether there are public keys.
    pub(crate) fn publishes(&self) -> bool {
        self.keys.publishes()
    }

    /// The public keys as a JWK set.
    pub(crate) fn jwks(&self, now: Moment) -> String {
        self.keys.jwks(now)
    }

    /// Refuses a request that asks for tokens where none can be made.
    pub(super) fn must_sign(&self) -> Result<(), Error> {
        if self.can_sign() {
            return Ok(());
        }
        Err(Error::Detail(
            StatusCode::SERVICE_UNAVAILABLE,
            "This server verifies tokens and makes none: ask the service that signs them.".into(),
        ))
    }

    /// Sees to it that the key of a token is known: with JWK_URL it may have to be fetched.
    ///
    /// # Errors
    /// The service with the keys is away.
    pub(crate) async fn look_for_key(&self, token: &str) -> Result<(), Error> {
        let known = self.keys.look_for(token).await;
        known.map_err(|away| Error::overloaded(&away.to_string()))
    }

    /// The keys of another service, where they verify.
    pub(crate) fn remote(&self) -> Option<&Remote> {
        self.keys.remote()
    }

    /// Reads a token as PyJWT does: everything that needs no database.
    ///
    /// # Errors
    /// SimpleJWT's message.
    pub(crate) fn read(&self, token: &str, now: Moment) -> Result<Claims, &'static str> {
        let parts = Parts::of(token).ok_or(INVALID)?;
        let signature = parts.signature().ok_or(INVALID)?;
        if !self.keys.made(&parts, &signature, now) {
            return Err(INVALID);
        }
        let claims = parts.claims().ok_or(INVALID)?;
        let expected = Expected {
            leeway: self.leeway,
            future_leeway: self.future_leeway,
            issuer: &self.issuer,
            audience: self.audience.as_slice(),
        };
        match expected.check(&claims, now.timestamp()) {
            Ok(()) => Ok(Claims::new(claims, self.names.clone())),
            Err(Refusal::Expired) => Err(EXPIRED),
            Err(Refusal::Invalid) => Err(INVALID),
        }
    }

    /// Signs claims in their order, as Django writes them.
    pub(crate) fn token(&self, claims: &Object) -> Result<String, MintError> {
        let claims = self.with_origin(claims);
        let (header, sign) =
            (self.keys.sign()).ok_or_else(|| MintError("no key that signs is set".to_owned()))?;
        let token = header.encode(&claims, sign);
        token.ok_or_else(|| MintError("the key makes no signature".to_owned()))
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

    /// A refresh or a sliding token for a user who proved the password; `user` is the value of USER_ID_FIELD, `encoded` the hash
    /// that is kept of the password, `more` the user's claims.
    pub(crate) fn token_of(
        &self,
        class: TokenClass,
        user: &str,
        encoded: &str,
        more: Vec<(String, Value)>,
        now: Moment,
        entropy: &Entropy,
    ) -> Result<NewRefreshToken, MintError> {
        let is_sliding = class == TokenClass::Sliding;
        let mut claims = Object::default();
        claims.insert(self.names.token_type.as_str(), class.token_type());
        let lifetime = if is_sliding {
            self.sliding_lifetime
        } else {
            self.refresh_lifetime
        };
        let expires_at = after(now, lifetime)?;
        let jti = entropy.kept_jti(now.micros());
        claims.insert("exp", seconds(expires_at));
        claims.insert("iat", seconds(now));
        claims.insert(self.names.jti.as_str(), jti.as_str());
        if is_sliding {
            let until = after(now, self.sliding_refresh_lifetime)?;
            claims.insert(self.names.refresh_until.as_str(), seconds(until));
        }
        claims.insert(self.names.user_id.as_str(), user);
        if let Some(name) = &self.names.password {
            claims.insert(name.as_str(), of_password(encoded));
        }
        let kept = if more.is_empty() {
            None
        } else {
            Some(self.token(&claims)?)
        };
        for (name, value) in more {
            claims.insert(name, value);
        }
        let made = self.refresh(claims, jti, expires_at)?;
        Ok(NewRefreshToken { kept, ..made })
    }

    /// A sliding token with its end moved on.
    pub(crate) fn sliding_again(&self, shown: &Object, now: Moment) -> Result<String, MintError> {
        let mut claims = shown.clone();
        claims.insert("exp", seconds(after(now, self.sliding_lifetime)?));
        claims.insert("iat", seconds(now));
        self.token(&claims)
    }

    /// Whether a moment of a token's is over, by the leeway.
    pub(crate) fn is_past(&self, moment: Moment, now: Moment) -> bool {
        moment.plus(self.leeway).is_some_and(|end| end <= now)
    }

    /// The successor of a refresh token: its claims in their places, with an id and times of its own.
    pub(crate) fn successor_of(
        &self,
        parent: &Object,
        now: Moment,
        entropy: &Entropy,
    ) -> Result<NewRefreshToken, MintError> {
        let expires_at = after(now, self.refresh_lifetime)?;
        self.successor_again(parent, entropy.kept_jti(now.micros()), now, expires_at)
    }

    /// A successor that was made before: its claims to the byte, and its signature where the algorithm adds no random
    /// number.
    pub(crate) fn successor_again(
        &self,
        parent: &Object,
        jti: String,
        issued_at: Moment,
        expires_at: Moment,
    ) -> Result<NewRefreshToken, MintError> {
        let mut claims = parent.clone();
        claims.insert(self.names.jti.as_str(), jti.as_str());
        claims.insert("exp", seconds(expires_at));
        claims.insert("iat", seconds(issued_at));
        self.refresh(claims, jti, expires_at)
    }

    fn refresh(
        &self,
        claims: Object,
        jti: String,
        expires_at: Moment,
    ) -> Result<NewRefreshToken, MintError> {
        Ok(NewRefreshToken {
            token: self.token(&claims)?,
            kept: None,
            claims,
            jti,
            expires_at: expires_at.whole_seconds(), // as the claim
        })
    }

    /// An access token with the claims of a refresh token.
    pub(crate) fn access_of(
        &self,
        refresh: &Object,
        now: Moment,
        entropy: &Entropy,
    ) -> Result<String, MintError> {
        self.access(refresh, false, now, entropy)
    }

    /// The same of a refresh token that was shown. Where types have no name, SimpleJWT does not know theirs again, and
    /// copies it too.
    pub(crate) fn access_of_shown(
        &self,
        refresh: &Object,
        now: Moment,
        entropy: &Entropy,
    ) -> Result<String, MintError> {
        self.access(refresh, !self.names.has_type, now, entropy)
    }

    fn access(
        &self,
        refresh: &Object,
        with_type: bool,
        now: Moment,
        entropy: &Entropy,
    ) -> Result<String, MintError> {
        let mut claims = Object::default();
        claims.insert(self.names.token_type.as_str(), "access");
        claims.insert("exp", seconds(after(now, self.access_lifetime)?));
        claims.insert("iat", seconds(now));
        claims.insert(self.names.jti.as_str(), entropy.jti());
        // the id of a stranger's token is not copied either, whatever ours is called
        let own = [&self.names.token_type, "exp", &self.names.jti, "jti", "iat"];
        let own = if with_type { &own[1..] } else { &own[..] };
        for (name, value) in refresh.iter() {
            if own.iter().any(|own| name == *own) {
                continue;
            }
            if with_type {
                claims.insert_beside(name, value.clone());
            } else {
                claims.insert(name.clone(), value.clone());
            }
        }
        self.token(&claims)
    }
}

/// SimpleJWT's `get_md5_hash_password`, of what the database keeps of a password.
pub(crate) fn of_password(encoded: &str) -> String {
    hex::encode_upper(Md5::digest(encoded.as_bytes()))
}

/// The end of a lifetime that begins now.
fn after(now: Moment, lifetime: Seconds) -> Result<Moment, MintError> {
    let beyond = || MintError("its lifetime ends after the year 9999".to_owned());
    now.plus(lifetime.get()).ok_or_else(beyond)
}

fn seconds(moment: Moment) -> Value {
    Value::Int(moment.timestamp().to_string())
}

#[cfg(test)]
mod tests;
