//! The one place that builds the HTTP client, and what is the same for every request.

use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use crate::clock::Clock;
use crate::endpoints::Endpoints;
use crate::error::{Error, Result};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);

/// The address of a server and how to reach it.
#[derive(Clone)]
pub(crate) struct Http {
    pub(crate) client: Client,
    pub(crate) base: Url,
    /// The address without its final slash: the server's name in a store.
    pub(crate) server: String,
    pub(crate) endpoints: Endpoints,
    /// How long the server may be silent.
    pub(crate) timeout: Duration,
    pub(crate) clock: Clock,
}

impl Http {
    /// The client of a base address. Certificates are read for https alone: a slim container has none.
    pub(crate) fn client(base: &Url, user_agent: &str) -> Result<Client> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let mut builder = Client::builder()
            .user_agent(user_agent)
            .default_headers(headers)
            .connect_timeout(CONNECT)
            // a redirect makes a GET of a POST; those of a GET are followed by hand, to the same server alone
            .redirect(Policy::none())
            .retry(reqwest::retry::never());
        if base.scheme() == "http" {
            builder = builder.tls_certs_only([]);
        }
        if is_loopback(base) {
            // a proxy of the environment has no business with what stays on this machine
            builder = builder.no_proxy();
        }
        builder.build().map_err(|error| {
            Error::caused(
                crate::ErrorKind::Config("the HTTP client can't be set up".to_owned()),
                error,
            )
            .with_hint("install the system's CA certificates (package ca-certificates)")
        })
    }

    /// The address of a path below the base; `path` may have a query.
    pub(crate) fn url(&self, path: &str) -> Url {
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, None),
        };
        let mut url = self.base.clone();
        let below = self.base.path().trim_end_matches('/');
        url.set_path(&format!("{below}/{}", path.trim_start_matches('/')));
        url.set_query(query);
        url
    }
}

/// The base address that a text is.
pub(crate) fn base(text: &str, allow_http: bool) -> Result<Url> {
    let url = Url::parse(text).map_err(|error| {
        Error::caused(
            crate::ErrorKind::Config(format!("{text:?} is not an address")),
            error,
        )
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

fn is_loopback(url: &Url) -> bool {
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
            "https://a.example/?x",
        ] {
            let error = base(bad, false).unwrap_err();
            assert!(error.hint().is_some(), "{bad}");
        }
        base("http://a.example", true).unwrap();
    }

    #[test]
    fn paths_stay_below_the_base() {
        let http = |base: &str| Http {
            client: Client::new(),
            base: Url::parse(base).unwrap(),
            server: String::new(),
            endpoints: Endpoints::new(),
            timeout: CONNECT,
            clock: Clock::at(0),
        };
        for (base, path, url) in [
            (
                "https://a.example",
                "/api/x/?a=b",
                "https://a.example/api/x/?a=b",
            ),
            (
                "https://a.example/below/",
                "api/x/",
                "https://a.example/below/api/x/",
            ),
            (
                "https://a.example/below",
                "/api/ö/",
                "https://a.example/below/api/%C3%B6/",
            ),
            (
                "https://a.example",
                "//evil.example/x",
                "https://a.example/evil.example/x",
            ),
            (
                "https://a.example",
                "https://evil.example/x",
                "https://a.example/https://evil.example/x",
            ),
        ] {
            assert_eq!(http(base).url(path).as_str(), url);
        }
    }
}
