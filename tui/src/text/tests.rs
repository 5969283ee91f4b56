use proptest::prelude::*;

use super::*;

fn at(line: usize, byte: usize) -> At {
    At { line, byte }
}

fn typed(buf: &mut TextBuf, text: &str) {
    for c in text.chars() {
        buf.type_char(c);
    }
}

#[test]
fn a_grapheme_is_one_step_and_one_backspace() {
    let mut buf = TextBuf::multi("");
    typed(&mut buf, "e\u{301}👩‍👩‍👧🇩🇪日");
    for _ in 0..4 {
        assert!(buf.apply(TextOp::Backspace));
    }
    assert!(buf.is_empty());
    assert!(!buf.apply(TextOp::Backspace));
}

#[test]
fn undo_takes_back_a_word_at_a_time() {
    let mut buf = TextBuf::multi("");
    typed(&mut buf, "one two\nthree");
    buf.apply(TextOp::Undo);
    assert_eq!(buf.text(), "one two\n");
    buf.apply(TextOp::Undo);
    assert_eq!(buf.text(), "one ");
    buf.apply(TextOp::Redo);
    buf.apply(TextOp::Redo);
    assert_eq!(buf.text(), "one two\nthree");
    assert_eq!(buf.cursor(), at(1, 5));
    buf.paste("a\nb");
    buf.apply(TextOp::Undo);
    assert_eq!(buf.text(), "one two\nthree");
}

#[test]
fn words_and_lines_are_removed() {
    let mut buf = TextBuf::single("one two three");
    buf.apply(TextOp::DeleteWord);
    assert_eq!(buf.text(), "one two ");
    buf.apply(TextOp::WordLeft);
    assert_eq!(buf.cursor(), at(0, 4));
    buf.apply(TextOp::DeleteToStart);
    assert_eq!(buf.text(), "two ");
    buf.apply(TextOp::DeleteToEnd);
    assert!(buf.is_empty());
    buf.paste("a\nb\n");
    assert_eq!(buf.text(), "a b");
}

#[test]
fn up_and_down_follow_the_rows_and_keep_the_column() {
    let mut buf = TextBuf::multi("aaaa bbbb cc\n\ndddddd");
    buf.go(at(0, 7)); // in the second row of width 6: "bbbb "
    buf.move_rows(1, 6);
    assert_eq!(buf.cursor(), at(0, 12), "the row 'cc' is shorter");
    buf.move_rows(1, 6);
    assert_eq!(buf.cursor(), at(1, 0));
    buf.move_rows(1, 6);
    assert_eq!(buf.cursor(), at(2, 2));
    buf.move_rows(-9, 6);
    assert_eq!(buf.cursor(), at(0, 2));
}

#[test]
fn lines_break_at_blanks_and_inside_long_words() {
    assert_eq!(wrap::rows("aaaa bbbb cc", 6), [0, 5, 10]);
    assert_eq!(wrap::rows("aaaaaaaaaa", 4), [0, 4, 8]);
    assert_eq!(wrap::rows("日本語", 4), [0, 6]);
    assert_eq!(wrap::rows("", 4), [0]);
}

#[derive(Clone, Debug)]
enum Edit {
    Char(char),
    Paste(String),
    Op(usize),
    Rows(isize),
}

const OPS: [TextOp; 11] = [
    TextOp::Left,
    TextOp::Right,
    TextOp::WordLeft,
    TextOp::WordRight,
    TextOp::Home,
    TextOp::End,
    TextOp::Backspace,
    TextOp::Delete,
    TextOp::DeleteWord,
    TextOp::DeleteToEnd,
    TextOp::DeleteToStart,
];

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-c \n\t]{0,12}",
        Just("e\u{301}".into()),
        Just("👩‍👩‍👧 🇩🇪".into())
    ]
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        4 => prop_oneof![any::<char>(), Just('a'), Just(' '), Just('\n'), Just('\u{301}'), Just('\u{200d}')].prop_map(Edit::Char),
        1 => piece().prop_map(|text| Edit::Paste(crate::sanitize::pasted(&text))),
        4 => (0..OPS.len()).prop_map(Edit::Op),
        1 => (-5_isize..5).prop_map(Edit::Rows),
    ]
}

#[test]
fn a_word_that_begins_or_ends_inside_a_grapheme_is_left_at_its_edge() {
    // the sign joins what follows, also a blank, into one grapheme
    let mut buf = TextBuf::multi("a \u{d4e} b");
    buf.apply(TextOp::WordRight);
    buf.apply(TextOp::WordRight);
    assert_eq!(buf.cursor().byte, 6);
    buf.apply(TextOp::WordLeft);
    assert_eq!(buf.cursor().byte, 2);
}

proptest! {
    #[test]
    fn any_edits_then_every_undo_is_the_start(start in piece(), edits in proptest::collection::vec(edit(), 0..60), width in 0_u16..30) {
        let mut buf = TextBuf::multi(&start);
        let first = buf.text();
        for edit in &edits {
            match edit {
                Edit::Char(c) => buf.type_char(*c),
                Edit::Paste(text) => buf.paste(text),
                Edit::Op(op) => { buf.apply(OPS[*op]); }
                Edit::Rows(rows) => buf.move_rows(*rows, width),
            }
            let At { line, byte } = buf.cursor();
            prop_assert_eq!(boundary(&buf.lines[line], byte), byte);
            let (anchor, column) = wrap::place(&buf.lines, buf.cursor(), width);
            prop_assert!(column < usize::from(width.max(wrap::NARROWEST)));
            prop_assert!(wrap::clamp(&buf.lines, anchor, width) == anchor);
        }
        let last = buf.text();
        let mut groups = 0;
        while buf.can_undo() { buf.apply(TextOp::Undo); groups += 1; }
        prop_assert_eq!(buf.text(), first);
        for _ in 0..groups { buf.apply(TextOp::Redo); }
        prop_assert_eq!(buf.text(), last);
    }

    #[test]
    fn rows_fit_and_are_as_wide_as_the_buffer_draws_them(text in "\\PC{0,80}|[a-c \t]{0,60}", width in 8_u16..24) {
        use ratatui::buffer::Buffer;
        use ratatui::layout::Rect;
        let starts = wrap::rows(&text, width);
        for row in 0..starts.len() {
            let shown = wrap::shown(&text, &starts, row);
            let cells = cells(&shown);
            // a blank may hang over the end
            prop_assert!(cells <= usize::from(width), "{cells} {shown:?}");
            let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 1));
            let (end, _) = buffer.set_string_end(&shown);
            prop_assert_eq!(usize::from(end), cells, "{:?}", shown);
        }
    }
}

fn cells(shown: &str) -> usize {
    shown
        .graphemes(true)
        .map(|grapheme| crate::sanitize::glyph(grapheme, 0).1)
        .sum()
}

trait SetString {
    fn set_string_end(&mut self, text: &str) -> (u16, u16);
}

impl SetString for ratatui::buffer::Buffer {
    fn set_string_end(&mut self, text: &str) -> (u16, u16) {
        self.set_stringn(0, 0, text, 200, ratatui::style::Style::new())
    }
}
