//! The differences that docs/deviations.md names: the only ones that the comparison lets pass, each by its name.

use super::fails;
use super::seen::Seen;
use super::step::Step;

/// Declares each variant together with its words in docs/deviations.md, so that none can be without.
macro_rules! deviations {
    ($($(#[$doc:meta])* $name:ident: $words:literal,)*) => {
        /// A named difference. What each lets pass stands in [`Deviation::allows`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Deviation { $($(#[$doc])* $name,)* }

        impl Deviation {
            /// The words of docs/deviations.md for each; a test looks for them.
            pub(super) const WORDS: &[&str] = &[$($words,)*];
        }
    };
}

deviations! {
    /// Django answers 500; what Gatepost answers instead stands in `fails`.
    DjangoFails: "These requests get a 500 from the reference:",
    /// A browser gets a page with the same data, of another text.
    Page: "| HTML pages of the API |",
    /// A charset of Python's that Gatepost does not decode.
    Charset: "| charsets of request bodies |",
    /// A token's id that no database can hold.
    UnstorableId: "| a `jti` with a NUL or of more than 255 characters,",
    /// What gunicorn refuses before Django sees it.
    Refused: "| what gunicorn itself refuses:",
    /// The admin site has a look of its own.
    Admin: "| pages of `/admin/` |",
    /// A list of more posts than one batch has no length.
    LongList: "| a list of 500 or more posts, or with 256 KiB or more of text |",
    /// Django replaces cookies of its own that it cannot read.
    Cookies: "| cookies |",
    /// Which of several equal tokens of `Accept` gives the indent: in Django that is chance.
    Indent: "| several media types in `Accept` |",
    /// A request's target with characters that stand in no URL.
    Target: "| characters that are not allowed in a URL,",
}

/// The words of docs/deviations.md for the headers that Gatepost alone sends.
pub(super) const EXTRA_HEADERS_ARE: &str = "| extra headers |";

impl Deviation {
    /// Whether this deviation is to be expected of the request, and the two answers differ by nothing else that can
    /// be told.
    pub(super) fn allows(self, step: &Step, [django, gatepost]: [&Seen; 2]) -> bool {
        let same_without = |headers: &[&str]| {
            let [theirs, ours] = [django, gatepost].map(|seen| seen.without(headers));
            theirs.agrees(&ours)
        };
        let same_data_without = |headers: &[&str]| {
            let [theirs, ours] = [django, gatepost].map(|seen| seen.without(headers).tight());
            theirs.agrees(&ours)
        };
        let is_head = step.method == "HEAD";
        let is_long_list = || {
            let path = step.target.trim_start_matches("http://service.example");
            // 500 posts make at least this much
            django.length.unwrap_or_default() > 500 * 120
                && matches!(step.method.as_str(), "GET" | "HEAD")
                && path.split(['?', '#']).next() == Some("/api/posts/")
                && gatepost.header("content-length").is_none()
        };
        match self {
            Self::DjangoFails => fails::allow(step, django, gatepost),
            // the data of both pages stand in the place of their bodies
            Self::Page => {
                let sets = django.header("set-cookie").unwrap_or_default();
                let is_page = [django, gatepost].iter().all(|seen| seen.is_page(is_head));
                is_page
                    && sets.starts_with("csrftoken=")
                    && same_data_without(&["set-cookie", "content-length"])
            }
            Self::Charset => {
                gatepost.status == 400 && gatepost.body.contains("Unsupported charset")
            }
            Self::UnstorableId => {
                let is_told = || matches!(gatepost.status, 200 | 401);
                django.status == 200 && fails::is_invalid_token(step, gatepost)
                    || django.status == 500 && is_told()
            }
            // gunicorn's own answers have none of Django's headers
            Self::Refused => {
                let is_upper = step.method.bytes().all(|byte| byte.is_ascii_uppercase());
                let is_method = step.method.len() > 2 && is_upper;
                let is_named = !is_method || !step.target.is_ascii();
                django.header("x-content-type-options").is_none()
                    && (400..500).contains(&django.status)
                    && ((400..500).contains(&gatepost.status) || is_named && gatepost.status < 400)
            }
            Self::Admin => {
                let is_same = |name: &str| django.header(name) == gatepost.header(name);
                django.status == gatepost.status && is_same("location") && is_same("content-type")
            }
            Self::LongList => is_long_list() && same_without(&["content-length"]),
            Self::Indent => {
                let is_json = django.body.starts_with(['{', '[']);
                (is_head || is_json) && same_data_without(&["content-length"])
            }
            Self::Target => {
                gatepost.status == 400 && gatepost.header("x-content-type-options").is_none()
            }
            Self::Cookies => {
                gatepost.header("set-cookie").is_none()
                    && (same_without(&["set-cookie", "vary"])
                        || is_long_list()
                            && same_without(&["set-cookie", "vary", "content-length"]))
            }
        }
    }
}
