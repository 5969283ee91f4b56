//! `GET /api/posts/?page_size=N` or `?cursor=…`: a page of the list, in the envelope of DRF's `CursorPagination`.
//!
//! A page is found by the key of its first post, so the last one costs what the first does, and nothing is counted. It
//! ends early where its texts are long, so that its answer has a size that memory was kept for.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use django::charset::Charset;
use django::form::parse_form;
use django::python::{self, Int};

use super::cursor::Place;
use super::page_rows::{self, Candidate};
use super::post::{Dated, FIELDS};
use super::search;
use super::search_rows::Text;
use crate::app::App;
use crate::auth::Caller;
use crate::db::{self, Conn, Dates, Id};
use crate::http::answer::{Array, json};
use crate::http::error::Error;
use crate::http::held::housed;
use crate::http::link;

/// How many posts a page has where nobody says it, and at most.
const USUAL: usize = 100;
const MOST: usize = 1000;
/// After how many bytes of text a page ends.
const BYTES: i64 = 1024 * 1024;
/// What a post takes of the memory, as a rule.
const ROOM: usize = 4096;

/// What is asked for in the query; nothing where the whole list is.
pub(crate) struct Paging(Option<Box<Asked>>);

pub(super) struct Asked {
    /// The list's own address.
    address: String,
    pairs: Vec<(String, String)>,
}

impl FromRequestParts<App> for Paging {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let server = &app.settings().server;
        let query = parts.uri.query().filter(|_| server.extensions);
        // whoever has looked for `?format=` has refused a query of too many fields
        let pairs = query.and_then(|query| parse_form(query.as_bytes(), Charset::Utf8).ok());
        let pairs = pairs.unwrap_or_default();
        let is_paged = (pairs.iter()).any(|(name, _)| name == "page_size" || name == "cursor");
        Ok(Self(is_paged.then(|| {
            let address = link::of(parts, server);
            Box::new(Asked { address, pairs })
        })))
    }
}

impl Paging {
    pub(super) fn asked(self) -> Option<Box<Asked>> {
        self.0
    }
}

/// Which page, of which posts.
struct Wanted {
    /// None for the first page.
    place: Option<Place>,
    size: usize,
    text: Option<Text>,
    author: Option<String>,
}

