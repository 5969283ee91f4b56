//! The requests about tokens: login, refresh with rotation and blacklist, verify.

use std::num::NonZeroU32;

use anyhow::Context;
use aws_lc_rs::pbkdf2;
use axum::Json;
use axum::extract::State;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::DateTime;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::db::{read, write};
use crate::error::Error;
use crate::keys::NewToken;
use crate::users::User;

#[derive(Serialize)]
pub(crate) struct Pair {
    access: String,
    refresh: String,
}

/// Adds the row of a token that was made just now.
macro_rules! add_outstanding {
    ($tx:ident, $token:expr) => {{
        let token: &NewToken = $token;
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

#[derive(Deserialize)]
pub(crate) struct Credentials {
    username: String,
    password: String,
}

pub(crate) async fn login(
    State(app): State<App>,
    Json(shown): Json<Credentials>,
) -> Result<Json<Pair>, Error> {
    let row: Option<(i64, String)> = read!(&app.db, pool => {
        sqlx::query_as("SELECT CAST(id AS bigint), password FROM auth_user WHERE username = $1 AND is_active = TRUE")
            .bind(&shown.username)
            .fetch_optional(pool)
            .await?
    });
    let (user, encoded) = row.ok_or(Error::Unauthorized)?;
    let checked = tokio::task::spawn_blocking(move || is_right(&shown.password, &encoded)).await;
    match checked {
        Ok(Ok(true)) => {}
        Ok(Ok(false)) => return Err(Error::Unauthorized),
        Ok(Err(why)) => return Err(Error::Failed(why.to_string())),
        Err(why) => return Err(Error::Failed(why.to_string())),
    }
    let refresh = app.keys.refresh_token(user)?;
    let access = app.keys.access_token(user)?;
    write!(&app.db, tx => add_outstanding!(tx, &refresh));
    Ok(Json(Pair {
        access,
        refresh: refresh.text,
    }))
}

/// Compares a password with a hash as Django writes it: `pbkdf2_sha256$ITERATIONS$SALT$HASH`.
fn is_right(password: &str, encoded: &str) -> anyhow::Result<bool> {
    let mut parts = encoded.split('$').skip(1);
    let mut part = || parts.next().context("a hash of another format");
    let iterations: NonZeroU32 = part()?.parse()?;
    let salt = part()?;
    let hash = BASE64_STANDARD.decode(part()?)?;
    let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
    let verified = pbkdf2::verify(
        algorithm,
        iterations,
        salt.as_bytes(),
        password.as_bytes(),
        &hash,
    );
    Ok(verified.is_ok())
}

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
