//! Who asks, and the profile.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde::Serialize;

use crate::app::App;
use crate::db::read;
use crate::error::Error;

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
