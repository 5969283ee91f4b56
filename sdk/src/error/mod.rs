//! The one error of the crate: what happened, what caused it, and what the caller may do next.

mod kind;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{StatusCode, Url};

pub use self::kind::ErrorKind;
use crate::api_error::ApiError;
use crate::reason::ExpiredReason;
use crate::store::StoreError;
use crate::unreachable::Unreachable;

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
    /// The request itself was sent: the failure is not that of a refresh before it.
    sent: bool,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self::with(kind, None, None)
    }

    pub(crate) fn caused(kind: ErrorKind, source: impl Into<Source>) -> Self {
        Self::with(kind, None, Some(source.into()))
    }

    fn with(kind: ErrorKind, hint: Option<String>, source: Option<Source>) -> Self {
        Self(Arc::new(Inner {
            kind,
            hint,
            source,
            sent: false,
        }))
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
        self.with_inner(|inner| inner.hint = hint)
    }

    /// The same of a request that was sent itself.
    pub(crate) fn after_sending(self) -> Self {
        self.with_inner(|inner| inner.sent = true)
    }

    fn with_inner(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::try_unwrap(self.0).unwrap_or_else(|shared| Inner {
            kind: shared.kind.clone(),
            hint: shared.hint.clone(),
            // a cause can't be cloned: its words can
            source: shared.source.as_ref().map(|cause| cause.to_string().into()),
            sent: shared.sent,
        });
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// Nothing was sent, for this reason.
    pub(crate) fn unreachable(why: Unreachable) -> Self {
        let hint = why.hint();
        Self::new(ErrorKind::Unreachable(why)).with_hint(hint)
    }

    /// What a broken exchange means.
    pub(crate) fn of_transport(error: reqwest::Error) -> Self {
        let kind = if error.is_builder() {
            ErrorKind::Config("the request can't be built".to_owned())
        } else if error.is_timeout() {
            ErrorKind::Timeout
        } else {
            ErrorKind::Network
        };
        // a URL may hold a secret in its query
        Self::caused(kind, error.without_url())
    }

    /// What an answer means that this API does not give.
    pub(crate) fn foreign(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let location = headers.get(LOCATION).and_then(|to| to.to_str().ok());
        if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
            let location = location.unwrap_or_default();
            // the query may hold a secret, as those of a single sign-on do
            let target = location.split(['?', '#']).next().unwrap_or_default();
            return Self::new(ErrorKind::Redirected {
                status,
                target: without_user(target),
            });
        }
        Self::new(ErrorKind::UnexpectedAnswer {
            status,
            page: title(body),
        })
    }

    /// What happened.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The next step in one sentence for a person, where there is one.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref().or_else(|| self.0.kind.hint())
    }

    /// Whether the same call may succeed later without anyone doing anything: network, time-outs, a held lock, 429
    /// and 5xx.
    pub fn is_transient(&self) -> bool {
        match &self.0.kind {
            ErrorKind::Unreachable(unreachable) => unreachable.is_transient(),
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

    /// Whether the request was sent, and it is not known whether the server carried it out: the connection broke, the
    /// server was silent, or something between says that it did not answer. Nothing that was never sent counts, nor
    /// a refresh that failed before the request.
    pub fn may_have_been_done(&self) -> bool {
        self.0.sent
            && match &self.0.kind {
                ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Decode { .. } => true,
                ErrorKind::Api(error) => matches!(error.status().as_u16(), 500 | 502 | 504),
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
            ErrorKind::UnexpectedAnswer { status, .. } | ErrorKind::Redirected { status, .. } => {
                Some(*status)
            }
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
        self.0.kind.fmt(f)
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

/// The title of a page, for people.
fn title(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&body[..body.len().min(16 * 1024)]);
    let lower = text.to_ascii_lowercase();
    let begin = lower.find("<title")?;
    let begin = begin + lower[begin..].find('>')? + 1;
    let end = begin + lower[begin..].find("</title")?;
    let words: Vec<_> = text[begin..end].split_whitespace().collect();
    let title: String = words
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .take(80)
        .collect();
    (!title.is_empty()).then_some(title)
}

/// An address without a name and password.
fn without_user(address: &str) -> String {
    match Url::parse(address) {
        Ok(mut url) if !url.username().is_empty() || url.password().is_some() => {
            // an address with a user has a host, so that both can be taken away
            let _ = url.set_username("").and_then(|()| url.set_password(None));
            url.into()
        }
        _ => address.to_owned(),
    }
}
