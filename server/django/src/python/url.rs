//! `urllib.parse.urlsplit`, as far as it takes a URL apart.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The parts of a URL; each is empty where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// In lower case.
    pub scheme: String,
    /// User, host and port, as they were written.
    pub netloc: String,
    /// What follows, up to `?`.
    pub path: String,
    /// From `?` to `#`, without them.
    pub query: String,
    /// What follows `#`.
    pub fragment: String,
}

impl Url {
    /// Takes a URL apart; `None` where Python raises `ValueError`: a bracket without its other one, or with no address
    /// of IP between them. (Where a host would turn into another URL by NFKC Python raises it too; no text of Latin-1
    /// does.)
    pub fn split(text: &str) -> Option<Self> {
        let text = text.trim_start_matches(|c| c <= ' ');
        let text: String = text.chars().filter(|c| !"\t\r\n".contains(*c)).collect();
        let (scheme, rest) = scheme(&text).unwrap_or(("", &text));
        let (netloc, rest) = match rest.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())),
            None => ("", rest),
        };
        if !brackets_hold(netloc) {
            return None;
        }
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        Some(Self {
            scheme: scheme.to_ascii_lowercase(),
            netloc: netloc.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            fragment: fragment.to_owned(),
        })
    }
}

fn scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_char = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    (scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(is_char))
        .then_some((scheme, rest))
}

/// `[…]` is around an address of IP version 6, or one of a later version.
fn brackets_hold(netloc: &str) -> bool {
    match (netloc.contains('['), netloc.contains(']')) {
        (false, false) => return true,
        (true, true) => {}
        _ => return false,
    }
    let inside = netloc.split_once('[').map_or("", |(_, rest)| rest);
    let host = inside.split_once(']').map_or(inside, |(host, _)| host);
    if host.starts_with('v') {
        return is_future(host);
    }
    let address = host.split_once('%').map_or(host, |(address, _)| address);
    // an address of version 4 has no place there
    address.parse::<Ipv6Addr>().is_ok() && address.parse::<Ipv4Addr>().is_err()
}

/// `v1.x`: an address of a version to come.
fn is_future(host: &str) -> bool {
    let Some((version, rest)) = host[1..].split_once('.') else {
        return false;
    };
    let is_rest = |c: char| c.is_ascii_alphanumeric() || "_.~!$&'()*+,;=:-".contains(c);
    !version.is_empty()
        && version.chars().all(|c| c.is_ascii_hexdigit())
        && !rest.is_empty()
        && rest.chars().all(is_rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What CPython says to each.
    #[test]
    fn a_url_is_taken_apart_as_in_python() {
        for (text, expected) in [
            ("https://a.example", ["https", "a.example", "", "", ""]),
            (
                "HTTPS://A.example:443/",
                ["https", "A.example:443", "/", "", ""],
            ),
            ("https://a?b=c#d", ["https", "a", "", "b=c", "d"]),
            ("https://u:p@a/b#c?d", ["https", "u:p@a", "/b", "", "c?d"]),
            ("null", ["", "", "null", "", ""]),
            ("file://", ["file", "", "", "", ""]),
            ("a.example:80", ["a.example", "", "80", "", ""]),
            ("1a://b", ["", "", "1a://b", "", ""]),
            ("//a.example", ["", "a.example", "", "", ""]),
            ("://a", ["", "", "://a", "", ""]),
            (" https://a", ["https", "a", "", "", ""]),
            ("http://[::1]:80", ["http", "[::1]:80", "", "", ""]),
            ("http://[v1.a]", ["http", "[v1.a]", "", "", ""]),
            ("", ["", "", "", "", ""]),
        ] {
            let url = Url::split(text).unwrap();
            let parts = [
                &url.scheme,
                &url.netloc,
                &url.path,
                &url.query,
                &url.fragment,
            ];
            assert_eq!(parts, expected.map(str::to_owned).each_ref(), "{text}");
        }
        for text in [
            "http://[",
            "http://]",
            "http://[a",
            "http://[a]",
            "http://[1.2.3.4]",
            "http://[v.a]",
        ] {
            assert_eq!(Url::split(text), None, "{text}");
        }
    }
}
