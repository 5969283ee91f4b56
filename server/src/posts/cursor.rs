//! A place in the list, as the links to the pages before and after it say it: opaque to clients.

use axum::http::StatusCode;
use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::db::Id;
use crate::http::error::Error;

/// From where on posts are read, and in which direction: a post has its place by its key, so none is met twice or
/// left out while others are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Newest first, those with a smaller key.
    Below(Id),
    /// Oldest first, those with a greater key: the page before.
    Above(Id),
}

impl Place {
    /// Where a list begins.
    pub(super) const NEWEST: Self = Self::Below(Id(i64::MAX));

    /// The same direction from another key on.
    pub(super) fn from(self, id: Id) -> Self {
        match self {
            Self::Below(_) => Self::Below(id),
            Self::Above(_) => Self::Above(id),
        }
    }

    /// The cursor of DRF's `CursorPagination` for this place, where the order knows no equals.
    pub(super) fn cursor(self) -> String {
        BASE64_STANDARD.encode(match self {
            Self::Below(id) => format!("p={id}"),
            Self::Above(id) => format!("r=1&p={id}"),
        })
    }

    /// The place of a cursor; an empty one is the begin, as in DRF.
    ///
    /// # Errors
    /// DRF's 404.
    pub(super) fn of_cursor(cursor: &str) -> Result<Option<Self>, Error> {
        if cursor.is_empty() {
            return Ok(None);
        }
        read(cursor)
            .map(Some)
            .ok_or_else(|| Error::Detail(StatusCode::NOT_FOUND, "Invalid cursor".into()))
    }
}

fn read(cursor: &str) -> Option<Place> {
    let text = String::from_utf8(BASE64_STANDARD.decode(cursor).ok()?).ok()?;
    let above = text.strip_prefix("r=1&");
    let id = above.unwrap_or(&text).strip_prefix("p=")?.parse().ok()?;
    Some(if above.is_some() {
        Place::Above(Id(id))
    } else {
        Place::Below(Id(id))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_nothing_else_is() {
        for place in [
            Place::Below(Id(17)),
            Place::Above(Id(i64::MAX)),
            Place::NEWEST,
        ] {
            assert_eq!(read(&place.cursor()), Some(place));
        }
        for text in [
            "",
            "p=",
            "p=x",
            "r=1",
            "r=0&p=1",
            "p=1&r=1",
            "o=1&p=1",
            "p=9223372036854775808",
        ] {
            assert_eq!(read(&BASE64_STANDARD.encode(text)), None, "{text}");
        }
        for cursor in ["cD0x", "cD0=", "nonsense", "%", "é", "cD0x\n", "cD0x=="] {
            assert_eq!(read(cursor).is_some(), cursor == "cD0x", "{cursor}");
        }
    }
}
