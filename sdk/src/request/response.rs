//! What the server answered: its status, its headers, and its body as it comes, whole, or decoded.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{StatusCode, Version};
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::api_error::ApiError;
use crate::error::{Error, ErrorKind, Result};
use crate::inner::Inner;

/// How much of an answer that says no is read.
pub(super) const ERROR_LIMIT: usize = 1024 * 1024;

/// What an exchange gives, if the server is not silent for so long.
async fn within<T>(
    limit: Duration,
    exchange: impl Future<Output = reqwest::Result<T>>,
) -> Result<T> {
    match tokio::time::timeout(limit, exchange).await {
        Ok(result) => result.map_err(Error::of_transport),
        Err(_) => Err(Error::new(ErrorKind::Timeout)),
    }
    .map_err(Error::after_sending)
}

/// What the server answered.
pub struct Response {
    client: Arc<Inner>,
    status: StatusCode,
    version: Version,
    headers: HeaderMap,
    path: String,
    /// It was asked for without a token, since there is no session.
    lacks_token: bool,
    timeout: Duration,
    /// What was read of the body and put back.
    read: Bytes,
    body: Incoming,
}

enum Incoming {
    Whole(Bytes),
    Open(reqwest::Response),
}

impl Response {
    pub(super) fn new(
        mut response: reqwest::Response,
        client: &Arc<Inner>,
        path: &str,
        timeout: Duration,
        lacks_token: bool,
    ) -> Self {
        Self {
            client: client.clone(),
            status: response.status(),
            version: response.version(),
            headers: std::mem::take(response.headers_mut()),
            path: path.to_owned(),
            lacks_token,
            timeout,
            read: Bytes::new(),
            body: Incoming::Open(response),
        }
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The version of HTTP that it came by.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Its headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The next piece of its body; `None` at the end.
    ///
    /// # Errors
    /// The connection broke or the server fell silent: what came so far is not the whole.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        if !self.read.is_empty() {
            return Ok(Some(std::mem::take(&mut self.read)));
        }
        match &mut self.body {
            Incoming::Whole(bytes) if bytes.is_empty() => Ok(None),
            Incoming::Whole(bytes) => Ok(Some(std::mem::take(bytes))),
            Incoming::Open(response) => within(self.timeout, response.chunk()).await,
        }
    }

    /// Its whole body.
    ///
    /// # Errors
    /// As [`Response::chunk`].
    pub async fn bytes(mut self) -> Result<Bytes> {
        self.buffer(usize::MAX).await?;
        Ok(self.whole())
    }

    /// Its body decoded from JSON; an answer without a body (204) is `null`.
    ///
    /// # Errors
    /// As [`Response::chunk`]; [`ErrorKind::Decode`] for JSON of another shape, [`ErrorKind::UnexpectedAnswer`] for what
    /// is none, such as a page of HTML.
    pub async fn json<T: DeserializeOwned>(mut self) -> Result<T> {
        self.buffer(usize::MAX).await?;
        let bytes = match self.whole() {
            _ if self.is_page() => return Err(self.foreign()),
            _ if self.has_no_body() => Bytes::from_static(b"null"),
            bytes => bytes,
        };
        serde_json::from_slice(&bytes).map_err(|error| {
            if !self.says_json() && serde_json::from_slice::<IgnoredAny>(&bytes).is_err() {
                return self.foreign();
            }
            let path = self.path.clone();
            Error::caused(ErrorKind::Decode { path }, error).after_sending()
        })
    }

    /// Ends with an error where the answer is none of an API, and reads nothing else out of it.
    pub(super) async fn ignored(mut self) -> Result<()> {
        if self.has_no_body() {
            return Ok(());
        }
        self.buffer(ERROR_LIMIT).await?;
        let bytes = self.whole();
        let is_api = !self.is_page()
            && (bytes.is_empty()
                || self.says_json()
                || serde_json::from_slice::<IgnoredAny>(&bytes).is_ok());
        if is_api { Ok(()) } else { Err(self.foreign()) }
    }

    /// Ends with an error where the answer is another one than 204, which says that it was done.
    pub(crate) async fn no_content(mut self) -> Result<()> {
        if self.status == StatusCode::NO_CONTENT {
            return Ok(());
        }
        self.buffer(ERROR_LIMIT).await?;
        Err(self.foreign())
    }

    /// This answer where it says yes (2xx), and the server's no as an error.
    ///
    /// # Errors
    /// [`ErrorKind::Api`]; [`ErrorKind::NotSignedIn`] for a 401 to a request without a token;
    /// [`ErrorKind::Redirected`]; [`ErrorKind::UnexpectedAnswer`] for a page of HTML that no Django API answers with;
    /// [`ErrorKind::Unreachable`] where a port of https, or a proxy, was asked in the wrong way.
    pub async fn checked(mut self) -> Result<Self> {
        if self.status.is_success() {
            return Ok(self);
        }
        self.buffer(ERROR_LIMIT).await?;
        let (status, http) = (self.status, &self.client.transport.http);
        if let Some(error) = http.misdirected(status, &self.whole()) {
            return Err(error);
        }
        // Django itself answers 400 and 5xx with pages; 511 is a captive portal's
        let is_foreign = !status.is_client_error() && !status.is_server_error()
            || status == StatusCode::NETWORK_AUTHENTICATION_REQUIRED
            || self.is_page() && status.is_client_error() && status != StatusCode::BAD_REQUEST;
        if is_foreign {
            return Err(self.foreign());
        }
        let refusal = self.refusal();
        if status == StatusCode::UNAUTHORIZED && self.lacks_token && refusal.code().is_none() {
            return Err(Error::caused(ErrorKind::NotSignedIn, Error::api(refusal)));
        }
        Err(Error::api(refusal).after_sending())
    }

    /// An answer that is none of this API; what was read of its body says more.
    fn foreign(&self) -> Error {
        let error = Error::foreign(self.status, &self.headers, &self.whole());
        let target = match error.kind() {
            ErrorKind::Redirected { target, .. } => target,
            // what it says is kept, for a program that shows any answer
            kind if self.status.is_client_error() || self.status.is_server_error() => {
                return Error::caused(kind.clone(), Error::api(self.refusal()));
            }
            _ => return error,
        };
        let base = &self.client.transport.http.base;
        let host = base.host_str().unwrap_or_default();
        let to = base.join(&self.path).and_then(|asked| asked.join(target));
        let to = to.as_ref().map_or("", |to| to.path());
        let hint = if to.ends_with(&format!("{}/", self.path)) {
            format!("write the path with its final slash: {}/", self.path)
        } else if base.scheme() == "http" && target.starts_with(&format!("https://{host}")) {
            "the server is at https://: write its address so".to_owned()
        } else {
            return error;
        };
        error.with_hint(hint)
    }

    fn has_no_body(&self) -> bool {
        matches!(
            self.status,
            StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT
        )
    }

    /// Whether it is named as JSON.
    fn says_json(&self) -> bool {
        let kind = self
            .headers
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok());
        let kind = kind
            .and_then(|kind| kind.split(';').next())
            .unwrap_or_default();
        let kind = kind.trim().to_ascii_lowercase();
        kind == "application/json" || kind.ends_with("+json")
    }

    /// Puts what was read of the body before the rest.
    pub(crate) fn put_back(&mut self, bytes: BytesMut) {
        self.read = bytes.freeze();
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Whether it is a web page, by its name or by what was read of it.
    pub(crate) fn is_page(&self) -> bool {
        let kind = self.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        let is_html = |kind: &[u8]| {
            let kind = kind.to_ascii_lowercase();
            kind.starts_with(b"text/html") || kind.starts_with(b"application/xhtml")
        };
        kind.is_some_and(is_html) || self.whole().trim_ascii_start().starts_with(b"<")
    }

    /// The answer read as a refusal; its body must be whole.
    pub(super) fn refusal(&self) -> ApiError {
        ApiError::read(self.status, &self.headers, self.whole())
    }

    fn whole(&self) -> Bytes {
        match &self.body {
            Incoming::Whole(bytes) => bytes.clone(),
            Incoming::Open(_) => Bytes::new(),
        }
    }

    /// Reads the body, up to a limit; the rest is left.
    pub(super) async fn buffer(&mut self, limit: usize) -> Result<()> {
        let mut whole = BytesMut::new();
        while whole.len() < limit
            && let Some(piece) = self.chunk().await?
        {
            whole.extend_from_slice(&piece);
        }
        self.body = Incoming::Whole(whole.freeze());
        Ok(())
    }
}

impl fmt::Debug for Response {
    /// Without headers and body: they may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
