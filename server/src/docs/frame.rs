//! What every page of the API has: its head, the way to here, and the files that make it look and work.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::app::App;
use crate::http::asset::{Asset, LOOK};
use crate::http::html;

/// Where the files are found, below the root path.
const FILES: &str = "/api/docs/";

/// How all pages look: as those of the admin.
const COMMON: Asset = Asset::style("static/gatepost.css", LOOK);
const STYLE: Asset = Asset::style(
    "static/api.css",
    include_str!("../../templates/api/api.css"),
);
const SESSION: Asset = Asset::script(
    "static/session.js",
    include_str!("../../templates/api/session.js"),
);
pub(super) const PAGE: Asset = Asset::script(
    "static/page.js",
    include_str!("../../templates/api/page.js"),
);
pub(super) const EXPLORER: Asset = Asset::script(
    "static/explorer.js",
    include_str!("../../templates/api/explorer.js"),
);

/// What a browser may do with a page: show it with our own style and scripts, which ask this service alone.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// What every page has.
pub(super) struct Frame<'s> {
    pub(super) title: String,
    /// The root path, without a slash at its end.
    pub(super) root: &'s str,
    /// Whether there are the explorer and the document.
    pub(super) has_docs: bool,
    /// What a login calls a user.
    pub(super) login: &'static str,
    /// The header that takes the access token, and what stands before it.
    pub(super) header: String,
    pub(super) scheme: &'s str,
    /// From the first page to this one: names and URLs.
    pub(super) crumbs: Vec<(String, String)>,
    /// The script that it has beside the session's.
    pub(super) script: Option<&'static Asset>,
}

impl<'s> Frame<'s> {
    pub(super) fn new(
        title: impl Into<String>,
        app: &'s App,
        script: Option<&'static Asset>,
    ) -> Self {
        let (settings, users) = (app.settings(), app.db().users());
        let jwt = &settings.simple_jwt;
        Self {
            title: title.into(),
            root: &settings.server.root_path,
            has_docs: settings.server.has_docs(),
            login: if users.by_email() {
                "email"
            } else {
                "username"
            },
            header: written(jwt.auth_header_name.as_str()),
            scheme: jwt
                .auth_header_types
                .first()
                .map_or("Bearer", String::as_str),
            crumbs: Vec::new(),
            script,
        }
    }

    fn urls<'a>(&self, files: impl IntoIterator<Item = &'a Asset>) -> Vec<String> {
        let base = format!("{}{FILES}", self.root);
        files.into_iter().map(|file| file.url(&base)).collect()
    }

    pub(super) fn styles(&self) -> Vec<String> {
        self.urls([&COMMON, &STYLE])
    }

    pub(super) fn scripts(&self) -> Vec<String> {
        self.urls([&SESSION].into_iter().chain(self.script))
    }
}

/// A header's name as one writes it: `Content-Type`.
pub(super) fn written(name: &str) -> String {
    let mut is_first = true;
    let upper = |char: char| {
        let is_upper = std::mem::replace(&mut is_first, char == '-');
        if is_upper {
            char.to_ascii_uppercase()
        } else {
            char
        }
    };
    let name: String = name.chars().map(upper).collect();
    name.replace("Www-", "WWW-")
}

/// The file of a path.
pub(super) fn file(path: &str) -> Option<&'static Asset> {
    const ALL: [&Asset; 5] = [&COMMON, &STYLE, &SESSION, &PAGE, &EXPLORER];
    let name = path.strip_prefix(FILES)?;
    ALL.into_iter().find(|file| file.path == name)
}

/// The headers of a page.
pub(super) fn mark(headers: &mut HeaderMap) {
    html::mark_as_page(headers);
    headers.insert(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
}

/// A page that is the same for everybody.
pub(super) fn page(html: impl Into<Body>) -> Response {
    let mut response = Response::new(html.into());
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    mark(headers);
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    response
}
