//! The page that a browser gets at a URL of the API, for what DRF's browsable API is for: the request, the answer in it with
//! status and headers, and what else can be done here.

use askama::Template;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::Response;

use super::document::shown_path;
use super::frame::{self, Frame, PAGE};
use super::links::Linker;
use crate::app::App;
use crate::http::html;
use crate::routes::route::Route;

/// What stands in the template where the answer's body comes.
const BODY: &str = "<!--body-->";

#[derive(Template)]
#[template(path = "api/page.html")]
struct Page<'p> {
    frame: Frame<'p>,
    name: &'p str,
    description: &'p str,
    method: &'p str,
    /// Path and query.
    asked: String,
    /// The same answer as JSON.
    as_json: String,
    status: StatusCode,
    headers: Vec<(String, String)>,
    calls: Vec<Call<'p>>,
}

/// What can be done at this URL, and where the explorer has it.
struct Call<'p> {
    method: &'p str,
    summary: &'p str,
    url: String,
}

/// Rewrites a JSON answer as a page that shows it, as it passes.
pub(super) async fn show(
    response: Response,
    (routes, route): (&[Route], &Route),
    (method, uri): (&Method, &Uri),
    app: &App,
) -> Response {
    let (mut parts, body) = response.into_parts();
    let settings = app.settings();
    let root = &settings.server.root_path;
    let path = uri.path();
    let key = key(route.path, path);
    let mut page = Page {
        frame: Frame::new(route.name, app, Some(&PAGE)),
        name: route.name,
        description: route.description,
        method: method.as_str(),
        asked: format!("{root}{uri}"),
        as_json: match uri.query() {
            None | Some("") => format!("{root}{path}?format=json"),
            // of two formats the last one counts
            Some(query) => format!("{root}{path}?{query}&format=json"),
        },
        status: parts.status,
        headers: shown(&parts.headers),
        calls: Vec::new(),
    };
    page.frame.crumbs = crumbs(routes, root, path, page.frame.has_docs);
    if page.frame.has_docs {
        page.calls = calls(route, root, key);
    }
    // a template into a text never fails
    let page = page.render().unwrap_or_default();
    let (head, tail) = page.split_once(BODY).unwrap_or((&page, ""));
    let mut linker = Linker::new(item(routes, route, root));
    let body = html::rewrite(body, head.into(), tail.into(), 4, move |text| {
        linker.pass(&text)
    });
    // a page cannot be empty: Django, too, answers a browser's DELETE with 200
    if parts.status == StatusCode::NO_CONTENT {
        parts.status = StatusCode::OK;
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    frame::mark(&mut parts.headers);
    Response::from_parts(parts, body.await)
}

/// The key in a path.
fn key<'p>(route: &str, path: &'p str) -> Option<&'p str> {
    let (before, after) = route.split_once("{pk}")?;
    path.strip_prefix(before)?.strip_suffix(after)
}

/// What stands before the id of one thing, where this URL shows things that have their own.
fn item(routes: &[Route], route: &Route, root: &str) -> Option<String> {
    let list = route
        .path
        .split_once("{pk}")
        .map_or(route.path, |(list, _)| list);
    let instance = format!("{list}{{pk}}/");
    let is_there = routes.iter().any(|route| route.path == instance);
    is_there.then(|| format!("{root}{list}"))
}

/// The headers of an answer, as one writes them.
fn shown(headers: &HeaderMap) -> Vec<(String, String)> {
    let told = headers
        .iter()
        .filter(|(name, _)| **name != header::SET_COOKIE);
    told.map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (frame::written(name.as_str()), value)
    })
    .collect()
}

/// The URLs on the way to a path that answer something.
fn crumbs(routes: &[Route], root: &str, path: &str, has_docs: bool) -> Vec<(String, String)> {
    let first = has_docs.then(|| ("API".to_owned(), format!("{root}/api/")));
    let mut crumbs = Vec::from_iter(first);
    for (at, _) in path.match_indices('/') {
        let part = &path[..=at];
        if let Some(found) = routes.iter().find_map(|route| route.matches(part)) {
            let name = match found.pk {
                Some(pk) => format!("{} {}", found.route.name, pk.0),
                None => found.route.name.to_owned(),
            };
            crumbs.push((name, format!("{root}{part}")));
        }
    }
    crumbs
}

fn calls<'p>(route: &'p Route, root: &str, key: Option<&str>) -> Vec<Call<'p>> {
    let query = key.map_or(String::new(), |key| format!("?id={key}"));
    let told = route
        .methods
        .iter()
        .filter_map(|called| Some((called, called.operation.as_ref()?)));
    told.map(|(called, operation)| Call {
        method: called.method.as_str(),
        summary: operation.summary,
        url: format!("{root}/api/docs/{query}#{}", operation.id),
    })
    .collect()
}

#[derive(Template)]
#[template(path = "api/front.html")]
struct Front<'p> {
    frame: Frame<'p>,
    /// Path, name, methods and, where a browser can open it, the URL.
    urls: Vec<(String, &'p str, String, Option<String>)>,
    has_admin: bool,
}

/// What is here, and what to do first.
pub(super) fn front(routes: &[Route], app: &App) -> String {
    let settings = app.settings();
    let root = &settings.server.root_path;
    let urls = routes.iter().map(|route| {
        let methods: Vec<_> = route
            .methods
            .iter()
            .map(|called| called.method.as_str())
            .collect();
        let is_page = methods.contains(&"GET") && !route.path.contains("{pk}");
        let url = is_page.then(|| format!("{root}{}", route.path));
        (shown_path(route.path), route.name, methods.join(", "), url)
    });
    let front = Front {
        frame: Frame::new("API", app, None),
        urls: urls.collect(),
        has_admin: app.admin().is_some(),
    };
    front.render().unwrap_or_default()
}
