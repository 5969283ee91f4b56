//! What fills the screen: a form, the list, a post that is read or written, the account, the session, the help.

use gatepost_sdk::{Post, PostId};

use crate::form::Form;
use crate::markdown::Piece;
use crate::text::TextBuf;
use crate::text::wrap::Anchor;
use gatepost_terminal::drafts::DraftId;
use gatepost_terminal::post::Version;

/// What fills the screen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Screen {
    SignIn(Form),
    Register(Form),
    Posts,
    Read(Read),
    Edit(Box<Edit>),
    Profile,
    Session,
    /// With the first line that is shown, and over what it was asked for.
    Help(usize),
}

/// A post being read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Read {
    pub(crate) id: PostId,
    pub(crate) post: Option<Post>,
    /// The text's lines, as they are read.
    pub(crate) lines: Vec<Piece>,
    pub(crate) top: Anchor,
    /// Why it can't be shown.
    pub(crate) problem: Option<String>,
    /// Whether it is to be edited as soon as it is there.
    pub(crate) then_edit: bool,
}

/// A post being written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Edit {
    pub(crate) draft: DraftId,
    pub(crate) post: Option<PostId>,
    pub(crate) title: TextBuf,
    pub(crate) body: TextBuf,
    pub(crate) is_in_body: bool,
    /// The server's messages about each field.
    pub(crate) errors: Vec<(String, Vec<String>)>,
    /// The version of the post that it started from; `None` of a new one, and where that is not known.
    pub(crate) base: Option<Version>,
    /// What was sent of it, where nobody knows whether it arrived.
    pub(crate) sent: Option<Version>,
    /// The base as it is shown here, where there is one kind of line ends.
    pub(crate) shown: Version,
    /// Which state of the text is in its file.
    pub(crate) kept: u64,
    /// Whether there is a file.
    pub(crate) has_file: bool,
}

impl Read {
    /// Nothing of it is there yet.
    pub(crate) fn new(id: PostId) -> Self {
        Self {
            id,
            post: None,
            lines: vec![Piece::default()],
            top: Anchor::default(),
            problem: None,
            then_edit: false,
        }
    }
}

impl Edit {
    /// Rises with each change.
    pub(crate) fn version(&self) -> u64 {
        self.title.version + self.body.version
    }

    /// Whether its file holds it as it is.
    pub(crate) fn is_kept(&self) -> bool {
        self.has_file && self.version() == self.kept
    }

    /// Title and text as they are now. What was not changed is as at the server.
    pub(crate) fn mine(&self) -> Version {
        let mine = Version::new(self.title.text(), self.body.text());
        match &self.base {
            Some(base) => base.edited(&self.shown, mine),
            None => mine,
        }
    }

    /// Whether anything differs from what it started from.
    pub(crate) fn is_changed(&self) -> bool {
        !self.title.is(&self.shown.title) || !self.body.is(&self.shown.content)
    }

    /// The text that the cursor is in.
    pub(crate) fn focus(&self) -> &TextBuf {
        if self.is_in_body {
            &self.body
        } else {
            &self.title
        }
    }

    /// The same to write in.
    pub(crate) fn focused(&mut self) -> &mut TextBuf {
        if self.is_in_body {
            &mut self.body
        } else {
            &mut self.title
        }
    }
}
