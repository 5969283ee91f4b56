//! What a browser is told about a page of another origin, as `corsheaders.middleware` of django-cors-headers 4 tells
//! it where it stands first: from a request and the settings to headers.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::Response;
use django::python::{Pattern, Url};

use crate::settings;

/// What the sdk sends beside what Django knows; added to `allow_headers`.
const SENT: [&str; 3] = ["idempotency-key", "if-match", "if-none-match"];
/// What of an answer only Gatepost says, or a client has to know; added to `expose_headers`.
const READ: [&str; 5] = [
    "Idempotency-Replayed",
    "Gatepost-Features",
    "ETag",
    "Retry-After",
    "X-Request-Id",
];

const REQUEST_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");
const ORIGIN: HeaderValue = HeaderValue::from_static("origin");
const TRUE: HeaderValue = HeaderValue::from_static("true");

/// Who may do what, ready to be asked.
pub(crate) struct Cors {
    urls: Pattern,
    /// "null" is a URL without scheme and host.
    origins: Vec<Url>,
    patterns: Vec<Pattern>,
    any_origin: bool,
    credentials: bool,
    methods: HeaderValue,
    headers: HeaderValue,
    exposed: HeaderValue,
    max_age: Option<HeaderValue>,
    private_network: bool,
}

/// What is added to one answer.
pub(crate) struct Sharing {
    /// Whether the browser only asks, and the answer is nothing but these headers.
    pub(crate) is_preflight: bool,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Cors {
    /// None where no origin is allowed: then nothing is added to any answer.
    pub(crate) fn new(settings: &settings::Cors) -> Option<Self> {
        let seconds = settings.preflight_max_age.get();
        settings.is_on().then(|| Self {
            urls: settings.urls_regex.clone(),
            origins: (settings.allowed_origins.iter())
                .filter_map(|origin| Url::split(origin))
                .collect(),
            patterns: settings.allowed_origin_regexes.clone(),
            any_origin: settings.allow_all_origins,
            credentials: settings.allow_credentials,
            methods: list(&settings.allow_methods, &[]),
            headers: list(&settings.allow_headers, &SENT),
            exposed: list(&settings.expose_headers, &READ),
            max_age: (seconds != 0).then(|| HeaderValue::from(seconds)),
            private_network: settings.allow_private_network,
        })
    }

    /// What is added to the answer to a request; `path` is its path, decoded. None where its path is not among those
    /// that are shared.
    pub(crate) fn of(&self, method: &Method, path: &str, request: &HeaderMap) -> Option<Sharing> {
        if !self.urls.matches(path) {
            return None;
        }
        let is_options = *method == Method::OPTIONS;
        let headers = match joined(request, &header::ORIGIN) {
            Some(origin) if self.allows(&origin) => self.headers(&origin, is_options, request),
            _ => Vec::new(),
        };
        Some(Sharing {
            is_preflight: is_options && request.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD),
            headers,
        })
    }

    /// Whether pages of this origin may send cookies to a path, for which "any" is not enough.
    pub(crate) fn allows_cookies(&self, path: &str, origin: &HeaderValue) -> bool {
        let is_named = self.credentials && !self.any_origin && self.urls.matches(path);
        is_named && self.allows(origin)
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        // WSGI's text: a character for each byte
        let text: String = origin.as_bytes().iter().copied().map(char::from).collect();
        let Some(url) = Url::split(&text).filter(|_| !text.is_empty()) else {
            return false;
        };
        let is_listed = |listed: &Url| listed.scheme == url.scheme && listed.netloc == url.netloc;
        self.any_origin
            || self.origins.iter().any(is_listed)
            || self.patterns.iter().any(|pattern| pattern.matches(&text))
    }

