//! The tag of an answer's content, and what a request says of tags (RFC 9110, sections 8.8.3 and 13.1).

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::html;

/// The strong tag of a content. An indented answer has the same with its width after a point: it is another
/// representation of the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag(String);

impl Tag {
    /// Of the compact JSON. The dates in it are not enough: two changes may fall in one microsecond.
    pub(crate) fn of(content: &[u8]) -> Self {
        Self(hex::encode(&digest(&SHA256, content).as_ref()[..16]))
    }

    /// The answer with this tag.
    pub(crate) fn on(&self, mut response: Response) -> Response {
        if let Ok(tag) = HeaderValue::try_from(format!("\"{}\"", self.0)) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }

    /// Whether a tag is that of this content, however it is indented.
    fn is(&self, tag: &str) -> bool {
        let (content, width) = tag.split_once('.').unwrap_or((tag, "0"));
        content == self.0 && width.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// What `If-Match` or `If-None-Match` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// `*`: whatever it is.
    Any,
    /// One of these.
    Tags(Vec<Named>),
}

/// A tag as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    is_weak: bool,
    tag: String,
}

impl Condition {
    /// None where a request has no such header. What is no tag in it is none that could match.
    pub(crate) fn of(headers: &HeaderMap, name: HeaderName) -> Option<Self> {
        let values: Vec<_> = headers.get_all(name).iter().collect();
        let texts = values
            .iter()
            .map(|value| value.to_str().unwrap_or_default());
        match values[..] {
            [] => None,
            [value] if value.as_bytes().trim_ascii() == b"*" => Some(Self::Any),
            _ => Some(Self::Tags(texts.flat_map(named).collect())),
        }
    }

    /// Whether a change may be made of this content: a weak tag is not enough.
    pub(crate) fn is_met_by(&self, content: &Tag) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => tags.iter().any(|it| !it.is_weak && content.is(&it.tag)),
        }
    }

    /// Whether a tag in a header is among these, weak or not.
    fn names(&self, etag: &HeaderValue) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => {
                let quoted = etag.to_str().unwrap_or_default();
                let tag = quoted.trim_matches('"');
                tags.iter().any(|it| it.tag == tag)
            }
        }
    }
}

/// The tags of a list; a comma may stand in one.
fn named(text: &str) -> Vec<Named> {
    let mut tags = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(|char: char| char != ',' && !char.is_ascii_whitespace()) {
        rest = &rest[at..];
        let weak = rest.strip_prefix("W/");
        let quoted = weak.unwrap_or(rest).strip_prefix('"');
        match quoted.and_then(|quoted| quoted.split_once('"')) {
            Some((tag, after)) => {
                let (is_weak, tag) = (weak.is_some(), tag.to_owned());
                tags.push(Named { is_weak, tag });
                rest = after;
            }
            None => rest = rest.find(',').map_or("", |comma| &rest[comma..]),
        }
    }
    tags
}

/// Says of an answer's tag that the answer is indented.
pub(crate) fn mark_indented(headers: &mut HeaderMap, width: u8) {
    let tag = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok());
    let tag = tag.and_then(|tag| tag.strip_suffix('"'));
    let tag = tag.and_then(|tag| HeaderValue::try_from(format!("{tag}.{width}\"")).ok());
    if let Some(tag) = tag {
        headers.insert(header::ETAG, tag);
    }
}

/// 304 in the place of an answer that the client has already: GET with `If-None-Match`.
pub(crate) fn unless_known(known: Option<&Condition>, mut response: Response) -> Response {
    let tag = response.headers().get(header::ETAG);
    let is_known = known.zip(tag).is_some_and(|(known, tag)| known.names(tag));
    if is_known && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = html::without_length(Body::empty());
        response.headers_mut().remove(header::CONTENT_TYPE);
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(values: &[&'static str]) -> Option<Condition> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::IF_MATCH, HeaderValue::from_static(value));
        }
        Condition::of(&headers, header::IF_MATCH)
    }

    #[test]
    fn a_list_of_tags_is_read_as_the_rfc_writes_it() {
        let tags = |values: &[&'static str]| match condition(values).unwrap() {
            Condition::Any => vec!["*".to_owned()],
            Condition::Tags(tags) => (tags.into_iter())
                .map(|it| format!("{}{}", if it.is_weak { "W/" } else { "" }, it.tag))
                .collect(),
        };
        assert_eq!(tags(&[r#""a""#]), ["a"]);
        assert_eq!(tags(&[r#" W/"a" ,, "b,c","d""#]), ["W/a", "b,c", "d"]);
        assert_eq!(tags(&[r#""a""#, r#"W/"b""#]), ["a", "W/b"]);
        assert_eq!(tags(&[" * "]), ["*"]);
        assert_eq!(tags(&[r#"bare, "a"#, r#"w/"b", "", *"#]), [""]);
        assert_eq!(tags(&[""]), [""; 0]);
        assert_eq!(condition(&[]), None);
    }

    #[test]
    fn a_change_needs_a_strong_tag_and_a_look_does_not() {
        let content = Tag::of(b"{}");
        let met = |text: String| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, text.parse().unwrap());
            Condition::of(&headers, header::IF_MATCH)
                .unwrap()
                .is_met_by(&content)
        };
        assert!(met(format!("\"x\", \"{}\"", content.0)) && met("*".to_owned()));
        assert!(met(format!("\"{}.4\"", content.0)), "the same, indented");
        for other in [
            format!("W/\"{}\"", content.0),
            content.0.clone(),
            "\"x\"".into(),
        ] {
            assert!(!met(other));
        }
        let weak = Condition::Tags(named("W/\"a\""));
        assert!(weak.names(&HeaderValue::from_static("\"a\"")));
        assert!(!weak.names(&HeaderValue::from_static("\"a.4\"")));
    }
}
