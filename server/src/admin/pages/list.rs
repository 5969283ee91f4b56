//! The list of a model's objects: columns that sort, search, filters, actions and paging.

use askama::Template;

use super::base::Page;
use super::parts::{Count, Html, Link, Paging, Value};

#[derive(Template)]
#[template(path = "admin/list.html")]
pub(crate) struct ListPage {
    pub(crate) page: Page,
    /// `Add user`
    pub(crate) add: Option<Link>,
    pub(crate) search: Option<Search>,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Row>,
    pub(crate) filters: Option<Filters>,
    /// `None` where nothing can be done with several rows at once.
    pub(crate) actions: Option<Actions>,
    /// Also says what is listed: `user`, `users`.
    pub(crate) paging: Paging,
    /// The URL without search and filters, where there are any.
    pub(crate) unnarrowed: Option<String>,
}

impl Html for ListPage {}

/// The search box, `q`.
pub(crate) struct Search {
    pub(crate) query: String,
    /// The other parameters of the list, which stay.
    pub(crate) hidden: Vec<(String, String)>,
    pub(crate) help: Option<String>,
    /// Where something is searched or filtered.
    pub(crate) results: Option<Results>,
}

/// `3 results (10,000 total)`
pub(crate) struct Results {
    pub(crate) found: Count,
    /// `None` says "Show all".
    pub(crate) total: Option<Count>,
    pub(crate) show_all: String,
}

pub(crate) struct Column {
    pub(crate) label: String,
    pub(crate) sort: Option<Sort>,
}

/// How a column sorts.
pub(crate) struct Sort {
    /// The URL that sorts by this column before all others.
    pub(crate) first: String,
    pub(crate) now: Option<Sorted>,
}

/// How the list is sorted by a column.
pub(crate) struct Sorted {
    pub(crate) is_ascending: bool,
    /// 1 for the first of several columns.
    pub(crate) priority: usize,
    pub(crate) toggle: String,
    pub(crate) remove: String,
}

pub(crate) struct Row {
    /// The value of `_selected_action`.
    pub(crate) id: String,
    /// The object's name, for who does not see the row.
    pub(crate) name: String,
    /// As many as there are columns; the first is the row's heading.
    pub(crate) cells: Vec<Value>,
}

pub(crate) struct Filters {
    /// "Show counts" or "Hide counts".
    pub(crate) counts: Option<Link>,
    /// "Clear all filters", where one is set.
    pub(crate) clear: Option<String>,
    pub(crate) all: Vec<Filter>,
}

pub(crate) struct Filter {
    /// `staff status`, shown as `By staff status`.
    pub(crate) title: String,
    pub(crate) choices: Vec<FilterChoice>,
}

pub(crate) struct FilterChoice {
    pub(crate) label: String,
    pub(crate) url: String,
    pub(crate) is_selected: bool,
    pub(crate) count: Option<Count>,
}

/// What can be done with the rows that are checked.
pub(crate) struct Actions {
    /// Values and labels: `delete_selected`, `Delete selected users`.
    pub(crate) choices: Vec<(String, String)>,
    /// Whether there are more than on this page, which `select_across` takes too.
    pub(crate) can_select_across: bool,
}

impl ListPage {
    /// How many columns sort.
    pub(crate) fn sorted(&self) -> usize {
        let sorts = self
            .columns
            .iter()
            .filter_map(|column| column.sort.as_ref());
        sorts.filter(|sort| sort.now.is_some()).count()
    }

    /// The cells of a row, each with its column's label.
    pub(crate) fn cells<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let labels = self.columns.iter().map(|column| column.label.as_str());
        labels.zip(&row.cells)
    }
}
