//! A list as its page shows it: columns that sort, filters with their links, pages.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::delete;
use super::super::models::{Kind, Model};
use super::super::pages::{
    Actions, Column, Count, Filter, FilterChoice, Filters, Link, ListPage, Page, PageLink, Paging,
    Results, Row, Search, Sort, Sorted, Value,
};
use super::super::rights::Right;
use super::super::visit::{Pairs, Visit};
use super::asked::{self, Asked};
use super::rows::{Cell, Choices, Found, MOST_AT_ONCE, PER_PAGE, Total};

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
    let filters = found
        .filters
        .iter()
        .map(|choices| filter(model, asked, choices));
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

fn count(total: Total) -> Count {
    match total {
        Total::Exactly(number) => Count::Exact(number),
        Total::About(number) => Count::About(number),
        Total::Over(number) => Count::Over(number),
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
            found: count(*total),
            total: Some(count(*whole)),
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

fn filter(model: &'static Model, asked: &Asked, choices: &Choices) -> Filter {
    let field = model.field(choices.name);
    let label = field.map_or(choices.name, |field| field.label);
    let is_flag = field.is_some_and(|field| field.kind == Kind::Flag);
    let name = choices.name;
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
    let all = model.columns_of(visit.app.db().users());
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

fn paging(model: &Model, asked: &Asked, total: Total, shows_all: bool) -> Paging {
    let number = total.number();
    let last = number.div_ceil(PER_PAGE).max(1);
    let current = u64::try_from(asked.page).unwrap_or(1).max(1);
    // an estimate may be too low
    let last = last.max(current);
    let url = |page: u64| with(asked, &[("p", &page.to_string())], &["all"]);
    let has_pages = number > PER_PAGE && !shows_all;
    let mut pages = Vec::new();
    if has_pages {
        let near = current.saturating_sub(3).max(1)..=(current + 3).min(last);
        let mut numbers: Vec<u64> = [1, 2]
            .into_iter()
            .chain(near)
            .chain([last - 1, last])
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut before = 0;
        for page in numbers.into_iter().filter(|page| (1..=last).contains(page)) {
            if page > before + 1 {
                pages.push(PageLink::Gap);
            }
            before = page;
            pages.push(if page == current {
                PageLink::Current(page)
            } else {
                PageLink::Other {
                    number: page,
                    url: url(page),
                }
            });
        }
    }
    Paging {
        total: count(total),
        one: model.singular.to_owned(),
        many: model.plural.to_owned(),
        previous: (has_pages && current > 1).then(|| url(current - 1)),
        next: (has_pages && current < last).then(|| url(current + 1)),
        pages,
        show_all: (has_pages && number <= MOST_AT_ONCE).then(|| with(asked, &[("all", "")], &[])),
    }
}

/// The list's parameters with others in their place: `get_query_string`.
fn with(asked: &Asked, set: &[(&str, &str)], without: &[&str]) -> String {
    let is_kept =
        |name: &str| !without.contains(&name) && set.iter().all(|(known, _)| *known != name);
    let kept = asked.kept.iter().filter(|(name, _)| is_kept(name));
    let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
    let mut pairs: Vec<_> = kept.chain(set.iter().copied()).collect();
    pairs.sort_by_key(|(name, _)| *name);
    format!("?{}", encoded(&pairs))
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    let quoted = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pair = |(name, value): &(&str, &str)| format!("{}={}", quoted(name), quoted(value));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// `_changelist_filters`: what brings somebody back to the list as it was.
fn preserved(kept: &Pairs) -> String {
    let pairs: Vec<_> = kept
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    if pairs.is_empty() {
        return String::new();
    }
    let list = encoded(&pairs);
    format!("?{}", encoded(&[("_changelist_filters", &list)]))
}
