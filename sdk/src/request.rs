//! Any request to the server: attaches the token, answers a refused one by a refresh and one more try, decodes.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api_error::ApiError;
use crate::body::{Body, Kind};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::http;
use crate::session::{Next, Tries};
use crate::token::AccessToken;

/// How many redirects of a GET are followed.
const REDIRECTS: usize = 5;

/// How much of an answer that says no is read.
const ERROR_LIMIT: usize = 1024 * 1024;

/// A request to be sent: made by [`Client::request`].
///
/// It is sent with the session's access token where there is a session. When the token is refused it is refreshed
/// once, by one request however many callers wait, and the request is sent once more.
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    client: Client,
    method: Method,
    url: Url,
    path: String,
    headers: HeaderMap,
    body: Body,
    timeout: Duration,
    access: Access,
    error: Option<Error>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    /// No token is sent.
    Anonymous,
    /// A token is sent where there is a session.
    Optional,
    /// Without a session nothing is sent.
    Required,
}

impl Request {
    pub(crate) fn new(client: Client, method: Method, path: &str) -> Self {
        let http = client.http();
        Self {
            url: http.url(path),
            path: path.split('?').next().unwrap_or_default().to_owned(),
            timeout: http.timeout,
            client,
            method,
            headers: HeaderMap::new(),
            body: Body::empty(),
            access: Access::Optional,
            error: None,
        }
    }

    /// Adds a pair to the query.
    pub fn query(mut self, name: &str, value: &(impl ToString + ?Sized)) -> Self {
        self.url
            .query_pairs_mut()
            .append_pair(name, &value.to_string());
        self
    }

