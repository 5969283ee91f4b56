//! What was found, a line each, and what follows from it.

use std::fmt::{self, Write as _};

use crate::settings::edit::Entry;

/// What is left where no setting helps.
pub(super) const LAST_RESORT: &str = "stay with Django, or remove the rows of token_blacklist_blacklistedtoken and token_blacklist_outstandingtoken, which ends these sessions";

/// What follows from a report, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// It can be adopted.
    Ready,
    /// It can be adopted; a person should read the remarks.
    Remarks,
    /// It cannot.
    NotPossible,
}

/// What was found out about a database.
#[derive(Default)]
pub(crate) struct Report {
    lines: Vec<(Verdict, String)>,
    settings: Vec<Entry>,
}

impl Report {
    pub(crate) fn fact(&mut self, line: String) {
        self.lines.push((Verdict::Ready, line));
    }

    pub(crate) fn remark(&mut self, line: String) {
        self.lines.push((Verdict::Remarks, line));
    }

    pub(crate) fn problem(&mut self, line: String) {
        self.lines.push((Verdict::NotPossible, line));
    }

    /// How much there is to say beside facts.
    pub(crate) fn count(&self) -> usize {
        let lines = self.lines.iter();
        lines
            .filter(|(verdict, _)| *verdict > Verdict::Ready)
            .count()
    }

    /// What another report says as well.
    pub(crate) fn extend(&mut self, other: Self) {
        self.lines.extend(other.lines);
        self.settings.extend(other.settings);
    }

    /// All lines by their weight, for a person; `command` is what can be run.
    pub(crate) fn sections(&self, command: &str) -> String {
        let mut text = String::new();
        for (title, of) in [
            ("What stays as it is", Verdict::Ready),
            ("What will be different", Verdict::Remarks),
            ("What is in the way", Verdict::NotPossible),
        ] {
            let lines: Vec<&str> = self.lines(of).collect();
            if !lines.is_empty() {
                // writing to a text never fails
                let _ = writeln!(text, "{title}:");
            }
            for line in lines {
                let _ = writeln!(text, "  - {}", sentence(line));
            }
        }
        let _ = match self.verdict() {
            Verdict::Ready => write!(text, "Ready: `{command}` can be run."),
            Verdict::Remarks => write!(text, "Ready, with remarks: `{command}` can be run."),
            Verdict::NotPossible => write!(text, "Not possible: nothing was changed."),
        };
        text
    }

    /// A setting that this database needs.
    pub(super) fn setting(&mut self, entry: Entry) {
        self.settings.push(entry);
    }

    /// The settings that this database needs.
    pub(crate) fn take_settings(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.settings)
    }

    pub(crate) fn verdict(&self) -> Verdict {
        let worst = self.lines.iter().map(|(verdict, _)| *verdict).max();
        worst.unwrap_or(Verdict::Ready)
    }

    /// The lines of this weight.
    pub(crate) fn lines(&self, of: Verdict) -> impl Iterator<Item = &str> {
        let lines = self.lines.iter().filter(move |(verdict, _)| *verdict == of);
        lines.map(|(_, line)| line.as_str())
    }
}

/// A line as a sentence of its own.
fn sentence(line: &str) -> String {
    let mut chars = line.chars();
    let begin = chars.next().map(char::to_uppercase);
    // a name of a table or a setting keeps its letters
    let word = line.split(' ').next().unwrap_or_default();
    let is_name = word.contains(['_', '.', '`', '/']);
    let text: String = match begin {
        Some(begin) if !is_name => begin.chain(chars).collect(),
        _ => line.to_owned(),
    };
    if text.ends_with(['.', '!', '?']) {
        text
    } else {
        text + "."
    }
}

/// A text as the settings file writes it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (verdict, line) in &self.lines {
            match verdict {
                Verdict::Ready => writeln!(f, "{line}")?,
                Verdict::Remarks => writeln!(f, "remark: {line}")?,
                Verdict::NotPossible => writeln!(f, "problem: {line}")?,
            }
        }
        let count = |of| self.lines(of).count();
        match self.verdict() {
            Verdict::Ready => f.write_str("Ready: `gatepost-server migrate --adopt` can be run."),
            Verdict::Remarks => write!(
                f,
                "Ready, with remarks ({}): `gatepost-server migrate --adopt` can be run.",
                count(Verdict::Remarks)
            ),
            Verdict::NotPossible => write!(
                f,
                "Not possible ({}): nothing was changed.",
                count(Verdict::NotPossible)
            ),
        }
    }
}
