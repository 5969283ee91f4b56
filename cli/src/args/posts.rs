//! The arguments of `gatepost posts`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use gatepost_sdk::PostId;

#[derive(Subcommand)]
pub(crate) enum Posts {
    /// List the posts, newest first
    List(List),
    /// List the posts with a text in title or content, newest first
    Search(Search),
    /// Show a post
    View(One),
    /// Create a post
    Create(Create),
    /// Edit one of your posts
    Edit(Edit),
    /// Delete one of your posts
    Delete(Delete),
}

#[derive(Args)]
pub(crate) struct List {
    /// List only those with this in title or text, in capital or small letters
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    #[command(flatten)]
    pub(crate) which: Which,
}

#[derive(Args)]
pub(crate) struct Search {
    /// What to look for, in capital or small letters
    pub(crate) text: String,
    #[command(flatten)]
    pub(crate) which: Which,
}

impl From<Search> for List {
    fn from(search: Search) -> Self {
        Self {
            search: Some(search.text),
            which: search.which,
        }
    }
}

/// Which posts of a list.
#[derive(Args)]
pub(crate) struct Which {
    /// List only those of this author
    #[arg(long, value_name = "USERNAME")]
    pub(crate) author: Option<String>,
    /// List only the newest N [default: 30 on a terminal, all in a pipe and as JSON]
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) limit: Option<u64>,
    /// List all of them
    #[arg(long, conflicts_with = "limit")]
    pub(crate) all: bool,
}

#[derive(Args)]
pub(crate) struct One {
    /// The post's number
    #[arg(value_parser = number)]
    pub(crate) id: PostId,
}

/// Title and text; where none is given, an editor opens.
#[derive(Args, Default)]
pub(crate) struct Text {
    /// The title
    #[arg(short, long)]
    pub(crate) title: Option<String>,
    /// The text
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) body: Option<String>,
    /// Read the text from a file, or from stdin (-)
    #[arg(short = 'F', long, value_name = "FILE", conflicts_with = "body")]
    pub(crate) body_file: Option<PathBuf>,
}

impl Text {
    /// Whether nothing is given.
    pub(crate) fn is_empty(&self) -> bool {
        self.title.is_none() && self.body.is_none() && self.body_file.is_none()
    }
}

#[derive(Args)]
pub(crate) struct Create {
    #[command(flatten)]
    pub(crate) text: Text,
    /// Continue the text that could not be sent
    #[arg(long)]
    pub(crate) resume: bool,
}

#[derive(Args)]
pub(crate) struct Edit {
    /// The post's number
    #[arg(value_parser = number)]
    pub(crate) id: PostId,
    #[command(flatten)]
    pub(crate) text: Text,
    /// Continue the text that could not be sent
    #[arg(long)]
    pub(crate) resume: bool,
    /// What to keep of a field that somebody else changed meanwhile; `theirs` drops yours
    #[arg(long, value_name = "WHOSE")]
    pub(crate) keep: Option<Side>,
}

/// Whose version of a post.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Side {
    Mine,
    Theirs,
}

#[derive(Args)]
pub(crate) struct Delete {
    /// The post's number
    #[arg(value_parser = number)]
    pub(crate) id: PostId,
    /// Delete without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// What becomes of the texts that were not sent.
#[derive(Subcommand)]
pub(crate) enum Drafts {
    /// List your texts that were not sent, newest first
    List,
    /// Show one of them
    Show(OneDraft),
    /// Throw one of them away
    Discard(Discard),
}

#[derive(Args)]
pub(crate) struct OneDraft {
    /// The draft's name, as `gatepost drafts list` shows it
    pub(crate) id: String,
}

#[derive(Args)]
pub(crate) struct Discard {
    #[command(flatten)]
    pub(crate) draft: OneDraft,
    /// Discard without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// The number of a post, also as people write it: `#7`.
fn number(text: &str) -> Result<PostId, &'static str> {
    let text = text.trim();
    let digits = text.strip_prefix('#').unwrap_or(text);
    digits
        .parse()
        .map_err(|_| "it must be a number, as `gatepost posts list` shows it")
}

/// At least one.
fn count(text: &str) -> Result<u64, &'static str> {
    let count = text.trim().parse().ok().filter(|count| *count > 0);
    count.ok_or("it must be a whole number, 1 or more")
}
