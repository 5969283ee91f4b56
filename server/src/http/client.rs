//! Whose request it is: the peer of the connection, or whom a trusted proxy names in its headers.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderValue};
use ipnet::IpNet;

/// What a request came by, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

/// What is known of a request from outside of it.
#[derive(Default)]
pub(crate) struct Client {
    /// None where the connection has none, such as a Unix socket's.
    pub(crate) address: Option<IpAddr>,
    /// The host that the client named to the proxy.
    pub(crate) host: Option<String>,
    /// What the client asked the proxy by.
    pub(crate) scheme: Option<Scheme>,
    /// The number that the proxy gave the request.
    pub(crate) request_id: Option<HeaderValue>,
}

impl Client {
    /// The peer itself, or what it says where it is one of the trusted proxies.
    pub(crate) fn of(headers: &HeaderMap, peer: Option<IpAddr>, trusted: &[IpNet]) -> Self {
        let peer = peer.map(|peer| peer.to_canonical());
        let is_trusted = |address: IpAddr| is_trusted(address, trusted);
        let Some(proxy) = peer.filter(|peer| is_trusted(*peer)) else {
            return Self {
                address: peer,
                ..Self::default()
            };
        };
        let forwarded = || elements(headers, "forwarded");
        let mut hops: Vec<_> = elements(headers, "x-forwarded-for").collect();
        if hops.is_empty() {
            hops = forwarded()
                .filter_map(|hop| parameter(hop, "for"))
                .collect();
        }
        // from the nearest on: what stands before an address that nobody trusts, a client may have written
        let mut address = proxy;
        for hop in hops.into_iter().rev() {
            let Some(named) = parse(hop) else { break };
            address = named;
            if !is_trusted(named) {
                break;
            }
        }
        let host = elements(headers, "x-forwarded-host").next();
        let host = host.or_else(|| forwarded().find_map(|hop| parameter(hop, "host")));
        let scheme = elements(headers, "x-forwarded-proto").next();
        let scheme = scheme.or_else(|| forwarded().find_map(|hop| parameter(hop, "proto")));
        Self {
            address: Some(address),
            host: host.map(str::to_owned),
            scheme: scheme.and_then(Scheme::named),
            request_id: headers.get("x-request-id").filter(|id| is_id(id)).cloned(),
        }
    }
}

impl Scheme {
    fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "http" => Some(Self::Http),
            "https" => Some(Self::Https),
            _ => None,
        }
    }
}

/// Whether an address is one of the trusted proxies.
pub(super) fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    let is_in = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    match address.to_canonical() {
        // an operator may have written it as IPv6 does
        IpAddr::V4(old) => is_in(old.into()) || is_in(old.to_ipv6_mapped().into()),
        new @ IpAddr::V6(_) => is_in(new),
    }
}

/// The elements of a list in one or several headers of a name.
fn elements<'h>(headers: &'h HeaderMap, name: &'static str) -> impl Iterator<Item = &'h str> {
    let values = headers.get_all(name).into_iter();
    let values = values.filter_map(|value| value.to_str().ok());
    let elements = values.flat_map(|value| value.split(',')).map(str::trim);
    elements.filter(|element| !element.is_empty())
}

/// A parameter of an element of `Forwarded` (RFC 7239), without its quotes.
fn parameter<'h>(element: &'h str, name: &str) -> Option<&'h str> {
    let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name));
    let (_, value) = values.next()?;
    Some(value.trim().trim_matches('"'))
}

/// An address, perhaps with a port, and with brackets where it is one of IPv6.
fn parse(node: &str) -> Option<IpAddr> {
    let with_port = || node.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    let address = with_port().or_else(|| {
        let in_brackets = node
            .strip_prefix('[')
            .and_then(|node| node.strip_suffix(']'));
        in_brackets.unwrap_or(node).parse().ok()
    });
    address.map(|address| address.to_canonical())
}

