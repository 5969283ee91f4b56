//! The body of a request: one that can be sent again, or one that can't.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::TryStream;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// What is sent with a request.
///
/// A request whose access token has expired on the way is sent twice. A body of bytes or of [`Body::replayable`] is
/// sent again whole; with one of [`Body::once`] the access token is refreshed early, and should it be refused all
/// the same, the call ends with [`ErrorKind::BodyNotReplayable`](crate::ErrorKind::BodyNotReplayable). A body is
/// never cut short or sent empty.
#[derive(Default)]
pub struct Body(pub(crate) Kind);

#[derive(Default)]
pub(crate) enum Kind {
    #[default]
    Empty,
    Bytes(Bytes),
    Factory(Arc<dyn Fn() -> reqwest::Body + Send + Sync>),
    Once(reqwest::Body),
    /// A body of `Once` that was sent.
    Spent,
}

impl Body {
    /// No body.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A stream that can be made again, for example by opening a file again.
    pub fn replayable<S>(make: impl Fn() -> S + Send + Sync + 'static) -> Self
    where
        S: TryStream + Send + 'static,
        S::Error: Into<Source>,
        Bytes: From<S::Ok>,
    {
        Self(Kind::Factory(Arc::new(move || {
            reqwest::Body::wrap_stream(make())
        })))
    }

    /// A stream that there is only once, for example standard input.
    pub fn once<S>(stream: S) -> Self
    where
        S: TryStream + Send + 'static,
        S::Error: Into<Source>,
        Bytes: From<S::Ok>,
    {
        Self(Kind::Once(reqwest::Body::wrap_stream(stream)))
    }

    /// Whether it can be sent only once.
    pub fn is_once(&self) -> bool {
        matches!(self.0, Kind::Once(_) | Kind::Spent)
    }

    /// What to send now; `None` once it is spent.
    pub(crate) fn next(&mut self) -> Option<reqwest::Body> {
        match std::mem::take(&mut self.0) {
            Kind::Once(body) => {
                self.0 = Kind::Spent;
                Some(body)
            }
            Kind::Spent => {
                self.0 = Kind::Spent;
                None
            }
            kind => {
                self.0 = kind;
                Some(match &self.0 {
                    Kind::Bytes(bytes) => bytes.clone().into(),
                    Kind::Factory(make) => make(),
                    Kind::Empty | Kind::Once(_) | Kind::Spent => reqwest::Body::default(),
                })
            }
        }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Kind::Bytes(bytes.into()))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self(Kind::Bytes(Bytes::from_static(text.as_bytes())))
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Kind::Bytes(bytes))
    }
}

impl fmt::Debug for Body {
    /// The kind and the length, never the content: it may be a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Empty => f.write_str("Body(empty)"),
            Kind::Bytes(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Kind::Factory(_) => f.write_str("Body(replayable)"),
            Kind::Once(_) | Kind::Spent => f.write_str("Body(once)"),
        }
    }
}
