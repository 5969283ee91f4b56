//! Files that are a part of the program: the style sheets and the scripts of its pages.

use std::fmt::Write as _;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;

/// How all our pages look.
pub(crate) const LOOK: &str = include_str!("../../templates/admin/admin.css");

/// A file that pages use.
pub(crate) struct Asset {
    /// Its path below the root of its site.
    pub(crate) path: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) text: &'static str,
    /// Differs where the text differs, so that browsers may keep the file for ever.
    pub(crate) version: u64,
}

impl Asset {
    pub(crate) const fn style(path: &'static str, text: &'static str) -> Self {
        Self::new(path, "text/css; charset=utf-8", text)
    }

    pub(crate) const fn script(path: &'static str, text: &'static str) -> Self {
        Self::new(path, "text/javascript; charset=utf-8", text)
    }

    const fn new(path: &'static str, content_type: &'static str, text: &'static str) -> Self {
        Self {
            path,
            content_type,
            text,
            version: fnv(text.as_bytes()),
        }
    }

    /// Where a page finds it.
    pub(crate) fn url(&self, root: &str) -> String {
        let mut url = format!("{root}{}?v=", self.path);
        let _ = write!(url, "{:016x}", self.version);
        url
    }

    /// The file. Its address tells its version, so a browser may keep it.
    pub(crate) fn answer(&self) -> Response {
        let mut response = Response::new(Body::from(self.text));
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(self.content_type),
        );
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        );
        response
    }
}

/// FNV-1a: it tells versions of a text apart, and keeps nobody from anything.
pub(crate) const fn fnv(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}