/// Whether it may stand in a line of the log and in a header as it is.
fn is_id(value: &HeaderValue) -> bool {
    let is_char = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(byte);
    (1..=128).contains(&value.len()) && value.as_bytes().iter().all(is_char)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, headers: &[(&'static str, &str)]) -> Client {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let trusted =
            ["10.0.0.0/8", "::1/128", "::ffff:172.16.0.0/108"].map(|net| net.parse().unwrap());
        Client::of(&map, Some(peer.parse().unwrap()), &trusted)
    }

    #[test]
    fn a_stranger_s_headers_say_nothing() {
        let client = client(
            "192.0.2.1",
            &[
                ("x-forwarded-for", "1.2.3.4"),
                ("forwarded", "for=1.2.3.4;host=evil"),
                ("x-forwarded-host", "evil"),
                ("x-forwarded-proto", "https"),
                ("x-request-id", "a"),
            ],
        );
        assert_eq!(client.address, "192.0.2.1".parse().ok());
        assert!(client.host.is_none() && client.request_id.is_none() && client.scheme.is_none());
    }

    #[test]
    fn the_nearest_address_that_nobody_trusts_is_the_client_s() {
        for (headers, address) in [
            (&[][..], "10.0.0.1"),
            (&[("x-forwarded-for", "1.2.3.4")], "1.2.3.4"),
            (
                &[("x-forwarded-for", "6.6.6.6, 1.2.3.4, 10.9.9.9")],
                "1.2.3.4",
            ),
            (
                &[
                    ("x-forwarded-for", "6.6.6.6"),
                    ("x-forwarded-for", "1.2.3.4"),
                ],
                "1.2.3.4",
            ),
            (&[("x-forwarded-for", "1.2.3.4:567")], "1.2.3.4"),
            (&[("x-forwarded-for", "1.2.3.4, 172.16.9.9")], "1.2.3.4"),
            (&[("x-forwarded-for", "[2001:db8::1]:567")], "2001:db8::1"),
            (&[("x-forwarded-for", "2001:db8::1")], "2001:db8::1"),
            (&[("x-forwarded-for", "::ffff:1.2.3.4")], "1.2.3.4"),
            // all are proxies: the farthest; what can't be read ends the search
            (&[("x-forwarded-for", "10.0.0.3, 10.0.0.2")], "10.0.0.3"),
            (
                &[("x-forwarded-for", "1.2.3.4, unknown, 10.0.0.2")],
                "10.0.0.2",
            ),
            (&[("x-forwarded-for", "unknown")], "10.0.0.1"),
            (&[("forwarded", "for=1.2.3.4;proto=https")], "1.2.3.4"),
            (
                &[("forwarded", "For=\"[2001:db8::1]:4711\", for=10.0.0.2")],
                "2001:db8::1",
            ),
            (&[("forwarded", "for=_hidden")], "10.0.0.1"),
            (
                &[("forwarded", "for=6.6.6.6"), ("x-forwarded-for", "1.2.3.4")],
                "1.2.3.4",
            ),
        ] {
            let client = client("10.0.0.1", headers);
            assert_eq!(client.address, address.parse().ok(), "{headers:?}");
        }
        // a dual-stack socket's peer
        let mapped = client("::ffff:10.0.0.1", &[("x-forwarded-for", "1.2.3.4")]);
        assert_eq!(mapped.address, "1.2.3.4".parse().ok());
    }

    #[test]
    fn host_scheme_and_id_are_the_proxy_s() {
        let host = |headers: &[(&'static str, &str)]| client("::1", headers).host;
        assert_eq!(host(&[]), None);
        assert_eq!(
            host(&[("x-forwarded-host", "a.example:81")]).as_deref(),
            Some("a.example:81")
        );
        assert_eq!(
            host(&[("forwarded", "host=\"a.example:81\"")]).as_deref(),
            Some("a.example:81")
        );
        let scheme = |headers: &[(&'static str, &str)]| client("::1", headers).scheme;
        assert_eq!(scheme(&[]), None);
        assert_eq!(
            scheme(&[("x-forwarded-proto", "HTTPS")]),
            Some(Scheme::Https)
        );
        assert_eq!(
            scheme(&[("x-forwarded-proto", "http, https")]),
            Some(Scheme::Http)
        );
        assert_eq!(scheme(&[("x-forwarded-proto", "wss")]), None);
        assert_eq!(
            scheme(&[("forwarded", "for=a;proto=https")]),
            Some(Scheme::Https)
        );
        let id = |id: &str| client("::1", &[("x-request-id", id)]).request_id;
        assert!(id("5f2c-4e.1:a/b+c=@_").is_some());
        for bad in ["", "a b", "a\"b", &"x".repeat(129)] {
            assert!(id(bad).is_none(), "{bad}");
        }
    }
}
