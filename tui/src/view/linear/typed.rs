//! The line that is typed into: begun once, then changed by characters and steps back.

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Position;
use ratatui::style::Modifier;
use unicode_segmentation::UnicodeSegmentation;

use super::rows::text;

/// The end of a line, on a terminal that adds nothing to it.
pub(super) const END: &str = "\r\n";

/// How many columns are left of a text.
const MARGIN: u16 = 2;

/// A field or a line of a text that keys go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) y: u16,
    /// What stands before it.
    label: String,
    text: String,
    /// How many cells of the text are before the cursor.
    at: u16,
}

/// The line that is typed into, with the cursor at its place.
pub(super) fn begun(typed: &Typed) -> String {
    let label = match typed.label.as_str() {
        "" => String::new(),
        label => format!("{label}: "),
    };
    let back = typed.text.cell_width().saturating_sub(typed.at);
    format!("{label}{}{}", typed.text, "\u{8}".repeat(back.into()))
}

/// What makes the new line of the old one: nothing but characters and steps back, as a shell does it. Another line is
/// begun below.
pub(super) fn edited(old: &Typed, new: &Typed) -> String {
    if old == new {
        return String::new();
    }
    let (was, is): (Vec<&str>, Vec<&str>) = (
        old.text.graphemes(true).collect(),
        new.text.graphemes(true).collect(),
    );
    let same = was.iter().zip(&is).take_while(|(one, other)| one == other);
    let same = same.count();
    let tail = was[same..].iter().rev().zip(is[same..].iter().rev());
    let tail = tail.take_while(|(one, other)| one == other).count();
    let is_one_change = same + tail >= was.len().min(is.len());
    if old.y != new.y || old.label != new.label || !is_one_change {
        return format!("{END}{}", begun(new));
    }
    let width = |parts: &[&str]| parts.iter().map(|part| part.cell_width()).sum::<u16>();
    let mut out = String::new();
    let from = width(&was[..same]);
    if was == is {
        // the cursor alone has moved: over the characters, or back
        out += &walk(&is, old.at, new.at);
        return out;
    }
    out += &walk(&was, old.at, from);
    out += &is[same..].concat();
    let (long, short) = (width(&was), width(&is));
    let rest = long.saturating_sub(short);
    out += &" ".repeat(rest.into());
    let back = (short + rest).saturating_sub(new.at);
    out += &"\u{8}".repeat(back.into());
    out
}

/// The way from a column of a line to another one of it.
fn walk(parts: &[&str], from: u16, to: u16) -> String {
    if to <= from {
        return "\u{8}".repeat((from - to).into());
    }
    let mut at = 0;
    let mut out = String::new();
    for part in parts {
        if at >= from && at < to {
            out += part;
        }
        at += part.cell_width();
    }
    out
}

/// The field or the line of a text in which the cursor is; `None` where it marks a row.
pub(super) fn typed(buffer: &Buffer, cursor: Position, is_text: bool) -> Option<Typed> {
    let Position { x, y } = cursor;
    let is_field = |x: u16| {
        let cell = buffer.cell(Position::new(x, y));
        cell.is_some_and(|cell| cell.modifier.contains(Modifier::UNDERLINED))
    };
    let (start, end) = if is_field(x) {
        let start = (0..x).rev().take_while(|x| is_field(*x)).last();
        let end = (x..buffer.area.width).take_while(|x| is_field(*x)).last();
        (start.unwrap_or(x), end.unwrap_or(x) + 1)
    } else if is_text {
        (x.min(MARGIN), buffer.area.width)
    } else {
        return None;
    };
    let label = text(buffer, y, 0, start);
    let label = label.trim().trim_start_matches(['>', ' ']).to_owned();
    let whole = text(buffer, y, start, end);
    let at = x - start;
    let mut typed = whole.trim_end().to_owned();
    // blanks before the cursor are typed ones
    while typed.cell_width() < at {
        typed.push(' ');
    }
    Some(Typed {
        y,
        label,
        text: typed,
        at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str, at: u16) -> Typed {
        Typed {
            y: 1,
            label: "Title".into(),
            text: text.into(),
            at,
        }
    }

    /// What a terminal shows that obeys steps back alone.
    fn shown(bytes: &str) -> (String, usize) {
        let (mut cells, mut at) = (Vec::new(), 0);
        for c in bytes.chars() {
            match c {
                '\u{8}' => at -= 1,
                c => {
                    cells.resize(cells.len().max(at + 1), ' ');
                    cells[at] = c;
                    at += 1;
                }
            }
        }
        (cells.into_iter().collect(), at)
    }

    #[test]
    fn a_line_is_edited_by_characters_and_steps_back_alone() {
        let steps = [
            ("", 0),
            ("a", 1),
            ("ab", 2),
            ("ab ", 3),
            ("abc", 3),
            ("abc", 1),
            ("aXbc", 2),
            ("aXbc", 4),
            ("aXb", 3),
            ("b", 1),
            ("b and more that was pasted", 26),
            ("b", 0),
        ];
        let mut bytes = begun(&typed("", 0));
        for pair in steps.windows(2) {
            let (old, new) = (typed(pair[0].0, pair[0].1), typed(pair[1].0, pair[1].1));
            let more = edited(&old, &new);
            match more.strip_prefix(END) {
                Some(anew) => anew.clone_into(&mut bytes),
                None => bytes += &more,
            }
            let (line, at) = shown(&bytes);
            assert_eq!(line.trim_end(), format!("Title: {}", new.text).trim_end());
            assert_eq!(at, 7 + usize::from(new.at), "{new:?}");
        }
        assert_eq!(edited(&typed("ab", 2), &typed("abc", 3)), "c");
        assert_eq!(edited(&typed("ab", 2), &typed("a", 1)), "\u{8} \u{8}");
    }
}
