//! The way of every request of Django's URLs, in the reference's order: host, route, negotiate, authenticate,
//! permit, method, handler; then the form and the headers of the answer.

use std::borrow::Cow;
use std::convert::Infallible;
use std::future::ready;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use django::negotiation::Renderer;

use super::find::{ADMIN, Found, find};
use super::finish::{finish, finish_page, without_body};
use super::health::{LIVE, READY};
use super::jwks::JWKS;
use super::malformed::malformed;
use super::route::{Access, Match, Route};
use crate::admin;
use crate::app::App;
use crate::auth::{self, Caller};
use crate::docs::Docs;
use crate::http::answer::json;
use crate::http::client::{Client, Peer, Scheme};
use crate::http::cors::Sharing;
use crate::http::error::Error;
use crate::http::etag::{self, Condition};
use crate::http::headers::{finish_bare, finish_security, refused_host};
use crate::http::host;
use crate::http::html::{self, Bare};
use crate::http::log::{self, Seen};
use crate::http::metadata;
use crate::http::negotiate::negotiate;
use crate::http::page::{Page, Place};
use crate::http::path::{self, Pk};

/// Every URL; cheap to clone. The binary serves it as it is: on the way through axum's router a request would be boxed
/// three times more.
#[derive(Clone)]
pub(crate) struct Service {
    pub(super) app: App,
    pub(super) routes: Arc<Vec<Route>>,
    pub(super) docs: Docs,
    pub(super) probes: Router,
    /// Whether there are public keys, which `probes` shows.
    pub(super) publishes: bool,
    /// Who is at the other end of the connection; nobody where a host's listener may say it.
    pub(super) peer: Peer,
    /// Whether the connection is encrypted here.
    pub(super) is_tls: bool,
    /// What is said of that.
    pub(super) hsts: Option<HeaderValue>,
}

impl tower_service::Service<Request> for Service {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let request = path::below(&self.app.settings().server.root_path, request);
        let path = request.uri().path();
        if [LIVE, READY].contains(&path) || self.publishes && path == JWKS {
            let has_peer = peer(self.peer, &request) != Peer::Nobody;
            return match malformed(&self.app, &request, has_peer) {
                None => Box::pin(self.probes.call(request)),
                Some(refusal) => {
                    let hsts = self.hsts.as_ref().filter(|_| self.is_tls);
                    Box::pin(ready(Ok(finish_bare(refusal.into_response(), hsts))))
                }
            };
        }
        let service = self.clone();
        Box::pin(async move { Ok(service.respond(request).await) })
    }
}

impl Service {
    /// The same for the requests of one connection.
    pub(crate) fn to(&self, peer: Option<SocketAddr>, is_tls: bool) -> Self {
        Self {
            peer: peer.map_or(Peer::Unix, |peer| Peer::At(peer.ip())),
            is_tls,
            ..self.clone()
        }
    }

    /// Answers a request, wherever it comes from.
    pub(super) async fn ask(mut self, request: Request) -> Response {
        let answered = tower_service::Service::call(&mut self, request).await;
        answered.unwrap_or_else(|never| match never {})
    }

