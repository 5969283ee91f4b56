//! The text that is being written: lines, and a cursor between graphemes.

mod at;
mod change;
pub(crate) mod secret;
pub(crate) mod wrap;

use std::fmt;

use unicode_segmentation::UnicodeSegmentation;

use at::{At, boundary, next, previous};
use change::{History, Kind};
use wrap::Anchor;

/// A text being written. A line never holds a line end.
#[derive(Clone, PartialEq)]
pub(crate) struct TextBuf {
    lines: Vec<String>,
    cursor: At,
    /// The column in cells that moving up and down keeps.
    column: Option<usize>,
    /// What is at the top of its window.
    pub(crate) top: Anchor,
    is_single: bool,
    history: History,
    /// Rises with each change.
    pub(crate) version: u64,
}

/// What a key does to a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextOp {
    /// One grapheme to the left.
    Left,
    /// One grapheme to the right.
    Right,
    /// One word to the left.
    WordLeft,
    /// One word to the right.
    WordRight,
    /// To the line's start.
    Home,
    /// To the line's end.
    End,
    /// Removes the grapheme before the cursor.
    Backspace,
    /// Removes the grapheme after the cursor.
    Delete,
    /// Removes the word before the cursor.
    DeleteWord,
    /// Removes the rest of the line.
    DeleteToEnd,
    /// Removes the line up to the cursor.
    DeleteToStart,
    /// Takes the last group of changes back.
    Undo,
    /// Does again what was taken back.
    Redo,
}

impl TextBuf {
    /// A text of one line.
    pub(crate) fn single(text: &str) -> Self {
        Self::new(&text.replace(['\n', '\r'], " "), true)
    }

    /// A text of any number of lines, its cursor at the start.
    pub(crate) fn multi(text: &str) -> Self {
        let mut new = Self::new(text, false);
        new.cursor = At::default();
        new
    }

    fn new(text: &str, is_single: bool) -> Self {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        Self {
            cursor: end(&lines, lines.len() - 1),
            lines,
            column: None,
            top: Anchor::default(),
            is_single,
            history: History::new(),
            version: 0,
        }
    }

