//! The one place that builds the HTTP client, and what is the same for every request.

mod address;
mod certificates;
mod environment;
mod proxy;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use secrecy::SecretSlice;

pub use self::address::Address;
pub(crate) use self::address::base;
use self::environment::of_process;
pub(crate) use self::proxy::Choice as ProxyChoice;
use crate::clock::Clock;
use crate::endpoints::Endpoints;
use crate::error::{Error, ErrorKind, Result};
use crate::unreachable::{ProxyInUse, Unreachable, Unsent};

/// A last change of the HTTP client's settings.
type Hook = Arc<dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync>;

/// How the server is reached.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) user_agent: String,
    /// How long connecting may take.
    pub(crate) connect: Duration,
    pub(crate) proxy: ProxyChoice,
    /// Certificates to trust besides the system's.
    pub(crate) roots: Vec<Vec<u8>>,
    pub(crate) identity: Option<Arc<SecretSlice<u8>>>,
    /// Sent with every request.
    pub(crate) headers: HeaderMap,
    pub(crate) hook: Option<Hook>,
}

impl Options {
    pub(crate) fn new() -> Self {
        Self {
            user_agent: concat!("gatepost-sdk/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect: Duration::from_secs(5),
            proxy: ProxyChoice::default(),
            roots: Vec::new(),
            identity: None,
            headers: HeaderMap::new(),
            hook: None,
        }
    }
}

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
    /// How often a request is sent again.
    pub(crate) retries: u32,
    pub(crate) clock: Clock,
    /// The proxy that requests go through.
    pub(crate) proxy: Option<ProxyInUse>,
}

/// The HTTP client for a base address, and the proxy that it goes through.
pub(crate) fn client(base: &Url, options: &Options) -> Result<(Client, Option<ProxyInUse>)> {
    let chosen = proxy::choose(&options.proxy, base, &of_process)?;
    let mut headers = options.headers.clone();
    headers
        .entry(ACCEPT)
        .or_insert(HeaderValue::from_static("application/json"));
    let mut builder = Client::builder()
        .user_agent(&options.user_agent)
        .default_headers(headers)
        .connect_timeout(options.connect)
        // a redirect makes a GET of a POST; those of a GET are followed by hand, to the same server alone
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        // the proxy is chosen here, so that it can be named when it fails
        .no_proxy();
    let setup = |error| {
        Error::caused(
            ErrorKind::Config("the HTTP client can't be set up".to_owned()),
            error,
        )
    };
    // certificates are read for https alone: a slim container has none
    if base.scheme() == "https" {
        let identity = options.identity.as_deref();
        builder =
            builder.tls_backend_preconfigured(tls::config(&options.roots, identity, &of_process)?);
    } else {
        builder = builder.tls_certs_only([]);
    }
    let mut shown = None;
    if let Some(chosen) = chosen {
        builder = builder.proxy(reqwest::Proxy::all(chosen.url).map_err(setup)?);
        shown = Some(chosen.shown);
    }
    if let Some(hook) = &options.hook {
        builder = hook(builder);
    }
    Ok((builder.build().map_err(setup)?, shown))
}

impl Http {
    /// What a failed exchange means.
    pub(crate) fn failed(&self, error: reqwest::Error) -> Error {
        if let Some(why) = Unreachable::of(&error, &self.base, self.proxy.as_ref()) {
            return Error::unreachable(why);
        }
        let error = Error::of_transport(error);
        if self.base.scheme() != "http" || !matches!(error.kind(), ErrorKind::Network) {
            return error;
        }
        // some servers of https end the connection without a word
        let place = self.server.trim_start_matches("http://");
        error.with_hint(format!(
            "check the connection, then try again; if the server speaks https, write https://{place}"
        ))
    }

    /// An answer by which the server, or the proxy before it, says that it was asked in the wrong way: no request
    /// reached the API.
    pub(crate) fn misdirected(&self, status: StatusCode, body: &[u8]) -> Option<Error> {
        let because = |cause, proxy| {
            Some(Error::unreachable(Unreachable::because(
                cause, &self.base, proxy,
            )))
        };
        if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED && self.proxy.is_some() {
            return because(Unsent::ProxyLogin, self.proxy.as_ref());
        }
        let is_plain = self.base.scheme() == "http" && status == StatusCode::BAD_REQUEST;
        (is_plain && wants_https(body)).then(|| because(Unsent::NotHttp, None))?
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

/// Whether an answer to `http://` says that its port is one of https: nginx, Go, Apache and Tomcat do.
fn wants_https(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&body[..body.len().min(4096)]).to_lowercase();
    [
        "plain http request was sent to https port",
        "client sent an http request to an https server",
        "speaking plain http to an ssl-enabled",
        "combination of host and port requires tls",
    ]
    .iter()
    .any(|said| text.contains(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_the_base() {
        let http = |base: &str| Http {
            client: Client::new(),
            base: Url::parse(base).unwrap(),
            server: String::new(),
            endpoints: Endpoints::new(),
            timeout: Duration::ZERO,
            retries: 0,
            clock: Clock::at(0),
            proxy: None,
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
