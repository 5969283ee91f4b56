//! One page of a list.

use std::fmt;
use std::marker::PhantomData;

use reqwest::Url;
use reqwest::header::{HeaderMap, LINK};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A page of a list, and where the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// What is on the page. It may be empty although another one follows.
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end, and where the server does not page.
    pub next: Option<Cursor>,
    /// Where the page before begins.
    pub previous: Option<Cursor>,
}

/// A place in a list: the query that leads to it, which is the server's and means nothing to anyone else. It is of
/// every kind of pages: `cursor=…`, `page=2`, `limit=100&offset=100`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// The place that this text is, for a program that kept one.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The whole query of a link; `None` where it has none, and so leads nowhere. The link's origin and path are not
    /// used: a server behind a proxy may not know its own, and the token goes to the client's server alone.
    fn of_link(link: &str) -> Option<Self> {
        // any base will do, the link may be relative
        let link = Url::parse("http://localhost").ok()?.join(link).ok()?;
        let query = link.query().filter(|query| !query.is_empty())?;
        Some(Self(query.to_owned()))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A page names a next one, and no place of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoPlace;

impl std::error::Error for NoPlace {}

impl fmt::Display for NoPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the link to the next page has no query")
    }
}

/// Where the header `Link` says that another page begins (RFC 8288): some servers page bare arrays by it.
pub(crate) fn linked(headers: &HeaderMap, relation: &str) -> Result<Option<Cursor>, NoPlace> {
    let values = headers.get_all(LINK).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let link = texts
        .flat_map(|text| text.split('<').skip(1))
        .find_map(|link| {
            let (target, parameters) = link.split_once('>')?;
            let is_meant = parameters.split([';', ',']).any(|parameter| {
                let Some((name, value)) = parameter.split_once('=') else {
                    return false;
                };
                let mut relations = value.trim().trim_matches('"').split_whitespace();
                name.trim().eq_ignore_ascii_case("rel")
                    && relations.any(|one| one.eq_ignore_ascii_case(relation))
            });
            is_meant.then_some(target)
        });
    // to stop at one that leads nowhere would pass for the end of the list
    link.map(|link| Cursor::of_link(link).ok_or(NoPlace))
        .transpose()
}

/// A page in DRF's envelope, or a bare array, which is the whole list or, with a header `Link`, a page.
pub(crate) enum Listed<T> {
    Page(Page<T>),
    Whole(Vec<T>),
    /// A page whose link to the next one leads nowhere: to stop at it would pass for the end of the list.
    Lost(NoPlace),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListedVisitor(PhantomData))
    }
}

struct ListedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListedVisitor<T> {
    type Value = Listed<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array or a page")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Listed<T>, A::Error> {
        let items = Vec::deserialize(SeqAccessDeserializer::new(items))?;
        Ok(Listed::Whole(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, page: A) -> Result<Listed<T>, A::Error> {
        let envelope = Envelope::deserialize(MapAccessDeserializer::new(page))?;
        let link = envelope.next.filter(|link| !link.is_empty());
        let next = link.as_deref().and_then(Cursor::of_link);
        if link.is_some() && next.is_none() {
            return Ok(Listed::Lost(NoPlace));
        }
        Ok(Listed::Page(Page {
            items: envelope.results,
            next,
            previous: envelope.previous.as_deref().and_then(Cursor::of_link),
        }))
    }
}

/// DRF's envelope of a page.
#[derive(Deserialize)]
struct Envelope<T> {
    #[serde(default)]
    next: Option<String>,
    #[serde(default)]
    previous: Option<String>,
    results: Vec<T>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paged(listed: Listed<i32>) -> Page<i32> {
        match listed {
            Listed::Page(page) => page,
            _ => panic!("it is no page"),
        }
    }

    #[test]
    fn a_page_and_a_bare_array_are_lists() {
        let page = serde_json::from_str::<Listed<i32>>(
            r#"{"count":9,"next":"https://x/?cursor=n","previous":null,"results":[1,2]}"#,
        );
        assert_eq!(
            paged(page.unwrap()),
            Page {
                items: vec![1, 2],
                next: Some(Cursor::new("cursor=n")),
                previous: None
            }
        );
        let whole = serde_json::from_str::<Listed<i32>>("[3]").unwrap();
        assert!(matches!(whole, Listed::Whole(items) if items == [3]));
        assert!(serde_json::from_str::<Listed<i32>>(r#"{"detail":"no"}"#).is_err());
        for end in [r#"{"next":"","results":[]}"#, r#"{"results":[]}"#] {
            let page = serde_json::from_str::<Listed<i32>>(end).unwrap();
            assert_eq!(paged(page).next, None);
        }
    }

    #[test]
    fn the_whole_query_of_a_link_is_taken() {
        for (link, query) in [
            (
                "https://elsewhere.example/x/?cursor=abc%3D&page_size=5",
                "cursor=abc%3D&page_size=5",
            ),
            ("/api/posts/?page=2", "page=2"),
            (
                "?limit=100&offset=200&search=a+b",
                "limit=100&offset=200&search=a+b",
            ),
        ] {
            assert_eq!(Cursor::of_link(link), Some(Cursor::new(query)), "{link}");
        }
    }

    #[test]
    fn a_header_names_the_next_page_too() {
        let linked = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(LINK, reqwest::header::HeaderValue::from_static(value));
            }
            super::linked(&headers, "next")
        };
        let two = Ok(Some(Cursor::new("page=2&x=a,b")));
        let first = "<https://x/api/?page=1>; rel=\"prev\"";
        let second = "<https://x/api/?page=2&x=a,b>; title=\"a; b\"; rel=\"next last\"";
        assert_eq!(linked(&[first, second]), two);
        let both = "<https://x/api/?page=1>; rel=prev, </api/?page=2&x=a,b>;REL=next";
        assert_eq!(linked(&[both]), two);
        for none in [&[][..], &[first], &["</style.css>; rel=preload"], &["next"]] {
            assert_eq!(linked(none), Ok(None));
        }
        assert_eq!(linked(&["<https://x/api/2/>; rel=next"]), Err(NoPlace));
    }

    #[test]
    fn a_next_that_leads_nowhere_is_an_error_and_not_the_end() {
        for link in ["https://x/api/posts/page/2/", "https://x/?", "/api/posts/"] {
            let text = format!(r#"{{"next":"{link}","previous":null,"results":[]}}"#);
            let listed = serde_json::from_str::<Listed<i32>>(&text).unwrap();
            assert!(matches!(listed, Listed::Lost(_)), "{link}");
        }
    }
}
