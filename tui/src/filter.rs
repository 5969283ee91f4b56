//! The filter of the list: which of the loaded rows hold the words that were typed.
//!
//! Words in any order, in title or author, whatever their case. The order of the list stays, so that what was newest
//! is first.

use crate::msg::Row;
use crate::text::TextBuf;

/// What is looked for, and where it was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Filter {
    pub(crate) query: TextBuf,
    /// Whether keys are text of it.
    pub(crate) is_open: bool,
    /// The numbers of the rows, in their order.
    hits: Vec<usize>,
    /// What the hits were found by.
    words: Vec<String>,
}

impl Filter {
    /// Nothing is typed yet: all rows are hits.
    pub(crate) fn new(rows: &[Row]) -> Self {
        Self {
            query: TextBuf::single(""),
            is_open: true,
            hits: (0..rows.len()).collect(),
            words: Vec::new(),
        }
    }

    /// The numbers of the rows that hold every word.
    pub(crate) fn hits(&self) -> &[usize] {
        &self.hits
    }

    /// Whether nothing is looked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Looks again after the query was changed.
    pub(crate) fn look(&mut self, rows: &[Row]) {
        let text = self.query.text().to_lowercase();
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        if words == self.words {
            return;
        }
        // a word that grew, or one more, can only leave fewer
        let is_narrower = words.len() >= self.words.len()
            && self
                .words
                .iter()
                .zip(&words)
                .all(|(old, new)| new.contains(old));
        self.words = words;
        if is_narrower {
            let words = &self.words;
            self.hits.retain(|at| holds(&rows[*at], words));
        } else {
            self.hits.clear();
            self.more(rows, 0);
        }
    }

    /// Looks at the rows that have come, from this one on.
    pub(crate) fn more(&mut self, rows: &[Row], from: usize) {
        let new = rows.iter().enumerate().skip(from);
        let new = new.filter(|(_, row)| holds(row, &self.words));
        self.hits.extend(new.map(|(at, _)| at));
    }

    /// Forgets the rows, of which others take the place.
    pub(crate) fn clear(&mut self) {
        self.hits.clear();
    }

    /// A row is gone.
    pub(crate) fn removed(&mut self, row: usize) {
        let at = self.hits.partition_point(|hit| *hit < row);
        if self.hits.get(at) == Some(&row) {
            self.hits.remove(at);
        }
        for hit in &mut self.hits[at..] {
            *hit -= 1;
        }
    }

    /// A row was put before all others. It was just written, and is shown whatever is looked for.
    pub(crate) fn inserted(&mut self) {
        self.shift();
        self.hits.insert(0, 0);
    }

    /// A row was put before all others, which is shown where it holds every word.
    pub(crate) fn put(&mut self, row: &Row) {
        self.shift();
        if holds(row, &self.words) {
            self.hits.insert(0, 0);
        }
    }

    /// Every row has become the next one.
    fn shift(&mut self) {
        for hit in &mut self.hits {
            *hit += 1;
        }
    }
}

fn holds(row: &Row, words: &[String]) -> bool {
    words
        .iter()
        .all(|word| contains(&row.title, word) || contains(&row.author, word))
}

/// Whether a text holds a word that is in lower case. It is asked 100,000 times at a key, so it allocates only for
/// words beyond ASCII in texts beyond ASCII.
fn contains(text: &str, word: &str) -> bool {
    if !word.is_ascii() {
        return !text.is_ascii() && text.to_lowercase().contains(word);
    }
    let Some((first, rest)) = word.as_bytes().split_first() else {
        return true;
    };
    let mut left = text.as_bytes();
    while let Some((one, more)) = left.split_first() {
        let follows = || more.get(..rest.len());
        if one.to_ascii_lowercase() == *first
            && follows().is_some_and(|follows| follows.eq_ignore_ascii_case(rest))
        {
            return true;
        }
        left = more;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whatever_their_case_and_script() {
        assert!(contains("Release Notes", "notes"));
        assert!(contains("GRÜSSE aus Köln", "köln"));
        assert!(contains("日本語のタイトル", "本語"));
        assert!(contains("ÄRGER", "ärg"));
        assert!(!contains("Release", "releases") && !contains("plain", "ä"));
        assert!(contains("", "") && !contains("", "a"));
    }

    proptest::proptest! {
        #[test]
        fn the_hits_are_what_a_look_at_every_row_finds(
            titles in proptest::collection::vec("[abAB ä]{0,6}", 0..20),
            queries in proptest::collection::vec("[abB ä]{0,4}", 1..8),
            removed in proptest::prelude::any::<usize>(),
        ) {
            let row = |title: &String| Row { id: 1, title: title.as_str().into(), author: "eve".into(), created: 0 };
            let mut rows: Vec<Row> = titles.iter().map(row).collect();
            let mut filter = Filter::new(&rows);
            for query in &queries {
                filter.query = TextBuf::single(query);
                filter.look(&rows);
                let words: Vec<String> = query.to_lowercase().split_whitespace().map(str::to_owned).collect();
                let all: Vec<usize> = (0..rows.len()).filter(|at| holds(&rows[*at], &words)).collect();
                proptest::prop_assert_eq!(filter.hits(), &all);
                if !rows.is_empty() {
                    let at = removed % rows.len();
                    rows.remove(at);
                    filter.removed(at);
                }
                let from = rows.len();
                rows.extend(titles.iter().take(2).map(row));
                filter.more(&rows, from);
            }
        }
    }
}
