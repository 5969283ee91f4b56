//! A list as it comes: an aligned table on a terminal, values separated by tabs in a pipe, or JSON.

use std::marker::PhantomData;

use gatepost_sdk::Clock;
use serde::Serialize;

use super::items::Items;
use super::out::{Output, Style};
use super::table::Table;
use super::text::escaped;
use crate::errors::Failure;

/// What a list shows of an item.
pub(crate) trait Row: Serialize {
    /// What stands above the columns on a terminal.
    const TITLES: &'static [&'static str];
    /// The column that takes what the others leave.
    const WIDE: usize;

    /// What stands in the columns, at this moment in seconds since 1970.
    fn cells(&self, now: i64) -> Vec<String>;

    /// The values in a pipe, whole.
    fn values(&self) -> Vec<String>;
}

/// A list that is printed.
pub(crate) struct Listing<'o, R> {
    output: &'o Output,
    table: Table,
    now: i64,
    /// How many items have come.
    count: u64,
    /// Those of JSON.
    items: Items<'o>,
    of: PhantomData<fn(R)>,
}

impl<'o, R: Row> Listing<'o, R> {
    /// A list of which nothing was printed yet.
    pub(crate) fn new(output: &'o Output) -> Self {
        let room = match output.style {
            Style::Terminal(columns) => columns,
            Style::Tsv | Style::Json => 0,
        };
        Self {
            output,
            table: Table::new(R::TITLES, R::WIDE, room, output.paint()),
            now: Clock::system().now(),
            count: 0,
            items: Items::new(output),
            of: PhantomData,
        }
    }

    /// Prints an item.
    pub(crate) fn row(&mut self, row: &R) -> Result<(), Failure> {
        self.count += 1;
        match self.output.style {
            Style::Terminal(_) => {
                let text = self.table.row(&row.cells(self.now));
                self.output.put(&text);
            }
            Style::Tsv => {
                let values: Vec<_> = row.values().iter().map(|value| escaped(value)).collect();
                self.output.put(&(values.join("\t") + "\n"));
            }
            Style::Json => self.items.add(row)?,
        }
        Ok(())
    }

    /// Closes the list; one that broke off is not closed. `nothing` is said to a person where there is nothing in it.
    pub(crate) fn end(mut self, nothing: &str) {
        match self.output.style {
            Style::Terminal(_) if self.count == 0 => self.output.say(nothing),
            Style::Terminal(_) => {
                let text = self.table.flush();
                self.output.put(&text);
            }
            Style::Json => self.items.end(),
            Style::Tsv => {}
        }
    }
}

/// Prints a whole list; `nothing` is said to a person where there is none in it.
pub(crate) fn print_list<R: Row>(
    output: &Output,
    rows: &[R],
    nothing: &str,
) -> Result<(), Failure> {
    let mut listing = Listing::new(output);
    for row in rows {
        listing.row(row)?;
    }
    listing.end(nothing);
    Ok(())
}