    /// Answers one request of Django's URLs, and logs it.
    async fn respond(self, request: Request) -> Response {
        let (method, begun) = (method_name(request.method()), Instant::now());
        let path = path::decode(request.uri().path());
        let has_admin = self.app.admin().is_some();
        let found = find((&self.routes, &self.docs), has_admin, &path, &request);
        let sharing = sharing(&self.app, &path, &request);
        let is_preflight = sharing.as_ref().is_some_and(|sharing| sharing.is_preflight);
        let name = match &found {
            Found::Route(found) => Cow::Borrowed(found.route.path),
            Found::Admin => Cow::Borrowed(ADMIN),
            Found::Docs(place) => Cow::Borrowed(place.name()),
            Found::WithSlash(_) | Found::Nothing => log::shown(request.uri().path()).into(),
        };
        let label = match &found {
            Found::Route(found) => found.route.path,
            Found::Admin => ADMIN,
            Found::Docs(place) => place.name(),
            Found::WithSlash(_) | Found::Nothing => "none",
        };
        let peer = peer(self.peer, &request);
        let settings = self.app.settings();
        let trusted = &settings.server.trusted_proxies;
        self.app.peers().note(peer, request.headers(), trusted);
        let mut client = Client::of(request.headers(), peer, trusted);
        if self.is_tls {
            client.scheme.get_or_insert(Scheme::Https);
        }
        let intake = self.app.intake();
        let known = (&client, intake, page(&self.app, &path, &client, &request));
        let response = log::logged(
            self.app.request_ids(),
            request,
            known,
            &name,
            async |request| {
                if is_preflight {
                    return Sharing::preflight();
                }
                let has_peer = peer != Peer::Nobody;
                // pinned where it stands, for a future that is handed over is kept twice
                let leading = pin!(self.lead(found, has_peer, &client, request));
                let answered = tokio::time::timeout(intake.request_time, leading).await;
                answered.unwrap_or_else(|_| late().into_response())
            },
        );
        let response = response.await;
        if let Some(metrics) = self.app.metrics() {
            metrics.answered(label, method, response.status().as_u16(), begun.elapsed());
        }
        shared(response, sharing)
    }

    /// Leads a request to its route, and gives the answer its form.
    async fn lead(
        &self,
        found: Found<'_>,
        has_peer: bool,
        client: &Client,
        request: Request,
    ) -> Response {
        let app = &self.app;
        let server = &app.settings().server;
        let hsts = self.hsts.as_ref();
        let hsts = hsts.filter(|_| self.is_tls || client.scheme == Some(Scheme::Https));
        if let Some(refusal) = malformed(app, &request, has_peer) {
            return finish_bare(refusal.into_response(), hsts);
        }
        let host = client.host.as_deref();
        if !host::is_allowed(request.headers(), request.uri(), host, server) {
            return refused_host(hsts);
        }
        let method = request.method().clone();
        let Match { route, pk } = match found {
            Found::Route(found) => found,
            Found::Admin => {
                let answer = Box::pin(admin::answer(app, request, client)).await;
                return finish_page(answer, &method, hsts);
            }
            Found::Docs(place) => {
                return finish_page(self.docs.answer(place, &request), &method, hsts);
            }
            Found::WithSlash(path) => {
                let redirect = path::redirect(&server.root_path, &path, request.uri().query());
                return finish_bare(redirect, hsts);
            }
            Found::Nothing => return finish_bare(html::django(StatusCode::NOT_FOUND), hsts),
        };
        let mut asked = None;
        let known = (method.is_safe())
            .then(|| Condition::of(request.headers(), header::IF_NONE_MATCH))
            .flatten();
        let (renderer, answered) = match negotiate(request.headers(), request.uri().query()) {
            Ok(renderer) => {
                asked = (renderer == Renderer::Html).then(|| request.uri().clone());
                (renderer, call(route, app, request, pk).await)
            }
            Err(error) => (Renderer::Json { indent: None }, Err(error)),
        };
        let response = answered.unwrap_or_else(IntoResponse::into_response);
        if response.extensions().get::<Bare>().is_some() {
            return finish_bare(response, hsts);
        }
        let form = (renderer, asked.as_ref());
        let known_here = (app, &self.docs);
        let mut response = finish(known_here, response, route, form, &method).await;
        response = etag::unless_known(known.as_ref(), response);
        finish_security(response.headers_mut(), hsts);
        if method == Method::HEAD {
            without_body(response)
        } else {
            response
        }
    }
}

