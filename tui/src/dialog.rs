//! The questions over a screen, and what each of them knows.

use gatepost_sdk::{ExpiredReason, PostId};
use gatepost_terminal::drafts::DraftId;
use gatepost_terminal::merge::Keep;
use gatepost_terminal::post::Version;

use crate::effect::{Call, Slot};
use crate::text::TextBuf;

/// A question over the screen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Dialog {
    Confirm {
        what: Confirm,
        is_yes: bool,
    },
    Drafts {
        selected: usize,
    },
    Ended {
        user: String,
        reason: Option<ExpiredReason>,
    },
    /// A post was changed here and at the server: which version is to be kept. The draft is one of the list.
    Conflict {
        draft: DraftId,
        theirs: Version,
        selected: usize,
    },
    /// The place of the session can't be used: where it is to be kept.
    Place {
        why: String,
        selected: usize,
        /// What could not be done, to be done again when that is known; `None` while it is being tried.
        then: Option<Box<(Slot, Call)>>,
        /// What the form says where the answer is "not now".
        said: Option<String>,
    },
    /// Every action by its name.
    Palette {
        query: TextBuf,
        selected: usize,
    },
    /// The known accounts, and last another one.
    Accounts {
        selected: usize,
    },
}

/// The answers to a conflict, in the order that they are offered.
pub(crate) const ANSWERS: [(Keep, &str); 3] = [
    (Keep::Mine, "keep mine"),
    (Keep::Theirs, "take theirs"),
    (Keep::Both, "edit with both shown"),
];

/// What is asked before it is done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Confirm {
    Delete {
        id: PostId,
        title: String,
    },
    DiscardEdit,
    DiscardDraft {
        id: DraftId,
        /// Whether it is one of those that were offered: then the others are offered again.
        is_offered: bool,
    },
    /// The post of this draft was deleted meanwhile: whether it is to be created anew.
    Anew(DraftId),
    SignOut,
    /// Ending another session of the account.
    EndSession {
        id: String,
        label: String,
    },
    /// Leaving while changes are under way.
    Quit,
}
