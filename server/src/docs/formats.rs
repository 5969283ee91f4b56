//! In which form the document is wanted: `?format=`, then `Accept`. JSON where nothing is said, as everywhere here.

use axum::extract::Request;
use axum::http::header;
use django::charset::Charset;
use django::form::parse_form;

use crate::http::error::Error;

/// A form of the document.
pub(super) struct Format {
    pub(super) content_type: &'static str,
    pub(super) is_yaml: bool,
}

/// The media types that are offered; of a wildcard the first. A browser is shown JSON.
const OFFERED: [(&str, Format); 7] = [
    ("application/json", JSON),
    (
        "application/vnd.oai.openapi+json",
        json("application/vnd.oai.openapi+json"),
    ),
    ("application/yaml", YAML),
    (
        "application/vnd.oai.openapi",
        yaml("application/vnd.oai.openapi"),
    ),
    ("application/x-yaml", YAML),
    ("text/yaml", YAML),
    ("text/html", JSON),
];

const JSON: Format = json("application/json");
const YAML: Format = yaml("application/yaml");

const fn json(content_type: &'static str) -> Format {
    Format {
        content_type,
        is_yaml: false,
    }
}

const fn yaml(content_type: &'static str) -> Format {
    Format {
        content_type,
        is_yaml: true,
    }
}

impl Format {
    /// What a request asks for.
    ///
    /// # Errors
    /// DRF's: 404 for a format that there is not, 406 for an `Accept` that takes none.
    pub(super) fn of(request: &Request) -> Result<Self, Error> {
        let query = request.uri().query().unwrap_or_default();
        let pairs = parse_form(query.as_bytes(), Charset::Utf8).unwrap_or_default();
        let format = pairs.iter().rev().find(|(name, _)| name == "format");
        match format.map_or("", |(_, value)| value) {
            "" => {}
            "json" | "openapi-json" => return Ok(JSON),
            "yaml" | "openapi" => return Ok(YAML),
            _ => return Err(Error::not_found()),
        }
        let values = request.headers().get_all(header::ACCEPT).iter();
        let values: Vec<_> = values.filter_map(|value| value.to_str().ok()).collect();
        if values.is_empty() {
            return Ok(JSON);
        }
        accepted(&values.join(",")).ok_or_else(Error::not_acceptable)
    }
}

/// The first that is offered of those that are liked best.
fn accepted(accept: &str) -> Option<Format> {
    let mut ranges: Vec<_> = accept.split(',').map(range).collect();
    // stable: of those that are liked alike the first
    ranges.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let wanted = ranges.into_iter().filter(|(_, liked)| *liked > 0.0);
    wanted.into_iter().find_map(|(range, _)| {
        let fits = |kind: &str| match range.as_str() {
            "*/*" => true,
            "application/*" | "text/*" => kind.starts_with(range.trim_end_matches('*')),
            range => range == kind,
        };
        OFFERED
            .into_iter()
            .find_map(|(kind, format)| fits(kind).then_some(format))
    })
}

/// A range of media types, and how much it is liked.
fn range(text: &str) -> (String, f32) {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().unwrap_or_default().to_ascii_lowercase();
    let liked = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok());
    (range, liked.unwrap_or(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_liked_best_is_given() {
        for (accept, kind) in [
            ("*/*", Some("application/json")),
            ("application/*", Some("application/json")),
            ("application/yaml", Some("application/yaml")),
            ("text/*", Some("application/yaml")),
            (
                "application/json;q=0.5, application/yaml",
                Some("application/yaml"),
            ),
            ("application/yaml;q=0, */*;q=0.1", Some("application/json")),
            (
                "Application/Vnd.Oai.OpenApi+Json",
                Some("application/vnd.oai.openapi+json"),
            ),
            (
                "application/vnd.oai.openapi;version=3.1",
                Some("application/vnd.oai.openapi"),
            ),
            (
                "text/html,application/xhtml+xml,*/*;q=0.8",
                Some("application/json"),
            ),
            ("image/png", None),
            ("", None),
        ] {
            let given = accepted(accept).map(|format| format.content_type);
            assert_eq!(given, kind, "{accept}");
        }
    }
}
