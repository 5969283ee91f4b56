//! `/-/live` and `/-/ready`, for whatever watches the process.

use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::db::sql;

/// `GET /-/live`: the process answers.
pub(crate) async fn live() -> &'static str {
    "live\n"
}

/// `GET /-/ready`: the database answers too; 503 where it does not.
pub(crate) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match answers(&app).await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(cause = %error, "the database does not answer");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer\n",
            )
        }
    }
}

async fn answers(app: &App) -> sqlx::Result<()> {
    let mut conn = app.db().read().await?;
    sql!(&mut conn, "SELECT value FROM gatepost_meta LIMIT 1" => fetch_optional (String,)).map(drop)
}
