//! The posts: list, get, create, replace, change, delete.

use std::sync::Arc;

use reqwest::Method;
use serde::Serialize;

use super::list::List;
use super::stream::PostStream;
use crate::endpoints::Resource;
use crate::error::Result;
use crate::inner::Inner;
use crate::page::{Cursor, Page};
use crate::request::Request;
use crate::types::{NewPost, Post, PostId, PostPatch};

/// The posts of a server: made by [`Client::posts`](crate::Client::posts).
///
/// Every method ends with the errors of [`Request::send_json`], and with
/// [`ErrorKind::NotSignedIn`](crate::ErrorKind::NotSignedIn) before anything is sent where there is no session.
#[derive(Clone, Debug)]
pub struct Posts(Arc<Inner>);

impl Posts {
    pub(crate) fn new(client: Arc<Inner>) -> Self {
        Self(client)
    }

    /// The list, newest first: choose, then [`send`](ListPosts::send) or [`stream`](ListPosts::stream) it.
    pub fn list(&self) -> ListPosts {
        let path = self.0.transport.http.endpoints.path(Resource::Posts);
        ListPosts {
            list: List::new(self.0.clone(), &path).signed_in(),
            page_size: None,
        }
    }

    /// One post, whoever wrote it.
    ///
    /// # Errors
    /// Status 404 where there is none.
    pub async fn get(&self, id: PostId) -> Result<Post> {
        self.one(Method::GET, id).send_json().await
    }

    /// Writes a post.
    ///
    /// # Errors
    /// Status 400 with the messages of `title` and `content`. After [`Network`](crate::ErrorKind::Network) or
    /// [`Timeout`](crate::ErrorKind::Timeout) it may or may not be written: it is not sent again by itself.
    pub async fn create(&self, post: &NewPost) -> Result<Post> {
        let path = self.0.transport.http.endpoints.path(Resource::Posts);
        Request::new(self.0.clone(), Method::POST, &path)
            .signed_in()
            .json(post)
            .send_json()
            .await
    }

    /// Replaces title and text of a post of one's own (PUT).
    ///
    /// # Errors
    /// Status 400 as [`Posts::create`], 403 for another's post, 404 where there is none.
    pub async fn update(&self, id: PostId, post: &NewPost) -> Result<Post> {
        self.one(Method::PUT, id).json(post).send_json().await
    }

    /// Changes what is named of a post of one's own (PATCH).
    ///
    /// # Errors
    /// As [`Posts::update`].
    pub async fn patch(&self, id: PostId, change: &PostPatch) -> Result<Post> {
        self.one(Method::PATCH, id).json(change).send_json().await
    }

    /// Deletes a post of one's own.
    ///
    /// # Errors
    /// Status 403 for another's post, 404 where there is none.
    pub async fn delete(&self, id: PostId) -> Result<()> {
        let answer = self.one(Method::DELETE, id).send().await?;
        answer.checked().await?.no_content().await
    }

    fn one(&self, method: Method, id: PostId) -> Request {
        let path = self.0.transport.http.endpoints.post_path(id);
        Request::new(self.0.clone(), method, &path).signed_in()
    }
}

/// Which posts to list: made by [`Posts::list`].
///
/// ```
/// # async fn example(client: gatepost_sdk::Client) -> gatepost_sdk::Result<()> {
/// let mut list = client.posts().list();
/// loop {
///     let page = list.clone().send().await?;
///     println!("{} posts", page.items.len());
///     let Some(next) = page.next else { break };
///     list = list.cursor(next);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a list is not asked for until it is sent"]
pub struct ListPosts {
    list: List<Post>,
    page_size: Option<u32>,
}

impl ListPosts {
    /// In pages of this many posts, 1 to 1000, where the server pages.
    #[doc(hidden)] // no server heeds it yet
    pub fn page_size(mut self, posts: u32) -> Self {
        self.page_size = Some(posts);
        self
    }

    /// From here on.
    pub fn cursor(mut self, cursor: Cursor) -> Self {
        self.list = self.list.cursor(cursor);
        self
    }

    /// Adds to the query what the server's list takes.
    pub fn query(mut self, query: &(impl Serialize + ?Sized)) -> Self {
        self.list = self.list.query(query);
        self
    }

    /// Only those with this in title or text.
    #[doc(hidden)] // no server heeds it yet
    pub fn search(self, text: impl Into<String>) -> Self {
        self.query(&[("search", text.into())])
    }

    /// Only those of this author.
    #[doc(hidden)] // no server heeds it yet
    pub fn author(self, username: impl Into<String>) -> Self {
        self.query(&[("author", username.into())])
    }

    /// One page, or the whole list where the server does not page.
    ///
    /// # Errors
    /// Those of [`Request::send_json`].
    pub async fn send(self) -> Result<Page<Post>> {
        self.sized(None).send().await
    }

    /// All of them one by one, in constant memory: page by page where the server pages, otherwise as they come.
    ///
    /// The stream ends after its first error; it never ends as if it were complete when the connection broke.
    pub fn stream(self) -> PostStream {
        self.sized(Some(100)).stream()
    }

    /// With a size of the pages, for servers that let one choose.
    fn sized(self, usual: Option<u32>) -> List<Post> {
        match self.page_size.or(usual) {
            Some(size) => self.list.query(&[("page_size", size)]),
            None => self.list,
        }
    }
}
