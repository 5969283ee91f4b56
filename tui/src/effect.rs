//! What is to be done: plain data, carried out by the runtime alone.

use std::fmt;
use std::time::Duration;

use gatepost_sdk::PostId;
use gatepost_terminal::post::Version;
use secrecy::{ExposeSecret, SecretString};

use gatepost_terminal::drafts::{Draft, DraftId};

/// Which of the calls of one slot a reply belongs to.
pub(crate) type Gen = u64;
/// Whose session a reply belongs to: rises when another user signs in.
pub(crate) type Epoch = u64;

/// Something to be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Ask the server, and answer with a reply of the same numbers.
    Call {
        slot: Slot,
        r#gen: Gen,
        epoch: Epoch,
        call: Call,
    },
    /// Go on with the list.
    MoreRows,
    /// Tell when this time has passed. A newer one of the same timer takes its place.
    After(Timer, Gen, Duration),
    /// Keep a draft, and then remove the one that it replaces.
    SaveDraft {
        draft: Box<Draft>,
        replaces: Option<DraftId>,
    },
    /// Remove one.
    DropDraft(DraftId),
    /// Find this user's drafts.
    LoadDrafts { user: String },
    /// Leave the terminal to the person's editor.
    OpenEditor(Box<Draft>),
    /// Keep sessions in this place from now on.
    UsePlace(usize),
    /// Look whether another process has changed the session.
    CheckSession,
    /// Use this server from now on, as this user where one is named.
    Connect {
        server: String,
        user: Option<String>,
    },
    /// Put a text into the terminal's clipboard.
    Copy(String),
    /// Take the clicks, or leave them to the terminal.
    Mouse(bool),
    /// Stop, as by Ctrl-Z.
    Suspend,
    /// Draw everything anew.
    Redraw,
}

/// What there is one live call of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Slot {
    Load,
    SignIn,
    Register,
    SignOut,
    Session,
    Verify,
    Refresh,
    Profile,
    /// Where the account is logged in.
    Sessions,
    EndSession(String),
    List,
    Post(PostId),
    /// The post beside the list.
    Preview,
    Save(DraftId),
    Delete(PostId),
}

/// What the server is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Call {
    /// Read the session from the store.
    Load,
    SignIn {
        username: String,
        password: Password,
    },
    Register {
        username: String,
        email: String,
        first_name: String,
        last_name: String,
        password: Password,
    },
    SignOut,
    Details,
    Verify,
    Refresh,
    Profile,
    Sessions,
    /// By its id.
    EndSession(String),
    /// From the start; the first rows come as a reply, more when they are asked for.
    List,
    /// The same of the posts that are looked for.
    Find(Query),
    Post(PostId),
    Create {
        title: String,
        content: String,
    },
    /// Read it again, and send what was changed since `base` where nobody else changed the same.
    Update {
        id: PostId,
        base: Option<Version>,
        /// What was sent before, where nobody knows whether it arrived.
        sent: Option<Version>,
        mine: Version,
    },
    Delete(PostId),
}

/// Which posts the server is asked for; the usual one is for all.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Query {
    /// What their title or text holds.
    pub(crate) text: String,
    pub(crate) author: Option<String>,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// The draft is kept when it is up.
    Draft,
    /// The toast goes.
    Toast,
    /// What failed is asked for again.
    Retry,
    /// A post that was to be deleted is.
    Grace(PostId),
    /// The selection has rested on a post: it is shown beside the list.
    Preview,
    /// The spinner appears, or goes on.
    Spin,
    /// A question that came by itself has been there long enough to be seen: every key answers it.
    Question,
}

/// A password on its way.
#[derive(Clone)]
pub(crate) struct Password(pub(crate) SecretString);

impl PartialEq for Password {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}
