//! What can happen: plain data, so that it can be compared, replayed and made up by a test.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use crossterm::event::{KeyCode, KeyEvent};
use gatepost_sdk::{AccountSession, ExpiredReason, Post, PostId, SessionState, User};

use crate::effect::{Epoch, Gen, Slot, Timer};
use crate::theme::Ground;
use gatepost_terminal::drafts::{Draft, DraftId};

/// Something that happened.
#[derive(Clone, PartialEq)]
pub(crate) enum Msg {
    /// The program has started.
    Started,
    /// A key was pressed.
    Key(KeyEvent),
    /// Esc and this key in one piece: the key with Alt, or two keys.
    AfterEsc(KeyEvent),
    /// A text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resize(u16, u16),
    /// The answer to a call.
    Reply {
        slot: Slot,
        r#gen: Gen,
        epoch: Epoch,
        reply: Result<Reply, Failure>,
    },
    /// The session is in another state.
    Session(SessionState),
    /// The server can search its posts.
    CanSearch(bool),
    /// The accounts that are known on this machine.
    Known(Vec<Known>),
    /// Another server is in use, with these places for its sessions; or why not.
    Connected(Result<(String, Vec<String>), String>),
    /// The wheel was turned, up or down, or the button pressed, in this column and row.
    Mouse(Click, u16, u16),
    /// What is behind the text of the terminal.
    Ground(Ground),
    /// A time is up.
    Timer(Timer, Gen),
    /// The person's editor has ended: with another text, with the same, or in a failure.
    EditorClosed(Result<Option<String>, String>),
    /// The drafts that were found.
    Drafts(Vec<Draft>),
    /// A draft was kept, or not.
    DraftSaved(DraftId, Result<(), String>),
    /// Something beside the screen went wrong, in a sentence.
    Problem(String),
    /// The program was asked to end with this code.
    End(u8),
}

/// What a mouse does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Click {
    Press,
    Up,
    Down,
}

/// An account that somebody has signed in to on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) server: String,
    pub(crate) user: String,
}

/// What a call that succeeded answers with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reply {
    Done,
    /// The session's state, after it was read or made.
    State(SessionState),
    SignedOut {
        problem: Option<String>,
    },
    Valid(bool),
    Profile(User),
    Sessions(Vec<AccountSession>),
    Details(Option<Details>),
    Post(Post),
    /// The post as it is at the server now: it was changed there too, and nothing was sent.
    Conflict(Post),
    Rows {
        rows: Vec<Row>,
        is_end: bool,
    },
}

/// A post in the list: what a row shows, and no more, since there may be very many.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// Below zero where the server has not numbered it yet.
    pub(crate) id: PostId,
    pub(crate) title: Box<str>,
    pub(crate) author: Arc<str>,
    /// Seconds since 1970.
    pub(crate) created: i64,
}

/// What is known of a session.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Details {
    pub(crate) user: String,
    pub(crate) access_until: Option<DateTime<Utc>>,
    pub(crate) refresh_until: Option<DateTime<Utc>>,
    pub(crate) skew: i64,
    pub(crate) features: Vec<String>,
}

/// Why a call did not succeed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    /// One sentence.
    pub(crate) text: String,
    /// The next step.
    pub(crate) hint: Option<String>,
    /// The server's messages about each field.
    pub(crate) fields: Vec<(String, Vec<String>)>,
}

impl Failure {
    /// The failure in one line: what, and what to do.
    pub(crate) fn said(&self) -> String {
        let mut text = self.text.clone();
        if let Some(first) = text.chars().next() {
            text.replace_range(..first.len_utf8(), &first.to_uppercase().to_string());
        }
        match &self.hint {
            Some(hint) => format!("{text}: {hint}"),
            None => text,
        }
    }
}

/// What a failure means for what comes next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// The server can't be reached.
    Offline,
    /// It was sent, and no answer came: it may have happened.
    NoAnswer,
    /// The server failed or asks to wait (5xx).
    Server(Option<Duration>),
    /// Too many requests (429).
    TooMany(Option<Duration>),
    /// What was sent is not right (400).
    Invalid,
    /// Name or password is wrong (401 of a login).
    Credentials,
    Forbidden,
    NotFound,
    /// There is no session, or it has ended.
    Ended(Option<ExpiredReason>),
    /// The place that keeps the session can't be used.
    Store,
    /// Anything else: another server, a bug.
    Other,
}

impl fmt::Debug for Msg {
    /// Without what was typed: it may be a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started => f.write_str("Started"),
            Self::Key(key) => match key.code {
                KeyCode::Char(_) if key.modifiers.is_empty() => f.write_str("Key(a character)"),
                code => write!(f, "Key({:?} {code:?})", key.modifiers),
            },
            Self::AfterEsc(_) => f.write_str("AfterEsc(a key)"),
            Self::Paste(text) => write!(f, "Paste({} bytes)", text.len()),
            Self::Resize(width, height) => write!(f, "Resize({width}, {height})"),
            Self::Reply {
                slot, r#gen, reply, ..
            } => write!(f, "Reply({slot:?} {gen:?} {reply:?})"),
            Self::Session(state) => write!(f, "Session({state:?})"),
            Self::CanSearch(can) => write!(f, "CanSearch({can})"),
            Self::Known(known) => write!(f, "Known({known:?})"),
            Self::Connected(result) => write!(f, "Connected({result:?})"),
            Self::Mouse(click, x, y) => write!(f, "Mouse({click:?} {x} {y})"),
            Self::Ground(ground) => write!(f, "Ground({ground:?})"),
            Self::Timer(timer, r#gen) => write!(f, "Timer({timer:?} {gen:?})"),
            Self::EditorClosed(outcome) => write!(
                f,
                "EditorClosed({:?})",
                outcome.as_ref().map(|text| text.as_ref().map(String::len))
            ),
            Self::Drafts(drafts) => write!(f, "Drafts({drafts:?})"),
            Self::DraftSaved(id, result) => write!(f, "DraftSaved({id:?} {result:?})"),
            Self::Problem(text) => write!(f, "Problem({text:?})"),
            Self::End(code) => write!(f, "End({code})"),
        }
    }
}
