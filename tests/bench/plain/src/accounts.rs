//! Who asks, the profile, and the login.

use std::num::NonZeroU32;

use anyhow::Context;
use aws_lc_rs::pbkdf2;
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::db::{read, write};
use crate::error::Error;
use crate::tokens::{self, Pair};

#[derive(Serialize)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) username: String,
    email: String,
    first_name: String,
    last_name: String,
}

impl User {
    /// The user with this key, if the account is active.
    pub(crate) async fn find(app: &App, id: i64) -> Result<Self, Error> {
        let row: Option<(i64, String, String, String, String, bool)> = read!(&app.db, pool => {
            sqlx::query_as("SELECT CAST(id AS bigint), username, email, first_name, last_name, is_active FROM auth_user WHERE id = $1")
                .bind(id)
                .fetch_optional(pool)
                .await?
        });
        match row {
            Some((id, username, email, first_name, last_name, true)) => Ok(Self {
                id,
                username,
                email,
                first_name,
                last_name,
            }),
            _ => Err(Error::Unauthorized),
        }
    }
}

impl FromRequestParts<App> for User {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let header = parts
            .headers
            .get(AUTHORIZATION)
            .ok_or(Error::Unauthorized)?;
        let header = header.to_str().map_err(|_| Error::Unauthorized)?;
        let token = header.strip_prefix("Bearer ").ok_or(Error::Unauthorized)?;
        let claims = app.keys.read(token)?;
        if claims.token_type != "access" {
            return Err(Error::Unauthorized);
        }
        Self::find(app, claims.user()?).await
    }
}

pub(crate) async fn profile(user: User) -> Json<User> {
    Json(user)
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
    write!(&app.db, tx => tokens::add_outstanding!(tx, &refresh));
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
