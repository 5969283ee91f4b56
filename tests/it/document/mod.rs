//! The API's document, `/api/schema/`: whole, true to what is answered, and the one in docs/.

mod captured;
mod fits;
mod forms;
mod others;
mod pages;

use axum::body::Body;
use axum::extract::Request;
use gatepost_tests::{Answer, TestApp};
use serde_json::Value;

/// The document that a server gives.
pub(crate) async fn document(app: &TestApp) -> Value {
    get(app, "/api/schema/", "*/*").await.expect(200).json()
}

/// What nobody in particular gets by this `Accept`.
pub(crate) async fn get(app: &TestApp, path: &str, accept: &str) -> Answer {
    let request = Request::get(path).header("accept", accept);
    app.send(request.body(Body::empty()).unwrap()).await
}
