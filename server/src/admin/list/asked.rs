//! What a list is asked for: Django's parameters of a change list.

use django::python::{self, Int};

use super::lookups;
use crate::admin::models::Model;
use crate::admin::pages::Level;
use crate::admin::popup;
use crate::admin::rights::Right;
use crate::admin::visit::{Pairs, Refusal, Visit};
use crate::db::Query;

/// Parameters that filter nothing.
const OTHERS: [&str; 8] = ["q", "o", "p", "all", "e", "_facets", "_popup", "_to_field"];
/// How many words of a search are looked for.
const WORDS: usize = 100;

/// What a list is asked for.
pub(super) struct Asked {
    /// The text that is searched for.
    pub(super) search: String,
    /// From 1 on.
    pub(super) page: i64,
    /// Whether all rows are wanted on one page.
    pub(super) all: bool,
    /// Whether the filters show how many rows each of their choices has.
    pub(super) counts: bool,
    /// Columns of the list with their directions, whether downwards, as they were asked for; none where nobody did.
    pub(super) order: Option<Vec<(usize, bool)>>,
    /// Names and values of filters.
    pub(super) filters: Pairs,
    /// The same as conditions, each with its name.
    pub(super) conditions: Vec<(String, Query)>,
    /// Every parameter but the page and the mark of an error.
    pub(super) kept: Pairs,
}

impl Asked {
    /// Reads the parameters of a list.
    ///
    /// # Errors
    /// To the list without parameters where one means nothing, 400 where one is not allowed.
    pub(super) fn of(visit: &mut Visit<'_>, model: &'static Model) -> Result<Self, Refusal> {
        let mut search = visit.parameter("q").unwrap_or_default().to_owned();
        if search.contains('\0') {
            visit.say(Level::Error, "Null characters are not allowed.");
            search.clear();
        }
        let page = match visit.parameter("p").map(python::int) {
            Some(Some(Int::Fits(page))) => page,
            Some(Some(Int::Beyond)) => i64::MAX,
            Some(None) | None => 1,
        };
        let order = visit.parameter("o").map(str::to_owned);
        let order = order.filter(|order| !order.is_empty());
        let first = usize::from(has_actions(visit, model));
        let kept: Pairs = (visit.query.iter())
            .filter(|(name, _)| name != "p" && name != "e")
            .cloned()
            .collect();
        let filters: Pairs = (kept.iter())
            .filter(|(name, _)| !OTHERS.contains(&name.as_str()))
            .cloned()
            .collect();
        // what is not allowed comes before what means nothing
        for (name, _) in &filters {
            lookups::allow(model, name)?;
        }
        let mut conditions: Vec<(String, Vec<Query>)> = Vec::new();
        for (name, value) in &filters {
            let condition = lookups::condition(visit, model, name, value);
            let condition = condition.ok_or_else(|| invalid(visit))?;
            match conditions.iter_mut().find(|(known, _)| known == name) {
                Some((_, same)) => same.push(condition),
                None => conditions.push((name.clone(), vec![condition])),
            }
        }
        Ok(Self {
            search,
            page,
            all: visit.parameter("all").is_some(),
            counts: visit.parameter("_facets").is_some() && !model.filters.is_empty(),
            order: order.map(|order| columns(&order, first)),
            filters,
            conditions: (conditions.into_iter())
                .map(|(name, same)| (name, any_of(&same)))
                .collect(),
            kept,
        })
    }

    /// The words of the search, each of which a row must have.
    pub(super) fn words(&self) -> Vec<String> {
        let mut words = split(&self.search);
        words.truncate(WORDS);
        words
    }

    /// Whether there is anything that a row must meet.
    pub(super) fn narrows(&self, model: &Model) -> bool {
        !self.conditions.is_empty() || !model.search.is_empty() && !self.words().is_empty()
    }
}

/// The list without its parameters, which mean nothing; where it had been sent there already, something else is wrong.
pub(super) fn invalid(visit: &Visit<'_>) -> Refusal {
    if visit.parameter("e").is_some() {
        return Refusal::BadRequest("the parameters of the list mean nothing".to_owned());
    }
    let path = format!(
        "{}{}",
        visit.app.settings().server.root_path,
        crate::http::path::quoted(&visit.path)
    );
    Refusal::Redirect(format!("{path}?e=1"))
}

/// Whether anything can be done with several rows at once.
pub(super) fn has_actions(visit: &Visit<'_>, model: &Model) -> bool {
    visit.parameter(popup::POPUP).is_none() && visit.may(Right::Delete, model)
}

/// `1.-2`: numbers of columns, the first of which is that of the check boxes where there are any. A column that is named
/// again orders nothing more.
fn columns(order: &str, first: usize) -> Vec<(usize, bool)> {
    let column = |part: &str| {
        let (before, number) = part
            .rsplit_once('-')
            .map_or((false, part), |(_, number)| (true, number));
        let Some(Int::Fits(number)) = python::int(number) else {
            return None;
        };
        let at = usize::try_from(number).ok()?.checked_sub(first)?;
        Some((at, before))
    };
    let mut columns: Vec<(usize, bool)> = Vec::new();
    for (at, before) in order.split('.').filter_map(column) {
        if columns.iter().all(|(known, _)| *known != at) {
            columns.push((at, before));
        }
    }
    columns
}

/// In halves, since SQLite reads no deeper than 1,000 terms.
fn any_of(conditions: &[Query]) -> Query {
    if let [condition] = conditions {
        return condition.clone();
    }
    let (first, second) = conditions.split_at(conditions.len() / 2);
    let mut query = Query::new("(");
    query.append(&any_of(first)).push(" OR ");
    query.append(&any_of(second)).push(")");
    query
}

/// `smart_split`: words, where quotes keep several together.
fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '"' | '\'' => quoted(rest, first),
            _ => {
                let end = end_of_word(rest);
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        words.push(word);
        rest = after.trim_start();
    }
    words
}

/// A phrase in quotes, in which a backslash keeps the next character; without an end it is a word as it stands there.
fn quoted(text: &str, quote: char) -> (String, &str) {
    let mut phrase = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => phrase.extend(chars.next().map(|(_, char)| char)),
            char if char == quote => {
                let after = &text[at + 1..];
                let is_end = after.chars().next().is_none_or(char::is_whitespace);
                if is_end {
                    return (phrase, after);
                }
                phrase.push(char);
            }
            char => phrase.push(char),
        }
    }
    let end = end_of_word(text);
    (text[..end].to_owned(), &text[end..])
}

fn end_of_word(text: &str) -> usize {
    text.find(char::is_whitespace).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_split_into_words_and_phrases() {
        for (text, words) in [
            ("", &[][..]),
            ("  ", &[]),
            ("ada  lovelace ", &["ada", "lovelace"]),
            ("\"ada lovelace\" 'b c' d", &["ada lovelace", "b c", "d"]),
            ("\"a \\\" b\"", &["a \" b"]),
            ("\"ada lovelace", &["\"ada", "lovelace"]),
            ("it's", &["it's"]),
            ("\"", &["\""]),
        ] {
            assert_eq!(split(text), words, "{text}");
        }
    }

    #[test]
    fn an_order_names_columns() {
        assert_eq!(columns("1.-2", 1), [(0, false), (1, true)]);
        assert_eq!(columns("0.-1", 0), [(0, false), (1, true)]);
        assert_eq!(columns("0.x..-.99", 1), [(98, false)]);
        assert_eq!(columns("2.1.-2.2", 1), [(1, false), (0, false)]);
    }
}
