//! Media types and their parameters, as DRF's `rest_framework.utils.mediatypes` compares them.

use crate::header_params::HeaderParams;
use crate::python::{self, Int};

/// DRF's `max_media_type_length`, in characters.
pub(crate) const MAX_MEDIA_TYPE: usize = 256;

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
    fn essence(&self) -> (&str, &str) {
        self.0.value.split_once('/').unwrap_or((&self.0.value, ""))
    }

    /// Whether a parser's or renderer's type is one that this header means; `*` stands for any.
    pub(crate) fn matches(&self, offered: (&str, &str)) -> bool {
        let (main, sub) = self.essence();
        (main == "*" || main == offered.0) && (sub == "*" || sub == offered.1)
    }

    /// How specific the type is, 0 to 3; a `q` alone does not count.
    pub(crate) fn precedence(&self) -> u8 {
        match self.essence() {
            ("*", _) => 0,
            (_, "*") => 1,
            _ if self.0.iter().all(|(name, _)| name == "q") => 2,
            _ => 3,
        }
    }

    /// The parameter `indent` between 1 and 8; zero, less and what is no number mean compact.
    pub(crate) fn indent(&self) -> Option<u8> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
