//! Why nothing reached the server: what stood in between, in words for a person.

mod cause;

use std::fmt;

use reqwest::Url;

pub(crate) use self::cause::SelfSigned;
pub use self::cause::Unsent;
use self::cause::{cause, is_local_lookup};

/// Why a request was not sent. Its `Display` is one sentence that names the server or the proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct Unreachable {
    cause: Unsent,
    url: Url,
    proxy: Option<ProxyInUse>,
    /// What else is known: the system's words, a certificate's names or dates.
    more: Option<String>,
}

/// The proxy that requests go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyInUse {
    /// Its address without a name and password.
    pub(crate) url: String,
    pub(crate) variable: Option<&'static str>,
}

impl ProxyInUse {
    /// Its address, without a name and password.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The environment variable that names it; `None` where the program gave it.
    pub fn variable(&self) -> Option<&str> {
        self.variable
    }
}

impl fmt::Display for ProxyInUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {}", self.url)?;
        match self.variable {
            Some(variable) => write!(f, " (from {variable})"),
            None => Ok(()),
        }
    }
}

impl Unreachable {
    /// What a failed exchange says, where it says that nothing was sent.
    pub(crate) fn of(
        error: &reqwest::Error,
        base: &Url,
        proxy: Option<&ProxyInUse>,
    ) -> Option<Self> {
        let (cause, more) = cause(error, base)?;
        let at_proxy = proxy.filter(|_| {
            !is_local_lookup(error)
                && matches!(
                    cause,
                    Unsent::Refused
                        | Unsent::UnknownHost
                        | Unsent::ConnectTimeout
                        | Unsent::NoConnection
                        | Unsent::ProxyLogin
                        | Unsent::ProxyRefused
                )
        });
        Some(Self {
            cause,
            url: base.clone(),
            proxy: at_proxy.cloned(),
            more,
        })
    }

    /// One of this cause, which an answer has shown.
    pub(crate) fn because(cause: Unsent, base: &Url, proxy: Option<&ProxyInUse>) -> Self {
        Self {
            cause,
            url: base.clone(),
            proxy: proxy.cloned(),
            more: None,
        }
    }

    /// What kept the request from being sent.
    pub fn cause(&self) -> Unsent {
        self.cause
    }

    /// The proxy, where it is the proxy that could not be used.
    pub fn proxy(&self) -> Option<&ProxyInUse> {
        self.proxy.as_ref()
    }

    /// Whether it may be otherwise later without anyone doing anything; a certificate or a wrong address is not.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.cause,
            Unsent::Refused
                | Unsent::UnknownHost
                | Unsent::ConnectTimeout
                | Unsent::NoConnection
                | Unsent::ProxyRefused
                | Unsent::TlsEnded
        )
    }

    /// The next step in one sentence.
    pub fn hint(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        if let Some(proxy) = &self.proxy {
            return match (self.cause, proxy.variable) {
                (Unsent::ProxyLogin, Some(variable)) => {
                    format!("write them into {variable}: http://NAME:PASSWORD@HOST:PORT")
                }
                (Unsent::ProxyLogin, None) => {
                    "give the proxy's address with them: http://NAME:PASSWORD@HOST:PORT".to_owned()
                }
                (_, Some(variable)) => format!(
                    "correct or unset {variable}, or add {host} to NO_PROXY if no proxy is needed for it"
                ),
                (_, None) => "check the proxy that was given, or go without it".to_owned(),
            };
        }
        match self.cause {
            Unsent::Refused => "check the address and its port, and that the server runs",
            Unsent::UnknownHost => "check the name in the address, and that this machine has a network",
            Unsent::ConnectTimeout | Unsent::NoConnection | Unsent::ProxyLogin | Unsent::ProxyRefused => {
                "check the address and the network (a VPN, a firewall), then try again"
            }
            Unsent::SelfSigned => {
                "if you know this server, get its certificate from its operator and trust it: as a root certificate, or by SSL_CERT_FILE"
            }
            Unsent::UnknownAuthority => {
                "if you know this server, get the certificate of its authority from its operator and trust it: as a root certificate, or by SSL_CERT_FILE"
            }
            Unsent::Expired => "its operator must renew it; check this machine's clock as well",
            Unsent::NotYetValid => "check this machine's clock",
            Unsent::WrongName => "use the name that the certificate is for in the address",
            Unsent::Revoked => "do not use this server; tell its operator",
            Unsent::ClientCertificate => "ask its operator how it is to be reached: it lets in who has a certificate from it",
            Unsent::NotHttps | Unsent::TlsEnded => {
                return format!("try {}", self.other_scheme("http"));
            }
            Unsent::NotHttp => return format!("try {}", self.other_scheme("https")),
            Unsent::Tls => "check the address; the server, or something before it, speaks another TLS",
        }
        .to_owned()
    }

    /// The server as people write it: without a path.
    fn server(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    fn other_scheme(&self, scheme: &str) -> String {
        let place = self.server();
        let (_, place) = place.split_once("://").unwrap_or(("", &place));
        format!(
            "{scheme}://{place}{}",
            self.url.path().trim_end_matches('/')
        )
    }
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = self.server();
        let host = self.url.host_str().unwrap_or_default();
        let whole = match self.cause {
            Unsent::SelfSigned => format!("the certificate of {server} is signed by itself"),
            Unsent::UnknownAuthority => format!(
                "the certificate of {server} is signed by an authority that this machine does not know"
            ),
            Unsent::Expired => format!("the certificate of {server} has expired"),
            Unsent::NotYetValid => format!("the certificate of {server} is not valid yet"),
            Unsent::WrongName => format!("the certificate of {server} is for another name"),
            Unsent::Revoked => format!("the certificate of {server} was revoked"),
            Unsent::ClientCertificate => {
                format!("{server} does not accept this client's certificate, or wants one")
            }
            Unsent::NotHttps => format!("{server} does not speak https"),
            Unsent::NotHttp => format!("{server} does not speak http"),
            Unsent::TlsEnded => {
                format!("{server} ended the connection while the encryption was being agreed")
            }
            Unsent::Tls => format!("no encryption could be agreed with {server}"),
            Unsent::Refused
            | Unsent::UnknownHost
            | Unsent::ConnectTimeout
            | Unsent::NoConnection
            | Unsent::ProxyLogin
            | Unsent::ProxyRefused => {
                let (place, host) = match &self.proxy {
                    Some(proxy) => (proxy.to_string(), "it"),
                    None => (server, host),
                };
                match self.cause {
                    Unsent::Refused => {
                        format!(
                            "{place} could not be reached: nothing listens there (connection refused)"
                        )
                    }
                    Unsent::UnknownHost => {
                        format!(
                            "{place} could not be reached: {host} is not a name that can be found"
                        )
                    }
                    Unsent::ConnectTimeout => {
                        format!("{place} could not be reached: connecting took too long")
                    }
                    Unsent::ProxyLogin => format!("{place} wants a name and a password"),
                    Unsent::ProxyRefused => {
                        format!("{place} does not connect to {}", self.server())
                    }
                    _ => format!("{place} could not be reached"),
                }
            }
        };
        f.write_str(&whole)?;
        match &self.more {
            Some(more) => write!(f, " ({more})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unreachable({:?}: {self})", self.cause)
    }
}
