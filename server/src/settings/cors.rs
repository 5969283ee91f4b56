//! The section `[cors]`: django-cors-headers' settings by their own names, and what of their values is refused.

use axum::http::HeaderValue;
use django::python::{Pattern, Url};
use serde::{Deserialize, Deserializer, de::Error};

use super::duration::Seconds;
use super::values::texts;

/// The section `[cors]`: which pages of other origins may use the service in a browser.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Cors {
    /// The origins that may.
    #[serde(deserialize_with = "origins")]
    pub allowed_origins: Vec<String>,
    /// Patterns of origins that may.
    #[serde(deserialize_with = "patterns")]
    pub(crate) allowed_origin_regexes: Vec<Pattern>,
    /// Whether any may.
    pub allow_all_origins: bool,
    /// Whether requests may have cookies with them, of which that of `cookies.refresh` is read.
    pub allow_credentials: bool,
    /// The methods that they may use.
    #[serde(deserialize_with = "names")]
    pub allow_methods: Vec<String>,
    /// The headers that they may send.
    #[serde(deserialize_with = "names")]
    pub allow_headers: Vec<String>,
    /// The headers of answers that they may read.
    #[serde(deserialize_with = "names")]
    pub expose_headers: Vec<String>,
    /// How long a browser may remember what is allowed; 0 for its own time.
    pub preflight_max_age: Seconds,
    /// The paths that they may use.
    #[serde(deserialize_with = "pattern")]
    pub(crate) urls_regex: Pattern,
    /// Whether pages of the public network may use a service of a private one.
    pub allow_private_network: bool,
}

impl Cors {
    /// Whether any origin is allowed.
    pub(crate) fn is_on(&self) -> bool {
        self.allow_all_origins
            || !self.allowed_origins.is_empty()
            || !self.allowed_origin_regexes.is_empty()
    }
}

fn origins<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let origins = texts(deserializer)?;
    match origins.iter().find_map(|origin| refusal(origin)) {
        Some(why) => Err(D::Error::custom(why)),
        None => Ok(origins),
    }
}

/// What is wrong with an origin, as the checks E013 and E014 find it.
fn refusal(origin: &str) -> Option<String> {
    // a page in a sandbox, and a file in Chrome on Android
    if matches!(origin, "null" | "file://") {
        return None;
    }
    if origin == "*" {
        return Some("\"*\" is no origin; set cors.allow_all_origins = true".to_owned());
    }
    let url = Url::split(origin).filter(|url| !url.scheme.is_empty() && !url.netloc.is_empty());
    let Some(url) = url else {
        return Some(format!(
            "the origin {origin:?} has no scheme or no host; write it as https://app.example.com"
        ));
    };
    let more = [
        ("path", url.path),
        ("query", url.query),
        ("fragment", url.fragment),
    ];
    let (part, _) = more.iter().find(|(_, part)| !part.is_empty())?;
    Some(format!(
        "the origin {origin:?} has a {part}; write {}://{}",
        url.scheme, url.netloc
    ))
}

fn patterns<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Pattern>, D::Error> {
    texts(deserializer)?.iter().map(|text| read(text)).collect()
}

fn pattern<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Pattern, D::Error> {
    read(&String::deserialize(deserializer)?)
}

fn read<E: Error>(pattern: &str) -> Result<Pattern, E> {
    Pattern::new(pattern).map_err(|why| {
        E::custom(format!(
            "the pattern {pattern:?} can't be read: {why}; write it in another way"
        ))
    })
}

/// Names of headers or methods.
fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let names = texts(deserializer)?;
    // a comma separates them
    let is_name = |name: &String| HeaderValue::from_str(name).is_ok() && !name.contains(',');
    match names.iter().find(|name| !is_name(name)) {
        Some(name) => Err(D::Error::custom(format!(
            "{name:?} can't stand in a header; write one name an item"
        ))),
        None => Ok(names),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Settings;

    fn why(toml: &str) -> String {
        Settings::from_toml(toml).unwrap_err().to_string()
    }

    #[test]
    fn it_is_off_by_default() {
        assert!(!Settings::default().cors.is_on());
        for on in [
            "allow_all_origins = true",
            "allowed_origins = 'https://a.example'",
            "allowed_origin_regexes = ['x']",
        ] {
            let settings = Settings::from_toml(&format!("[cors]\n{on}")).unwrap();
            assert!(settings.cors.is_on(), "{on}");
        }
    }

    #[test]
    fn what_can_not_be_an_origin_is_refused() {
        for (origin, expected) in [
            ("a.example", "has no scheme or no host"),
            ("https://", "has no scheme or no host"),
            ("localhost:3000", "has no scheme or no host"),
            ("http://[::1", "has no scheme or no host"),
            ("", "has no scheme or no host"),
            ("https://a.example/", "has a path; write https://a.example"),
            (
                "https://a.example:8/b?c",
                "has a path; write https://a.example:8",
            ),
            ("https://a.example?b", "has a query"),
            ("https://a.example#b", "has a fragment"),
            ("*", "set cors.allow_all_origins = true"),
        ] {
            let why = why(&format!(
                "cors.allowed_origins = ['https://b.example', '{origin}']"
            ));
            let begin = "cors.allowed_origins from the given TOML is not usable: ";
            assert!(why.starts_with(begin) && why.contains(expected), "{why}");
        }
        let fine = "cors.allowed_origins = ['null', 'file://', 'https://a.example:8443', 'capacitor://localhost', 'http://[::1]:3000']";
        assert!(Settings::from_toml(fine).is_ok());
    }

    #[test]
    fn a_pattern_that_can_not_be_read_is_refused_by_name() {
        assert_eq!(
            why("cors.allowed_origin_regexes = ['^https://(?!evil)']"),
            "cors.allowed_origin_regexes from the given TOML is not usable: the pattern \"^https://(?!evil)\" can't be read: look-around, including look-ahead and look-behind, is not supported; write it in another way"
        );
        assert!(why("cors.urls_regex = '^/api/('").contains("cors.urls_regex"));
    }

    #[test]
    fn a_value_of_another_kind_is_refused() {
        for (toml, key) in [
            ("allow_all_origins = 'yes'", "allow_all_origins"),
            ("allow_methods = 5", "allow_methods"),
            ("allow_headers = ['x-a, x-b']", "allow_headers"),
            ("expose_headers = ['a\\nb']", "expose_headers"),
            ("preflight_max_age = -1", "preflight_max_age"),
        ] {
            let why = why(&format!("[cors]\n{}", toml.replace('\'', "\"")));
            let begin = format!("cors.{key} from the given TOML is not usable: ");
            assert!(why.starts_with(&begin), "{why}");
        }
    }
}
