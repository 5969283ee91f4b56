//! All posts as a stream, in constant memory.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{BoxStream, Stream, StreamExt};

use super::posts::ListPosts;
use crate::error::Result;
use crate::types::Post;

/// The posts one by one: made by [`ListPosts::stream`].
pub struct PostStream(BoxStream<'static, Result<Post>>);

impl PostStream {
    pub(super) fn new(_list: ListPosts) -> Self {
        Self(futures_util::stream::once(async { todo!() }).boxed())
    }

    /// The next post; `None` at the end.
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

impl std::fmt::Debug for PostStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PostStream")
    }
}
