//! The form of an answer and its headers.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::Response;
use django::negotiation::Renderer;

use super::route::Route;
use crate::app::App;
use crate::auth;
use crate::docs::Docs;
use crate::http::headers::finish_bare;
use crate::http::{etag, held, html};

/// Gives an answer its form and the reference's headers in the reference's order.
pub(super) async fn finish(
    (app, docs): (&App, &Docs),
    mut response: Response,
    route: &Route,
    (renderer, asked): (Renderer, Option<&Uri>),
    method: &Method,
) -> Response {
    auth::add_challenge(&mut response, &app.settings().simple_jwt);
    let tell = |headers: &mut HeaderMap, vary| {
        headers.insert(header::VARY, HeaderValue::from_static(vary));
        headers.insert(header::ALLOW, route.allow.clone());
    };
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value == "application/json");
    let (is_safe, intake) = (method.is_safe(), app.intake());
    if !matches!(renderer, Renderer::Json { indent: None }) {
        // what is rewritten is in memory while that is done
        response = held::in_room(response, is_safe, intake).await;
    }
    response = match (renderer, asked) {
        (Renderer::Html, Some(asked)) => {
            // the page is no version of what it shows, and shows these headers
            response.headers_mut().remove(header::ETAG);
            tell(response.headers_mut(), "Accept");
            let page = docs.show(response, route, (method, asked));
            Box::pin(page).await
        }
        (
            Renderer::Json {
                indent: Some(width),
            },
            _,
        ) if is_json => {
            response = Box::pin(html::indent(response, usize::from(width))).await;
            etag::mark_indented(response.headers_mut(), width);
            response
        }
        _ => response,
    };
    let mut response = held::in_room(response, is_safe, intake).await;
    let headers = response.headers_mut();
    let is_page = renderer == Renderer::Html;
    tell(headers, if is_page { "Accept, Cookie" } else { "Accept" });
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

/// HEAD: the headers of GET, its length included where that is known, and no other length where it is not.
pub(super) fn without_body(response: Response) -> Response {
    use http_body::Body as _;
    let Some(length) = response.body().size_hint().exact() else {
        return response.map(|_| html::without_length(Body::empty()));
    };
    let mut response = response.map(|_| Body::empty());
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
}

/// An answer beside the API, with Django's headers.
pub(super) fn finish_page(
    response: Response,
    method: &Method,
    hsts: Option<&HeaderValue>,
) -> Response {
    let response = finish_bare(response, hsts);
    if *method == Method::HEAD {
        without_body(response)
    } else {
        response
    }
}