    /// Whether it is this text; asked at every frame, so nothing is put together for it.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.lines.iter().map(String::as_str).eq(text.split('\n'))
    }

    /// The whole text.
    pub(crate) fn text(&self) -> String {
        self.lines.join("\n")
    }

    /// Its lines; at least one.
    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Where the cursor is.
    pub(crate) fn cursor(&self) -> At {
        self.cursor
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.len() == 1 && self.lines[0].is_empty()
    }

    /// The text with another one in its place, as one change that can be undone.
    pub(crate) fn replace_all(&mut self, text: &str) {
        if text == self.text() {
            return;
        }
        let end = end(&self.lines, self.lines.len() - 1);
        self.change(At::default(), end, text, Kind::Alone);
        self.cursor = At::default();
    }

    /// Types a character.
    pub(crate) fn type_char(&mut self, c: char) {
        if (c == '\n' && self.is_single) || (c.is_control() && c != '\n' && c != '\t') {
            return;
        }
        // a new word is a new group, so that undo takes back a word at a time
        let line = &self.lines[self.cursor.line][..self.cursor.byte];
        if !c.is_whitespace() && (line.is_empty() || line.ends_with(char::is_whitespace)) {
            self.history.close();
        }
        let (at, mut utf8) = (self.cursor, [0; 4]);
        self.change(at, at, c.encode_utf8(&mut utf8), Kind::Typing);
    }

    /// Inserts a text whose line ends are `\n`, as one change.
    pub(crate) fn paste(&mut self, text: &str) {
        let line = text.trim_end_matches('\n').replace('\n', " ");
        let text = if self.is_single { &line } else { text };
        self.change(self.cursor, self.cursor, text, Kind::Alone);
    }

    /// Does what a key means; whether it did anything.
    pub(crate) fn apply(&mut self, op: TextOp) -> bool {
        let (cursor, version) = (self.cursor, self.version);
        let start = At { byte: 0, ..cursor };
        let end = end(&self.lines, cursor.line);
        match op {
            TextOp::Left => self.go(self.left(cursor)),
            TextOp::Right => self.go(self.right(cursor)),
            TextOp::WordLeft => self.go(self.word_left(cursor)),
            TextOp::WordRight => self.go(self.word_right(cursor)),
            TextOp::Home => self.go(start),
            TextOp::End => self.go(end),
            TextOp::Backspace => self.change(self.left(cursor), cursor, "", Kind::Deleting),
            TextOp::Delete => self.change(cursor, self.right(cursor), "", Kind::Deleting),
            TextOp::DeleteWord => self.change(self.word_left(cursor), cursor, "", Kind::Alone),
            TextOp::DeleteToEnd if cursor == end => {
                self.change(cursor, self.right(cursor), "", Kind::Alone);
            }
            TextOp::DeleteToEnd => self.change(cursor, end, "", Kind::Alone),
            TextOp::DeleteToStart => self.change(start, cursor, "", Kind::Alone),
            TextOp::Undo => {
                if let Some(at) = self.history.undo(&mut self.lines) {
                    self.changed(at);
                }
            }
            TextOp::Redo => {
                if let Some(at) = self.history.redo(&mut self.lines) {
                    self.changed(at);
                }
            }
        }
        (cursor, version) != (self.cursor, self.version)
    }

    /// Whether there is a change to take back.
    pub(crate) fn can_undo(&self) -> bool {
        self.history.can_undo()
    }

    /// Puts `text` in place of what is between the two places.
    fn change(&mut self, from: At, to: At, text: &str, kind: Kind) {
        if from == to && text.is_empty() {
            return;
        }
        let lines = &mut self.lines;
        let end = self
            .history
            .change(lines, self.cursor, from, to, text, kind);
        self.changed(end);
    }

    /// Puts the cursor behind a change, which may have joined the graphemes around it.
    fn changed(&mut self, at: At) {
        self.version += 1;
        let byte = boundary(&self.lines[at.line], at.byte);
        self.cursor = At { byte, ..at };
        self.column = None;
    }

    /// Puts the cursor there; typing goes on in a group of its own.
    pub(crate) fn go(&mut self, at: At) {
        self.cursor = at;
        self.column = None;
        self.history.close();
    }

    /// Moves the cursor by this many rows of a window of this width.
    pub(crate) fn move_rows(&mut self, rows: isize, width: u16) {
        let here = wrap::place(&self.lines, self.cursor, width);
        let column = self.column.unwrap_or(here.1);
        let target = wrap::step(&self.lines, here.0, rows, width);
        self.go(wrap::at_column(&self.lines, target, column, width));
        self.column = Some(column);
    }

    fn left(&self, at: At) -> At {
        match previous(&self.lines[at.line], at.byte) {
            Some(byte) => At { byte, ..at },
            None if at.line > 0 => end(&self.lines, at.line - 1),
            None => at,
        }
    }

    fn right(&self, at: At) -> At {
        match next(&self.lines[at.line], at.byte) {
            Some(byte) => At { byte, ..at },
            None if at.line + 1 < self.lines.len() => At {
                line: at.line + 1,
                byte: 0,
            },
            None => at,
        }
    }

    fn word_left(&self, at: At) -> At {
        if at.byte == 0 {
            return self.left(at);
        }
        let line = &self.lines[at.line];
        let words = line[..at.byte].unicode_word_indices();
        let byte = words.into_iter().next_back().map_or(0, |(byte, _)| byte);
        // a word may begin inside of a grapheme
        let byte = if boundary(line, byte) == byte {
            byte
        } else {
            previous(line, byte).unwrap_or(0)
        };
        At { byte, ..at }
    }

    fn word_right(&self, at: At) -> At {
        let rest = &self.lines[at.line][at.byte..];
        if rest.is_empty() {
            return self.right(at);
        }
        let word = rest.unicode_word_indices().next();
        let byte = at.byte + word.map_or(rest.len(), |(byte, word)| byte + word.len());
        // and end inside of one
        let byte = boundary(&self.lines[at.line], byte);
        At { byte, ..at }
    }
}

/// The end of a line.
fn end(lines: &[String], line: usize) -> At {
    let byte = lines[line].len();
    At { line, byte }
}

impl fmt::Debug for TextBuf {
    /// Only its shape: a log is no place for what somebody writes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextBuf")
            .field("lines", &self.lines.len())
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