    /// Adds a header. `Authorization` is the session's own and is refused.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(_)) if name == AUTHORIZATION => {
                self.error = Some(
                    Error::config("the Authorization header is the session's own").with_hint(
                        "give the client an access token instead, or send the request anonymously",
                    ),
                );
            }
            (Ok(name), Ok(value)) => {
                self.headers.append(name, value);
            }
            _ => {
                let error = Error::config(format!("{name:?} or its value is no HTTP header"));
                self.error = Some(error);
            }
        }
        self
    }

    /// Sends this as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => {
                self.headers
                    .entry(CONTENT_TYPE)
                    .or_insert(HeaderValue::from_static("application/json"));
                self.body = bytes.into();
            }
            Err(error) => {
                self.error = Some(Error::caused(
                    ErrorKind::Config("the body can't be written as JSON".to_owned()),
                    error,
                ));
            }
        }
        self
    }

    /// Sends this body; set its `Content-Type` with [`Request::header`].
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// How long the server may be silent: until it begins to answer, and between two pieces of its answer.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sends no token.
    pub fn anonymous(mut self) -> Self {
        self.access = Access::Anonymous;
        self
    }

    /// Ends with [`ErrorKind::NotSignedIn`] before anything is sent where there is no session.
    pub fn signed_in(mut self) -> Self {
        self.access = Access::Required;
        self
    }

    /// Sends it and gives the answer, whatever its status.
    ///
    /// # Errors
    /// No answer came ([`ErrorKind::Network`], [`Timeout`](ErrorKind::Timeout)), the session has ended
    /// ([`SessionExpired`](ErrorKind::SessionExpired)), can't be read ([`Store`](ErrorKind::Store)) or refreshed
    /// ([`Busy`](ErrorKind::Busy)), the server ignores the token ([`AuthScheme`](ErrorKind::AuthScheme)), or the body can't
    /// be sent twice ([`BodyNotReplayable`](ErrorKind::BodyNotReplayable)).
    pub async fn send(mut self) -> Result<Response> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let session = self.client.session();
        let mut ticket = match self.access {
            Access::Anonymous => None,
            Access::Optional | Access::Required => {
                session.ticket_for_request(self.body.is_once()).await?
            }
        };
        if ticket.is_none() && self.access == Access::Required {
            return Err(Error::new(ErrorKind::NotSignedIn));
        }
        let mut tries = Tries::default();
        loop {
            let token = ticket.as_ref().map(|ticket| &ticket.token);
            let mut answer = self.exchange(token, &session.scheme()).await?;
            let Some(ticket) = &mut ticket else {
                return Ok(answer);
            };
            if answer.status != StatusCode::UNAUTHORIZED {
                return Ok(answer);
            }
            answer.buffer(ERROR_LIMIT).await?;
            let refusal = answer.refusal();
            let headers = &answer.headers;
            match session
                .refused(ticket, &refusal, headers, &mut tries)
                .await?
            {
                Next::GiveUp => return Ok(answer),
                Next::Again if matches!(self.body.0, Kind::Spent) => {
                    return Err(Error::new(ErrorKind::BodyNotReplayable));
                }
                Next::Again => {}
            }
        }
    }

    /// Sends it and decodes the JSON of an answer that says yes.
    ///
    /// # Errors
    /// Those of [`Request::send`], the server's no ([`ErrorKind::Api`]), and an answer of another shape
    /// ([`Decode`](ErrorKind::Decode), [`UnexpectedAnswer`](ErrorKind::UnexpectedAnswer)).
    pub async fn send_json<T: DeserializeOwned>(self) -> Result<T> {
        self.send().await?.checked().await?.json().await
    }

    /// Sends it and ignores the body of an answer that says yes.
    ///
    /// # Errors
    /// As [`Request::send_json`].
    pub async fn send_empty(self) -> Result<()> {
        self.send().await?.checked().await.map(drop)
    }

    /// One exchange, with the redirects of a GET to the same server.
    async fn exchange(&mut self, token: Option<&AccessToken>, scheme: &str) -> Result<Response> {
        let http = self.client.http().clone();
        let mut url = self.url.clone();
        for _ in 0..=REDIRECTS {
            let body = self
                .body
                .next()
                .ok_or_else(|| Error::new(ErrorKind::BodyNotReplayable))?;
            let mut request = http
                .client
                .request(self.method.clone(), url.clone())
                .headers(self.headers.clone());
            if !matches!(self.body.0, Kind::Empty) {
                request = request.body(body);
            }
            if let Some(token) = token {
                let value = token.header(scheme).ok_or_else(|| {
                    Error::config("the access token has characters that no header can carry")
                })?;
                request = request.header(AUTHORIZATION, value);
            }
            let sent = http.clock.millis();
            let response = within(self.timeout, request.send()).await?;
            self.client.session().note_date(http::skew(
                response.headers(),
                sent,
                http.clock.millis(),
            ));
            tracing::debug!(
                method = %self.method, path = self.path, status = response.status().as_u16(),
                token = ?token, "answered"
            );
            match redirect(&self.method, &url, &response) {
                Some(next) => url = next,
                None => {
                    return Ok(Response::new(
                        response,
                        &self.path,
                        self.timeout,
                        self.access == Access::Optional && token.is_none(),
                    ));
                }
            }
        }
        Err(Error::new(ErrorKind::UnexpectedAnswer {
            status: StatusCode::LOOP_DETECTED,
        }))
    }
}

impl fmt::Debug for Request {
    /// Without headers, query and body: they may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Where a GET is sent on to; `None` also where that is another server, since the token is not for it.
fn redirect(method: &Method, from: &Url, response: &reqwest::Response) -> Option<Url> {
    if !matches!(*method, Method::GET | Method::HEAD) || !response.status().is_redirection() {
        return None;
    }
    let to = response.headers().get(LOCATION)?.to_str().ok()?;
    let to = from.join(to).ok()?;
    (to.origin() == from.origin()).then_some(to)
}

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
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
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
    fn new(
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
        match self.body {
            Incoming::Whole(bytes) => Ok(bytes),
            Incoming::Open(_) => Ok(Bytes::new()),
        }
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
            return Err(Error::caused(
                ErrorKind::NotSignedIn,
                Error::new(ErrorKind::Api(refusal)),
            ));
        }
        Err(Error::new(ErrorKind::Api(refusal)))
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
    fn refusal(&self) -> ApiError {
        let body = match &self.body {
            Incoming::Whole(bytes) => bytes.clone(),
            Incoming::Open(_) => Bytes::new(),
        };
        ApiError::read(self.status, &self.headers, body)
    }

    /// Reads the body, up to a limit; the rest is left.
    async fn buffer(&mut self, limit: usize) -> Result<()> {
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
