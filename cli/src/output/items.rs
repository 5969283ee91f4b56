//! A list of JSON as it comes, in the form that is asked for.

use std::io;

use serde::Serialize;

use super::out::{Output, json};
use super::text::shown_json;
use super::wanted::Form;
use crate::errors::Failure;

/// A list of JSON that is printed.
pub(crate) struct Items<'o> {
    output: &'o Output,
    /// How many items have come.
    count: u64,
}

impl<'o> Items<'o> {
    /// A list of which nothing was printed yet.
    pub(crate) fn new(output: &'o Output) -> Self {
        Self { output, count: 0 }
    }

    /// How many items have come.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Prints an item.
    pub(crate) fn add<T: Serialize>(&mut self, item: &T) -> Result<(), Failure> {
        self.count += 1;
        let wanted = &self.output.wanted;
        if let Form::Template(_) = wanted.form {
            return self.output.data(json(item)?);
        }
        let text = if wanted.is_all() {
            serde_json::to_string(item).map_err(io::Error::from)?
        } else {
            wanted.pick(json(item)?).to_string()
        };
        if let Form::Jq(_) = wanted.form {
            return self.output.gather(&text);
        }
        self.output.put(if self.count == 1 { "[\n" } else { ",\n" });
        self.output.put(&shown_json(text, self.output.is_terminal));
        Ok(())
    }

    /// Closes the list; one that broke off is not closed.
    pub(crate) fn end(self) {
        match &self.output.wanted.form {
            Form::Json if self.count == 0 => self.output.put("[]\n"),
            Form::Json => self.output.put("\n]\n"),
            Form::Jq(_) => self.output.gathered(),
            Form::Template(_) => {}
        }
    }
}
