//! What the API takes and gives. Answers may have more fields than these; they are kept in `extra`.

mod moment;
mod pair;
mod posts;
mod users;

pub(crate) use pair::Pair;
pub use posts::{ETag, NewPost, Post, PostId, PostPatch};
pub use users::{AccountSession, NewUser, ProfilePatch, User};
