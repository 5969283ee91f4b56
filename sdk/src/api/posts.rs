//! The posts: list, get, create, replace, change, delete.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde::Serialize;

use super::list::List;
use super::stream::PostStream;
use crate::endpoints::Resource;
use crate::error::Result;
use crate::inner::Inner;
use crate::page::{Cursor, Page};
use crate::random;
use crate::request::Request;
use crate::types::{ETag, NewPost, Post, PostId, PostPatch};

/// How many posts a page has where nobody says it.
const USUAL: u32 = 100;

/// What a server names that knows a new post again by its `Idempotency-Key`.
const POST_IDEMPOTENCY: &str = "post-idempotency";

/// The posts of a server: made by [`Client::posts`](crate::Client::posts).
///
/// Every method ends with the errors of [`Request::send_json`], and with
/// [`ErrorKind::NotSignedIn`](crate::ErrorKind::NotSignedIn) before anything is sent where there is no session.
#[derive(Clone, Debug)]
pub struct Posts {
    client: Arc<Inner>,
    version: Option<ETag>,
    key: Option<String>,
}

impl Posts {
    pub(crate) fn new(client: Arc<Inner>) -> Self {
        Self {
            client,
            version: None,
            key: None,
        }
    }

    /// The list, newest first: choose, then [`send`](ListPosts::send) or [`stream`](ListPosts::stream) it.
    pub fn list(&self) -> ListPosts {
        let path = self.client.transport.http.endpoints.path(Resource::Posts);
        ListPosts {
            list: List::new(self.client.clone(), &path).signed_in(),
            page_size: None,
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

    /// One post and its version, for [`if_match`](Posts::if_match); without one where the server has none, as Django.
    ///
    /// # Errors
    /// As [`Posts::get`].
    pub async fn get_version(&self, id: PostId) -> Result<(Post, Option<ETag>)> {
        let answer = self.one(Method::GET, id).send().await?.checked().await?;
        let version = ETag::of(answer.headers());
        Ok((answer.json().await?, version))
    }

    /// Changes or deletes a post only where it is this version: then [`update`](Posts::update), [`patch`](Posts::patch)
    /// and [`delete`](Posts::delete) end with status 412 where it is not. Without one, or at a server that has none, as
    /// ever.
    ///
    /// ```
    /// # async fn example(client: gatepost_sdk::Client) -> gatepost_sdk::Result<()> {
    /// # use gatepost_sdk::PostPatch;
    /// let (post, version) = client.posts().get_version(7).await?;
    /// let title = PostPatch::new().title(post.title.to_uppercase());
    /// match client.posts().if_match(version).patch(7, &title).await {
    ///     Err(error) if error.status().is_some_and(|status| status == 412) => println!("somebody was faster"),
    ///     other => println!("{}", other?.title),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "it changes nothing by itself"]
    pub fn if_match(mut self, version: impl Into<Option<ETag>>) -> Self {
        self.version = version.into();
        self
    }

    /// [Creates](Posts::create) with this key, of 1 to 255 visible characters of ASCII: a program that keeps it may create
    /// the same post again within a day, after a crash, too, and there is one.
    #[must_use = "it writes nothing by itself"]
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Writes a post.
    ///
    /// Where the server knows a post again by its key (`post-idempotency` in
    /// [`SessionDetails::features`](crate::SessionDetails::features)), a lost answer is asked for again, and there is one
    /// post.
    ///
    /// # Errors
    /// Status 400 with the messages of `title` and `content`. After [`Network`](crate::ErrorKind::Network) or
    /// [`Timeout`](crate::ErrorKind::Timeout) it may or may not be written: elsewhere it is not sent again by itself.
    pub async fn create(&self, post: &NewPost) -> Result<Post> {
        let path = self.client.transport.http.endpoints.path(Resource::Posts);
        let mut request = Request::new(self.client.clone(), Method::POST, &path).signed_in();
        if self.client.names(POST_IDEMPOTENCY).await {
            request = request.known_by_key();
        }
        if let Some(key) = self.key.clone().or_else(new_key) {
            request = request.header("Idempotency-Key", &key);
        }
        request.json(post).send_json().await
    }

    /// Replaces title and text of a post of one's own (PUT).
    ///
    /// # Errors
    /// Status 400 as [`Posts::create`], 403 for another's post, 404 where there is none, 412 as
    /// [`if_match`](Posts::if_match) says.
    pub async fn update(&self, id: PostId, post: &NewPost) -> Result<Post> {
        self.change(Method::PUT, id).json(post).send_json().await
    }

    /// Changes what is named of a post of one's own (PATCH).
    ///
    /// # Errors
    /// As [`Posts::update`].
    pub async fn patch(&self, id: PostId, change: &PostPatch) -> Result<Post> {
        self.change(Method::PATCH, id)
            .json(change)
            .send_json()
            .await
    }

    /// Deletes a post of one's own.
    ///
    /// # Errors
    /// Status 403 for another's post, 404 where there is none, 412 as [`if_match`](Posts::if_match) says.
    pub async fn delete(&self, id: PostId) -> Result<()> {
        let answer = self.change(Method::DELETE, id).send().await?;
        answer.checked().await?.no_content().await
    }

    fn change(&self, method: Method, id: PostId) -> Request {
        let request = self.one(method, id);
        match &self.version {
            Some(version) => request.header("If-Match", version.as_str()),
            None => request,
        }
    }

    fn one(&self, method: Method, id: PostId) -> Request {
        let path = self.client.transport.http.endpoints.post_path(id);
        Request::new(self.client.clone(), method, &path).signed_in()
    }
}

/// A key that nobody else has; none where the system has no random bytes, and then the post is not sent again.
fn new_key() -> Option<String> {
    let bytes = random::bytes::<16>().ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
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
    search: Option<String>,
    author: Option<String>,
}

impl ListPosts {
    /// In pages of this many posts, 1 to 1000, where the server pages.
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

    /// Only those with this in title or text, in capital or small letters. A server that does not page sends all of them,
    /// and they are chosen from here.
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.search = Some(text.into());
        self
    }

    /// Only those of this author. A server that does not page sends all of them, and they are chosen from here.
    pub fn author(mut self, username: impl Into<String>) -> Self {
        self.author = Some(username.into());
        self
    }

    /// One page, or the whole list where the server does not page.
    ///
    /// # Errors
    /// Those of [`Request::send_json`].
    pub async fn send(self) -> Result<Page<Post>> {
        // a server chooses where it pages
        let is_chosen = self.search.is_some() || self.author.is_some();
        self.listed(is_chosen.then_some(USUAL)).send().await
    }

    /// All of them one by one, in constant memory: page by page where the server pages, otherwise as they come.
    ///
    /// The stream ends after its first error; it never ends as if it were complete when the connection broke.
    pub fn stream(self) -> PostStream {
        self.listed(Some(USUAL)).stream()
    }

    /// The list with its query; with a size of the pages, for servers that let one choose.
    fn listed(self, usual: Option<u32>) -> List<Post> {
        let mut list = self.list;
        if let Some(size) = self.page_size.or(usual) {
            list = list.query(&[("page_size", size)]);
        }
        for (name, value) in [("search", &self.search), ("author", &self.author)] {
            if let Some(value) = value {
                list = list.query(&[(name, value)]);
            }
        }
        let (search, author) = (self.search.unwrap_or_default(), self.author);
        let search = search.trim().to_lowercase();
        list.keeping(move |post| {
            let has = |text: &str| text.to_lowercase().contains(&search);
            let is_found = search.is_empty() || has(&post.title) || has(&post.content);
            is_found && author.as_ref().is_none_or(|author| *author == post.author)
        })
    }
}
