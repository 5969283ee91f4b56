//! What tells of the API: its document, `/api/schema/`; the explorer, `/api/docs/`; the page of each URL for browsers; and a
//! first page at `/` and `/api/`.

mod document;
mod explorer;
mod formats;
mod frame;
mod links;
mod page;
mod refusals;
mod schemas;
mod yaml;

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use django::negotiation::Renderer;

use self::formats::Format;
use crate::app::App;
use crate::http::asset::{Asset, fnv};
use crate::http::error::Error;
use crate::http::negotiate::negotiate;
use crate::routes::route::Route;

const SCHEMA: &str = "/api/schema/";
const EXPLORER: &str = "/api/docs/";

/// What tells of the routes of a service; made when it is asked for first.
#[derive(Clone)]
pub(crate) struct Docs(Arc<Inner>);

struct Inner {
    app: App,
    routes: Arc<Vec<Route>>,
    json: OnceLock<String>,
    yaml: OnceLock<String>,
    explorer: OnceLock<String>,
    front: OnceLock<String>,
}

/// What a path leads to.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Schema,
    Explorer,
    /// A file of the pages.
    File(&'static Asset),
    /// The first page.
    Front,
}

/// Whether refusals of this status have a shape in the document.
#[cfg(test)]
pub(crate) fn is_shared(status: u16) -> bool {
    refusals::name(status).is_some()
}

impl Place {
    /// What the log and the metrics call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Schema => SCHEMA,
            Self::Explorer => EXPLORER,
            Self::File(_) => "/api/docs/static/",
            Self::Front => "/api/",
        }
    }
}

impl Docs {
    pub(crate) fn of(app: App, routes: Arc<Vec<Route>>) -> Self {
        Self(Arc::new(Inner {
            app,
            routes,
            json: OnceLock::new(),
            yaml: OnceLock::new(),
            explorer: OnceLock::new(),
            front: OnceLock::new(),
        }))
    }

    /// What a path leads to that no route has. The first page is for browsers alone: others get what Django answers.
    pub(crate) fn find(&self, path: &str, headers: &HeaderMap, uri: &Uri) -> Option<Place> {
        if !path.starts_with("/api/") && path != "/" {
            return None;
        }
        // the pages of the API need them in any case
        if let Some(file) = frame::file(path) {
            return Some(Place::File(file));
        }
        let server = &self.0.app.settings().server;
        let is_browser = || matches!(negotiate(headers, uri.query()), Ok(Renderer::Html));
        match path {
            _ if !server.has_docs() => None,
            SCHEMA => Some(Place::Schema),
            EXPLORER => Some(Place::Explorer),
            "/" | "/api/" if is_browser() => Some(Place::Front),
            _ => None,
        }
    }

    pub(crate) fn answer(&self, place: Place, request: &Request) -> Response {
        if ![Method::GET, Method::HEAD].contains(request.method()) {
            let refused = Error::method_not_allowed(request.method().as_str());
            let mut response = refused.into_response();
            let allow = HeaderValue::from_static("GET, HEAD");
            response.headers_mut().insert(header::ALLOW, allow);
            return response;
        }
        let Inner { app, routes, .. } = &*self.0;
        match place {
            Place::Schema => match Format::of(request) {
                Ok(format) => self.schema(&format, request),
                Err(error) => error.into_response(),
            },
            Place::Explorer => {
                let page = self
                    .0
                    .explorer
                    .get_or_init(|| explorer::explorer(routes, app));
                frame::page(page.clone())
            }
            Place::File(file) => file.answer(),
            Place::Front => {
                let page = self.0.front.get_or_init(|| page::front(routes, app));
                frame::page(page.clone())
            }
        }
    }

    /// The page that shows a browser what a URL answers.
    pub(crate) async fn show(
        &self,
        response: Response,
        route: &Route,
        asked: (&Method, &Uri),
    ) -> Response {
        let Inner { app, routes, .. } = &*self.0;
        page::show(response, (routes, route), asked, app).await
    }

    /// The document, unless the client has it.
    fn schema(&self, format: &Format, request: &Request) -> Response {
        let text = if format.is_yaml {
            self.yaml()
        } else {
            self.json()
        };
        let version = format!("\"{:016x}\"", fnv(text.as_bytes()));
        let known = request.headers().get(header::IF_NONE_MATCH);
        let is_known = known.is_some_and(|known| known.as_bytes() == version.as_bytes());
        let mut response = if is_known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let kind = HeaderValue::from_static(format.content_type);
            ([(header::CONTENT_TYPE, kind)], text.to_owned()).into_response()
        };
        let headers = response.headers_mut();
        headers.insert(header::VARY, HeaderValue::from_static("Accept"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Ok(version) = HeaderValue::try_from(version) {
            headers.insert(header::ETAG, version);
        }
        response
    }

    /// The document, in JSON for people too.
    fn json(&self) -> &str {
        self.0.json.get_or_init(|| {
            // a value of JSON can always be written
            serde_json::to_string_pretty(&self.document()).unwrap_or_default() + "\n"
        })
    }

    fn yaml(&self) -> &str {
        self.0.yaml.get_or_init(|| yaml::yaml(&self.document()))
    }

    fn document(&self) -> serde_json::Value {
        document::document(&self.0.routes, self.0.app.settings())
    }
}
