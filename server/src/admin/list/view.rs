//! A list as its page shows it: columns that sort, filters with their links, pages.

use super::super::delete;
use super::super::models::{Field, Kind, Model};
use super::super::pages::{
    Actions, Column, Count, Filter, FilterChoice, Filters, Link, ListPage, Page, Results, Row,
    Search, Sort, Sorted, Value,
};
use super::super::rights::Right;
use super::super::visit::{Pairs, Visit};
use super::asked::{self, Asked};
use super::filter_rows::Choices;
use super::links::{preserved, with};
use super::paging::paging;
use super::rows::{Cell, Found, MOST_AT_ONCE, PER_PAGE, Total};

/// The page of a list.
pub(super) fn list(
    visit: &Visit<'_>,
    page: Page,
    model: &'static Model,
    asked: &Asked,
    found: Found,
) -> ListPage {
    let has_actions = asked::has_actions(visit, model);
    let has_pages = found.total.number() > PER_PAGE;
    let shows_all = asked.all && found.total.number() <= MOST_AT_ONCE;
    let narrows = asked.narrows(model);
    let url = visit.list_url(model);
    let add = visit.may(Right::Add, model).then(|| {
        let kept = preserved(&asked.kept);
        Link::new(
            format!("Add {}", model.singular),
            format!("{url}add/{kept}"),
        )
    });
    let filters = found.filters.iter().map(|choices| filter(asked, choices));
    let filters: Vec<_> = filters.filter(|filter| filter.choices.len() > 1).collect();
    let rows = found.items.into_iter().map(|item| {
        let change = visit.row_url(model, item.id, "change") + &preserved(&asked.kept);
        let mut cells: Vec<_> = item
            .cells
            .into_iter()
            .map(|cell| shown(visit, cell))
            .collect();
        if let Some(first) = cells.first_mut() {
            let label = match &*first {
                Value::Text(text) | Value::Code(text) if !text.is_empty() => text.clone(),
                _ => "-".to_owned(),
            };
            *first = Value::Link(Link::new(label, change));
        }
        Row {
            id: item.id.to_string(),
            name: item.text,
            cells,
        }
    });
    ListPage {
        page,
        add,
        search: (!model.search.is_empty())
            .then(|| search(model, asked, &found.total, &found.whole, narrows)),
        columns: columns(visit, model, asked, has_actions),
        rows: rows.collect(),
        filters: (!filters.is_empty()).then(|| Filters {
            counts: Some(counts(asked)),
            clear: (!asked.filters.is_empty()).then(|| with(asked, &[], &names(&asked.filters))),
            all: filters,
        }),
        actions: has_actions.then(|| Actions {
            choices: vec![(
                delete::SELECTED.to_owned(),
                format!("Delete selected {}", model.plural),
            )],
            can_select_across: has_pages && !shows_all,
        }),
        paging: paging(model, asked, found.total, shows_all),
        unnarrowed: narrows.then(|| url.clone()),
    }
}

fn shown(visit: &Visit<'_>, cell: Cell) -> Value {
    match cell {
        Cell::Nothing => Value::Empty,
        Cell::Text(text) if text.is_empty() => Value::Empty,
        Cell::Text(text) => Value::Text(text),
        Cell::Code(code) => Value::Code(code),
        Cell::Flag(flag) => Value::Bool(flag),
        Cell::Moment(at) => Value::Time(visit.time(at)),
    }
}

fn search(model: &Model, asked: &Asked, total: &Total, whole: &Total, narrows: bool) -> Search {
    let mut hidden = asked.kept.clone();
    hidden.retain(|(name, _)| name != "q");
    Search {
        query: asked.search.clone(),
        hidden,
        help: None,
        results: narrows.then(|| Results {
            found: (*total).into(),
            total: Some((*whole).into()),
            show_all: with(asked, &[], &all_names(asked, model)),
        }),
    }
}

fn all_names<'a>(asked: &'a Asked, _: &Model) -> Vec<&'a str> {
    let mut names = names(&asked.filters);
    names.push("q");
    names
}

