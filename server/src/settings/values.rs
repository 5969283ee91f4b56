//! Values of settings that are neither plain text nor a number: one or many texts, an audience, a path, a header's name.

use axum::http::HeaderName;
use serde::de::{Error, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use crate::db::Zone;

/// SIMPLE_JWT's AUDIENCE: the claim `aud` is written as it is given here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// No `aud` is set, and any is accepted.
    None,
    /// `"aud": "…"`
    One(String),
    /// `"aud": ["…", "…"]`
    Many(Vec<String>),
}

impl Audience {
    /// The texts of which a token must name one; none where any token will do.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::None => &[],
            Self::One(audience) => std::slice::from_ref(audience),
            Self::Many(audiences) => audiences,
        }
    }
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match deserializer.deserialize_any(OneOrMany)? {
            Texts::One(text) if text.is_empty() => Self::None,
            Texts::One(text) => Self::One(text),
            Texts::Many(texts) => Self::Many(texts),
        })
    }
}

/// A list of texts, or one in place of a list of one, as SimpleJWT takes AUTH_HEADER_TYPES.
pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match deserializer.deserialize_any(OneOrMany)? {
        Texts::One(text) => vec![text],
        Texts::Many(texts) => texts,
    })
}

/// A path below which a service is reached, without its final slash.
pub(super) fn root_path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let path = text.trim_end_matches('/');
    let is_char = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    let is_path = path.bytes().all(is_char)
        && (path.is_empty() || path.starts_with('/'))
        && !path
            .split('/')
            .skip(1)
            .any(|part| ["", ".", ".."].contains(&part));
    let expected = &"a path such as \"/service\", of letters, digits and -_.~/";
    if is_path {
        Ok(path.to_owned())
    } else {
        Err(D::Error::invalid_value(Unexpected::Str(&text), expected))
    }
}

/// The rights of a file, as `chmod` has them.
pub(super) fn mode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_octal = text.len() <= 4 && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    let mode = u32::from_str_radix(&text, 8).ok();
    let mode = mode.filter(|mode| is_octal && *mode <= 0o777);
    let expected = &"rights as chmod has them, in quotes, such as \"0660\"";
    mode.ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), expected))
}

enum Texts {
    One(String),
    Many(Vec<String>),
}

struct OneOrMany;

impl<'de> Visitor<'de> for OneOrMany {
    type Value = Texts;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a text or a list of texts")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Texts, E> {
        Ok(Texts::One(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Texts, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = items.next_element()? {
            texts.push(text);
        }
        Ok(Texts::Many(texts))
    }
}

/// A time zone by its name.
pub(super) fn zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Zone, D::Error> {
    String::deserialize(deserializer)?
        .parse()
        .map_err(D::Error::custom)
}

/// A header by the name that WSGI gives it: `HTTP_X_ACCESS_TOKEN` is `X-Access-Token`.
pub(super) fn wsgi_header<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<HeaderName, D::Error> {
    let name = String::deserialize(deserializer)?;
    let is_word = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let header = name
        .strip_prefix("HTTP_")
        .filter(|header| header.bytes().all(is_word))
        .and_then(|header| HeaderName::try_from(header.replace('_', "-")).ok());
    let expected =
        &"HTTP_ and the header's name in capitals with _ for -, such as HTTP_AUTHORIZATION";
    header.ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&name), expected))
}

/// A `token` of RFC 9110: what a scheme of `Authorization` and the name of a cookie can be.
pub(super) fn is_token(text: &str) -> bool {
    let is_char = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_char)
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;

    fn jwt(toml: &str) -> Result<super::super::SimpleJwt, String> {
        let settings = Settings::from_toml(&format!("[simple_jwt]\n{toml}"));
        settings
            .map(|settings| settings.simple_jwt)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn an_audience_is_nobody_one_or_many() {
        let audience = |toml: &str| jwt(toml).unwrap().audience;
        assert_eq!(audience(""), Audience::None);
        assert_eq!(audience("audience = ''"), Audience::None);
        assert_eq!(audience("audience = 'a'"), Audience::One("a".to_owned()));
        assert_eq!(
            audience("audience = ['a']"),
            Audience::Many(vec!["a".to_owned()])
        );
        assert!(jwt("audience = 5").is_err() && jwt("audience = [5]").is_err());
    }

    #[test]
    fn a_header_is_named_as_wsgi_names_it() {
        let header = |toml: &str| jwt(toml).map(|jwt| jwt.auth_header_name);
        assert_eq!(header("").unwrap(), "authorization");
        assert_eq!(
            header("auth_header_name = 'HTTP_X_ACCESS_TOKEN'").unwrap(),
            "x-access-token"
        );
        for name in [
            "Authorization",
            "HTTP_",
            "HTTP_X-Y",
            "HTTP_x",
            "CONTENT_TYPE",
        ] {
            let why = header(&format!("auth_header_name = '{name}'")).unwrap_err();
            assert!(why.contains("write HTTP_ and the header's name"), "{why}");
        }
    }

    #[test]
    fn a_root_path_has_no_final_slash() {
        let path = |text: &str| {
            let settings = Settings::from_toml(&format!("server.root_path = '{text}'"));
            settings.map(|settings| settings.server.root_path)
        };
        for (text, wanted) in [
            ("", ""),
            ("/", ""),
            ("/a", "/a"),
            ("/a/", "/a"),
            ("/a/b-1.0", "/a/b-1.0"),
        ] {
            assert_eq!(path(text).unwrap(), wanted);
        }
        for text in ["a", "//a", "/a//b", "/a/../b", "/a b", "/%61", "/a?b", "/é"] {
            let why = path(text).unwrap_err().to_string();
            assert!(why.contains("write a path such as"), "{why}");
        }
    }

    #[test]
    fn one_scheme_may_stand_for_a_list() {
        let types = |toml: &str| jwt(toml).unwrap().auth_header_types;
        assert_eq!(types("auth_header_types = 'JWT'"), ["JWT"]);
        assert_eq!(
            types("auth_header_types = ['JWT', 'Bearer']"),
            ["JWT", "Bearer"]
        );
    }
}
