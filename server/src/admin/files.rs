//! `/admin/static/`: the stylesheet and the script of the pages.

use axum::response::Response;

use super::pages::{SCRIPT, STYLE};

/// The file of this name.
pub(super) fn find(path: &str) -> Option<Response> {
    let name = path.strip_prefix("/admin/")?;
    let mut assets = [&STYLE, &SCRIPT].into_iter();
    Some(assets.find(|asset| asset.path == name)?.answer())
}
