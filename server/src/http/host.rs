//! Which `Host` a request may name: Django's `HttpRequest.get_host` with ALLOWED_HOSTS.

use axum::http::{HeaderMap, Uri, header};

use crate::settings::Server;

/// Whether Django answers a request to this host, or to the one that a trusted proxy was asked for. Without either it is
/// the server's own address.
pub(crate) fn is_allowed(
    headers: &HeaderMap,
    uri: &Uri,
    forwarded: Option<&str>,
    server: &Server,
) -> bool {
    let host = match asked(headers, uri) {
        Asked::Host(host) => Some(host),
        Asked::Unclear => None,
        Asked::Nothing => Some(server.own_host()),
    };
    forwarded.or(host).and_then(domain).is_some_and(|domain| {
        let mut patterns = server.allowed_hosts.iter();
        patterns.any(|pattern| pattern == "*" || is_same_domain(domain, pattern))
    })
}

/// The host that a request names, perhaps with a port.
pub(crate) enum Asked<'r> {
    Host(&'r str),
    /// It is no text, or there are several.
    Unclear,
    Nothing,
}

impl<'r> Asked<'r> {
    /// The host, where there is one.
    pub(crate) fn host(self) -> Option<&'r str> {
        match self {
            Self::Host(host) => Some(host),
            Self::Unclear | Self::Nothing => None,
        }
    }
}

/// Which host a request names.
pub(crate) fn asked<'r>(headers: &'r HeaderMap, uri: &'r Uri) -> Asked<'r> {
    let mut values = headers.get_all(header::HOST).iter();
    match (values.next(), values.next()) {
        (Some(host), None) => host.to_str().map_or(Asked::Unclear, Asked::Host),
        // two are one with a comma, which is in no host
        (Some(_), Some(_)) => Asked::Unclear,
        // HTTP/2 names it in the request line
        (None, _) => (uri.authority()).map_or(Asked::Nothing, |host| Asked::Host(host.as_str())),
    }
}

/// `split_domain_port`: the domain without port and final dot, in the letters of the request; `None` where the host
/// is none.
fn domain(host: &str) -> Option<&str> {
    let end = if host.starts_with('[') {
        host.find(']')? + 1
    } else {
        host.find(':').unwrap_or(host.len())
    };
    let (domain, port) = host.split_at(end);
    let is_port = port.is_empty()
        || (port.strip_prefix(':')).is_some_and(|digits| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        });
    let is_domain = match domain
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        Some(address) => {
            let is_hex = |byte: u8| byte.is_ascii_hexdigit();
            address.split_once(':').is_some_and(|(first, rest)| {
                let is_rest = |byte: u8| is_hex(byte) || byte == b'.' || byte == b':';
                first.bytes().all(is_hex) && !rest.is_empty() && rest.bytes().all(is_rest)
            })
        }
        None => domain
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-'),
    };
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    (is_port && is_domain && !domain.is_empty()).then_some(domain)
}

/// `.example.com` is the domain and all below it; anything else is exactly itself.
fn is_same_domain(domain: &str, pattern: &str) -> bool {
    let (domain, pattern) = (domain.to_ascii_lowercase(), pattern.to_lowercase());
    match pattern.strip_prefix('.') {
        Some(parent) => domain == parent || domain.ends_with(&pattern),
        None => domain == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn hosts_are_read_as_django_reads_them() {
        for (host, wanted) in [
            ("Example.COM", Some("example.com")),
            ("example.com.:8000", Some("example.com")),
            ("127.0.0.1:8000", Some("127.0.0.1")),
            ("[::1]:8000", Some("[::1]")),
            ("[FE80::1.2.3.4]", Some("[fe80::1.2.3.4]")),
            ("a..", Some("a.")),
            ("-", Some("-")),
            ("", None),
            (".", None),
            ("my_host", None),
            ("a,b", None),
            ("a b", None),
            ("é", None),
            ("a:", None),
            ("a:x", None),
            ("a:1:2", None),
            ("[::1", None),
            ("[]", None),
            ("[:]", None),
            ("[::g]", None),
            ("[::1]x", None),
            ("u@a", None),
        ] {
            let domain = domain(host).map(str::to_ascii_lowercase);
            assert_eq!(domain.as_deref(), wanted, "{host}");
        }
    }

    #[test]
    fn patterns_are_djangos() {
        let allows_of = |toml: &str, host: Option<&str>| {
            let toml = format!("server.allowed_hosts = {toml}");
            let server = Settings::from_toml(&toml).unwrap().server;
            let mut headers = HeaderMap::new();
            headers.extend(host.map(|host| (header::HOST, host.parse().unwrap())));
            is_allowed(&headers, &Uri::from_static("/"), None, &server)
        };
        let allows = |hosts: &str, host| {
            allows_of(&format!("{hosts}\nserver.bind = 'here.example:1'"), host)
        };
        let hosts = "['a.example', '.B.example']";
        assert!(allows(hosts, Some("A.example:80")));
        assert!(!allows(hosts, Some("x.a.example")));
        assert!(allows(hosts, Some("b.example")) && allows(hosts, Some("x.b.example")));
        assert!(!allows(hosts, Some("xb.example")) && !allows(hosts, None));
        assert!(allows("['here.example']", None) && allows("'*'", None));
        let unix = "'localhost'\nserver.bind = 'unix:/run/x.y'";
        assert!(allows_of(unix, None) && !allows_of("'x'\nserver.bind = 'unix:x'", None));
        assert!(allows("'*'", Some("any.example")) && !allows("'*'", Some("a_b")));
    }
}
