//! Tokens, made and read.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Error;

#[derive(Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) token_type: String,
    pub(crate) exp: i64,
    iat: i64,
    pub(crate) jti: String,
    user_id: String,
}

impl Claims {
    pub(crate) fn user(&self) -> Result<i64, Error> {
        self.user_id.parse().map_err(|_| Error::Unauthorized)
    }
}

#[derive(Clone)]
pub(crate) struct Keys(Arc<(EncodingKey, DecodingKey, Validation)>);

/// A refresh token that was made just now.
pub(crate) struct NewToken {
    pub(crate) text: String,
    pub(crate) jti: String,
    pub(crate) user: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

#[expect(clippy::disallowed_methods, reason = "a plain program asks the system")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

impl Keys {
    pub(crate) fn new(secret: &str) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        let secret = secret.as_bytes();
        let keys = (
            EncodingKey::from_secret(secret),
            DecodingKey::from_secret(secret),
        );
        Self(Arc::new((keys.0, keys.1, validation)))
    }

    pub(crate) fn read(&self, token: &str) -> Result<Claims, Error> {
        Ok(jsonwebtoken::decode(token, &self.0.1, &self.0.2)?.claims)
    }

    pub(crate) fn access_token(&self, user: i64) -> Result<String, Error> {
        Ok(self.make("access", user, TimeDelta::minutes(180))?.text)
    }

    pub(crate) fn refresh_token(&self, user: i64) -> Result<NewToken, Error> {
        self.make("refresh", user, TimeDelta::days(50))
    }

    fn make(&self, token_type: &str, user: i64, lives: TimeDelta) -> Result<NewToken, Error> {
        let created_at = now();
        let expires_at = created_at + lives;
        let claims = Claims {
            token_type: token_type.to_owned(),
            exp: expires_at.timestamp(),
            iat: created_at.timestamp(),
            jti: Uuid::new_v4().simple().to_string(),
            user_id: user.to_string(),
        };
        Ok(NewToken {
            text: jsonwebtoken::encode(&Header::default(), &claims, &self.0.0)?,
            jti: claims.jti,
            user,
            created_at,
            expires_at,
        })
    }
}
