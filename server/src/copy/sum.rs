//! The sum of a table's rows: the same on both databases, in whatever order they are read.
//!
//! A row is its values in the plan's order, each as a text with its length before it: a number in digits, a flag as t or
//! f, a moment as `2026-01-02 03:04:05.678901`, nothing for NULL. The sum is that of the first halves of the rows'
//! SHA-256.

use aws_lc_rs::digest::{SHA256, digest};

use crate::db::Value;

/// How many rows, and their sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) rows: u64,
    sum: u128,
}

impl Sum {
    /// Adds a row.
    pub(super) fn add(&mut self, row: &[Value]) {
        let mut text = Vec::with_capacity(256);
        for value in row {
            write(&mut text, value);
        }
        let hash = digest(&SHA256, &text);
        let half = hash.as_ref().first_chunk().copied().unwrap_or_default();
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(half));
        self.rows += 1;
    }

    /// As it is kept.
    pub(super) fn text(self) -> String {
        format!("{} {:032x}", self.rows, self.sum)
    }

    /// Reads that.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (rows, sum) = text.split_once(' ')?;
        Some(Self {
            rows: rows.parse().ok()?,
            sum: u128::from_str_radix(sum, 16).ok()?,
        })
    }
}

fn write(out: &mut Vec<u8>, value: &Value) {
    let mut part = |kind: u8, text: &[u8]| {
        out.push(kind);
        out.extend_from_slice(&(text.len() as u64).to_be_bytes());
        out.extend_from_slice(text);
    };
    match value {
        Value::Null => part(b'-', b""),
        Value::Flag(flag) => part(b'?', if *flag { b"t" } else { b"f" }),
        Value::Number(number) => part(b'#', number.to_string().as_bytes()),
        Value::Text(text) => part(b'"', text.as_bytes()),
        Value::Moment(moment) => {
            let mut text = Vec::with_capacity(27);
            moment.write(&mut text, b' ');
            part(b'@', &text);
        }
        // no column holds a list
        Value::Numbers(_) => part(b'[', b""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[&[Value]]) -> Sum {
        let mut sum = Sum::default();
        for row in rows {
            sum.add(row);
        }
        sum
    }

    #[test]
    fn it_knows_rows_and_no_order() {
        let text = |text: &str| Value::Text(text.to_owned());
        let (one, two) = (
            [Value::Number(1), text("a")],
            [Value::Number(2), Value::Null],
        );
        let both = sum(&[&one, &two]);
        assert_eq!(both, sum(&[&two, &one]));
        assert_eq!(both.rows, 2);
        assert_eq!(Sum::read(&both.text()), Some(both));
        for other in [
            sum(&[&one]),
            sum(&[&one, &one]),
            sum(&[&one, &[Value::Number(2), text("")]]),
            sum(&[&one, &[text("2"), Value::Null]]),
        ] {
            assert_ne!(both, other);
        }
        assert_ne!(
            sum(&[&[text("ab"), text("c")]]),
            sum(&[&[text("a"), text("bc")]])
        );
    }
}
