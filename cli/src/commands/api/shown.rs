//! An answer as a terminal shows it: its head, and JSON in lines. No value is changed by that.

use std::fmt::Write as _;

use gatepost_sdk::Response;
use serde::de::IgnoredAny;

use crate::output::{printable, shown_json};

/// How much of a body is looked at for what it says.
pub(super) const ENOUGH: usize = 64 * 1024;

/// Status and headers, as they came.
pub(super) fn head(answer: &Response) -> String {
    let status = answer.status();
    let reason = status.canonical_reason().unwrap_or_default();
    let mut text = format!("{:?} {} {reason}", answer.version(), status.as_u16());
    text.truncate(text.trim_end().len());
    text.push('\n');
    for (name, value) in answer.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        let _ = writeln!(text, "{name}: {}", printable(&value));
    }
    text.push('\n');
    text
}

/// A body for a terminal, JSON in lines or as it came; `None` where it is no text.
pub(super) fn body(bytes: &[u8], in_lines: bool) -> Option<String> {
    let text = std::str::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))?;
    let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();
    let text = if is_json && in_lines {
        indented(text)
    } else {
        text.to_owned()
    };
    let mut shown = safe(&text, is_json);
    if !shown.is_empty() {
        shown.push('\n');
    }
    Some(shown)
}

/// The text of a part of a body, and what of it belongs to the next part; `None` where it is no text.
pub(super) fn split(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (text, rest) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, &[][..]),
        // a character that is cut in two
        Err(error) if error.error_len().is_none() => {
            let (text, rest) = bytes.split_at(error.valid_up_to());
            (std::str::from_utf8(text).ok()?, rest)
        }
        Err(_) => return None,
    };
    (!text.contains('\0')).then_some((text, rest))
}

/// Lines in which nothing is left that a terminal obeys; JSON stays JSON.
fn safe(text: &str, is_json: bool) -> String {
    let lines = text.lines().map(|line| {
        let parts = line.split('\t').map(|part| {
            if is_json {
                shown_json(part.to_owned(), true)
            } else {
                printable(part).into_owned()
            }
        });
        parts.collect::<Vec<_>>().join("\t")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// JSON with a line for each value.
fn indented(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    let mut chars = text.chars().peekable();
    let new_line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(char) = chars.next() {
        if in_string {
            out.push(char);
            in_string = is_escaped || char != '"';
            is_escaped = char == '\\' && !is_escaped;
            continue;
        }
        match char {
            '{' | '[' => {
                out.push(char);
                while chars.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    new_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(char);
            }
            ',' => {
                out.push(char);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            char if char.is_ascii_whitespace() => {}
            char => {
                in_string = char == '"';
                out.push(char);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_and_nothing_of_it_changes() {
        let text = r#"{"a":[1.00,12345678901234567890123, {} ,[ ]],"b{,":"x\"y: \\","c":null}"#;
        let shown = body(text.as_bytes(), true).unwrap();
        assert_eq!(
            shown,
            "{\n  \"a\": [\n    1.00,\n    12345678901234567890123,\n    {},\n    []\n  ],\n  \"b{,\": \"x\\\"y: \\\\\",\n  \"c\": null\n}\n"
        );
    }

    #[test]
    fn a_character_that_is_cut_belongs_to_the_next_part() {
        let text = "aé".as_bytes();
        assert_eq!(split(text), Some(("aé", &[][..])));
        assert_eq!(split(&text[..2]), Some(("a", &text[1..2])));
        assert_eq!(split(b"a\xffb"), None);
        assert_eq!(split(b"a\0"), None);
    }

    #[test]
    fn other_text_is_shown_safely_and_bytes_are_not() {
        let shown = body(b"a\tb\x1b[2J\r\nc", true).unwrap();
        assert_eq!(shown, "a\tb\\u{1b}[2J\nc\n");
        assert_eq!(body(b"", true).unwrap(), "");
        assert_eq!(body(b"\xff\xd8", true), None);
        assert_eq!(body(b"a\0b", true), None);
        let json = "{\"a\":\n\t\"\u{9b}31m\"}";
        assert_eq!(
            body(json.as_bytes(), false).unwrap(),
            "{\"a\":\n\t\"\\u009b31m\"}\n"
        );
    }
}
