//! A text that was written and is not at the server yet.

use std::fmt;

use gatepost_sdk::PostId;
use serde::{Deserialize, Serialize};

/// The name of a draft: of which post, and by which run of the program, so that two at once never write one file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct DraftId(pub(crate) String);

/// A draft.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Draft {
    pub(crate) id: DraftId,
    pub(crate) server: String,
    pub(crate) user: String,
    /// The post that it changes; `None` for a new one.
    pub(crate) post: Option<PostId>,
    pub(crate) title: String,
    pub(crate) content: String,
    /// When it was kept, in seconds since 1970.
    pub(crate) saved: i64,
}

impl DraftId {
    /// The name of the `number`th draft of the run `seed`.
    pub(crate) fn new(seed: &str, number: u64) -> Self {
        Self(format!("{seed}-{number}"))
    }

    /// The run that made it.
    pub(crate) fn run(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }
}

impl fmt::Debug for Draft {
    /// Without the text: a log is no place for what somebody writes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("id", &self.id)
            .field("post", &self.post)
            .finish_non_exhaustive()
    }
}
