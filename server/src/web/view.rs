//! What happens to every request of Django's URLs before and after its handler, in the reference's order:
//! route, negotiate, authenticate, permit, method; then the headers and the form of the answer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::auth::{self, CurrentUser};
use super::error::{Bare, Error};
use super::fields::Serializer;
use super::headers::{finish_bare, finish_security, refused_host};
use super::log::Seen;
use super::media::Renderer;
use super::negotiate::negotiate;
use super::path::{self, Pk};
use super::{host, metadata, page};
use crate::app::App;
use crate::settings::SimpleJwt;

type Answer<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Endpoint = Arc<dyn Fn(Request, App) -> Answer<Response> + Send + Sync>;
type Condition = fn(App, CurrentUser, Pk) -> Answer<Result<bool, Error>>;

/// Who may call an endpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody; the `Authorization` header is never looked at.
    Open,
    /// Everybody, but a bad token is refused.
    Anyone,
    /// Whoever is signed in.
    SignedIn,
}

/// One URL: Django's path with its final slash, `{pk}` for a key.
pub(crate) struct Route {
    pub(crate) path: &'static str,
    name: &'static str,
    description: &'static str,
    access: Access,
    methods: Vec<(Method, Endpoint, Option<&'static Serializer>)>,
    actions_if: Option<Condition>,
    allow: HeaderValue,
}

/// The order in which Django lists methods.
const ORDER: [Method; 7] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::HEAD,
    Method::OPTIONS,
];

impl Route {
    pub(crate) fn new(path: &'static str, name: &'static str, access: Access) -> Self {
        let route = Self {
            path,
            name,
            description: "",
            access,
            methods: Vec::new(),
            actions_if: None,
            allow: HeaderValue::from_static(""),
        };
        route.with_allow()
    }

    /// What OPTIONS says of it.
    pub(crate) fn describe(self, description: &'static str) -> Self {
        Self {
            description,
            ..self
        }
    }

    /// A method without a body.
    pub(crate) fn on<T: 'static>(self, method: Method, handler: impl Handler<T, App>) -> Self {
        self.with(method, handler, None)
    }

    /// A method that takes these fields.
    pub(crate) fn taking<T: 'static>(
        self,
        method: Method,
        serializer: &'static Serializer,
        handler: impl Handler<T, App>,
    ) -> Self {
        self.with(method, handler, Some(serializer))
    }

    /// OPTIONS shows the fields only where this holds.
    pub(crate) fn actions_if(self, condition: Condition) -> Self {
        Self {
            actions_if: Some(condition),
            ..self
        }
    }

    fn with<T: 'static>(
        mut self,
        method: Method,
        handler: impl Handler<T, App>,
        serializer: Option<&'static Serializer>,
    ) -> Self {
        let endpoint: Endpoint =
            Arc::new(move |request, app| Box::pin(handler.clone().call(request, app)));
        self.methods.push((method, endpoint, serializer));
        self.with_allow()
    }

    fn with_allow(mut self) -> Self {
        let names: Vec<_> = ORDER
            .iter()
            .filter(|method| self.has(method))
            .map(Method::as_str)
            .collect();
        self.allow = HeaderValue::try_from(names.join(", ")).expect("names of methods are ASCII");
        self
    }

    fn has(&self, method: &Method) -> bool {
        *method == Method::OPTIONS || self.endpoint(method).is_some()
    }

    /// The handler of a method; HEAD is GET without its body.
    fn endpoint(&self, method: &Method) -> Option<&Endpoint> {
        let method = if *method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        self.methods
            .iter()
            .find(|(known, ..)| known == method)
            .map(|(_, endpoint, _)| endpoint)
    }

    async fn answer(
        &self,
        app: &App,
        mut request: Request,
        pk: Option<Pk>,
    ) -> Result<Response, Error> {
        let user = match self.access {
            Access::Open => None,
            Access::Anyone | Access::SignedIn => auth::authenticate(app, request.headers()).await?,
        };
        if self.access == Access::SignedIn && user.is_none() {
            return Err(Error::not_authenticated());
        }
        if request.method() == Method::OPTIONS {
            return self.options(app, user, pk).await;
        }
        let Some(endpoint) = self.endpoint(request.method()) else {
            return Err(Error::method_not_allowed(request.method().as_str()));
        };
        let seen = user.as_ref().map(|user| Seen(user.0.id));
        if let Some(user) = user {
            request.extensions_mut().insert(user);
        }
        if let Some(pk) = pk {
            request.extensions_mut().insert(pk);
        }
        let mut response = endpoint(request, app.clone()).await;
        if let Some(seen) = seen {
            response.extensions_mut().insert(seen);
        }
        Ok(response)
    }

    async fn options(
        &self,
        app: &App,
        user: Option<CurrentUser>,
        pk: Option<Pk>,
    ) -> Result<Response, Error> {
        let shown = match (self.actions_if, user, pk) {
            (Some(condition), Some(user), Some(pk)) => condition(app.clone(), user, pk).await?,
            _ => true,
        };
        // DRF shows the fields of POST and PUT, never PATCH's
        let actions: Vec<_> = self
            .methods
            .iter()
            .filter(|(method, ..)| shown && (*method == Method::POST || *method == Method::PUT))
            .filter_map(|(method, _, serializer)| Some((method.clone(), (*serializer)?)))
            .collect();
        Ok(json(
            StatusCode::OK,
            metadata::document(self.name, self.description, &actions),
        ))
    }
}

