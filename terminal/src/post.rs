//! A post's title and text: as one version of several, and as one file for an editor.

use std::fmt;

use serde::{Deserialize, Serialize};

const FENCE: &str = "+++\n";

/// The title and text of a post at one moment.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its title.
    pub title: String,
    /// Its text.
    pub content: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    title: String,
}

impl Version {
    /// A version of this title and text.
    pub fn new(title: impl Into<String>, content: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            content: content.into(),
        }
    }

    /// This version after it was edited. An editor may change more than a person did, as line ends: a field that comes
    /// back as it was `shown` stays as it is here.
    #[must_use]
    pub fn edited(&self, shown: &Self, back: Self) -> Self {
        let field = |own: &String, shown: &String, back: String| {
            if back == *shown { own.clone() } else { back }
        };
        Self {
            title: field(&self.title, &shown.title, back.title),
            content: field(&self.content, &shown.content, back.content),
        }
    }

    /// The file for an editor: a note on what to do, as comments, and the title in TOML at the head, the text below, and
    /// the line end that editors end a file with.
    pub fn file(&self, note: &str) -> String {
        let note = note.lines().map(|line| format!("# {line}\n"));
        let note: String = note.collect();
        let head = Head {
            title: self.title.clone(),
        };
        // a text under a name: there is nothing in it that TOML can't say
        let head = toml::to_string(&head).unwrap_or_default();
        format!("{FENCE}{note}{head}{FENCE}{}\n", self.content)
    }

    /// Reads such a file. Comments in its head are left out; in the text there are none.
    ///
    /// # Errors
    /// A sentence that says how its head must look.
    pub fn from_file(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let text = text.replace("\r\n", "\n");
        let parts = text.strip_prefix(FENCE).and_then(|rest| {
            rest.strip_prefix(FENCE)
                .map(|content| ("", content))
                .or_else(|| rest.split_once("\n+++\n"))
                .or_else(|| rest.strip_suffix("\n+++").map(|head| (head, "")))
        });
        let Some((head, content)) = parts else {
            return Err("Keep the head: a line +++, a line title = \"…\", a line +++".to_owned());
        };
        let head: Head = toml::from_str(head).map_err(|error| {
            let why = error.message();
            format!("Between the lines +++ there must be title = \"…\": {why}")
        })?;
        Ok(Self::new(
            head.title,
            content.strip_suffix('\n').unwrap_or(content),
        ))
    }
}

impl fmt::Debug for Version {
    /// Without the text: a log is no place for what somebody writes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Version").finish_non_exhaustive()
    }
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
            let post = Version::new(title, content);
            for note in ["", "What to do.\n+++\ntitle = 'x'"] {
                assert_eq!(Version::from_file(&post.file(note)).as_ref(), Ok(&post));
            }
        }
    }

    #[test]
    fn a_note_is_taken_away_and_what_looks_like_one_in_the_text_is_not() {
        let post = Version::new("T", "# A heading\ntext");
        let file = post.file("One.\nTwo.");
        assert_eq!(
            file,
            "+++\n# One.\n# Two.\ntitle = \"T\"\n+++\n# A heading\ntext\n"
        );
        assert_eq!(Version::from_file(&file), Ok(post));
    }

    #[test]
    fn a_broken_head_is_said() {
        let read = Version::from_file;
        assert_eq!(
            read("title = 'x'\n").unwrap_err(),
            "Keep the head: a line +++, a line title = \"…\", a line +++"
        );
        let why = read("+++\ntitel = 'x'\n+++\n").unwrap_err();
        assert!(why.contains("titel"), "{why}");
        for text in [
            "+++\r\ntitle = 'x'\r\n+++\r\na\r\n",
            "\u{feff}+++\ntitle = 'x'\n+++\na",
        ] {
            assert_eq!(read(text), Ok(Version::new("x", "a")));
        }
        assert_eq!(read("+++\ntitle = 'x'\n+++"), Ok(Version::new("x", "")));
    }

    #[test]
    fn what_only_the_editor_changed_is_as_before() {
        let before = Version::new("T", "a\r\nb");
        let shown = Version::from_file(&before.file("")).unwrap();
        assert_eq!(shown.content, "a\nb");
        let after = before.edited(&shown, Version::new("New", "a\nb"));
        assert_eq!(after, Version::new("New", "a\r\nb"));
    }
}
