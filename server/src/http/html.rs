//! HTML: Django's own short error pages, and the page a browser gets in place of JSON.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::{StreamExt, stream};
use http_body::Body as _;

use django::json::Indenter;

/// Marks an answer that has none of the headers of DRF's views: Django's own error pages and redirects.
#[derive(Clone, Copy)]
pub(crate) struct Bare;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// How the page of an answer looks.
const STYLE: &str = "
:root { color-scheme: light dark; font-family: system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
pre { overflow-x: auto; padding: 1rem; border: 1px solid; border-radius: .3rem }
";

/// What a browser may do with a page of ours: show it, with that style, known by its SHA-256.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'sha256-gBACJtFgIllhXCcF/YXL//aZ652Jo1R259NYjFJK6W8='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The headers of a page.
pub(crate) fn mark_as_page(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_TYPE, HTML);
    headers.insert(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
}

/// The page of `django.views.defaults` for this status, byte for byte.
pub(crate) fn django(status: StatusCode) -> Response {
    let (title, text) = match status {
        StatusCode::NOT_FOUND => (
            "Not Found",
            "The requested resource was not found on this server.",
        ),
        StatusCode::BAD_REQUEST => ("Bad Request (400)", ""),
        StatusCode::URI_TOO_LONG => ("URI Too Long (414)", ""),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            ("Request Header Fields Too Large (431)", "")
        }
        StatusCode::NOT_IMPLEMENTED => ("Not Implemented (501)", ""),
        _ => ("Server Error (500)", ""),
    };
    let page = format!(
        "\n<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>{title}</title>\n</head>\n<body>\n  <h1>{title}</h1><p>{text}</p>\n</body>\n</html>\n"
    );
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = status;
    mark_as_page(response.headers_mut());
    response.extensions_mut().insert(Bare);
    response
}

/// A body that does not say how long it is, for answers to which Django gives no length.
pub(crate) fn without_length(body: Body) -> Body {
    Body::from_stream(body.into_data_stream())
}

/// Rewrites a JSON answer as a page that shows it, as it passes: a long list is never held whole.
pub(crate) async fn show(response: Response, heading: &str, allow: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    // a page cannot be empty: Django, too, answers a browser's DELETE with 200
    if parts.status == StatusCode::NO_CONTENT {
        parts.status = StatusCode::OK;
    }
    let status = parts.status;
    let title = format!("{heading} – Gatepost");
    let head = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{heading}</h1>\n<p>HTTP {status} · allowed: {allow} · <a href=\"?format=json\">as JSON</a></p>\n<pre>"
    );
    let body = rewrite(
        body,
        head.into_bytes(),
        b"</pre>\n</body>\n</html>\n",
        4,
        escape,
    )
    .await;
    parts.headers.remove(header::CONTENT_LENGTH);
    mark_as_page(&mut parts.headers);
    Response::from_parts(parts, body)
}

/// Rewrites a compact JSON body with an indent, as `Accept: application/json; indent=4` asks.
pub(crate) async fn indent(response: Response, width: usize) -> Response {
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let body = rewrite(body, Vec::new(), b"", width, |bytes| bytes).await;
    Response::from_parts(parts, body)
}

async fn rewrite(
    body: Body,
    head: Vec<u8>,
    tail: &'static [u8],
    width: usize,
    dress: fn(Vec<u8>) -> Vec<u8>,
) -> Body {
    let mut indenter = Indenter::new(width);
    let mut through = move |chunk: &[u8]| {
        let mut out = Vec::new();
        indenter.push(chunk, &mut out);
        dress(out)
    };
    // an answer whose length is known stays one
    if body.size_hint().exact().is_some() {
        let mut whole = head;
        let mut chunks = body.into_data_stream();
        while let Some(Ok(chunk)) = chunks.next().await {
            whole.extend(through(&chunk));
        }
        whole.extend_from_slice(tail);
        return Body::from(whole);
    }
    let chunks = body
        .into_data_stream()
        .map(move |chunk| chunk.map(|chunk| Bytes::from(through(&chunk))));
    let head = stream::iter([Ok(Bytes::from(head))]);
    Body::from_stream(
        head.chain(chunks)
            .chain(stream::iter([Ok(Bytes::from_static(tail))])),
    )
}

fn escape(bytes: Vec<u8>) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            byte => out.push(byte),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn django_s_pages_have_django_s_length() {
        for (status, length) in [
            (StatusCode::NOT_FOUND, 179),
            (StatusCode::BAD_REQUEST, 143),
            (StatusCode::INTERNAL_SERVER_ERROR, 145),
        ] {
            assert_eq!(django(status).into_body().size_hint().exact(), Some(length));
        }
    }

    #[test]
    fn the_style_is_the_one_that_may_be_used() {
        use base64::{Engine as _, prelude::BASE64_STANDARD};
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, STYLE.as_bytes());
        let source = format!("'sha256-{}'", BASE64_STANDARD.encode(hash));
        let policy = CONTENT_SECURITY_POLICY;
        assert!(policy.to_str().unwrap().contains(&source), "{source}");
    }

    #[tokio::test]
    async fn a_page_shows_data_and_runs_none_of_it() {
        let response = Response::new(Body::from(r#"{"title":"<script>alert(1)</script>"}"#));
        let page = show(response, "Post Instance", "GET").await.into_body();
        let bytes = axum::body::to_bytes(page, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(
            text.contains("{\n    \"title\": \"&lt;script&gt;alert(1)&lt;/script&gt;\"\n}"),
            "{text}"
        );
    }
}
