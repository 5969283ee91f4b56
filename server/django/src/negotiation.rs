//! How an answer is written: DRF's `DefaultContentNegotiation`, which compares an `Accept` with the renderers.

use crate::media::{MAX_MEDIA_TYPE, MediaType};
use crate::python;

/// DRF's `max_accept_header_length`, in characters.
const MAX_ACCEPT: usize = 8192;
/// DRF's `max_accept_tokens`.
const MAX_TOKENS: usize = 64;

/// What writes an answer, in DRF's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renderer {
    /// `JSONRenderer`.
    Json {
        /// Spaces a level, 1 to 8; none is compact.
        indent: Option<u8>,
    },
    /// `BrowsableAPIRenderer`.
    Html,
}

/// Why no renderer is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RendererError {
    /// `?format=` names none: 404.
    UnknownFormat,
    /// `Accept` takes none: 406.
    NotAcceptable,
}

/// The renderer that a request asks for. Without an `Accept` any will do, and an empty `?format=` asks for nothing.
pub fn choose_renderer(
    accept: Option<&str>,
    format: Option<&str>,
) -> Result<Renderer, RendererError> {
    const JSON: (&str, &str) = ("application", "json");
    const HTML: (&str, &str) = ("text", "html");
    let offered: &[_] = match format {
        None | Some("") => &[JSON, HTML],
        Some("json") => &[JSON],
        Some("api") => &[HTML],
        Some(_) => return Err(RendererError::UnknownFormat),
    };
    let accept = accept.unwrap_or("*/*");
    // what nearly all clients send needs no thought
    if matches!(accept, "*/*" | "application/json") && offered.contains(&JSON) {
        return Ok(Renderer::Json { indent: None });
    }
    let tokens = accept_tokens(accept);
    for precedence in (0..=3).rev() {
        let group = || {
            tokens
                .iter()
                .filter(|token| token.precedence() == precedence)
        };
        for &renderer in offered {
            if let Some(token) = group().find(|token| token.matches(renderer)) {
                return Ok(if renderer == JSON {
                    let indent = token.indent();
                    Renderer::Json { indent }
                } else {
                    Renderer::Html
                });
            }
        }
    }
    Err(RendererError::NotAcceptable)
}

fn accept_tokens(header: &str) -> Vec<MediaType> {
    // A header that is too long ends at its last comma inside the limit.
    let header = match header.char_indices().nth(MAX_ACCEPT) {
        Some((limit, _)) => header[..limit]
            .rsplit_once(',')
            .map_or("", |(kept, _)| kept),
        None => header,
    };
    header
        .split(',')
        .map(python::strip)
        .filter(|token| !token.is_empty() && token.chars().count() <= MAX_MEDIA_TYPE)
        .take(MAX_TOKENS)
        .map(MediaType::parse)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Rows of `negotiation.tsv`, made by the reference's own negotiator.
    #[test]
    fn negotiates_as_drf() {
        let mut wrong = Vec::new();
        let mut count = 0;
        for line in include_str!("testdata/negotiation.tsv").lines().skip(1) {
            let [kind, header, format, expected] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            if kind == "parser" {
                continue;
            }
            let got = match choose_renderer(Some(header), Some(format)) {
                Ok(Renderer::Json { indent }) => format!("json {}", indent.unwrap_or(0)),
                Ok(Renderer::Html) => "html".to_owned(),
                Err(error) => format!("{error:?}"),
            };
            if got != expected {
                wrong.push(format!("{line}  got {got}"));
            }
            count += 1;
        }
        assert!(count > 100, "{count} rows");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_q_alone_is_no_parameter() {
        let chosen = choose_renderer(Some("application/json;q=1, text/html;level=1"), None);
        assert_eq!(chosen, Ok(Renderer::Html));
    }

    #[test]
    fn limits_are_drfs() {
        let json = Ok(Renderer::Json { indent: None });
        let html = Ok(Renderer::Html);
        let none = Err(RendererError::NotAcceptable);
        assert_eq!(choose_renderer(None, None), json);
        for (header, expected) in [
            (format!("{}text/html", "a/b,".repeat(63)), html),
            (format!("{}text/html", "a/b,".repeat(64)), none),
            (format!("{}text/html", ",".repeat(64)), html),
            (format!("text/html;x={}", "y".repeat(244)), html),
            (format!("text/html;x={}", "y".repeat(245)), none),
            (format!("text/html,{}", "y".repeat(9000)), html),
            (format!("{},text/html", "y".repeat(8192 - 10)), html),
            (format!("{},text/html", "y".repeat(8192 - 9)), none),
            ("y".repeat(9000), none),
        ] {
            assert_eq!(
                choose_renderer(Some(&header), None),
                expected,
                "{}",
                header.len()
            );
        }
    }

    proptest! {
        #[test]
        fn no_header_panics(header in ".{0,60}", parts in "(;|,|/|\\*|[01]|\"|=|'|<|>|\\\\|q|indent|é| ){0,30}") {
            for header in [&header, &parts] {
                let _ = choose_renderer(Some(header), Some("api"));
                let _ = choose_renderer(Some(&format!("*/*;{header}")), None);
            }
        }
    }
}