impl Asked {
    /// The last value of a name counts, as in Django.
    fn value(&self, name: &str) -> Option<&str> {
        let mut values = self.pairs.iter().rev();
        let found = values.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// # Errors
    /// 404 for a cursor that is none, 400 for a text that is too long.
    fn wanted(&self) -> Result<Wanted, Error> {
        let author = self.value("author").filter(|author| !author.is_empty());
        Ok(Wanted {
            place: self.value("cursor").map_or(Ok(None), Place::of_cursor)?,
            size: self.value("page_size").map_or(USUAL, size),
            text: self.value("search").map_or(Ok(None), search::text)?,
            author: author.map(str::to_owned),
        })
    }

    fn link(&self, place: Place) -> String {
        link::with_parameter(&self.address, &self.pairs, ("cursor", &place.cursor()))
    }
}

/// DRF's `page_size_query_param` with `max_page_size`: what is no number above 0 is not heeded.
fn size(text: &str) -> usize {
    match python::int(text) {
        Some(Int::Fits(size)) if size > 0 => {
            usize::try_from(size).map_or(MOST, |size| size.min(MOST))
        }
        Some(Int::Beyond) if !text.contains('-') => MOST,
        _ => USUAL,
    }
}

/// A page of the list.
pub(super) async fn get(app: &App, caller: Caller, asked: &Asked) -> Result<Response, Error> {
    let wanted = match asked.wanted() {
        Ok(wanted) => wanted,
        Err(error) => {
            // whoever may not ask is not told of a wrong query either
            let nothing = caller.read(app, |_| Box::pin(async { Ok(()) }));
            nothing.await?;
            return Err(error);
        }
    };
    let place = wanted.place.unwrap_or(Place::NEWEST);
    let (size, dates) = (wanted.size, app.dates());
    let room = (size * ROOM).min(usize::try_from(BYTES).unwrap_or(usize::MAX));
    let room = app.intake().for_answer(room).await?;
    let page = match wanted.text {
        None => {
            let name = wanted.author;
            let page = caller.read(app, move |conn| {
                Box::pin(async move {
                    match author(conn, name).await? {
                        Whose::Nobodys => Ok(Page::empty()),
                        whose => {
                            let limit = i64::try_from(size).unwrap_or(i64::MAX) + 1;
                            let found = page_rows::candidates(conn, place, whose.id(), limit);
                            let (found, more) = cut(found.await?, None, place, size);
                            read(conn, found, more, dates).await
                        }
                    }
                })
            });
            page.await?
        }
        Some(text) => {
            let (name, who) = (wanted.author, caller.id());
            let whose = caller.read(app, move |conn| Box::pin(author(conn, name)));
            match whose.await? {
                Whose::Nobodys => Page::empty(),
                whose => {
                    let found = search::find(app, (who, text), whose.id(), place, size + 1).await?;
                    let (found, more) = cut(found.0, found.1, place, size);
                    let page = app
                        .db()
                        .read(move |conn| Box::pin(read(conn, found, more, dates)));
                    page.await?
                }
            }
        }
    };
    housed(page.answer(asked, wanted.place), room, app.intake()).await
}

/// Whose posts are asked for.
enum Whose {
    Everybodys,
    One(Id),
    /// There is no such author.
    Nobodys,
}

impl Whose {
    fn id(&self) -> Option<Id> {
        match self {
            Self::One(id) => Some(*id),
            Self::Everybodys | Self::Nobodys => None,
        }
    }
}

async fn author(conn: &mut Conn<'_>, name: Option<String>) -> db::Result<Whose> {
    Ok(match name {
        None => Whose::Everybodys,
        // no name has a zero in it, and PostgreSQL takes none
        Some(name) if name.contains('\0') => Whose::Nobodys,
        Some(name) => (page_rows::author(conn, &name).await?).map_or(Whose::Nobodys, Whose::One),
    })
}

/// What goes on the page of what was found, and where the next one begins: after the page's last post, or where a search
/// has ended.
fn cut(
    mut found: Vec<Candidate>,
    rest: Option<Place>,
    place: Place,
    size: usize,
) -> (Vec<Id>, Option<Place>) {
    let (mut bytes, mut count) = (0, 0);
    for (_, length) in found.iter().take(size) {
        bytes += length;
        if bytes > BYTES && count > 0 {
            break;
        }
        count += 1;
    }
    let more = if found.len() > count {
        found.truncate(count);
        found.last().map(|(id, _)| place.from(*id))
    } else {
        rest
    };
    (found.into_iter().map(|(id, _)| id).collect(), more)
}

/// The page's text, and what is before and after it.
struct Page {
    /// The array of the posts.
    text: Vec<u8>,
    /// The newest and the oldest of them.
    ends: Option<(Id, Id)>,
    /// Where the next page begins in the same direction, if there is one.
    more: Option<Place>,
}

impl Page {
    fn empty() -> Self {
        let (text, ends, more) = (b"[]".to_vec(), None, None);
        Self { text, ends, more }
    }

    fn answer(&self, asked: &Asked, place: Option<Place>) -> Response {
        let (next, previous) = match place {
            None => (self.more, None),
            Some(Place::Below(id)) => {
                // of an empty page: that very post, and those before it
                let newest = self
                    .ends
                    .map_or(Id(id.0.saturating_sub(1)), |(newest, _)| newest);
                (self.more, Some(Place::Above(newest)))
            }
            Some(Place::Above(id)) => {
                // of an empty page: that very post, and those after it
                let oldest = self
                    .ends
                    .map_or(Id(id.0.saturating_add(1)), |(_, oldest)| oldest);
                (Some(Place::Below(oldest)), self.more)
            }
        };
        let mut body = Vec::with_capacity(self.text.len() + 512);
        for (name, place) in [("{\"next\":", next), (",\"previous\":", previous)] {
            body.extend_from_slice(name.as_bytes());
            match place {
                Some(place) => django::json::write_string(&mut body, &asked.link(place)),
                None => body.extend_from_slice(b"null"),
            }
        }
        body.extend_from_slice(b",\"results\":");
        body.extend_from_slice(&self.text);
        body.push(b'}');
        json(StatusCode::OK, body)
    }
}

async fn read(
    conn: &mut Conn<'_>,
    ids: Vec<Id>,
    more: Option<Place>,
    dates: Dates,
) -> db::Result<Page> {
    let (mut text, mut array) = (Vec::with_capacity(8192), Array::of(&FIELDS));
    page_rows::posts(conn, &ids, |post| {
        array.push(&mut text, &Dated(post, dates));
    })
    .await?;
    array.close(&mut text);
    // by what was found: a post that was deleted since keeps its place
    let newest = ids.iter().max().copied();
    let ends = newest.zip(ids.iter().min().copied());
    Ok(Page { text, ends, more })
}
