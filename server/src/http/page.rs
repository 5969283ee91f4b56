//! From which page a browser's request comes, and whether that page may use cookies: what keeps a form on a foreign site
//! from doing anything with them.

use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, header};
use django::python::Url;

use super::client::Scheme;
use super::cors::joined;

/// Who asks, as far as a browser tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// A page of this service's own origin, or of one that may send cookies.
    Trusted,
    /// Another page, or one that hides its origin.
    Foreign,
    /// Nothing tells: mostly it is no browser.
    Untold,
}

/// Where a request was sent to.
pub(crate) struct Place<'r> {
    /// The host as the client named it, perhaps with a port.
    pub(crate) host: Option<&'r str>,
    /// None where nothing tells.
    pub(crate) scheme: Option<Scheme>,
}

impl Page {
    /// What a request's headers say; `may_share` tells of another origin whether it may send cookies.
    ///
    /// No script can set these headers. A browser's own word comes first, since a proxy may have put another host in the
    /// place of the one that was asked.
    pub(crate) fn of(
        headers: &HeaderMap,
        place: &Place<'_>,
        may_share: impl FnOnce(&HeaderValue) -> bool,
    ) -> Self {
        let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        if site == Some(b"same-origin") {
            return Self::Trusted;
        }
        let origin = joined(headers, &header::ORIGIN).or_else(|| of_referer(headers));
        match origin {
            // any page in a sandbox says so
            Some(origin) if origin == "null" => Self::Foreign,
            Some(origin) if place.is_of(&origin) || may_share(&origin) => Self::Trusted,
            Some(_) => Self::Foreign,
            None if matches!(site, Some(b"same-site" | b"cross-site")) => Self::Foreign,
            None => Self::Untold,
        }
    }
}

/// The origin of the page that `Referer` names.
fn of_referer(headers: &HeaderMap) -> Option<HeaderValue> {
    let referer = joined(headers, &header::REFERER)?;
    let url = referer.to_str().ok().and_then(Url::split);
    let origin = url.map(|url| format!("{}://{}", url.scheme, url.netloc));
    let origin = origin.and_then(|origin| HeaderValue::try_from(origin).ok());
    // what can't be read is nobody's
    Some(origin.unwrap_or(HeaderValue::from_static("null")))
}

impl Place<'_> {
    /// Whether an origin is this place's own.
    fn is_of(&self, origin: &HeaderValue) -> bool {
        let Some(origin) = origin.to_str().ok().and_then(Url::split) else {
            return false;
        };
        let scheme = match origin.scheme.as_str() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            _ => return false,
        };
        // where nothing tells of the scheme, it is the page's
        let is_same_scheme = self.scheme.is_none_or(|own| own == scheme);
        let named = |text: &str| named(text, scheme);
        let own = self.host.and_then(named);
        is_same_scheme && own.is_some() && own == named(&origin.netloc)
    }
}

/// Host and port; the port is the scheme's where none is written.
fn named(text: &str, scheme: Scheme) -> Option<(String, u16)> {
    let authority: Authority = text.parse().ok()?;
    let is_bare = !text.contains('@') && !authority.host().is_empty();
    let port = authority.port_u16().unwrap_or(match scheme {
        Scheme::Https => 443,
        Scheme::Http => 80,
    });
    is_bare.then(|| (authority.host().to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARED: &str = "https://app.example";

    fn page(place: &Place<'_>, sent: &[(&'static str, &str)]) -> Page {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.append(*name, value);
        }
        Page::of(&headers, place, |origin| origin == SHARED)
    }

    fn at(host: &str, scheme: Option<Scheme>, origin: &str) -> Page {
        let host = Some(host);
        page(&Place { host, scheme }, &[("origin", origin)])
    }

    #[test]
    fn a_page_of_the_same_host_port_and_scheme_is_trusted() {
        let (https, http) = (Some(Scheme::Https), Some(Scheme::Http));
        for (host, scheme, origin) in [
            ("api.example", None, "https://api.example"),
            ("api.example", None, "http://api.example"),
            ("api.example", https, "https://api.example"),
            ("API.example", https, "https://api.example"),
            ("api.example:443", https, "https://api.example"),
            ("api.example:80", http, "http://api.example"),
            ("api.example:8000", None, "http://api.example:8000"),
            ("[::1]:8000", None, "http://[::1]:8000"),
            ("api.example", https, SHARED),
        ] {
            assert_eq!(at(host, scheme, origin), Page::Trusted, "{host} {origin}");
        }
        for (host, scheme, origin) in [
            ("api.example", https, "http://api.example"),
            ("api.example", http, "https://api.example"),
            ("api.example", None, "https://api.example:8443"),
            ("api.example:8000", None, "https://api.example"),
            ("api.example:80", None, "https://api.example"),
            ("api.example", None, "https://api.example.evil"),
            ("api.example", None, "https://evil.api.example"),
            ("api.example", None, "https://api.example@evil"),
            ("api.example", None, "https://x@api.example"),
            ("api.example", None, "capacitor://api.example"),
            ("api.example", None, "api.example"),
            ("api.example", None, "https://"),
            ("api.example", None, "http://[::1"),
            ("api.example", None, "https://é"),
            ("api.example", None, "null"),
            ("api.example", None, ""),
            ("", None, "https://"),
            ("[", None, "https://["),
        ] {
            assert_eq!(at(host, scheme, origin), Page::Foreign, "{host} {origin}");
        }
    }

    #[test]
    fn what_tells_of_the_page_is_asked_in_turn() {
        use Page::{Foreign, Trusted, Untold};
        let own = ("origin", "https://api.example");
        let evil = ("origin", "https://evil.example");
        let of = |site: &'static str| ("sec-fetch-site", site);
        let from = |url: &'static str| ("referer", url);
        for (sent, expected) in [
            (&[][..], Untold),
            (&[own], Trusted),
            (&[evil], Foreign),
            // two are one, as for cors
            (&[own, own], Foreign),
            (&[own, from("https://evil.example/")], Trusted),
            (&[evil, from("https://api.example/")], Foreign),
            (&[from("https://api.example/a?b")], Trusted),
            (&[from("https://app.example/")], Trusted),
            (
                &[from("https://evil.example/?https://api.example")],
                Foreign,
            ),
            (&[from("about:blank")], Foreign),
            (&[from("")], Foreign),
            (&[from("é")], Foreign),
            (&[of("same-origin")], Trusted),
            // a proxy that names another host, or a policy that hides the origin
            (
                &[of("same-origin"), ("origin", "https://public.example")],
                Trusted,
            ),
            (&[of("same-origin"), ("origin", "null")], Trusted),
            (&[of("same-site")], Foreign),
            (&[of("same-site"), ("origin", SHARED)], Trusted),
            (&[of("cross-site")], Foreign),
            (&[of("cross-site"), evil], Foreign),
            (&[of("none")], Untold),
            (&[of("x")], Untold),
        ] {
            let host = Some("api.example");
            let scheme = None;
            assert_eq!(page(&Place { host, scheme }, sent), expected, "{sent:?}");
        }
        let nowhere = Place {
            host: None,
            scheme: None,
        };
        assert_eq!(page(&nowhere, &[own]), Foreign);
    }
}
