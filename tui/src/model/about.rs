//! What is known of the program's surroundings: the server, the places for sessions, the other sessions.

use chrono::FixedOffset;
use gatepost_sdk::AccountSession;

use crate::msg::Known;
use crate::theme::Theme;

/// Where the account is logged in.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sessions {
    pub(crate) rows: Vec<AccountSession>,
    pub(crate) selected: usize,
    /// Whether the server has told.
    pub(crate) is_known: bool,
    /// Why it did not.
    pub(crate) problem: Option<String>,
}

impl Sessions {
    /// The selected one.
    pub(crate) fn chosen(&self) -> Option<&AccountSession> {
        self.rows.get(self.selected)
    }

    /// Keeps the mark on a row.
    pub(crate) fn settle(&mut self) {
        self.selected = self.selected.min(self.rows.len().saturating_sub(1));
    }
}

/// What changes only with the server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct About {
    /// The server's address.
    pub(crate) server: String,
    /// Where a session can be kept, in words.
    pub(crate) places: Vec<String>,
    /// The accounts that are known on this machine, and whether another server can be used.
    pub(crate) known: Vec<Known>,
    pub(crate) can_connect: bool,
    pub(crate) theme: Theme,
    /// Whether everything is in one column of words, for those who have the screen read to them.
    pub(crate) is_linear: bool,
    pub(crate) zone: FixedOffset,
    /// The name of this run, for the names of its drafts.
    pub(crate) run: String,
    /// Whether an editor was named.
    pub(crate) has_editor: bool,
}
