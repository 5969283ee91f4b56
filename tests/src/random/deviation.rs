//! The differences that docs/deviations.md names: the only ones that the comparison lets pass, each by its name.

use crate::wire::client::Answer;

/// A named difference. What each lets pass stands in [`Deviation::allows`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deviation {
    /// Django answers 5xx; Gatepost must refuse with 4xx, for it must write nothing either.
    DjangoFails,
    /// A browser gets a page with the same data, of another text.
    Page,
    /// A charset of Python's that Gatepost does not decode.
    Charset,
    /// A token's id that no database can hold.
    UnstorableId,
    /// What gunicorn refuses before Django sees it.
    Refused,
    /// Django's admin site.
    Admin,
    /// A list of more posts than one batch has no length.
    LongList,
    /// Django replaces cookies of its own that it cannot read.
    Cookies,
    /// Which of several equal tokens of `Accept` says the indent is chance in Django.
    Indent,
    /// A request's target with characters that stand in no URL.
    Target,
}

impl Deviation {
    /// The words by which docs/deviations.md has it; a test looks for them.
    pub(super) const ALL: [(Self, &'static str); 10] = [
        (Self::DjangoFails, "Where the reference answers 500:"),
        (Self::Page, "| HTML pages of the API |"),
        (Self::Charset, "| charsets of request bodies |"),
        (Self::UnstorableId, "| a `jti` with a lone surrogate;"),
        (Self::Refused, "| what gunicorn refuses itself |"),
        (Self::Admin, "| `/admin/` |"),
        (
            Self::LongList,
            "| a list of 500 posts or more, or whose contents make a mebibyte |",
        ),
        (Self::Cookies, "| cookies |"),
        (Self::Target, "| characters that stand in no URL |"),
        (Self::Indent, "| several tokens of `Accept` |"),
    ];

    /// Headers that Gatepost alone sends.
    pub(super) const EXTRA_HEADERS: [&'static str; 4] = [
        "x-request-id",
        "cache-control",
        "gatepost-features",
        "idempotency-replayed",
    ];
    /// The words of docs/deviations.md for them.
    pub(super) const EXTRA_HEADERS_ARE: &'static str = "| extra headers |";

    /// Whether the answers of Django and Gatepost may differ by this, and differ by nothing else that could be told;
    /// `shown` are they in full, with what changes from run to run masked.
    pub(super) fn allows(self, [django, gatepost]: [&Answer; 2], shown: &[String; 2]) -> bool {
        let is_html = |answer: &Answer| {
            (answer.header("content-type")).is_some_and(|kind| kind.starts_with("text/html"))
        };
        let same = |name: &&str| django.header(name) == gatepost.header(name);
        let same_without = |headers: &[&str]| {
            let [theirs, ours] = shown.each_ref().map(|shown| without(shown, headers));
            theirs == ours
        };
        match self {
            Self::DjangoFails => django.status >= 500 && (400..500).contains(&gatepost.status),
            Self::Page => {
                let kept = [
                    "content-type",
                    "vary",
                    "allow",
                    "www-authenticate",
                    "x-frame-options",
                ];
                django.status == gatepost.status
                    && django.header("set-cookie").is_some()
                    && is_html(django)
                    && kept.iter().all(same)
            }
            Self::Charset => {
                let body = String::from_utf8_lossy(&gatepost.body);
                gatepost.status == 400 && body.contains("Unsupported charset")
            }
            Self::UnstorableId => gatepost.status == 401,
            // gunicorn's own answers have none of Django's headers
            Self::Refused => {
                django.header("x-content-type-options").is_none()
                    && (400..500).contains(&django.status)
                    && gatepost.status < 500
            }
            Self::Admin => {
                (is_html(django) || django.status == 302 || django.status == 301)
                    && gatepost.status == 404
            }
            Self::LongList => {
                gatepost.header("content-length").is_none() && same_without(&["content-length"])
            }
            Self::Indent => {
                let tight = |answer: &Answer| {
                    let value: Option<serde_json::Value> =
                        serde_json::from_slice(&answer.body).ok();
                    value.map(|value| value.to_string())
                };
                let is_head = django.body.is_empty() && gatepost.body.is_empty();
                let heads = shown.each_ref().map(|shown| {
                    let shown = without(shown, &["content-length"]);
                    let (head, _) = shown.split_once("\n\n").unwrap_or_default();
                    head.to_owned()
                });
                let same_shape =
                    tight(django).map(|text| text.len()) == tight(gatepost).map(|text| text.len());
                heads[0] == heads[1] && (is_head || same_shape)
            }
            Self::Target => {
                gatepost.status == 400 && gatepost.header("x-content-type-options").is_none()
            }
            Self::Cookies => same_without(&["set-cookie", "vary"]),
        }
    }
}

fn without(shown: &str, headers: &[&str]) -> String {
    let (head, body) = shown.split_once("\n\n").unwrap_or((shown, ""));
    let is_kept = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default();
        !headers.contains(&name)
    };
    let head: Vec<_> = head.lines().filter(is_kept).collect();
    format!("{}\n\n{body}", head.join("\n"))
}
