//! What kept a request from being sent, read out of the errors of those below.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use chrono::{DateTime, Utc};
use reqwest::Url;
use rustls::{AlertDescription, CertificateError, Error as TlsError};

/// What kept a request from being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsent {
    /// Nothing listens at that port.
    Refused,
    /// The host's name is not known, or can't be looked up.
    UnknownHost,
    /// Connecting took too long.
    ConnectTimeout,
    /// There is no way to the host, or the connection was ended at once.
    NoConnection,
    /// The proxy wants a name and a password.
    ProxyLogin,
    /// The proxy does not connect to the server.
    ProxyRefused,
    /// The certificate is signed by itself.
    SelfSigned,
    /// The certificate is signed by an authority that is not known here.
    UnknownAuthority,
    /// The certificate has expired.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate is for another name.
    WrongName,
    /// The certificate was revoked.
    Revoked,
    /// The server wants a client certificate, or another one: give it with
    /// [`ClientBuilder::client_identity`](crate::ClientBuilder::client_identity).
    ClientCertificate,
    /// `https://` was asked for, and what answers does not speak it.
    NotHttps,
    /// `http://` was asked for, and what answers does not speak it.
    NotHttp,
    /// The connection was ended while the encryption was being agreed.
    TlsEnded,
    /// No encryption could be agreed.
    Tls,
}

/// What a verifier of certificates says of one that is signed by itself.
#[derive(Debug)]
pub(crate) struct SelfSigned;

impl fmt::Display for SelfSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the certificate is signed by itself")
    }
}

impl StdError for SelfSigned {}

/// The errors below an error, itself first, with those that an [`io::Error`] hides.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| below(*error))
}

fn below<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

