//! The one error of the crate: what happened, what caused it, and what the caller may do next.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;

use crate::api_error::ApiError;
use crate::reason::ExpiredReason;
use crate::store::StoreError;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a call did not succeed.
///
/// [`Error::kind`] says what happened, the predicates say what to do: [`is_transient`](Error::is_transient) (try
/// again), [`needs_login`](Error::needs_login) (log in again). [`Error::hint`] is the next step in one sentence for
/// a person. `Display` is one sentence without the cause; the cause is the `source()`.
///
/// ```
/// # async fn example(client: gatepost_sdk::Client) {
/// match client.profile().await {
///     Ok(user) => println!("{}", user.username),
///     Err(error) if error.is_transient() => println!("{error}; trying again later"),
///     Err(error) if error.needs_login() => println!("{error}; {}", error.hint().unwrap_or_default()),
///     Err(error) => println!("{error}"),
/// }
/// # }
/// ```
///
/// It never holds a password or a token. It is cheap to clone, since one refresh may fail for many callers.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: ErrorKind,
    hint: Option<String>,
    source: Option<Source>,
}

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
    /// The server could not be reached, or the connection broke before its answer was whole. An answer of 5xx is
    /// [`ErrorKind::Api`].
    Network,
    /// The server was silent for longer than the time-out.
    Timeout,
    /// The access token has expired, and the session can't be locked to exchange it: another task or process is
    /// changing it, or nothing can be locked here. Try again.
    Busy {
        /// The other process that holds the lock, where it is known.
        holder: Option<u32>,
    },
    /// The task that was changing the session was ended before it was done: its runtime was shut down. Try again.
    Interrupted,
    /// The store of the session can't be used.
    Store(StoreError),
    /// The server's answer to this path is JSON of another shape than expected.
    Decode {
        /// The path that was asked.
        path: String,
    },
    /// What answers is not this API: a page of HTML, a redirect elsewhere, a captive portal.
    UnexpectedAnswer {
        /// The answer's status.
        status: StatusCode,
    },
    /// The server ignores the `Authorization` header that it was sent.
    AuthScheme,
    /// The access token was refused after a body that can be sent only once was sent; the session is fresh now,
    /// send the request again.
    BodyNotReplayable,
    /// The client was set up or called in a way that can't work.
    Config(String),
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self::with(kind, None, None)
    }

    pub(crate) fn caused(kind: ErrorKind, source: impl Into<Source>) -> Self {
        Self::with(kind, None, Some(source.into()))
    }

    fn with(kind: ErrorKind, hint: Option<String>, source: Option<Source>) -> Self {
        Self(Arc::new(Inner { kind, hint, source }))
    }

    pub(crate) fn api(no: ApiError) -> Self {
        Self::new(ErrorKind::Api(no))
    }

    pub(crate) fn config(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config(what.into()))
    }

    pub(crate) fn expired(reason: ExpiredReason) -> Self {
        Self::new(ErrorKind::SessionExpired(reason))
    }

    /// The same with a hint of its own.
    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        let hint = Some(hint.into());
        match Arc::try_unwrap(self.0) {
            Ok(inner) => Self(Arc::new(Inner { hint, ..inner })),
            Err(shared) => Self::with(shared.kind.clone(), hint, None),
        }
    }

    /// What a failed exchange means.
    pub(crate) fn of_transport(error: reqwest::Error) -> Self {
        let kind = if error.is_builder() {
            ErrorKind::Config("the request can't be built".to_owned())
        } else if error.is_timeout() {
            ErrorKind::Timeout
        } else {
            ErrorKind::Network
        };
        Self::caused(kind, error)
    }

    /// What happened.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The next step in one sentence for a person, where there is one.
    pub fn hint(&self) -> Option<&str> {
        if let Some(hint) = &self.0.hint {
            return Some(hint);
        }
        Some(match &self.0.kind {
            ErrorKind::Api(error) => return error.hint(),
            ErrorKind::NotSignedIn => "log in first",
            ErrorKind::SessionExpired(reason) => reason.hint(),
            ErrorKind::Network => "check the address and the connection, then try again",
            ErrorKind::Timeout => "try again, or allow a longer time-out",
            ErrorKind::Busy { .. } => "the session is being changed; try again in a moment",
            ErrorKind::Interrupted => "try again",
            ErrorKind::Store(error) => return error.hint(),
            ErrorKind::Decode { .. } => {
                "check that the address is that of a Gatepost or Django server of this API"
            }
            ErrorKind::UnexpectedAnswer { .. } => {
                "check the address and its path, and whether the network asks for a sign-in of its own first"
            }
            ErrorKind::AuthScheme => {
                "the server expects another scheme (AUTH_HEADER_TYPES) or header (AUTH_HEADER_NAME); a proxy may also remove the header"
            }
            ErrorKind::BodyNotReplayable => "send the request again",
            ErrorKind::Config(_) => return None,
        })
    }

    /// Whether the same call may succeed later without anyone doing anything: network, time-outs, a held lock, 429
    /// and 5xx.
    pub fn is_transient(&self) -> bool {
        match &self.0.kind {
            ErrorKind::Network
            | ErrorKind::Timeout
            | ErrorKind::Busy { .. }
            | ErrorKind::Interrupted
            | ErrorKind::BodyNotReplayable => true,
            ErrorKind::Store(error) => error.is_transient(),
            ErrorKind::Api(error) => {
                error.status().is_server_error()
                    || error.status() == StatusCode::TOO_MANY_REQUESTS
                    || error.status() == StatusCode::REQUEST_TIMEOUT
            }
            _ => false,
        }
    }

    /// Whether only a new login helps.
    pub fn needs_login(&self) -> bool {
        match &self.0.kind {
            ErrorKind::NotSignedIn | ErrorKind::SessionExpired(_) => true,
            ErrorKind::Api(error) => error.status() == StatusCode::UNAUTHORIZED,
            _ => false,
        }
    }

    /// The status of the server's answer, where it answered.
    pub fn status(&self) -> Option<StatusCode> {
        match &self.0.kind {
            ErrorKind::Api(error) => Some(error.status()),
            ErrorKind::UnexpectedAnswer { status } => Some(*status),
            _ => None,
        }
    }

    /// How long the server asks to wait (`Retry-After`).
    pub fn retry_after(&self) -> Option<Duration> {
        self.no()?.retry_after()
    }

    /// The server's messages about one field of what was sent; nested fields are `outer.inner` and `list.0.inner`.
    pub fn field(&self, name: &str) -> &[String] {
        self.no().map_or(&[], |no| no.field(name))
    }

    /// The server's own name for the request (`X-Request-Id`), for its operator's logs.
    pub fn request_id(&self) -> Option<&str> {
        self.no()?.request_id()
    }

    fn no(&self) -> Option<&ApiError> {
        match &self.0.kind {
            ErrorKind::Api(no) => Some(no),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            ErrorKind::Api(error) => error.fmt(f),
            ErrorKind::NotSignedIn => f.write_str("not signed in"),
            ErrorKind::SessionExpired(reason) => write!(f, "the session has ended: {reason}"),
            ErrorKind::Network => f.write_str("the server could not be reached"),
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
            ErrorKind::UnexpectedAnswer { status } => {
                write!(
                    f,
                    "what answers there is not this API (status {})",
                    status.as_u16()
                )
            }
            ErrorKind::AuthScheme => f.write_str("the server ignores the access token"),
            ErrorKind::BodyNotReplayable => {
                f.write_str("the access token was refused, and the body can't be sent twice")
            }
            ErrorKind::Config(what) => f.write_str(what),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("source", &self.0.source)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::new(ErrorKind::Store(error))
    }
}
