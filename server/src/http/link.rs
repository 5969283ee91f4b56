//! An address of this service as an answer names it: whole, as the client asked for it.

use axum::http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::client::Scheme;
use super::host;
use super::log::Context;
use super::path;
use crate::settings::Server;

/// What Python's `quote_plus` leaves as it is, and a space, which it writes as a plus.
const PLUS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b' ');

/// Django's `build_absolute_uri` of a request, without its query: by the host that a trusted proxy was asked for, or
/// that the request names, or the server's own address.
pub(crate) fn of(parts: &Parts, server: &Server) -> String {
    let context = parts.extensions.get::<Context>();
    let is_https = context.and_then(|context| context.scheme) == Some(Scheme::Https);
    let forwarded = context.and_then(|context| context.host.as_deref());
    let asked = host::asked(&parts.headers, &parts.uri).host();
    let host = forwarded.or(asked).unwrap_or_else(|| server.own_host());
    let scheme = if is_https { "https" } else { "http" };
    let path = path::quoted(&path::decode(parts.uri.path()));
    format!("{scheme}://{host}{}{path}", server.root_path)
}

/// DRF's `replace_query_param`: the address with these parameters, in the order of their names, and one of them anew.
pub(crate) fn with_parameter(
    address: &str,
    pairs: &[(String, String)],
    (name, value): (&str, &str),
) -> String {
    let others = pairs.iter().filter(|(other, _)| other != name);
    let mut pairs: Vec<(&str, &str)> = others.map(|(name, value)| (&**name, &**value)).collect();
    pairs.push((name, value));
    // values of one name stay in their order
    pairs.sort_by_key(|(name, _)| *name);
    let quoted = |text: &str| {
        utf8_percent_encode(text, PLUS)
            .to_string()
            .replace(' ', "+")
    };
    let pairs: Vec<_> = (pairs.iter())
        .map(|(name, value)| format!("{}={}", quoted(name), quoted(value)))
        .collect();
    format!("{address}?{}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_replaced_and_the_others_stay() {
        let pairs = [
            ("search", "a b/é&"),
            ("cursor", "old"),
            ("b", "2"),
            ("b", "1"),
            ("", ""),
        ];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            with_parameter("http://x/y/", &pairs, ("cursor", "cD0x=")),
            "http://x/y/?=&b=2&b=1&cursor=cD0x%3D&search=a+b%2F%C3%A9%26"
        );
    }
}
