//! `GET /metrics` on the listener of `metrics.bind`: what is counted, and how full the queues are.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;
use crate::metrics::Level;

/// The only page of the listener.
pub(crate) fn scraped(app: App) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .with_state(app)
}

async fn metrics(State(app): State<App>) -> Response {
    let Some(metrics) = app.metrics() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (at_work, writers) = app.db().load();
    metrics.set_level(Level::DatabaseBusy, at_work);
    metrics.set_level(Level::DatabaseWritersWaiting, writers);
    metrics.set_level(Level::HashesWaiting, app.hashing().waiting());
    match metrics.text() {
        Ok(text) => {
            let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
            (kind, text).into_response()
        }
        Err(error) => {
            tracing::error!(cause = %error, "the metrics can't be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
