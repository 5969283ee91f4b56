//! Text of strangers made safe for a terminal: nothing that a terminal would obey leaves as itself.

use std::borrow::Cow;

use gatepost_terminal::safe::is_unsafe;
use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// What stands in place of a character that is not shown.
const MARK: &str = "\u{fffd}";
/// How far apart tabulator stops are.
const TAB: usize = 4;
/// How many bytes one grapheme may have; a letter under a thousand accents is cut.
const LONGEST: usize = 64;

/// What is drawn for a grapheme in this column, and how many cells it takes.
pub(crate) fn glyph(grapheme: &str, column: usize) -> (Cow<'_, str>, usize) {
    if grapheme == "\t" {
        let width = TAB - column % TAB;
        return (Cow::Borrowed(&"    "[..width]), width);
    }
    if grapheme.chars().any(is_unsafe) || grapheme.len() > LONGEST {
        return (Cow::Borrowed(MARK), 1);
    }
    // as wide as it will be drawn
    match grapheme.cell_width() {
        0 => (Cow::Borrowed(MARK), 1),
        width => (Cow::Borrowed(grapheme), usize::from(width)),
    }
}

/// One line of a stranger's text as it may be drawn.
pub(crate) fn line(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut column = 0;
    for grapheme in text.graphemes(true) {
        let (shown, width) = match grapheme {
            "\n" | "\r" | "\r\n" => (Cow::Borrowed(" "), 1),
            other => glyph(other, column),
        };
        safe.push_str(&shown);
        column += width;
    }
    safe
}

/// The title of a post in one line, which may be none.
pub(crate) fn title(text: &str) -> String {
    match line(text) {
        title if title.trim().is_empty() => "(no title)".to_owned(),
        title => title,
    }
}

/// A paste with every line end as `\n` (terminals send CR), and without what nobody can have meant.
pub(crate) fn pasted(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_terminal_would_obey_is_a_mark() {
        assert_eq!(line("a\u{1b}[31mb"), "a\u{fffd}[31mb");
        assert_eq!(line("\u{202e}evil\u{2066}"), "\u{fffd}evil\u{fffd}");
        assert_eq!(line("a\tb\nc"), "a   b c");
        assert_eq!(line("Grüße 👩‍👩‍👧 日本"), "Grüße 👩‍👩‍👧 日本");
        assert_eq!(line(&format!("z{}", "\u{301}".repeat(1000))), "\u{fffd}");
    }

    #[test]
    fn a_sound_mark_takes_the_cells_that_it_is_drawn_in() {
        use ratatui::{buffer::Buffer, layout::Rect, style::Style};
        for text in ["ｶﾞ", "\u{ff9e}", "ﾊﾟ"] {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 1));
            let (end, _) = buffer.set_stringn(0, 0, text, 10, Style::new());
            assert_eq!(glyph(text, 0).1, usize::from(end));
        }
    }

    #[test]
    fn a_paste_has_one_kind_of_line_end() {
        assert_eq!(pasted("a\r\nb\rc\nd\u{7}"), "a\nb\nc\nd");
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(text in any::<String>()) {
            prop_assert!(!line(&text).chars().any(is_unsafe));
        }
    }
}
