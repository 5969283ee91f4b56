//! What was found, a line each, and what follows from it.

use std::fmt;

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
