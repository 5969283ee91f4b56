//! What the methods of a store return.

use std::future::Future;
use std::pin::Pin;

/// A future in a box, as the methods of [`TokenStore`](super::TokenStore) return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
