//! What happened, and what that is called.

use std::fmt;

use reqwest::StatusCode;

use crate::api_error::ApiError;
use crate::reason::ExpiredReason;
use crate::store::StoreError;
use crate::unreachable::Unreachable;

/// What happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The server understood and said no.
    Api(ApiError),
    /// There is no session: log in.
    NotSignedIn,
    /// The session has ended, for this reason: log in again.
    SessionExpired(ExpiredReason),
    /// Nothing was sent: the connection was refused, the name is not known, no encryption could be agreed, a proxy
    /// is dead.
    Unreachable(Unreachable),
    /// The connection broke after the request was sent and before the answer was whole: it may have been carried
    /// out or not. An answer of 5xx is [`ErrorKind::Api`].
    Network,
    /// The server was silent for longer than the time-out.
    Timeout,
    /// The access token has expired, and the session can't be locked to exchange it: another task or process is
    /// changing it. Try again.
    #[non_exhaustive]
    Busy {
        /// The other process that holds the lock, where it is known.
        holder: Option<u32>,
    },
    /// The task that was changing the session was ended before it was done: its runtime was shut down. Try again.
    Interrupted,
    /// The store of the session can't be used.
    Store(StoreError),
    /// The server's answer to this path is JSON of another shape than expected.
    #[non_exhaustive]
    Decode {
        /// The path that was asked.
        path: String,
    },
    /// The server sends elsewhere.
    #[non_exhaustive]
    Redirected {
        /// The answer's status.
        status: StatusCode,
        /// Where to, without a query; empty where the answer does not say.
        target: String,
    },
    /// What answers is not this API: a page of HTML, a captive portal, a status that says nothing about the request.
    #[non_exhaustive]
    UnexpectedAnswer {
        /// The answer's status.
        status: StatusCode,
        /// The title of the page that answered in place of the API.
        page: Option<String>,
    },
    /// The server ignores the `Authorization` header that it was sent.
    AuthScheme,
    /// The access token was refused after a body that can be sent only once was sent; the session is fresh now,
    /// send the request again.
    BodyNotReplayable,
    /// The server does not have this: it is plain Django, or a Gatepost without its extensions.
    #[non_exhaustive]
    Unsupported {
        /// What it does not have, as in "this server has no …".
        what: &'static str,
    },
    /// The client was set up or called in a way that can't work.
    Config(String),
}

impl ErrorKind {
    /// The next step that is always the same.
    pub fn hint(&self) -> Option<&str> {
        Some(match self {
            ErrorKind::Api(error) => return error.hint(),
            ErrorKind::NotSignedIn => "log in first",
            ErrorKind::SessionExpired(reason) => reason.hint(),
            ErrorKind::Network => "check the connection, then try again",
            ErrorKind::Timeout => "try again, or allow a longer time-out",
            ErrorKind::Busy { .. } => "the session is being changed; try again in a moment",
            ErrorKind::Interrupted => "try again",
            ErrorKind::Store(error) => return error.hint(),
            ErrorKind::Decode { .. } => {
                "check that the address is that of a Gatepost or Django server of this API"
            }
            ErrorKind::Redirected { target, status } if target.is_empty() && *status == 300 => {
                "ask for one of those that it offers"
            }
            ErrorKind::Redirected { target, .. } if target.is_empty() => {
                "ask whoever runs this server: such an answer names in its header Location where to go"
            }
            ErrorKind::Redirected { .. } => {
                "if the server has moved there, use that as its address; if it is a page to sign in at, sign in there first"
            }
            ErrorKind::UnexpectedAnswer { .. } => {
                "check the address and its path, and whether the network asks for a sign-in of its own first"
            }
            ErrorKind::AuthScheme => {
                "the server expects another scheme (AUTH_HEADER_TYPES) or header (AUTH_HEADER_NAME); a proxy may also remove the header"
            }
            ErrorKind::BodyNotReplayable => "send the request again",
            ErrorKind::Unsupported { .. } => {
                "Gatepost has it, unless server.extensions is false; ask whoever runs this server"
            }
            // the first is made with a hint of its own
            ErrorKind::Unreachable(_) | ErrorKind::Config(_) => return None,
        })
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErrorKind::Api(error) => error.fmt(f),
            ErrorKind::NotSignedIn => f.write_str("not signed in"),
            ErrorKind::SessionExpired(reason) => write!(f, "the session has ended: {reason}"),
            ErrorKind::Unreachable(unreachable) => unreachable.fmt(f),
            ErrorKind::Network => f.write_str("the connection broke before the whole answer came"),
            ErrorKind::Timeout => f.write_str("the server did not answer in time"),
            ErrorKind::Busy { holder: Some(pid) } => {
                write!(f, "the session is in use by process {pid}")
            }
            ErrorKind::Busy { holder: None } => {
                f.write_str("the session can't be locked at the moment")
            }
            ErrorKind::Interrupted => {
                f.write_str("the change of the session was broken off before it was done")
            }
            ErrorKind::Store(error) => error.fmt(f),
            ErrorKind::Decode { path } => write!(f, "the answer to {path} is not as expected"),
            ErrorKind::Redirected { status, target } if target.is_empty() => {
                let status = status.as_u16();
                let name = match status {
                    300 => "offers several answers and chooses none",
                    _ => "sends elsewhere, and does not say where to",
                };
                write!(f, "the server {name} (status {status})")
            }
            ErrorKind::Redirected { status, target } => {
                let status = status.as_u16();
                write!(f, "the server sends elsewhere: {target} (status {status})")
            }
            ErrorKind::UnexpectedAnswer { status, page } => {
                let status = status.as_u16();
                match page {
                    Some(title) => write!(
                        f,
                        "a web page answers in place of the API: \u{201c}{title}\u{201d} (status {status})"
                    ),
                    None => write!(f, "what answers there is not this API (status {status})"),
                }
            }
            ErrorKind::AuthScheme => f.write_str("the server ignores the access token"),
            ErrorKind::BodyNotReplayable => {
                f.write_str("the access token was refused, and the body can't be sent twice")
            }
            ErrorKind::Unsupported { what } => write!(f, "this server has no {what}"),
            ErrorKind::Config(what) => f.write_str(what),
        }
    }
}