/// What a failed exchange says, where it says that nothing was sent; and what else is known of it.
pub(super) fn cause(error: &reqwest::Error, base: &Url) -> Option<(Unsent, Option<String>)> {
    let tls = chain(error).find_map(|cause| cause.downcast_ref::<TlsError>());
    if let Some(tls) = tls
        && let Some(found) = of_tls(tls, error.is_connect())
    {
        tracing::debug!(cause = %tls, "no encryption");
        return Some(found);
    }
    // a head that is wrong further on is an answer, to a request that came
    let is_no_http = |cause: &(dyn StdError + 'static)| {
        let hyper = cause.downcast_ref::<hyper::Error>();
        hyper.is_some_and(|hyper| hyper.is_parse() && hyper.to_string().contains("HTTP version"))
    };
    if base.scheme() == "http" && chain(error).any(is_no_http) {
        return Some((Unsent::NotHttp, None));
    }
    if !error.is_connect() {
        return None;
    }
    if error.is_timeout() {
        return Some((Unsent::ConnectTimeout, None));
    }
    let said: Vec<String> = chain(error).map(ToString::to_string).collect();
    let says = |text: &str| said.iter().any(|said| said.contains(text));
    if says("proxy authorization required") {
        return Some((Unsent::ProxyLogin, None));
    }
    if says("tunnel error: unsuccessful") {
        return Some((Unsent::ProxyRefused, None));
    }
    if says("error resolving for socks proxy") || says("dns error") {
        return Some((Unsent::UnknownHost, None));
    }
    let socks = chain(error).map(|cause| format!("{cause:?}"));
    if let Some(found) = socks.last().and_then(|error| of_socks(&said, &error)) {
        return Some(found);
    }
    let system = chain(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .last();
    let tls_ended = base.scheme() == "https" && says("handshake eof");
    Some(match system.map(io::Error::kind) {
        _ if tls_ended => (Unsent::TlsEnded, None),
        Some(kind) => of_system(kind),
        None => (Unsent::NoConnection, None),
    })
}

/// Whether the server's own name could not be looked up on the way to a proxy.
pub(super) fn is_local_lookup(error: &reqwest::Error) -> bool {
    chain(error).any(|cause| cause.to_string() == "error resolving for socks proxy")
}

/// What an error of the system says, in words for a person where there are any.
fn of_system(kind: io::ErrorKind) -> (Unsent, Option<String>) {
    use io::ErrorKind as Kind;
    let more = match kind {
        Kind::ConnectionRefused => return (Unsent::Refused, None),
        Kind::TimedOut => return (Unsent::ConnectTimeout, None),
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown => {
            "there is no way to it from this network"
        }
        Kind::PermissionDenied => "this machine does not allow it",
        Kind::AddrNotAvailable => "this machine has no address to connect from",
        Kind::ConnectionReset
        | Kind::ConnectionAborted
        | Kind::BrokenPipe
        | Kind::UnexpectedEof => "it ended the connection at once",
        _ => return (Unsent::NoConnection, None),
    };
    (Unsent::NoConnection, Some(more.to_owned()))
}

/// What an error of SOCKS says. It tells nothing of what is below it but in its `Debug`.
fn of_socks(said: &[String], error: &str) -> Option<(Unsent, Option<String>)> {
    said.last()?.strip_prefix("SOCKS error: ")?;
    let has = |text: &str| error.contains(text);
    let kinds = [
        io::ErrorKind::ConnectionRefused,
        io::ErrorKind::TimedOut,
        io::ErrorKind::HostUnreachable,
        io::ErrorKind::NetworkUnreachable,
        io::ErrorKind::PermissionDenied,
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::UnexpectedEof,
    ];
    let kind = kinds
        .into_iter()
        .find(|kind| has(&format!("kind: {kind:?}")));
    Some(if has("Auth(") {
        (Unsent::ProxyLogin, None)
    } else if has("Command(") {
        (Unsent::ProxyRefused, None)
    } else if has("\"dns error\"") {
        (Unsent::UnknownHost, None)
    } else if has("Parsing(") {
        (
            Unsent::NoConnection,
            Some("it does not speak SOCKS".to_owned()),
        )
    } else {
        kind.map_or((Unsent::NoConnection, None), of_system)
    })
}

/// What an error of TLS says; `None` where it does not say that nothing was sent.
fn of_tls(error: &TlsError, connecting: bool) -> Option<(Unsent, Option<String>)> {
    let date = |seconds: u64| {
        let date = DateTime::<Utc>::from_timestamp(i64::try_from(seconds).ok()?, 0)?;
        Some(date.format("%Y-%m-%d").to_string())
    };
    Some(match error {
        TlsError::InvalidCertificate(error) => match error {
            CertificateError::Expired => (Unsent::Expired, None),
            CertificateError::ExpiredContext { not_after, .. } => {
                let day = date(not_after.as_secs());
                (Unsent::Expired, day.map(|day| format!("on {day}")))
            }
            CertificateError::NotValidYet => (Unsent::NotYetValid, None),
            CertificateError::NotValidYetContext { not_before, .. } => {
                let day = date(not_before.as_secs());
                (Unsent::NotYetValid, day.map(|day| format!("from {day} on")))
            }
            CertificateError::NotValidForName => (Unsent::WrongName, None),
            CertificateError::NotValidForNameContext { presented, .. } => {
                (Unsent::WrongName, names(presented))
            }
            CertificateError::Revoked => (Unsent::Revoked, None),
            CertificateError::Other(other) if other.0.is::<SelfSigned>() => {
                (Unsent::SelfSigned, None)
            }
            _ => (Unsent::UnknownAuthority, None),
        },
        TlsError::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied,
        ) => (Unsent::ClientCertificate, None),
        TlsError::InvalidMessage(_) if connecting => (Unsent::NotHttps, None),
        _ if connecting => (Unsent::Tls, None),
        _ => return None,
    })
}

/// The names of a certificate, if they are few enough to be read.
fn names(presented: &[String]) -> Option<String> {
    let names = presented.iter().map(|name| {
        // DnsName("a.example") and IpAddress(127.0.0.1)
        let name = name.split_once('(').map_or(name.as_str(), |(_, name)| name);
        name.trim_end_matches(')').trim_matches('"')
    });
    let names: Vec<_> = names.take(5).collect();
    (!names.is_empty()).then(|| format!("it is for {}", names.join(", ")))
}
