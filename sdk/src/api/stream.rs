//! All of a list as a stream, in constant memory: page by page, or a bare array as it comes.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_util::stream::{BoxStream, Stream, StreamExt, try_unfold};
use serde::de::DeserializeOwned;

use super::array::{Array, Cause, Piece};
use super::list::{List, lost};
use crate::error::{Error, ErrorKind, Result};
use crate::page::{Cursor, Listed, linked};
use crate::request::Response;
use crate::types::Post;

/// The items of a list one by one: made by [`List::stream`]. It ends after its first error.
pub struct ItemStream<T> {
    items: BoxStream<'static, Result<T>>,
    whole: Arc<AtomicBool>,
}

/// The posts one by one: made by [`ListPosts::stream`](crate::ListPosts::stream).
pub type PostStream = ItemStream<Post>;

impl<T: DeserializeOwned + Send + 'static> List<T> {
    /// All of them one by one, in constant memory: page by page where the server pages, otherwise as they come.
    ///
    /// The stream ends after its first error; it never ends as if it were complete when the connection broke.
    pub fn stream(self) -> ItemStream<T> {
        ItemStream {
            whole: self.whole().clone(),
            items: try_unfold(Place::Begin(self, Seen::new()), advance).boxed(),
        }
    }
}

impl<T> ItemStream<T> {
    /// The next one; `None` at the end.
    ///
    /// # Errors
    /// Those of [`Request::send_json`](crate::Request::send_json). What came before it is not the whole list.
    pub async fn next(&mut self) -> Option<Result<T>> {
        self.items.next().await
    }

    /// Whether the server has answered with the whole list as one array: it does not page, and what was to be chosen of
    /// it, as by [`ListPosts::search`](crate::ListPosts::search), is chosen here. It is known once an item has come.
    pub fn is_whole(&self) -> bool {
        self.whole.load(Ordering::Relaxed)
    }
}

impl<T> Stream for ItemStream<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.items.poll_next_unpin(context)
    }
}

impl<T> fmt::Debug for ItemStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ItemStream")
    }
}

/// How many pages back a circle of them is found.
const LAST: usize = 64;

/// The places of the last pages.
type Seen = VecDeque<Cursor>;

/// How far a list was read.
enum Place<T> {
    Begin(List<T>, Seen),
    /// A bare array, and where its header says that the list goes on.
    Array(Box<Response>, Array, Option<Cursor>, List<T>, Seen),
    Page(std::vec::IntoIter<T>, Option<Cursor>, List<T>, Seen),
}

async fn advance<T: DeserializeOwned>(mut place: Place<T>) -> Result<Option<(T, Place<T>)>> {
    loop {
        place = match place {
            Place::Begin(list, seen) => begin(list, seen).await?,
            Place::Array(mut answer, mut array, next, list, seen) => {
                let path = answer.path().to_owned();
                match array.next().map_err(|error| decode(path, error))? {
                    Piece::Item(item) if list.keeps(&item) => {
                        let place = Place::Array(answer, array, next, list, seen);
                        return Ok(Some((item, place)));
                    }
                    Piece::Item(_) => {}
                    Piece::End => match next {
                        Some(cursor) => {
                            place = Place::Begin(list.cursor(cursor), seen);
                            continue;
                        }
                        None => return Ok(None),
                    },
                    Piece::More => match answer.chunk().await? {
                        Some(bytes) => array.push(&bytes),
                        None => {
                            return Err(decode(
                                answer.path().to_owned(),
                                "the array breaks off".into(),
                            ));
                        }
                    },
                }
                Place::Array(answer, array, next, list, seen)
            }
            Place::Page(mut items, next, list, seen) => match (items.next(), next) {
                (Some(item), next) => {
                    return Ok(Some((item, Place::Page(items, next, list, seen))));
                }
                // an empty page may have another one after it
                (None, Some(cursor)) => Place::Begin(list.cursor(cursor), seen),
                (None, None) => return Ok(None),
            },
        };
    }
}

/// Asks for a page; a server that does not page answers with the whole list as an array.
async fn begin<T: DeserializeOwned>(list: List<T>, mut seen: Seen) -> Result<Place<T>> {
    let mut answer = list.request()?.send().await?.checked().await?;
    let mut array = Array::default();
    while array.begin().is_none()
        && let Some(bytes) = answer.chunk().await?
    {
        array.push(&bytes);
    }
    if let Some(place) = list.place() {
        if seen.len() == LAST {
            seen.pop_front();
        }
        seen.push_back(place.clone());
    }
    let path = answer.path().to_owned();
    let onward = |next: Option<Cursor>| match next {
        Some(next) if seen.contains(&next) => {
            Err(decode(path.clone(), "the pages lead in a circle".into()))
        }
        next => Ok(next),
    };
    // what is named as a web page may look like a list
    if array.begin() == Some(b'[') && !answer.is_page() {
        list.note_whole();
        let next = linked(answer.headers(), "next");
        let next = onward(next.map_err(|why| lost(path.clone(), why))?)?;
        return Ok(Place::Array(Box::new(answer), array, next, list, seen));
    }
    answer.put_back(array.into_bytes());
    let page = match answer.json().await? {
        Listed::Page(page) => page,
        Listed::Lost(why) => return Err(lost(path.clone(), why)),
        Listed::Whole(mut items) => {
            list.note_whole();
            items.retain(|item| list.keeps(item));
            return Ok(Place::Page(items.into_iter(), None, list, seen));
        }
    };
    let next = onward(page.next)?;
    Ok(Place::Page(page.items.into_iter(), next, list, seen))
}

fn decode(path: String, cause: Cause) -> Error {
    Error::caused(ErrorKind::Decode { path }, cause)
}
