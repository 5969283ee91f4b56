//! Tokens: made, read, verified, and refreshed with rotation and blacklist.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::App;
use crate::accounts::User;
use crate::db::{read, write};
use crate::error::Error;

#[derive(Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) token_type: String,
    exp: i64,
    iat: i64,
    jti: String,
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

#[derive(Serialize)]
pub(crate) struct Pair {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// Adds the row of a token that was made just now.
macro_rules! add_outstanding {
    ($tx:ident, $token:expr) => {{
        let token: &$crate::tokens::NewToken = $token;
        sqlx::query("INSERT INTO token_blacklist_outstandingtoken (jti, token, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(&token.jti)
            .bind(&token.text)
            .bind(token.user)
            .bind(token.created_at)
            .bind(token.expires_at)
            .execute(&mut *$tx)
            .await?;
    }};
}
pub(crate) use add_outstanding;

/// Whether a token was used: it is blacklisted, or has a successor.
const IS_USED: &str = "
    SELECT EXISTS (SELECT 1 FROM token_blacklist_outstandingtoken AS token
            JOIN token_blacklist_blacklistedtoken AS listed ON listed.token_id = token.id WHERE token.jti = $1)
        OR EXISTS (SELECT 1 FROM gatepost_rotation WHERE parent_jti = $1)";

#[derive(Deserialize)]
pub(crate) struct Shown {
    refresh: String,
}

pub(crate) async fn refresh(
    State(app): State<App>,
    Json(shown): Json<Shown>,
) -> Result<Json<Pair>, Error> {
    let claims = app.keys.read(&shown.refresh)?;
    if claims.token_type != "refresh" {
        return Err(Error::Unauthorized);
    }
    let user = User::find(&app, claims.user()?).await?;
    let parent_exp = DateTime::from_timestamp(claims.exp, 0).ok_or(Error::Unauthorized)?;
    let child = app.keys.refresh_token(user.id)?;
    let access = app.keys.access_token(user.id)?;
    write!(&app.db, tx => {
        let (is_used,): (bool,) =
            sqlx::query_as(IS_USED).bind(&claims.jti).fetch_one(&mut *tx).await?;
        if is_used {
            return Err(Error::Unauthorized);
        }
        sqlx::query("INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
            SELECT id, $2 FROM token_blacklist_outstandingtoken WHERE jti = $1")
            .bind(&claims.jti)
            .bind(child.created_at)
            .execute(&mut *tx)
            .await?;
        sqlx::query("INSERT INTO gatepost_rotation (parent_jti, child_jti, family, user_id, issued_at, parent_exp, child_exp)
            VALUES ($1, $2, COALESCE((SELECT family FROM gatepost_rotation WHERE child_jti = $1), $1), $3, $4, $5, $6)")
            .bind(&claims.jti)
            .bind(&child.jti)
            .bind(user.id)
            .bind(child.created_at)
            .bind(parent_exp)
            .bind(child.expires_at)
            .execute(&mut *tx)
            .await?;
        add_outstanding!(tx, &child);
    });
    Ok(Json(Pair {
        access,
        refresh: child.text,
    }))
}

#[derive(Deserialize)]
pub(crate) struct Token {
    token: String,
}

pub(crate) async fn verify(
    State(app): State<App>,
    Json(shown): Json<Token>,
) -> Result<Json<Empty>, Error> {
    let claims = app.keys.read(&shown.token)?;
    let (is_used,): (bool,) = read!(&app.db, pool => {
        sqlx::query_as(IS_USED).bind(&claims.jti).fetch_one(pool).await?
    });
    if is_used {
        return Err(Error::Unauthorized);
    }
    Ok(Json(Empty {}))
}

/// Verifies a token and asks nobody: what the signature and the body alone cost.
pub(crate) async fn verify_alone(
    State(app): State<App>,
    Json(shown): Json<Token>,
) -> Result<Json<Empty>, Error> {
    app.keys.read(&shown.token)?;
    Ok(Json(Empty {}))
}

#[derive(Serialize)]
pub(crate) struct Empty {}
