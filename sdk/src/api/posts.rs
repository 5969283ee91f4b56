//! The posts: list, get, create, replace, change, delete.

use std::sync::Arc;

use reqwest::Method;

use crate::error::Result;
use crate::inner::Inner;
use crate::page::{Cursor, List, Page};
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
        ListPosts {
            client: self.0.clone(),
            page_size: None,
            cursor: None,
            search: None,
            author: None,
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
        request(&self.0, Method::POST, "")
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
        request(&self.0, method, &format!("{id}/"))
    }
}

/// Which posts to list: made by [`Posts::list`].
///
/// ```
/// # async fn example(client: gatepost_sdk::Client) -> gatepost_sdk::Result<()> {
/// let mut list = client.posts().list().page_size(50);
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
    client: Arc<Inner>,
    page_size: Option<u32>,
    cursor: Option<Cursor>,
    search: Option<String>,
    author: Option<String>,
}

impl ListPosts {
    /// In pages of this many posts, 1 to 1000, where the server pages. Gatepost does not yet, nor does Django by default:
    /// they give the whole list all the same.
    pub fn page_size(mut self, posts: u32) -> Self {
        self.page_size = Some(posts);
        self
    }

    /// From here on.
    pub fn cursor(mut self, cursor: Cursor) -> Self {
        self.cursor = Some(cursor);
        self
    }

    /// Only those with this in title or text, at a server whose pages can be searched.
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.search = Some(text.into());
        self
    }

    /// Only those of this author, at a server whose pages can be searched.
    pub fn author(mut self, username: impl Into<String>) -> Self {
        self.author = Some(username.into());
        self
    }

    /// One page, or the whole list where no page size is set or the server does not page.
    ///
    /// # Errors
    /// Those of [`Request::send_json`].
    pub async fn send(self) -> Result<Page<Post>> {
        let list: List<Post> = self.request().send_json().await?;
        Ok(list.0)
    }

    pub(super) fn request(&self) -> Request {
        let mut request = request(&self.client, Method::GET, "");
        if let Some(size) = self.page_size {
            request = request.query("page_size", &size);
        }
        if let Some(cursor) = &self.cursor {
            request = request.query("cursor", cursor);
        }
        if let Some(search) = &self.search {
            request = request.query("search", search);
        }
        if let Some(author) = &self.author {
            request = request.query("author", author);
        }
        request
    }

    /// In pages, if the server can.
    pub(super) fn in_pages(mut self) -> Self {
        self.page_size = self.page_size.or(Some(100));
        self
    }
}

fn request(client: &Arc<Inner>, method: Method, below: &str) -> Request {
    let path = format!("{}{below}", client.transport.http.endpoints.posts);
    Request::new(client.clone(), method, &path).signed_in()
}
