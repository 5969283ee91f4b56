//! Texts as a terminal, a pipe and JSON have them.

use std::borrow::Cow;
use std::fmt::Write as _;

use gatepost_terminal::safe::{is_unsafe, printable};
use serde_json::Value;

/// The text of JSON; on a terminal with everything escaped that it might obey.
pub(crate) fn shown_json(text: String, is_terminal: bool) -> String {
    if !is_terminal || !text.contains(is_unsafe) {
        return text;
    }
    // what is unsafe stands in a string: between values there is nothing but signs and space, of which a return would
    // put the line over itself
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if let '\n' | '\t' = char {
            out.push(char);
        } else if char == '\r' {
            out.push(' ');
        } else if is_unsafe(char) {
            for unit in char.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(char);
        }
    }
    out
}

/// A text of several lines as a terminal shows it. A tab is the one control that belongs into a text.
pub(crate) fn shown_text(text: &str) -> Cow<'_, str> {
    if !text.contains(|char| is_unsafe(char) && char != '\n' && char != '\t') {
        return text.into();
    }
    let parts = text.split_inclusive(['\n', '\t']).map(|part| {
        let end = part.strip_suffix(['\n', '\t']).unwrap_or(part).len();
        printable(&part[..end]).into_owned() + &part[end..]
    });
    parts.collect::<String>().into()
}

/// A value of JSON as plain text.
pub(super) fn plain(value: &Value) -> String {
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

    #[test]
    fn a_terminal_gets_json_that_it_does_not_obey_and_that_is_the_same() {
        let value = serde_json::json!({"a": "ö\u{9b}31m\u{202e}\u{1b}\n"});
        let shown = shown_json(value.to_string(), true);
        assert_eq!(shown, r#"{"a":"ö\u009b31m\u202e\u001b\n"}"#);
        assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), value);
        assert_eq!(shown_json(value.to_string(), false), value.to_string());
        let spaced = "{\n\t\"a\":\r\n\"\u{9b}\"}".to_owned();
        assert_eq!(shown_json(spaced, true), "{\n\t\"a\": \n\"\\u009b\"}");
    }

    #[test]
    fn a_text_keeps_its_lines_and_tabs_and_nothing_else() {
        assert_eq!(shown_text("a\n\tb\n"), "a\n\tb\n");
        assert_eq!(
            shown_text("a\u{1b}\n\n\tb\r\n\u{202e}"),
            "a\\u{1b}\n\n\tb\\r\n\\u{202e}"
        );
    }
}
