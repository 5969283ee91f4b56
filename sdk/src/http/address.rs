//! The address of a server, as people write it.

use std::str::FromStr;

use reqwest::Url;

use crate::error::{Error, ErrorKind, Result};

/// The address of a server, as a client takes it: <https://…> or <http://…>, without a user name, a query or a fragment.
///
/// ```
/// use gatepost_sdk::Address;
///
/// let address: Address = "HTTP://Localhost:80/below/".parse()?;
/// assert_eq!(address.as_str(), "http://localhost/below");
/// assert!(address.is_loopback());
/// # Ok::<(), gatepost_sdk::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Url);

impl Address {
    /// The address without a final slash: [`Client::server`](crate::Client::server) of a client that has it.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// Whether it is on this machine, so that nobody reads on the way.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }
}

impl FromStr for Address {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::Config`] for what is no address of a server.
    fn from_str(text: &str) -> Result<Self> {
        base(text, true).map(Self)
    }
}

/// The base address that a text is.
pub(crate) fn base(text: &str, allow_http: bool) -> Result<Url> {
    let text = text.trim();
    if let Some(url) = with_scheme(text) {
        return Err(Error::config(format!("{text} has no scheme: try {url}"))
            .with_hint("an address begins with https:// or http://"));
    }
    let url = Url::parse(text).map_err(|error| {
        // what stands before an @ may be a password
        let what = if text.contains('@') {
            "what was given is not an address".to_owned()
        } else {
            format!("{text:?} is not an address")
        };
        Error::caused(ErrorKind::Config(what), error)
            .with_hint("write it with its scheme, for example https://api.example.org")
    })?;
    let refuse = |why: &str, hint: &str| {
        Err(Error::config(format!("{why}: {}", url.host_str().unwrap_or_default())).with_hint(hint))
    };
    match url.scheme() {
        "https" => {}
        "http" if allow_http || is_loopback(&url) => {}
        "http" => {
            return refuse(
                "passwords and tokens are not sent unencrypted",
                "write https://, or allow http for this server if its network is yours alone",
            );
        }
        _ => return refuse("only https and http are spoken", "write it with https://"),
    }
    if url.host_str().is_none_or(str::is_empty) || url.cannot_be_a_base() {
        return refuse(
            "the address names no host",
            "for example https://api.example.org",
        );
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::config("the address holds a user name or password")
            .with_hint("leave it out of the address and log in"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("the address has a query or fragment", "leave it out");
    }
    Ok(url)
}

/// What was meant by an address without a scheme.
fn with_scheme(text: &str) -> Option<String> {
    let is_name = |c: char| c.is_alphanumeric() || "[.".contains(c);
    if text.contains("://") || text.contains('@') || !text.starts_with(is_name) {
        return None;
    }
    let url = Url::parse(&format!("http://{text}")).ok()?;
    // `mailto:x` has a scheme: what follows the first colon of an address is a port
    let port = text
        .trim_start_matches(|c| c != ']')
        .trim_start_matches(']');
    let after = if text.starts_with('[') { port } else { text };
    let after = after.split('/').next().unwrap_or_default();
    if let Some((_, port)) = after.split_once(':')
        && port.parse::<u16>().is_err()
    {
        return None;
    }
    let scheme = if is_loopback(&url) { "http" } else { "https" };
    Some(format!("{scheme}://{text}"))
}

/// Whether it is on this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || address
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unencrypted_is_for_this_machine_alone() {
        for fine in [
            "https://a.example",
            "http://127.0.0.1:8000",
            "http://[::1]:8000/x/",
            "http://localhost",
        ] {
            base(fine, false).unwrap();
        }
        for bad in [
            "http://a.example",
            "http://10.0.0.1",
            "http://127.0.0.1.example",
            "ftp://a.example",
            "a.example",
            "https://u:p@a.example",
            "https://u:p@a.example:x",
            "https://a.example/?x",
        ] {
            let error = base(bad, false).unwrap_err();
            assert!(error.hint().is_some(), "{bad}");
            assert!(!error.to_string().contains("u:p"), "{error}");
        }
        base("http://a.example", true).unwrap();
    }

    #[test]
    fn an_address_without_a_scheme_is_said_with_what_to_try() {
        for (text, meant) in [
            ("localhost:8000", "http://localhost:8000"),
            ("127.0.0.1:8000/below", "http://127.0.0.1:8000/below"),
            ("[::1]:8000", "http://[::1]:8000"),
            ("localhost", "http://localhost"),
            ("api.example.org", "https://api.example.org"),
            ("api.example.org:8443/x/", "https://api.example.org:8443/x/"),
            (" api.example.org\n", "https://api.example.org"),
        ] {
            let error = base(text, false).unwrap_err();
            let text = text.trim();
            assert_eq!(
                error.to_string(),
                format!("{text} has no scheme: try {meant}")
            );
        }
        for text in ["mailto:ada", "", "/x", "u:p@a.example", "?x"] {
            let error = base(text, false).unwrap_err();
            assert!(!error.to_string().contains("has no scheme"), "{error}");
        }
        assert_eq!(
            base(" HTTPS://A.example \n", false).unwrap().as_str(),
            "https://a.example/"
        );
    }
}
