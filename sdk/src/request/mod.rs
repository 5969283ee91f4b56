//! Any request to the server: `auth.rs` attaches the token, `response.rs` is what comes back.

mod again;
mod auth;
mod response;
mod silence;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::again::Again;
use self::auth::{Next, Ticket};
use self::response::ERROR_LIMIT;
pub use self::response::Response;
use self::silence::Silence;
use crate::body::{Body, Kind};
use crate::clock::Skew;
use crate::error::{Error, ErrorKind, Result};
use crate::inner::Inner;
use crate::multipart::Multipart;

/// How many redirects of a GET are followed.
const REDIRECTS: usize = 5;

/// A request to be sent: made by [`Client::request`](crate::Client::request).
///
/// It is sent with the session's access token where there is a session. When the token is refused it is refreshed
/// once, by one request however many callers wait, and the request is sent once more.
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    client: Arc<Inner>,
    method: Method,
    url: Url,
    path: String,
    headers: HeaderMap,
    body: Body,
    timeout: Duration,
    retries: u32,
    /// Whether the server knows it again by its key.
    has_key: bool,
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
    pub(crate) fn new(client: Arc<Inner>, method: Method, path: &str) -> Self {
        let http = &client.transport.http;
        Self {
            url: http.url(path),
            path: path.split('?').next().unwrap_or_default().to_owned(),
            timeout: http.timeout,
            retries: http.retries,
            client,
            method,
            headers: HeaderMap::new(),
            has_key: false,
            body: Body::empty(),
            access: Access::Optional,
            error: None,
        }
    }

    /// Adds to the query: a struct, a map, or pairs such as `&[("limit", 10)]`. A list is a name several times, `None`
    /// is left out.
    pub fn query(mut self, query: &(impl Serialize + ?Sized)) -> Self {
        match serde_html_form::to_string(query) {
            Ok(more) if more.is_empty() => {}
            Ok(more) => {
                let query = match self.url.query().filter(|query| !query.is_empty()) {
                    Some(query) => format!("{query}&{more}"),
                    None => more,
                };
                self.url.set_query(Some(&query));
            }
            Err(error) => self.fail_to_write("query", error),
        }
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
            (Ok(name), Ok(mut value)) => {
                // it may be a secret, so no log shows it
                value.set_sensitive(true);
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
            Ok(bytes) => self.with("application/json", bytes),
            Err(error) => {
                self.fail_to_write("body", error);
                self
            }
        }
    }

    /// Sends this as a form: a struct, a map, or pairs.
    pub fn form<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        match serde_html_form::to_string(value) {
            Ok(text) => self.with("application/x-www-form-urlencoded", text),
            Err(error) => {
                self.fail_to_write("form", error);
                self
            }
        }
    }

    /// Sends a form with files.
    pub fn multipart(mut self, form: Multipart) -> Self {
        match form.written() {
            Ok((kind, body)) => {
                self.headers.remove(CONTENT_TYPE);
                self.with(&kind, body)
            }
            Err(error) => {
                self.error = Some(error);
                self
            }
        }
    }

    fn with(mut self, kind: &str, body: impl Into<Body>) -> Self {
        if let Ok(kind) = HeaderValue::from_str(kind) {
            self.headers.entry(CONTENT_TYPE).or_insert(kind);
        }
        self.body = body.into();
        self
    }

    fn fail_to_write(&mut self, what: &str, error: impl std::error::Error + Send + Sync + 'static) {
        let kind = ErrorKind::Config(format!("the {what} can't be written down"));
        self.error = Some(Error::caused(kind, error));
    }

    /// Sends this body; set its `Content-Type` with [`Request::header`].
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// How long the server may be silent: until it begins to answer, and between two pieces of its answer. While it
    /// takes the body it is not silent.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often this is sent again where that does no harm: see [`ClientBuilder::retries`](crate::ClientBuilder::retries).
    pub fn retries(mut self, times: u32) -> Self {
        self.retries = times;
        self
    }

    /// Says that the server knows this request again by its key, so that a lost answer can be asked for again.
    pub(crate) fn known_by_key(mut self) -> Self {
        self.has_key = true;
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
        let mut again = Again::of(&self.method, &self.body, self.retries, self.has_key);
        loop {
            let outcome = self.attempt().await;
            match again.after(&outcome) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return outcome,
            }
        }
    }

    /// Sends it, and once more with another token where the first is refused.
    async fn attempt(&mut self) -> Result<Response> {
        let mut ticket = match self.access {
            Access::Anonymous => None,
            Access::Optional | Access::Required => {
                Ticket::of(&self.client, self.body.is_once()).await?
            }
        };
        if ticket.is_none() && self.access == Access::Required {
            return Err(Error::new(ErrorKind::NotSignedIn));
        }
        let mut first = None;
        loop {
            let mut response = self.exchange(ticket.as_ref()).await?;
            let Some(ticket) = &mut ticket else {
                return Ok(response);
            };
            if response.status() != StatusCode::UNAUTHORIZED {
                ticket.taken();
                return Ok(response);
            }
            response.buffer(ERROR_LIMIT).await?;
            let refusal = response.refusal();
            match ticket.refused(&refusal, response.headers()).await? {
                Next::Again => {}
                Next::Try => first = Some(response),
                Next::Answer => return Ok(response),
                Next::First => return Ok(first.unwrap_or(response)),
            }
            if matches!(self.body.0, Kind::Spent) {
                ticket.gives_up();
                return Err(Error::new(ErrorKind::BodyNotReplayable));
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

    /// Sends it and ignores what an answer that says yes holds: nothing, or JSON. Anything else, such as the page of a
    /// captive portal, is no answer of an API.
    ///
    /// # Errors
    /// As [`Request::send_json`].
    pub async fn send_empty(self) -> Result<()> {
        self.send().await?.checked().await?.ignored().await
    }

    /// One exchange, with the redirects of a GET to the same server.
    async fn exchange(&mut self, ticket: Option<&Ticket>) -> Result<Response> {
        let http = &self.client.transport.http;
        let mut url = self.url.clone();
        let mut redirects = 0;
        loop {
            let body = self
                .body
                .next()
                .ok_or_else(|| Error::new(ErrorKind::BodyNotReplayable))?;
            let silence = Silence::from_now(self.timeout);
            let mut request = http
                .client
                .request(self.method.clone(), url.clone())
                .headers(self.headers.clone());
            if !matches!(self.body.0, Kind::Empty) {
                request = request.body(silence.broken_by(body));
            }
            if let Some(ticket) = ticket {
                let value = ticket.token.header(&ticket.scheme).ok_or_else(|| {
                    Error::config("the access token has characters that no header can carry")
                })?;
                request = request.header(AUTHORIZATION, value);
            }
            let sent = http.clock.millis();
            let response = match silence.until(request.send()).await {
                Some(answer) => answer.map_err(|error| http.failed(error)),
                None => Err(Error::new(ErrorKind::Timeout)),
            };
            let response = response.map_err(Error::after_sending)?;
            let skew = Skew::of(response.headers(), sent, http.clock.millis());
            self.client.note_date(skew);
            tracing::debug!(
                method = %self.method, path = self.path, status = response.status().as_u16(),
                token = ?ticket.map(|ticket| &ticket.token), "answered"
            );
            match redirect(&self.method, &url, &response) {
                Some(_) if redirects == REDIRECTS => {
                    let error = Error::foreign(response.status(), response.headers(), b"");
                    return Err(error.with_hint(
                        "it redirects again and again: check the address, and tell the server's operator",
                    ));
                }
                Some(next) => {
                    redirects += 1;
                    url = next;
                }
                None => {
                    return Ok(Response::new(
                        response,
                        &self.client,
                        &self.path,
                        self.timeout,
                        self.access == Access::Optional && ticket.is_none(),
                    ));
                }
            }
        }
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