/// An answer of compact JSON.
pub(crate) fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

/// Answers one request of Django's URLs.
pub(crate) async fn respond(app: &App, routes: &[Route], request: Request) -> Response {
    if !host::is_allowed(request.headers(), request.uri(), &app.settings().server) {
        return refused_host();
    }
    let path = path::decode(request.uri().path());
    let Some((route, pk)) = path::find(routes, &path) else {
        let with_slash = format!("{path}/");
        let mut response = if !path.ends_with('/') && path::find(routes, &with_slash).is_some() {
            path::redirect(&with_slash, request.uri().query())
        } else {
            page::django(StatusCode::NOT_FOUND)
        };
        finish_bare(&mut response);
        return response;
    };
    let head = request.method() == Method::HEAD;
    let jwt = &app.settings().simple_jwt;
    let renderer = match negotiate(request.headers(), request.uri().query()) {
        Ok(renderer) => renderer,
        Err(error) => {
            return finish(
                error.into_response(),
                route,
                Renderer::Json { indent: None },
                jwt,
                head,
            )
            .await;
        }
    };
    let response = route
        .answer(app, request, pk)
        .await
        .unwrap_or_else(IntoResponse::into_response);
    finish(response, route, renderer, jwt, head).await
}

/// Gives an answer its form and the reference's headers in the reference's order.
async fn finish(
    response: Response,
    route: &Route,
    renderer: Renderer,
    jwt: &SimpleJwt,
    head: bool,
) -> Response {
    if response.extensions().get::<Bare>().is_some() {
        let mut response = response;
        finish_bare(&mut response);
        return response;
    }
    let html = renderer == Renderer::Html;
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value == "application/json");
    let mut response = match renderer {
        Renderer::Html => {
            page::show(
                response,
                route.name,
                route.allow.to_str().unwrap_or_default(),
            )
            .await
        }
        Renderer::Json {
            indent: Some(width),
        } if is_json => page::indent(response, usize::from(width)).await,
        Renderer::Json { .. } => response,
    };
    auth::add_challenge(&mut response, jwt);
    let headers = response.headers_mut();
    headers.insert(
        header::VARY,
        HeaderValue::from_static(if html { "Accept, Cookie" } else { "Accept" }),
    );
    headers.insert(header::ALLOW, route.allow.clone());
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    finish_security(headers);
    if head {
        without_body(response)
    } else {
        response
    }
}

/// HEAD: the headers of GET, its length included where that is known, and no other length where it is not.
fn without_body(response: Response) -> Response {
    use http_body::Body as _;
    let Some(length) = response.body().size_hint().exact() else {
        return response.map(|_| page::without_length(Body::empty()));
    };
    let mut response = response.map(|_| Body::empty());
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
}
