//! A list in aligned columns, printed as it comes: the first rows decide how wide the columns are.

use std::fmt::Write as _;

use gatepost_terminal::safe::printable;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::color::Paint;

/// How many rows are looked at before the first is printed.
const FIRST: usize = 100;

/// What stands between two columns.
const GAP: usize = 2;

/// A table for a terminal.
pub(crate) struct Table {
    titles: Vec<&'static str>,
    /// The column that takes what the others leave.
    wide: usize,
    /// Columns of the terminal.
    room: usize,
    paint: Paint,
    widths: Option<Vec<usize>>,
    waiting: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(titles: &[&'static str], wide: usize, room: usize, paint: Paint) -> Self {
        Self {
            titles: titles.to_vec(),
            wide,
            room,
            paint,
            widths: None,
            waiting: Vec::new(),
        }
    }

    /// Takes a row and gives the text that can be printed now.
    pub(crate) fn row(&mut self, row: &[String]) -> String {
        self.waiting
            .push(row.iter().map(|cell| printable(cell).into()).collect());
        if self.widths.is_some() || self.waiting.len() >= FIRST {
            self.flush()
        } else {
            String::new()
        }
    }

    /// The text that was not printed yet.
    pub(crate) fn flush(&mut self) -> String {
        let rows = std::mem::take(&mut self.waiting);
        let mut text = String::new();
        if self.widths.is_none() {
            if rows.is_empty() {
                return text;
            }
            let titles = self.titles.iter().map(|title| (*title).to_owned());
            let titles: Vec<String> = titles.collect();
            self.widths = Some(self.measure(&titles, &rows));
            text.push_str(&self.paint.title(&self.line(&titles)));
            text.push('\n');
        }
        for row in &rows {
            text.push_str(&self.line(row));
            text.push('\n');
        }
        text
    }

    fn measure(&self, titles: &[String], rows: &[Vec<String>]) -> Vec<usize> {
        let column = |at: usize| {
            let cells = std::iter::once(titles).chain(rows.iter().map(Vec::as_slice));
            cells
                .filter_map(|row| row.get(at))
                .map(|cell| cell.width())
                .max()
                .unwrap_or(0)
        };
        let mut widths: Vec<usize> = (0..titles.len()).map(column).collect();
        let whole = widths[self.wide];
        loop {
            let taken: usize = widths.iter().sum::<usize>() + GAP * (widths.len() - 1);
            let narrow = whole.saturating_sub(taken.saturating_sub(self.room));
            // never so narrow that nothing can be read: the last columns go first
            let least = whole.min(10);
            if narrow >= least || widths.len() <= 2 || widths.len() <= self.wide + 1 {
                widths[self.wide] = narrow.max(least);
                return widths;
            }
            widths.pop();
        }
    }

    fn line(&self, cells: &[String]) -> String {
        let widths = self.widths.as_deref().unwrap_or_default();
        let mut line = String::new();
        for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
            let cell = if at == self.wide {
                cut(cell, *width)
            } else {
                cell.clone()
            };
            let padding = width.saturating_sub(cell.width()) + GAP;
            let _ = write!(line, "{cell}{:padding$}", "");
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// The text in at most this many columns; what is missing is marked.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut taken = 1; // for the mark
    for char in text.chars() {
        taken += char.width().unwrap_or(0);
        if taken > width {
            break;
        }
        out.push(char);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn the_last_columns_go_where_there_is_no_room() {
        let mut table = Table::new(&["ID", "TITLE", "AUTHOR", "WRITTEN"], 1, 24, Paint::none());
        table.row(&row(&["7", "A title that is long", "ada", "3 days ago"]));
        assert_eq!(
            table.flush(),
            "ID  TITLE         AUTHOR\n7   A title tha…  ada\n"
        );
        let mut table = Table::new(&["ID", "TITLE", "AUTHOR"], 1, 5, Paint::none());
        table.row(&row(&["7", "A title that is long", "ada"]));
        assert_eq!(table.flush(), "ID  TITLE\n7   A title t…\n");
    }

    #[test]
    fn columns_are_aligned_and_the_wide_one_is_cut() {
        let mut table = Table::new(&["ID", "TITLE", "AUTHOR"], 1, 30, Paint::none());
        assert_eq!(table.row(&row(&["1", "A short one", "ada"])), "");
        assert_eq!(
            table.row(&row(&["200", "漢字漢字漢字漢字漢字漢字", "grace"])),
            ""
        );
        assert_eq!(
            table.flush(),
            "ID   TITLE              AUTHOR\n1    A short one        ada\n200  漢字漢字漢字漢字…  grace\n"
        );
        // later rows keep the columns
        assert_eq!(
            table.row(&row(&["3", "x", "bo"])),
            "3    x                  bo\n"
        );
    }

    #[test]
    fn an_empty_table_has_no_titles_and_a_narrow_one_still_some_text() {
        assert_eq!(
            Table::new(&["ID", "TITLE"], 1, 80, Paint::none()).flush(),
            ""
        );
        let mut table = Table::new(&["ID", "TITLE"], 1, 5, Paint::none());
        table.row(&row(&["1", "abcdefghijklmnop"]));
        assert_eq!(table.flush(), "ID  TITLE\n1   abcdefghi…\n");
    }

    #[test]
    fn long_lists_are_printed_as_they_come() {
        let mut table = Table::new(&["ID"], 0, 80, Paint::none());
        let printed = (0..250).map(|id| table.row(&[id.to_string()]).lines().count());
        let printed: Vec<usize> = printed.collect();
        assert_eq!(printed[98..102], [0, 101, 1, 1]);
    }
}
