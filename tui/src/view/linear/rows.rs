//! The rows of a picture as lines of words.

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::style::Modifier;

/// A row of the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) y: u16,
    pub(super) text: String,
    /// Whether it is the selected one.
    pub(super) is_marked: bool,
    /// Whether it changes all the time, and is not said for that alone.
    pub(super) is_aside: bool,
}

impl Line {
    pub(super) fn said(&self) -> String {
        if self.is_marked {
            format!("> {}", self.text)
        } else {
            self.text.clone()
        }
    }
}

/// Who is signed in, and where; without the state, which changes with each request.
pub(super) fn head(buffer: &Buffer) -> Option<String> {
    let row = text(buffer, 0, 0, buffer.area.width);
    let mut parts: Vec<&str> = parts(&row).collect();
    if parts.len() > 2 {
        parts.pop();
    }
    let head = parts.join(", ");
    (!head.is_empty()).then_some(head)
}

/// What the keys do, their names in words.
pub(super) fn foot(buffer: &Buffer) -> Option<String> {
    let y = buffer.area.height.checked_sub(1)?;
    let row = text(buffer, y, 0, buffer.area.width);
    let keys: Vec<String> = parts(&row).map(key).collect();
    (!keys.is_empty()).then(|| format!("Keys: {}", keys.join(", ")))
}

fn key(hint: &str) -> String {
    let (key, what) = hint.split_once(' ').unwrap_or((hint, ""));
    let key = match key {
        "↑" => "Up".to_owned(),
        "↓" => "Down".to_owned(),
        "←" => "Left".to_owned(),
        "→" => "Right".to_owned(),
        key => match key.strip_prefix('^').filter(|rest| !rest.is_empty()) {
            Some(letter) => format!("Ctrl-{letter}"),
            None => key.to_owned(),
        },
    };
    format!("{key} {what}").trim_end().to_owned()
}

/// The rows between head and foot that say something, without the one that is typed into.
pub(super) fn lines(buffer: &Buffer, typed: Option<u16>) -> Vec<Line> {
    let rows = 1..buffer.area.height.saturating_sub(1);
    let rows = rows.filter(|y| typed != Some(*y));
    let lines = rows.filter_map(|y| {
        let row = text(buffer, y, 0, buffer.area.width);
        let (is_marked, row) = match row.trim_start().strip_prefix("> ") {
            Some(rest) if is_bar(buffer, y) => (true, rest.to_owned()),
            _ => (false, row),
        };
        let text = parts(&row).collect::<Vec<_>>().join("  ");
        let aside = (0..buffer.area.width).any(|x| {
            let cell = &buffer[(x, y)];
            cell.modifier.contains(Modifier::HIDDEN)
        });
        (!text.is_empty()).then_some(Line {
            y,
            text,
            is_marked,
            is_aside: aside,
        })
    });
    lines.collect()
}

/// Whether the first sign of a row is the bar before a selected one, and no text.
fn is_bar(buffer: &Buffer, y: u16) -> bool {
    let mut cells = (0..buffer.area.width).map(|x| &buffer[(x, y)]);
    let first = cells.find(|cell| cell.symbol() != " ");
    first.is_some_and(|cell| cell.modifier.contains(Modifier::BOLD))
}

/// What stands in some columns of a row.
pub(super) fn text(buffer: &Buffer, y: u16, start: u16, end: u16) -> String {
    let mut text = String::new();
    let mut skip = 0;
    for x in start..end.min(buffer.area.width) {
        if skip > 0 {
            skip -= 1;
            continue;
        }
        let symbol = buffer[(x, y)].symbol();
        text.push_str(symbol);
        skip = symbol.cell_width().saturating_sub(1);
    }
    text
}

/// The parts of a row that are apart from each other.
fn parts(row: &str) -> impl Iterator<Item = &str> {
    row.split("  ")
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_names() {
        assert_eq!(key("^s save"), "Ctrl-s save");
        assert_eq!(key("← newer"), "Left newer");
        assert_eq!(key("Enter read"), "Enter read");
        assert_eq!(key("^ x"), "^ x");
    }
}
