//! One page of a list.

use std::fmt;
use std::marker::PhantomData;

use reqwest::Url;
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

/// A place in a list. Its text is the server's and means nothing to anyone else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// The cursor that this text is, for a program that kept one.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The `cursor` of a link. The link's origin is not used: a server behind a proxy may not know its own, and
    /// the token goes to the client's server alone.
    fn of_link(link: &str) -> Option<Self> {
        // any base will do, the link may be relative
        let base = Url::parse("http://localhost").ok()?;
        let link = base.join(link).ok()?;
        let mut pairs = link.query_pairs();
        let (_, cursor) = pairs.find(|(name, _)| name == "cursor")?;
        Some(Self(cursor.into_owned()))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A page in DRF's envelope, or a bare array, which is the whole list.
pub(crate) struct List<T>(pub(crate) Page<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array or a page")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<List<T>, A::Error> {
        let items = Vec::deserialize(SeqAccessDeserializer::new(items))?;
        Ok(List(Page {
            items,
            next: None,
            previous: None,
        }))
    }

    fn visit_map<A: MapAccess<'de>>(self, page: A) -> Result<List<T>, A::Error> {
        let envelope = Envelope::deserialize(MapAccessDeserializer::new(page))?;
        let cursor = |link: Option<String>| link.as_deref().and_then(Cursor::of_link);
        Ok(List(Page {
            items: envelope.results,
            next: cursor(envelope.next),
            previous: cursor(envelope.previous),
        }))
    }
}

/// DRF's envelope of a page.
#[derive(Deserialize)]
struct Envelope<T> {
    next: Option<String>,
    previous: Option<String>,
    results: Vec<T>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_and_a_bare_array_are_lists() {
        let List(page) = serde_json::from_str(
            r#"{"next":"https://x/?cursor=n","previous":null,"results":[1,2]}"#,
        )
        .unwrap();
        assert_eq!(
            page,
            Page {
                items: vec![1, 2],
                next: Some(Cursor::new("n")),
                previous: None
            }
        );
        let List(page) = serde_json::from_str::<List<i32>>("[3]").unwrap();
        assert_eq!(page.items, [3]);
        assert!(serde_json::from_str::<List<i32>>(r#"{"detail":"no"}"#).is_err());
    }

    #[test]
    fn only_the_cursor_of_a_link_is_taken() {
        for link in [
            "https://elsewhere.example/x/?cursor=abc%3D&page_size=5",
            "/api/posts/?page_size=5&cursor=abc%3D",
            "?cursor=abc%3D",
        ] {
            assert_eq!(Cursor::of_link(link), Some(Cursor::new("abc=")), "{link}");
        }
        assert_eq!(Cursor::of_link("https://elsewhere.example/?page=2"), None);
    }
}
