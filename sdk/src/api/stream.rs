//! All posts as a stream, in constant memory: page by page, or a bare array as it comes.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, BytesMut};
use futures_util::stream::{BoxStream, Stream, StreamExt, try_unfold};
use serde::de::DeserializeOwned;

use super::posts::ListPosts;
use crate::error::{Error, ErrorKind, Result};
use crate::page::{Cursor, List};
use crate::request::Response;
use crate::types::Post;

/// The posts one by one: made by [`ListPosts::stream`]. It ends after its first error.
pub struct PostStream(BoxStream<'static, Result<Post>>);

impl ListPosts {
    /// All of them one by one, in constant memory: page by page where the server pages, otherwise as they come.
    ///
    /// The stream ends after its first error; it never ends as if it were complete when the connection broke.
    pub fn stream(self) -> PostStream {
        let begin = Place::Begin(self.in_pages());
        PostStream(try_unfold(begin, advance).boxed())
    }
}

impl PostStream {
    /// The next post; `None` at the end.
    ///
    /// # Errors
    /// Those of [`Request::send_json`](crate::Request::send_json). What came before it is not the whole list.
    pub async fn next(&mut self) -> Option<Result<Post>> {
        self.0.next().await
    }
}

impl Stream for PostStream {
    type Item = Result<Post>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl fmt::Debug for PostStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostStream")
    }
}

/// How far a list was read.
enum Place {
    Begin(ListPosts),
    Array(Box<Response>, Array),
    Page(std::vec::IntoIter<Post>, Option<Cursor>, ListPosts),
}

async fn advance(mut place: Place) -> Result<Option<(Post, Place)>> {
    loop {
        place = match place {
            Place::Begin(list) => begin(list).await?,
            Place::Array(mut answer, mut array) => {
                let path = answer.path().to_owned();
                match array.next::<Post>().map_err(|error| decode(path, error))? {
                    Piece::Item(post) => return Ok(Some((post, Place::Array(answer, array)))),
                    Piece::End => return Ok(None),
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
                Place::Array(answer, array)
            }
            Place::Page(mut posts, next, list) => match (posts.next(), next) {
                (Some(post), next) => return Ok(Some((post, Place::Page(posts, next, list)))),
                // an empty page may have another one after it
                (None, Some(cursor)) => Place::Begin(list.cursor(cursor)),
                (None, None) => return Ok(None),
            },
        };
    }
}

/// Asks for a page; a server that does not page answers with the whole list as an array.
async fn begin(list: ListPosts) -> Result<Place> {
    let mut answer = list.request().send().await?.checked().await?;
    let mut array = Array::default();
    while array.begin().is_none()
        && let Some(bytes) = answer.chunk().await?
    {
        array.push(&bytes);
    }
    if array.begin() == Some(b'[') {
        return Ok(Place::Array(Box::new(answer), array));
    }
    answer.put_back(array.bytes);
    let List(page) = answer.json().await?;
    Ok(Place::Page(page.items.into_iter(), page.next, list))
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

fn decode(path: String, cause: Cause) -> Error {
    Error::caused(ErrorKind::Decode { path }, cause)
}

/// A JSON array that comes in pieces.
#[derive(Default)]
struct Array {
    bytes: BytesMut,
    /// How far the bytes were looked at.
    at: usize,
    is_open: bool,
    depth: usize,
    in_string: bool,
    is_escaped: bool,
}

enum Piece<T> {
    Item(T),
    /// More bytes are needed.
    More,
    End,
}

impl Array {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The first byte that says something.
    fn begin(&self) -> Option<u8> {
        let mut bytes = self.bytes.iter().copied();
        bytes.find(|byte| !byte.is_ascii_whitespace())
    }

    fn next<T: DeserializeOwned>(&mut self) -> Result<Piece<T>, Cause> {
        if !self.is_open {
            let Some(at) = self.bytes.iter().position(|byte| *byte == b'[') else {
                return Ok(Piece::More);
            };
            self.bytes.advance(at + 1);
            self.is_open = true;
        }
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' if self.in_string => self.is_escaped = true,
                b'"' => self.in_string = !self.in_string,
                _ if self.in_string => {}
                b'[' | b'{' => self.depth += 1,
                b']' | b',' if self.depth == 0 => {
                    let item = self.bytes.split_to(self.at);
                    self.at = 0;
                    let is_empty = item.iter().all(u8::is_ascii_whitespace);
                    if byte == b']' && is_empty {
                        return Ok(Piece::End);
                    }
                    if byte == b',' {
                        self.bytes.advance(1);
                    } // a closing bracket stays: it is the end of what is empty then
                    return Ok(Piece::Item(serde_json::from_slice(&item)?));
                }
                b']' | b'}' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
        }
        Ok(Piece::More)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// The items of an array that comes in pieces of this many bytes; `None` where it breaks off.
    fn read(text: &str, size: usize) -> Option<Vec<String>> {
        let mut array = Array::default();
        let mut items = Vec::new();
        let mut pieces = text.as_bytes().chunks(size);
        loop {
            match array.next::<Value>().unwrap() {
                Piece::Item(item) => items.push(item.to_string()),
                Piece::End => return Some(items),
                Piece::More => array.push(pieces.next()?),
            }
        }
    }

    #[test]
    fn an_array_comes_in_any_pieces() {
        for (text, items) in [
            ("[]", &[][..]),
            (" [ \n] ", &[]),
            ("[1]", &["1"]),
            ("[1, 2,3 ]", &["1", "2", "3"]),
            (
                r#"[{"a":"],[\"{\\"},["x",{}],"é"]"#,
                &[r#"{"a":"],[\"{\\"}"#, r#"["x",{}]"#, r#""é""#],
            ),
        ] {
            for size in 1..=text.len() {
                assert_eq!(read(text, size).unwrap(), items, "{text} by {size}");
            }
        }
        for text in ["[", "[1", "[1,", r#"[{"a":1}"#, ""] {
            assert_eq!(read(text, 3), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_array_is_an_error() {
        for text in ["[1,,2]", "[x]", "[1}]"] {
            let mut array = Array::default();
            array.push(text.as_bytes());
            let mut failed = false;
            for _ in 0..5 {
                failed |= array.next::<Value>().is_err();
            }
            assert!(failed, "{text}");
        }
    }
}
