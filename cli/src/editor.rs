//! A post in the editor of $VISUAL or $EDITOR: its title in TOML at the head, its text below.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};

use gatepost_sdk::NewPost;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::errors::{Exit, Failure};

const FENCE: &str = "+++\n";

/// Whether the terminal belongs to an editor; an interrupt is then for it.
static OPEN: AtomicBool = AtomicBool::new(false);

/// Whether an editor is open.
pub(crate) fn is_open() -> bool {
    OPEN.load(Ordering::SeqCst)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    title: String,
}

/// A post that was edited, and the file it was edited in, which outlives a failure to send it.
pub(crate) struct Edited {
    pub(crate) post: NewPost,
    file: Option<NamedTempFile>,
}

impl Edited {
    /// Keeps the text where it could not be sent, and says where.
    pub(crate) fn keep(self, failure: Failure) -> Failure {
        match self.file.map(NamedTempFile::keep) {
            Some(Ok((_, path))) => failure.hint(format!("your text is in {}", path.display())),
            _ => failure,
        }
    }
}

/// Opens the editor on a post; `None` where it is left unchanged.
pub(crate) async fn edit(post: &NewPost) -> Result<Option<Edited>, Failure> {
    let before = write(post);
    let file = tempfile::Builder::new()
        .prefix("gatepost-post-")
        .suffix(".md")
        .tempfile()
        .and_then(|mut file| file.write_all(before.as_bytes()).map(|()| file))
        .map_err(|error| Failure::usage(format!("the editor's file can't be created: {error}")))?;
    let status = run(file.path().to_owned()).await;
    let fail = |message: String| Failure::usage(message);
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => return Err(fail(format!("the editor failed: {status}")).exit(Exit::Refused)),
        Err(error) => {
            return Err(fail(format!("the editor can't be started: {error}"))
                .hint("set $EDITOR, or give --title and --body"));
        }
    }
    // by its name: editors put a new file in its place
    let mut after = String::new();
    let read =
        std::fs::File::open(file.path()).and_then(|mut file| file.read_to_string(&mut after));
    if let Err(error) = read {
        return Err(fail(format!("the edited file can't be read: {error}")));
    }
    if after == before {
        return Ok(None);
    }
    match parse(&after) {
        Ok(post) => Ok(Some(Edited {
            post,
            file: Some(file),
        })),
        Err(message) => {
            let edited = Edited {
                post: NewPost::new("", ""),
                file: Some(file),
            };
            Err(edited.keep(fail(message)))
        }
    }
}

async fn run(path: PathBuf) -> io::Result<ExitStatus> {
    OPEN.store(true, Ordering::SeqCst);
    let ended = tokio::task::spawn_blocking(move || command(&path).status()).await;
    OPEN.store(false, Ordering::SeqCst);
    ended.unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// The editor may be a command with arguments, as `code --wait`: a shell reads it, as git does.
fn command(path: &Path) -> Command {
    let editor = crate::settings::editor();
    if cfg!(windows) {
        let mut words = editor.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or("notepad"));
        command.args(words).arg(path);
        return command;
    }
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("{editor} \"$@\""))
        .arg("sh")
        .arg(path);
    command
}

fn write(post: &NewPost) -> String {
    let head = Head {
        title: post.title.clone(),
    };
    // a text under a name: there is nothing in it that TOML can't say
    let head = toml::to_string(&head).unwrap_or_default();
    format!("{FENCE}{head}{FENCE}{}\n", post.content)
}

fn parse(text: &str) -> Result<NewPost, String> {
    let text = text.replace("\r\n", "\n");
    let parts = text.strip_prefix(FENCE).and_then(|rest| {
        rest.strip_prefix(FENCE)
            .map(|content| ("", content))
            .or_else(|| rest.split_once("\n+++\n"))
            .or_else(|| rest.strip_suffix("\n+++").map(|head| (head, "")))
    });
    let Some((head, content)) = parts else {
        return Err("Keep the first three lines: +++, title = \"…\", +++".to_owned());
    };
    let head: Head = toml::from_str(head)
        .map_err(|error| format!("The second line must be title = \"…\": {}", error.message()))?;
    Ok(NewPost::new(
        head.title,
        content.strip_suffix('\n').unwrap_or(content),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_alone_comes_back_the_same() {
        for (title, content) in [
            ("plain", "text"),
            ("", ""),
            ("with \"quotes\" and \\ and\nlines", "a\n+++\nb\n"),
            ("漢字", "\n\n"),
        ] {
            let post = NewPost::new(title, content);
            assert_eq!(parse(&write(&post)), Ok(post));
        }
    }

    #[test]
    fn a_broken_head_is_said() {
        assert_eq!(
            parse("title = 'x'\n").unwrap_err(),
            "Keep the first three lines: +++, title = \"…\", +++"
        );
        assert!(
            parse("+++\ntitel = 'x'\n+++\n")
                .unwrap_err()
                .contains("titel")
        );
        assert_eq!(
            parse("+++\r\ntitle = 'x'\r\n+++\r\na\r\n"),
            Ok(NewPost::new("x", "a"))
        );
        assert_eq!(parse("+++\ntitle = 'x'\n+++"), Ok(NewPost::new("x", "")));
    }
}
