//! Which parser a `Content-Type` chooses and which renderer an `Accept`: DRF's `DefaultContentNegotiation`.

use crate::header_params::HeaderParams;
use crate::python::{self, Int};

/// DRF's `max_media_type_length`, in characters.
const MAX_MEDIA_TYPE: usize = 256;
/// DRF's `max_accept_header_length`, in characters.
const MAX_ACCEPT: usize = 8192;
/// DRF's `max_accept_tokens`.
const MAX_TOKENS: usize = 64;

/// What reads a body, in DRF's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parser {
    /// `JSONParser`.
    Json,
    /// `FormParser`.
    Form,
    /// `MultiPartParser`.
    Multipart,
}

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

/// A media type with its parameters, as DRF's `_MediaType`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaType(HeaderParams);

impl MediaType {
    /// Never fails: nonsense, excess length and a parameter in an unknown charset make a type that matches nothing.
    pub fn parse(header: &str) -> Self {
        if header.chars().count() > MAX_MEDIA_TYPE {
            return Self(HeaderParams::default());
        }
        let params = HeaderParams::parse(header);
        Self(if params.is_refused {
            HeaderParams::default()
        } else {
            params
        })
    }

    /// The parameter `charset`.
    pub fn charset(&self) -> Option<&str> {
        self.0.get("charset")
    }

    /// Type and subtype in lower case, the latter empty where there is no slash.
    pub fn essence(&self) -> (&str, &str) {
        self.0.value.split_once('/').unwrap_or((&self.0.value, ""))
    }

    /// Whether a parser's or renderer's type is one that this header means; `*` stands for any.
    fn matches(&self, offered: (&str, &str)) -> bool {
        let (main, sub) = self.essence();
        (main == "*" || main == offered.0) && (sub == "*" || sub == offered.1)
    }

    /// How specific the type is, 0 to 3; a `q` alone does not count.
    fn precedence(&self) -> u8 {
        match self.essence() {
            ("*", _) => 0,
            (_, "*") => 1,
            _ if self.0.iter().all(|(name, _)| name == "q") => 2,
            _ => 3,
        }
    }

    /// The parameter `indent` between 1 and 8; zero, less and what is no number mean compact.
    fn indent(&self) -> Option<u8> {
        let text = self.0.get("indent")?;
        let width = match python::int(text)? {
            Int::Fits(width) => width,
            Int::Beyond if python::strip(text).starts_with('-') => 0,
            Int::Beyond => 8,
        };
        u8::try_from(width.clamp(0, 8))
            .ok()
            .filter(|&width| width > 0)
    }
}

/// The parser for a `Content-Type`; none is a 415.
pub fn choose_parser(header: &str) -> Option<Parser> {
    let wanted = MediaType::parse(header);
    [
        (Parser::Json, ("application", "json")),
        (Parser::Form, ("application", "x-www-form-urlencoded")),
        (Parser::Multipart, ("multipart", "form-data")),
    ]
    .into_iter()
    .find_map(|(parser, offered)| wanted.matches(offered).then_some(parser))
}

/// The renderer for an `Accept` (none: `*/*`) and the value of `?format=` (empty: as none).
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
    let tokens = accept_tokens(accept.unwrap_or("*/*"));
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
            let got = if kind == "parser" {
                format!("{:?}", choose_parser(header))
            } else {
                match choose_renderer(Some(header), Some(format)) {
                    Ok(Renderer::Json { indent }) => format!("json {}", indent.unwrap_or(0)),
                    Ok(Renderer::Html) => "html".to_owned(),
                    Err(error) => format!("{error:?}"),
                }
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
        let type_of = |length: usize| format!("application/json;{}", "x".repeat(length - 17));
        assert_eq!(choose_parser(&type_of(256)), Some(Parser::Json));
        assert_eq!(choose_parser(&type_of(257)), None);
    }

    #[test]
    fn parameters_are_read_as_in_django() {
        let charset = |header: &str| MediaType::parse(header).charset().map(str::to_owned);
        assert_eq!(
            charset("application/json; CHARSET = \"utf-16\""),
            Some("utf-16".into())
        );
        assert_eq!(charset("a/b; charset=x; charset=y"), Some("y".into()));
        assert_eq!(
            charset("a/b; x=\"1;charset=z\"; charset=w"),
            Some("w".into())
        );
        assert_eq!(
            charset(r#"a/b; x="\";charset=z"; charset=w"#),
            Some("w".into())
        );
        assert_eq!(
            charset("a/b; charset*=utf-8''latin-1"),
            Some("latin-1".into())
        );
        assert_eq!(charset("a/b; charset*=bogus''latin-1"), None);
        assert_eq!(charset("a/b"), None);
        let multipart = MediaType::parse("Multipart/Form-Data; boundary=Xy");
        assert_eq!(multipart.essence(), ("multipart", "form-data"));
    }

    proptest! {
        #[test]
        fn no_header_panics(header in ".{0,60}", parts in "(;|,|/|\\*|[01]|\"|=|'|<|>|\\\\|q|indent|é| ){0,30}") {
            for header in [&header, &parts] {
                let _ = choose_parser(header);
                let _ = choose_renderer(Some(header), Some("api"));
                let _ = choose_renderer(Some(&format!("*/*;{header}")), None);
            }
        }
    }
}
