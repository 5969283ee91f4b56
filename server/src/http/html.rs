//! HTML: Django's own short error pages, and JSON that is rewritten as it passes.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::{StreamExt, stream};
use http_body::{Body as _, Frame, SizeHint};

use django::json::Indenter;

/// Marks an answer that has none of the headers of DRF's views: Django's own error pages and redirects.
#[derive(Clone, Copy)]
pub(crate) struct Bare;

/// Marks an answer that has a length, and of which only a part is in memory beside what it is made of.
#[derive(Clone, Copy)]
pub(crate) struct InParts;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// What a browser may do with a page that is only text.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
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

/// Rewrites a compact JSON body with an indent, as `Accept: application/json; indent=4` asks.
pub(crate) async fn indent(response: Response, width: usize) -> Response {
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let body = if (body.size_hint().exact()).is_some_and(|length| length > WHOLE) {
        parts.extensions.insert(InParts);
        counted(body, width).await
    } else {
        rewrite(body, Vec::new(), Vec::new(), width, |text| text).await
    };
    Response::from_parts(parts, body)
}

/// A long body with an indent, which is in memory: how long it becomes is counted first, so that it has a length as Django's,
/// and then it is written in parts.
async fn counted(body: Body, width: usize) -> Body {
    let mut parts = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(Ok(chunk)) = chunks.next().await {
        parts.extend(slices(chunk));
    }
    let (mut indenter, mut out, mut left) = (Indenter::new(width), Vec::new(), 0);
    for part in &parts {
        out.clear();
        indenter.push(part, &mut out);
        left += out.len() as u64;
    }
    let mut indenter = Indenter::new(width);
    let parts = stream::iter(parts).map(move |part| {
        let mut out = Vec::new();
        indenter.push(&part, &mut out);
        Ok::<_, Infallible>(Bytes::from(out))
    });
    let body = Body::from_stream(parts);
    Body::new(Counted { body, left })
}

/// A body of which it is known how much is left.
struct Counted {
    body: Body,
    left: u64,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            let part = frame.data_ref().map_or(0, Bytes::len) as u64;
            self.left = self.left.saturating_sub(part);
        }
        polled
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Up to how many bytes of JSON are rewritten at once; a list of as many is chunked, too.
const WHOLE: u64 = 256 * 1024;
/// How much of more is rewritten at a time.
const SLICE: usize = 64 * 1024;

/// Parts of what is to be rewritten, which grows by it.
fn slices(mut rest: Bytes) -> Vec<Bytes> {
    let mut slices = Vec::with_capacity(rest.len() / SLICE + 1);
    while rest.len() > SLICE {
        slices.push(rest.split_to(SLICE));
    }
    slices.push(rest);
    slices
}

/// A JSON body with an indent and in this dress, between a head and a tail, as it passes: a long list is never held whole.
pub(crate) async fn rewrite(
    body: Body,
    head: Vec<u8>,
    tail: Vec<u8>,
    width: usize,
    mut dress: impl FnMut(Vec<u8>) -> Vec<u8> + Send + 'static,
) -> Body {
    let mut indenter = Indenter::new(width);
    let mut through = move |chunk: &[u8]| {
        let mut out = Vec::new();
        indenter.push(chunk, &mut out);
        dress(out)
    };
    // a short answer whose length is known stays one
    if (body.size_hint().exact()).is_some_and(|length| length <= WHOLE) {
        let mut whole = head;
        let mut chunks = body.into_data_stream();
        while let Some(Ok(chunk)) = chunks.next().await {
            whole.extend(through(&chunk));
        }
        whole.extend(tail);
        return Body::from(whole);
    }
    let chunks = body
        .into_data_stream()
        .flat_map(|chunk| {
            stream::iter(match chunk {
                Ok(chunk) => slices(chunk).into_iter().map(Ok).collect(),
                error => vec![error],
            })
        })
        .map(move |chunk| chunk.map(|chunk| Bytes::from(through(&chunk))));
    let head = stream::iter([Ok(Bytes::from(head))]);
    Body::from_stream(
        head.chain(chunks)
            .chain(stream::iter([Ok(Bytes::from(tail))])),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

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

    #[tokio::test]
    async fn a_long_answer_is_rewritten_in_parts() {
        let text = format!("{{\"content\":\"{}\"}}", "<".repeat(1024 * 1024));
        let body = rewrite(
            text.clone().into(),
            b"[".to_vec(),
            b"]".to_vec(),
            4,
            |text| {
                assert!(text.len() < 2 * SLICE, "{} bytes at once", text.len());
                text
            },
        );
        let body = body.await;
        assert_eq!(body.size_hint().exact(), None);
        let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let mut indented = Vec::new();
        Indenter::new(4).push(text.as_bytes(), &mut indented);
        assert_eq!(whole, [b"[", indented.as_slice(), b"]"].concat());
        // and without a dress it has a length
        let mut body = indent(Response::new(text.into()), 4).await.into_body();
        let (mut seen, mut left) = (0, body.size_hint().exact().unwrap());
        assert_eq!(left, indented.len() as u64);
        while let Some(frame) = body.frame().await {
            let part = frame.unwrap().into_data().unwrap().len();
            assert!(part < 2 * SLICE, "{part} bytes at once");
            (seen, left) = (seen + part, left - part as u64);
            assert_eq!(body.size_hint().exact(), Some(left));
        }
        assert_eq!(seen, indented.len());
    }
}