/// Who is at the other end of the connection, where a host's listener may say it.
fn peer(known: Peer, request: &Request) -> Peer {
    match (known, request.extensions().get()) {
        (Peer::Nobody, Some(ConnectInfo::<SocketAddr>(peer))) => Peer::At(peer.ip()),
        (peer, _) => peer,
    }
}

/// The name of a method that a route may have.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// From which page a request comes; nobody asks where there are no cookies.
fn page(app: &App, path: &str, client: &Client, request: &Request) -> Page {
    let is_admin = app.admin().is_some() && path.starts_with(ADMIN);
    if !is_admin && !app.settings().cookies.is_on() {
        return Page::Untold;
    }
    let asked = host::asked(request.headers(), request.uri());
    let place = Place {
        host: client.host.as_deref().or(asked.host()),
        scheme: client.scheme,
    };
    Page::of(request.headers(), &place, |origin| {
        let cors = app.cors();
        !is_admin && cors.is_some_and(|cors| cors.allows_cookies(path, origin))
    })
}

/// What browsers are told of pages of other origins, where any may use the service.
fn sharing(app: &App, path: &str, request: &Request) -> Option<Sharing> {
    app.cors()?.of(request.method(), path, request.headers())
}

fn shared(mut response: Response, sharing: Option<Sharing>) -> Response {
    if let Some(sharing) = sharing {
        sharing.add_to(response.headers_mut());
    }
    response
}

/// A probe's way: pages of other origins may ask it too.
pub(super) async fn probe(State(app): State<App>, request: Request, next: Next) -> Response {
    let sharing = sharing(&app, request.uri().path(), &request);
    let response = match &sharing {
        Some(sharing) if sharing.is_preflight => Sharing::preflight(),
        _ => next.run(request).await,
    };
    shared(response, sharing)
}

/// 503: an answer takes more time than it may.
#[track_caller]
fn late() -> Error {
    Error::overloaded("the answer took longer than limits.request_time")
}

/// Authenticates, permits, finds the method, and runs its handler.
async fn call(
    route: &Route,
    app: &App,
    mut request: Request,
    pk: Option<Pk>,
) -> Result<Response, Error> {
    let claim = match route.access {
        Access::Open => None,
        Access::Anyone | Access::SignedIn => auth::claimed(app, request.headers()).await?,
    };
    if route.access == Access::SignedIn && claim.is_none() {
        return Err(Error::not_authenticated());
    }
    let is_read = route.get_reads && matches!(*request.method(), Method::GET | Method::HEAD);
    let caller = match claim {
        None => None,
        Some(claim) => Some(claim.caller(app, is_read).await?),
    };
    if request.method() == Method::OPTIONS {
        return Box::pin(options(route, app, caller, pk)).await;
    }
    let Some(endpoint) = route.endpoint(request.method()) else {
        return Err(Error::method_not_allowed(request.method().as_str()));
    };
    let seen = caller.as_ref().and_then(Caller::id).map(Seen);
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    if let Some(pk) = pk {
        request.extensions_mut().insert(pk);
    }
    let mut response = endpoint(request, app.clone()).await;
    if let Some(seen) = seen.filter(|_| response.status() != StatusCode::UNAUTHORIZED) {
        response.extensions_mut().insert(seen);
    }
    Ok(response)
}

async fn options(
    route: &Route,
    app: &App,
    caller: Option<Caller>,
    pk: Option<Pk>,
) -> Result<Response, Error> {
    let shown = match (route.actions_if, caller, pk) {
        (Some(condition), Some(caller), Some(pk)) => condition(app.clone(), caller, pk).await?,
        _ => true,
    };
    // DRF shows the fields of POST and PUT, never PATCH's
    let actions: Vec<_> = route
        .methods
        .iter()
        .filter(|called| shown && matches!(called.method, Method::POST | Method::PUT))
        .filter_map(|called| Some((called.method.clone(), called.fields?)))
        .collect();
    Ok(json(
        StatusCode::OK,
        metadata::document(route.name, route.description, &actions),
    ))
}
