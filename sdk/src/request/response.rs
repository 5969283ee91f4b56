//! What the server answered: its status, its headers, and its body as it comes, whole, or decoded.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::de::DeserializeOwned;

use crate::api_error::ApiError;
use crate::error::{Error, ErrorKind, Result};

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
}

/// What the server answered.
pub struct Response {
    status: StatusCode,
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
        path: &str,
        timeout: Duration,
        lacks_token: bool,
    ) -> Self {
        Self {
            status: response.status(),
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

    /// Its body decoded from JSON.
    ///
    /// # Errors
    /// As [`Response::chunk`]; [`ErrorKind::Decode`] for JSON of another shape, [`ErrorKind::UnexpectedAnswer`] for a page of
    /// HTML.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T> {
        let (status, path, is_page) = (self.status, self.path.clone(), self.is_page());
        if is_page {
            return Err(Error::new(ErrorKind::UnexpectedAnswer { status }));
        }
        let bytes = self.bytes().await?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Error::caused(ErrorKind::Decode { path }, error))
    }

    /// This answer where it says yes (2xx), and the server's no as an error.
    ///
    /// # Errors
    /// [`ErrorKind::Api`]; [`ErrorKind::NotSignedIn`] for a 401 to a request without a token;
    /// [`ErrorKind::UnexpectedAnswer`] for a redirect or a page of HTML that no Django API answers with.
    pub async fn checked(mut self) -> Result<Self> {
        if self.status.is_success() {
            return Ok(self);
        }
        self.buffer(ERROR_LIMIT).await?;
        let refusal = self.refusal();
        let status = self.status;
        // Django itself answers 400 and 5xx with pages
        let is_foreign = status.is_redirection()
            || self.is_page() && status.is_client_error() && status != StatusCode::BAD_REQUEST;
        if is_foreign {
            return Err(Error::new(ErrorKind::UnexpectedAnswer { status }));
        }
        if status == StatusCode::UNAUTHORIZED && self.lacks_token && refusal.code().is_none() {
            return Err(Error::caused(ErrorKind::NotSignedIn, Error::api(refusal)));
        }
        Err(Error::api(refusal))
    }

    /// Puts what was read of the body before the rest.
    pub(crate) fn put_back(&mut self, bytes: BytesMut) {
        self.read = bytes.freeze();
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    fn is_page(&self) -> bool {
        let kind = self.headers.get(CONTENT_TYPE);
        kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
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
