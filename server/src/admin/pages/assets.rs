//! The stylesheet and the script, which are served as files of their own.

use crate::http::asset::{Asset, LOOK};

/// How the pages look.
pub(crate) const STYLE: Asset = Asset::style("static/admin.css", LOOK);

/// What makes the pages pleasant; without it everything works.
pub(crate) const SCRIPT: Asset = Asset::script(
    "static/admin.js",
    include_str!("../../../templates/admin/admin.js"),
);
