//! A text that was written and is not at the server yet.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::merge;
use crate::post::Version;

/// What the editor's file says of itself.
const NOTE: &str = "\
The title goes between the quotes, the text below the second +++.
Save the file and close the editor when you are done.
Lines with # up here are not sent. Without a title and a text nothing is.";

/// The same of a text with the versions of both sides in it.
const NOTE_OF_MARKS: &str = "\
Somebody else changed the same meanwhile: both versions are marked below.
Keep what you want, delete the lines with <<<<<<<, ======= and >>>>>>>,
then save the file and close the editor. Lines with # up here are not sent.";

/// The name of a draft: by which run of which program, so that two at once never write one file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DraftId(pub String);

/// A text that was written and is not at the server yet.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// Its name.
    pub id: DraftId,
    /// The server's address, as the sdk's client gives it.
    pub server: String,
    /// Whose it is.
    pub user: String,
    /// The post that it changes; `None` for a new one.
    pub post: Option<i64>,
    /// The title as it was written.
    pub title: String,
    /// The text as it was written.
    pub content: String,
    /// When it was kept, in seconds since 1970.
    pub saved: i64,
    /// The version of the post that it started from; `None` of a new post, and of a draft of an older release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Version>,
    /// What was sent of it last, where the answer was not heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Version>,
    /// Whether the editor's file begins with the title ([`Version::file`]), and not at once with the text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_head: bool,
}

impl DraftId {
    /// The name of the `number`th draft of a run.
    pub fn new(run: &str, number: u64) -> Self {
        Self(format!("{run}-{number}"))
    }

    /// The run that made it.
    pub fn run(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }
}

impl Draft {
    /// Its title and text.
    pub fn version(&self) -> Version {
        Version::new(&self.title, &self.content)
    }

    /// The version that it starts from, beside the one that is at the server now.
    pub fn start(&self, theirs: &Version) -> Option<Version> {
        merge::start(self.base.as_ref(), self.sent.as_ref(), theirs)
    }

    /// Takes a title and text.
    pub fn set(&mut self, version: Version) {
        self.title = version.title;
        self.content = version.content;
    }

    /// What an editor is given: the title and the text, or the text alone with the line end that editors end a file
    /// with.
    pub fn file(&self) -> String {
        if self.has_head {
            let version = self.version();
            let has_marks = merge::has_marks(&version);
            version.file(if has_marks { NOTE_OF_MARKS } else { NOTE })
        } else {
            format!("{}\n", self.content)
        }
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
