//! `/admin/static/`: the stylesheet and the script of the pages.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use super::pages::{SCRIPT, STYLE};

/// The file of this name. Its address tells its version, so a browser may keep it.
pub(super) fn find(path: &str) -> Option<Response> {
    let name = path.strip_prefix("/admin/")?;
    let asset = [&STYLE, &SCRIPT]
        .into_iter()
        .find(|asset| asset.path == name)?;
    let mut response = Response::new(Body::from(asset.text));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(asset.content_type),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    Some(response)
}
