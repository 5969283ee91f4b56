//! What is under way: answers that are waited for, changes on their way, a server that is away.

use chrono::{DateTime, Utc};
use gatepost_sdk::{Post, PostId};
use gatepost_terminal::drafts::Draft;

use crate::effect::{Call, Slot};
use crate::msg::Kind;
use crate::theme::Role;

/// How many keys and pastes may wait for their screen.
pub(crate) const MOST_AHEAD: usize = 256;

/// The screen that an answer is to bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// The first one.
    Session,
    /// The one behind the form that is being sent.
    Form,
    /// The form, after signing out.
    SignOut,
    /// This post, being edited.
    Post(PostId),
}

/// A sentence that goes by itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Toast {
    pub(crate) text: String,
    pub(crate) role: Role,
}

/// A post on its way to the server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Saving {
    pub(crate) draft: Draft,
    /// Its row in the list, and the title to roll back to.
    pub(crate) row: PostId,
    pub(crate) old_title: Option<Box<str>>,
    /// The post as it was, where it was being read.
    pub(crate) old_post: Option<Post>,
    /// Whether a key was pressed since: the person does not wait for the answer.
    pub(crate) is_left: bool,
}

/// The server can't be asked at the moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Offline {
    /// What kind of trouble it is.
    pub(crate) kind: Kind,
    pub(crate) text: String,
    pub(crate) attempt: u32,
    /// Since when.
    pub(crate) since: DateTime<Utc>,
    /// When it is tried again.
    pub(crate) next: DateTime<Utc>,
    /// What is asked for then.
    pub(crate) reads: Vec<(Slot, Call)>,
}
