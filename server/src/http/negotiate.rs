//! How an answer is to be written, by a request's headers and query: DRF's negotiation in front of `django::negotiation`.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};

use django::charset::{self, Charset};
use django::form::parse_form;
use django::media::MediaType;
use django::negotiation::{Renderer, RendererError, choose_renderer};

use super::error::Error;

/// DRF's content negotiation: `?format=` and `Accept`.
pub(crate) fn negotiate(headers: &HeaderMap, query: Option<&str>) -> Result<Renderer, Error> {
    let format = match query {
        None => None,
        Some(query) => {
            // Django reads the query in the charset of the body
            let content_type = headers.get(header::CONTENT_TYPE).map(latin1);
            let media_type = MediaType::parse(&content_type.unwrap_or_default());
            let charset = charset::lookup(media_type.charset()).unwrap_or(Charset::Utf8);
            let pairs = parse_form(query.as_bytes(), charset)
                .map_err(|_| Error::Page(StatusCode::BAD_REQUEST))?;
            pairs
                .into_iter()
                .rev()
                .find(|(name, _)| name == "format")
                .map(|(_, value)| value)
        }
    };
    let mut values = headers.get_all(header::ACCEPT).iter().map(latin1);
    let accept = values.next().map(|first| {
        // repeated headers are one, joined by a comma
        values.fold(first, |joined, more| joined + "," + &more)
    });
    choose_renderer(accept.as_deref(), format.as_deref()).map_err(|error| match error {
        RendererError::UnknownFormat => Error::not_found(),
        RendererError::NotAcceptable => Error::not_acceptable(),
    })
}

/// A header as Python reads it.
fn latin1(value: &HeaderValue) -> String {
    charset::latin1(value.as_bytes())
}
