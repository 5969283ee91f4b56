//! What the program is started with.

use std::path::PathBuf;
use std::sync::Arc;

use gatepost_sdk::Client;

use crate::theme::Theme;

/// A place that keeps sessions.
pub struct Place {
    /// What it is, in words: "the OS keyring".
    pub name: String,
    /// The server, the account where one was named, and the store of its session; best with
    /// [`RefreshMode::Background`](gatepost_sdk::RefreshMode::Background).
    pub client: Client,
}

impl Place {
    /// A place of this name.
    pub fn new(name: impl Into<String>, client: Client) -> Self {
        Self {
            name: name.into(),
            client,
        }
    }
}

/// Who remembers which accounts there are, so that other programs know the session. Called on a thread that may
/// block; what went wrong is shown.
pub trait Accounts: Send + Sync + 'static {
    /// Somebody has signed in at this server. The place's number is 0 for [`Options::place`], then those of [`Options::others`]; after
    /// [`Accounts::open`] it is that of the place it gave.
    ///
    /// # Errors
    /// It can't be remembered: a sentence.
    fn signed_in(&self, server: &str, place: usize, user: &str) -> Result<(), String>;

    /// Somebody has signed out of the session in this place.
    ///
    /// # Errors
    /// It can't be forgotten: a sentence.
    fn signed_out(&self, server: &str, place: usize, user: &str) -> Result<(), String>;

    /// The accounts that are known: server and name, the one in use first.
    fn known(&self) -> Vec<(String, String)>;

    /// The places that can keep sessions of another server, or of another account; the first is used, where there is
    /// one at all.
    ///
    /// # Errors
    /// The address is none, or no place can be used: a sentence.
    fn open(&self, server: &str, user: Option<&str>) -> Result<Vec<Place>, String>;
}

/// What the program is started with.
pub struct Options {
    /// Where the session is kept.
    pub place: Place,
    /// Where it may be kept instead. A person is asked when the first place can't be used; none is ever taken in
    /// silence.
    pub others: Vec<Place>,
    /// Who remembers which accounts there are.
    pub accounts: Option<Arc<dyn Accounts>>,
    /// The folder of the drafts, which is made where it is missing. All runs of one person share it.
    pub drafts: PathBuf,
    /// The colours.
    pub theme: Theme,
    /// Whether everything is in one column of words, without lines and signs, for those who have the screen read to
    /// them.
    pub is_linear: bool,
    /// Whether the mouse is used from the start.
    pub has_mouse: bool,
    /// The person's editor with its arguments (`$VISUAL`, `$EDITOR`).
    pub editor: Option<String>,
    /// What the terminal is called (`$TERM`), and what it says of its colours (`$COLORTERM`).
    pub term: String,
    /// See [`Options::term`].
    pub colorterm: String,
    /// Whether the terminal can't move its cursor (`TERM=dumb`).
    pub is_dumb: bool,
    /// Called before each frame with its number, so that a test can break one.
    #[doc(hidden)]
    pub before_frame: Option<fn(u64)>,
}

impl Options {
    /// With the colours for the terminal's background and without an editor.
    pub fn new(place: Place, drafts: impl Into<PathBuf>) -> Self {
        Self {
            place,
            others: Vec::new(),
            accounts: None,
            drafts: drafts.into(),
            theme: Theme::Auto,
            is_linear: false,
            has_mouse: false,
            editor: None,
            term: String::new(),
            colorterm: String::new(),
            is_dumb: false,
            before_frame: None,
        }
    }
}
