//! What commands print: for people on a terminal, for programs in a pipe, and as JSON.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

pub(crate) use gatepost_terminal::safe::printable;
use serde::Serialize;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

/// How standard output is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// For people, in this many columns.
    Terminal(usize),
    /// Values separated by tabs.
    Tsv,
    /// JSON.
    Json,
}

impl Style {
    /// The style that fits what standard output is.
    pub(crate) fn choose(json: bool) -> Self {
        if json {
            Self::Json
        } else if io::stdout().is_terminal() {
            let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
            Self::Terminal(width.filter(|width| *width > 0).unwrap_or(80))
        } else {
            Self::Tsv
        }
    }

    /// Prints the fields of an object: a line each.
    pub(crate) fn record<T: Serialize>(self, of: &T) -> io::Result<()> {
        let value = serde_json::to_value(of)?;
        let Value::Object(fields) = &value else {
            return put(&format!("{value}\n"));
        };
        let longest = fields.keys().map(|name| name.width()).max().unwrap_or(0);
        let text = match self {
            Self::Json => format!("{value}\n"),
            Self::Tsv => fields.iter().fold(String::new(), |text, (name, value)| {
                text + name + "\t" + &escaped(&plain(value)) + "\n"
            }),
            Self::Terminal(_) => fields
                .iter()
                .fold(String::new(), |mut text, (name, value)| {
                    let value = plain(value);
                    let line = format!("{name:longest$}  {}", printable(&value));
                    let _ = writeln!(text, "{}", line.trim_end());
                    text
                }),
        };
        put(&text)
    }

    /// Prints what a command made: JSON, in a pipe this one value, on a terminal nothing, since a sentence says it.
    pub(crate) fn result<T: Serialize>(self, value: &str, json: &T) -> io::Result<()> {
        match self {
            Self::Json => put(&format!("{}\n", serde_json::to_string(json)?)),
            Self::Tsv if !value.is_empty() => put(&format!("{}\n", escaped(value))),
            Self::Tsv | Self::Terminal(_) => Ok(()),
        }
    }

    /// Says a sentence to a person, on standard error; with `--json` nobody is there.
    pub(crate) fn say(self, sentence: &str) {
        if self != Self::Json {
            warn(sentence);
        }
    }
}

/// Says a sentence that matters, on standard error.
pub(crate) fn warn(sentence: &str) {
    // nobody may read it, and then there is nobody to tell
    let _ = writeln!(io::stderr(), "{}", printable(sentence));
}

/// Writes to standard output.
pub(crate) fn put(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// A value of JSON as plain text.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        value => value.to_string(),
    }
}

/// The text with what separates values written as `\t`, `\n`, `\r` and `\\`.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            char => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_in_their_columns() {
        assert_eq!(escaped("a\tb\nc\\d\r"), "a\\tb\\nc\\\\d\\r");
        assert_eq!(plain(&serde_json::json!(["a", 1, null])), "a, 1, ");
    }
}
