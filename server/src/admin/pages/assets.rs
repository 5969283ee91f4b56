//! The stylesheet and the script, which are served as files of their own.

use std::fmt::Write as _;

/// A file that all pages use.
pub(crate) struct Asset {
    /// Its path below the site's root.
    pub(crate) path: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) text: &'static str,
    /// Differs where the text differs, so that browsers may keep the file for ever.
    pub(crate) version: u64,
}

/// How the pages look.
pub(crate) const STYLE: Asset = Asset::new(
    "static/admin.css",
    "text/css; charset=utf-8",
    include_str!("../../../templates/admin/admin.css"),
);

/// What makes the pages pleasant; without it everything works.
pub(crate) const SCRIPT: Asset = Asset::new(
    "static/admin.js",
    "text/javascript; charset=utf-8",
    include_str!("../../../templates/admin/admin.js"),
);

impl Asset {
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
}

/// FNV-1a: it tells versions of a file apart, and keeps nobody from anything.
const fn fnv(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}
