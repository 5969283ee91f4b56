//! Any list of the server: which, then a page of it or all of it.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind, Result};
use crate::inner::Inner;
use crate::page::{Cursor, Listed, NoPlace, Page, linked};
use crate::request::Request;

/// A list to be asked for: made by [`Client::list`](crate::Client::list).
#[must_use = "a list is not asked for until it is sent"]
pub struct List<T> {
    client: Arc<Inner>,
    /// Without a query.
    path: String,
    query: Vec<String>,
    headers: Vec<(String, String)>,
    place: Option<Cursor>,
    signed_in: bool,
    error: Option<Error>,
    /// What is kept of a list that the server has not chosen from, since it does not page.
    kept: Option<Kept<T>>,
    /// Whether the server has answered with the whole list.
    whole: Arc<AtomicBool>,
    of: PhantomData<fn() -> T>,
}

type Kept<T> = Arc<dyn Fn(&T) -> bool + Send + Sync>;

impl<T> List<T> {
    pub(crate) fn new(client: Arc<Inner>, path: &str) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        Self {
            client,
            path: path.to_owned(),
            query: Vec::from_iter((!query.is_empty()).then(|| query.to_owned())),
            headers: Vec::new(),
            place: None,
            signed_in: false,
            error: None,
            kept: None,
            whole: Arc::default(),
            of: PhantomData,
        }
    }

    /// Keeps of a bare array what this holds for: a server that does not page does not choose either.
    pub(super) fn keeping(mut self, kept: impl Fn(&T) -> bool + Send + Sync + 'static) -> Self {
        self.kept = Some(Arc::new(kept));
        self
    }

    /// Whether an item of a bare array is kept.
    pub(super) fn keeps(&self, item: &T) -> bool {
        self.kept.as_ref().is_none_or(|kept| kept(item))
    }

    /// Where it is noted that the server has answered with the whole list.
    pub(super) fn whole(&self) -> &Arc<AtomicBool> {
        &self.whole
    }

    /// Notes that it has.
    pub(super) fn note_whole(&self) {
        self.whole.store(true, Ordering::Relaxed);
    }

    /// Ends with [`ErrorKind::NotSignedIn`] before anything is sent where there is no session.
    pub fn signed_in(mut self) -> Self {
        self.signed_in = true;
        self
    }

    /// Adds to the query: a struct, a map, or pairs.
    pub fn query(mut self, query: &(impl Serialize + ?Sized)) -> Self {
        match serde_html_form::to_string(query) {
            Ok(text) if text.is_empty() => {}
            Ok(text) => self.query.push(text),
            Err(error) => self.error = Some(unwritable("query", error)),
        }
        self
    }

    /// Adds a header to the request of every page: see [`Request::header`].
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// From here on. The place holds the whole query: what was added to it before is not sent.
    pub fn cursor(mut self, place: Cursor) -> Self {
        self.place = Some(place);
        self
    }

    pub(super) fn place(&self) -> Option<&Cursor> {
        self.place.as_ref()
    }

    pub(super) fn request(&self) -> Result<Request> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        let query = match &self.place {
            Some(place) => place.as_str().to_owned(),
            None => self.query.join("&"),
        };
        let mark = if query.is_empty() { "" } else { "?" };
        let path = format!("{}{mark}{query}", self.path);
        let request = Request::new(self.client.clone(), Method::GET, &path);
        let headers = self.headers.iter();
        let request = headers.fold(request, |request, (name, value)| {
            request.header(name, value)
        });
        Ok(if self.signed_in {
            request.signed_in()
        } else {
            request
        })
    }
}

impl<T: DeserializeOwned> List<T> {
    /// One page, or the whole list where the server does not page.
    ///
    /// # Errors
    /// Those of [`Request::send_json`].
    pub async fn send(self) -> Result<Page<T>> {
        let answer = self.request()?.send().await?.checked().await?;
        let link = |relation| {
            let path = answer.path().to_owned();
            linked(answer.headers(), relation).map_err(|why| lost(path, why))
        };
        let (next, previous) = (link("next"), link("prev"));
        let path = answer.path().to_owned();
        Ok(match answer.json().await? {
            Listed::Page(page) => page,
            Listed::Lost(why) => return Err(lost(path, why)),
            Listed::Whole(mut items) => {
                items.retain(|item| self.keeps(item));
                Page {
                    items,
                    next: next?,
                    previous: previous?,
                }
            }
        })
    }
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            headers: self.headers.clone(),
            place: self.place.clone(),
            signed_in: self.signed_in,
            error: self.error.clone(),
            kept: self.kept.clone(),
            whole: Arc::default(),
            of: PhantomData,
        }
    }
}

impl<T> fmt::Debug for List<T> {
    /// Without the query: it may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// That the next page can't be found.
pub(super) fn lost(path: String, why: NoPlace) -> Error {
    Error::caused(ErrorKind::Decode { path }, why).with_hint(
        "its link to the next page has no query, by which alone pages are followed here: ask for page after page",
    )
}

/// What a program gave can't be written down.
fn unwritable(what: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    let what = format!("the {what} can't be written as pairs of a form");
    Error::caused(ErrorKind::Config(what), error)
}