fn names(pairs: &Pairs) -> Vec<&str> {
    pairs.iter().map(|(name, _)| name.as_str()).collect()
}

/// The link that shows or hides how many rows each choice has.
fn counts(asked: &Asked) -> Link {
    if asked.counts {
        Link::new("Hide counts", with(asked, &[], &["_facets"]))
    } else {
        Link::new("Show counts", with(asked, &[("_facets", "True")], &[]))
    }
}

fn filter(asked: &Asked, choices: &Choices) -> Filter {
    let Field {
        name, label, kind, ..
    } = choices.field;
    let is_flag = *kind == Kind::Flag;
    let key = if is_flag {
        format!("{name}__exact")
    } else {
        format!("{name}__id__exact")
    };
    let null = format!("{name}__isnull");
    let set = |wanted: &str| {
        asked
            .filters
            .iter()
            .find(|(known, _)| known == wanted)
            .map(|(_, value)| value.as_str())
    };
    let mut found = Vec::new();
    let mut add = |label: String, url: String, is_selected: bool| {
        found.push(FilterChoice {
            label,
            url,
            is_selected,
            count: choices
                .counts
                .get(found.len())
                .map(|count| Count::Exact(*count)),
        });
    };
    add(
        "All".to_owned(),
        with(asked, &[], &[&key, &null]),
        set(&key).is_none() && set(&null).is_none(),
    );
    if is_flag {
        for (label, value) in [("Yes", "1"), ("No", "0")] {
            let url = with(asked, &[(&key, value)], &[&null]);
            add(label.to_owned(), url, set(&key) == Some(value));
        }
    } else if !choices.rows.is_empty() {
        for (id, label) in &choices.rows {
            let id = id.to_string();
            let url = with(asked, &[(&key, &id)], &[&null]);
            let is_selected = set(&key) == Some(id.as_str());
            add(label.clone(), url, is_selected);
        }
        let url = with(asked, &[(&null, "True")], &[&key]);
        add("Empty".to_owned(), url, set(&null).is_some());
    }
    Filter {
        title: label.to_lowercase(),
        choices: found,
    }
}

/// The columns, and how the list is sorted by them.
fn columns(visit: &Visit<'_>, model: &Model, asked: &Asked, has_actions: bool) -> Vec<Column> {
    let all = model.columns_of(visit.app.admin_db().users());
    let first = usize::from(has_actions);
    let by_default = || {
        let place = |(sql, is_down): &(&str, bool)| {
            let mut columns = all.iter();
            let at = columns.position(|column| column.order == *sql)?;
            Some((at, *is_down))
        };
        model.order.iter().filter_map(place).collect()
    };
    let now: Vec<(usize, bool)> = asked.order.clone().unwrap_or_else(by_default);
    let text = |order: &[(usize, bool)]| {
        let part = |(at, is_down): &(usize, bool)| {
            format!("{}{}", if *is_down { "-" } else { "" }, at + first)
        };
        order.iter().map(part).collect::<Vec<_>>().join(".")
    };
    let link = |order: &[(usize, bool)]| with(asked, &[("o", &text(order))], &[]);
    let column = |(at, column): (usize, &super::super::models::Column)| {
        let sort = (!column.order.is_empty()).then(|| {
            let place = now.iter().position(|(other, _)| *other == at);
            let is_down = place.is_some_and(|place| now[place].1);
            let rest: Vec<_> = now
                .iter()
                .copied()
                .filter(|(other, _)| *other != at)
                .collect();
            let mut first = vec![(at, place.is_some() && !is_down)];
            first.extend(&rest);
            Sort {
                first: link(&first),
                now: place.map(|place| {
                    let mut toggled = now.clone();
                    toggled[place].1 = !is_down;
                    Sorted {
                        is_ascending: !is_down,
                        priority: place + 1,
                        toggle: link(&toggled),
                        remove: link(&rest),
                    }
                }),
            }
        });
        Column {
            label: column.label.to_owned(),
            sort,
        }
    };
    all.iter().copied().enumerate().map(column).collect()
}