    /// In the middleware's order.
    fn headers(
        &self,
        origin: &HeaderValue,
        is_options: bool,
        request: &HeaderMap,
    ) -> Vec<(HeaderName, HeaderValue)> {
        let any = HeaderValue::from_static("*");
        let is_any = self.any_origin && !self.credentials;
        let mut headers = Vec::with_capacity(7);
        headers.push((
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            if is_any { any } else { origin.clone() },
        ));
        if self.credentials {
            headers.push((header::ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE));
        }
        headers.push((header::ACCESS_CONTROL_EXPOSE_HEADERS, self.exposed.clone()));
        if is_options {
            headers.push((header::ACCESS_CONTROL_ALLOW_HEADERS, self.headers.clone()));
            headers.push((header::ACCESS_CONTROL_ALLOW_METHODS, self.methods.clone()));
            let max_age = self.max_age.clone();
            headers.extend(max_age.map(|age| (header::ACCESS_CONTROL_MAX_AGE, age)));
        }
        let asks = || joined(request, &REQUEST_PRIVATE_NETWORK).is_some_and(|asked| asked == TRUE);
        if self.private_network && asks() {
            headers.push((ALLOW_PRIVATE_NETWORK, TRUE));
        }
        headers
    }
}

impl Sharing {
    /// The answer to a preflight: nothing of Django's own is asked, its host neither.
    pub(crate) fn preflight() -> Response {
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(0));
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
        response
    }

    /// Adds what is to be added; an answer depends on `Origin` even where none was sent.
    pub(crate) fn add_to(self, headers: &mut HeaderMap) {
        let vary = match headers.get(header::VARY).map(HeaderValue::as_bytes) {
            None | Some(b"") => Ok(ORIGIN),
            Some(vary) => HeaderValue::from_bytes(&[vary, b", origin"].concat()),
        };
        headers.insert(header::VARY, vary.unwrap_or(ORIGIN));
        headers.extend(self.headers);
    }
}

/// Names in one header, and ours where they are not among them.
fn list(names: &[String], ours: &[&str]) -> HeaderValue {
    let is_new = |our: &&&str| !names.iter().any(|name| name.eq_ignore_ascii_case(our));
    let ours = ours.iter().filter(is_new).copied();
    let all: Vec<&str> = names.iter().map(String::as_str).chain(ours).collect();
    // each was proved to be one when the settings were read
    HeaderValue::from_str(&all.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

/// A header as WSGI gives it: several of one name are one, with commas between them.
pub(super) fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<HeaderValue> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    values.try_fold(first.clone(), |all, value| {
        HeaderValue::from_bytes(&[all.as_bytes(), b",", value.as_bytes()].concat()).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn cors(toml: &str) -> Cors {
        let settings = Settings::from_toml(&format!("[cors]\n{toml}")).unwrap();
        Cors::new(&settings.cors).unwrap()
    }

    fn allows(cors: &Cors, origin: &'static str) -> bool {
        cors.allows(&HeaderValue::from_static(origin))
    }

    #[test]
    fn an_origin_is_compared_by_scheme_and_host_alone() {
        let cors = cors("allowed_origins = ['https://a.example', 'http://localhost:3000']");
        assert!(allows(&cors, "https://a.example") && allows(&cors, "HTTPS://a.example/b"));
        for other in [
            "http://a.example",
            "https://A.example",
            "https://a.example:443",
            "https://a.example.evil",
            "https://x@a.example",
            "http://localhost",
            "null",
            "",
        ] {
            assert!(!allows(&cors, other), "{other}");
        }
    }

    #[test]
    fn our_own_headers_are_added_once() {
        let cors = cors(
            "allow_all_origins = true\nallow_headers = ['If-Match', 'x-a']\nexpose_headers = ['etag']",
        );
        assert_eq!(
            cors.headers,
            "If-Match, x-a, idempotency-key, if-none-match"
        );
        assert_eq!(
            cors.exposed,
            "etag, Idempotency-Replayed, Gatepost-Features, Retry-After, X-Request-Id"
        );
    }
}
