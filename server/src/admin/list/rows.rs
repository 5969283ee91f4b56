//! The SQL of a list: its rows, and how many there are.

use super::asked::Asked;
use super::lookups;
use crate::admin::models::{Column, Field, Kind, Model, Shows};
use crate::admin::tables::{self, Between};
use crate::db::{self, Conn, Dialect, Id, Moment, Query};

/// How many rows a page has.
pub(super) const PER_PAGE: u64 = 100;
/// Up to how many rows a list may be shown on one page.
pub(super) const MOST_AT_ONCE: u64 = 200;
/// Beyond how many rows they are not counted: it would take longer than to show the page.
const COUNTED: u64 = 10_000;

/// A cell of a row.
pub(super) enum Cell {
    Nothing,
    Text(String),
    Code(String),
    Flag(bool),
    Moment(Moment),
}

/// A row of the list.
pub(super) struct Item {
    pub(super) id: Id,
    pub(super) text: String,
    pub(super) cells: Vec<Cell>,
}

/// How many rows there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Total {
    Exactly(u64),
    /// So many by the database's own estimate.
    About(u64),
    /// More than so many.
    Over(u64),
}

impl Total {
    pub(super) fn number(self) -> u64 {
        match self {
            Self::Exactly(number) | Self::About(number) | Self::Over(number) => number,
        }
    }
}

/// What a list shows.
pub(super) struct Found {
    pub(super) items: Vec<Item>,
    /// How many meet what was asked for.
    pub(super) total: Total,
    /// How many there are without it.
    pub(super) whole: Total,
    /// The choices of each filter.
    pub(super) filters: Vec<Choices>,
    /// Whether the page that was asked for is beyond the last one.
    pub(super) is_beyond: bool,
}

/// What a filter can be set to.
pub(super) struct Choices {
    /// The field's name.
    pub(super) name: &'static str,
    /// Keys and names, of groups; flags have none.
    pub(super) rows: Vec<(Id, String)>,
    /// How many rows each choice has, in the order in which they are shown; empty where nobody asked.
    pub(super) counts: Vec<u64>,
}

/// Reads what a list shows.
pub(super) async fn find(
    conn: &mut Conn<'_>,
    model: &'static Model,
    asked: &Asked,
    groups: &Between,
) -> db::Result<Found> {
    let narrowing = narrowing(conn.dialect(), model, asked, None);
    let whole = whole(conn, model).await?;
    let total = if asked.narrows(model) {
        count(conn, model, &narrowing).await?
    } else {
        whole
    };
    let shows_all = asked.all && matches!(total, Total::Exactly(total) if total <= MOST_AT_ONCE);
    let has_pages = total.number() > PER_PAGE;
    let mut is_beyond = false;
    let columns = model.columns_of(conn.users());
    let mut query = select(model, &columns, asked, &narrowing);
    if has_pages && !shows_all {
        let before = u64::try_from(asked.page.saturating_sub(1))
            .ok()
            .map(|page| page.saturating_mul(PER_PAGE));
        let is_known = matches!(total, Total::Exactly(_));
        match before {
            Some(before) if !is_known || before < total.number() => {
                query.push(" LIMIT ").value(PER_PAGE);
                query.push(" OFFSET ").value(before);
            }
            _ => is_beyond = true,
        }
    }
    let items = if is_beyond {
        Vec::new()
    } else {
        items(conn, &columns, &query).await?
    };
    if items.is_empty() && has_pages && asked.page > 1 {
        is_beyond = true;
    }
    let filters = choices(conn, model, asked, groups).await?;
    Ok(Found {
        items,
        total,
        whole,
        filters,
        is_beyond,
    })
}

/// The rows that an action is for: those that are named, or all that the list shows on its pages.
pub(super) async fn chosen(
    conn: &mut Conn<'_>,
    model: &'static Model,
    asked: &Asked,
    keys: Option<&[Id]>,
) -> db::Result<Vec<(Id, String)>> {
    let mut query = tables::named(model);
    let narrowing = narrowing(conn.dialect(), model, asked, None);
    query.push(" WHERE 1 = 1").append(&narrowing);
    if let Some(keys) = keys {
        query
            .push(" AND item.id IN (")
            .values(keys.iter().copied())
            .push(")");
    }
    query.append(&order(model, &model.columns_of(conn.users()), asked));
    query
        .rows(conn, |row| Ok((row.next::<Id>()?, row.next::<String>()?)))
        .await
}

fn select(model: &Model, columns: &[&Column], asked: &Asked, narrowing: &Query) -> Query {
    let mut query = Query::new("SELECT item.id, ");
    query.push(model.text);
    for column in columns {
        let (before, after) = match column.shows {
            Shows::YesOrNo => (", (", ") = TRUE"),
            Shows::Text | Shows::Code | Shows::Moment => (", ", ""),
        };
        query.push(before).push(column.sql).push(after);
    }
    query.append(&tables::from(model));
    query.push(" WHERE 1 = 1").append(narrowing);
    query.append(&order(model, columns, asked));
    query
}

async fn items(conn: &mut Conn<'_>, columns: &[&Column], query: &Query) -> db::Result<Vec<Item>> {
    query
        .rows(conn, |row| {
            let (id, text) = (row.next::<Id>()?, row.next::<String>()?);
            let mut cells = Vec::with_capacity(columns.len());
            for column in columns {
                cells.push(match column.shows {
                    Shows::YesOrNo => Cell::Flag(row.next()?),
                    Shows::Moment => row
                        .next::<Option<Moment>>()?
                        .map_or(Cell::Nothing, Cell::Moment),
                    Shows::Code => row
                        .next::<Option<String>>()?
                        .map_or(Cell::Nothing, Cell::Code),
                    Shows::Text => row
                        .next::<Option<String>>()?
                        .map_or(Cell::Nothing, Cell::Text),
                });
            }
            Ok(Item { id, text, cells })
        })
        .await
}

/// What a row must meet, but for one filter; each condition begins with AND.
fn narrowing(dialect: Dialect, model: &Model, asked: &Asked, without: Option<&str>) -> Query {
    let mut query = Query::default();
    for (name, condition) in &asked.conditions {
        if without.is_none_or(|without| !is_of(name, without)) {
            query.push(" AND ").append(condition);
        }
    }
    if !model.search.is_empty() {
        for word in asked.words() {
            query.push(" AND ");
            query.append(&lookups::has_word(dialect, model.search, &word));
        }
    }
    query
}

/// Whether a parameter belongs to the filter of a field.
pub(super) fn is_of(parameter: &str, field: &str) -> bool {
    let rest = parameter.strip_prefix(field);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("__"))
}

/// How a list is ordered; in the end by its keys, so that no row is on two pages.
fn order(model: &Model, columns: &[&Column], asked: &Asked) -> Query {
    let chosen = |(at, is_down): &(usize, bool)| {
        let column = columns.get(*at)?;
        (!column.order.is_empty()).then_some((column.order, *is_down))
    };
    // rows that are alike in what was chosen stay in the list's own order
    let chosen = asked.order.iter().flatten().filter_map(chosen);
    let order = chosen.chain(model.order.iter().copied());
    let mut query = Query::new(" ORDER BY ");
    for (sql, is_down) in order {
        query.push(sql).push(if is_down { " DESC, " } else { ", " });
    }
    query.push("item.id DESC");
    query
}

/// How many rows meet a condition, counted up to a bound.
async fn count(conn: &mut Conn<'_>, model: &Model, narrowing: &Query) -> db::Result<Total> {
    let mut query = Query::new("SELECT COUNT(*) FROM (SELECT 1");
    query.append(&tables::from(model));
    query.push(" WHERE 1 = 1").append(narrowing);
    query
        .push(" LIMIT ")
        .value(COUNTED + 1)
        .push(") AS counted");
    let counted = number(conn, &query).await?;
    Ok(if counted > COUNTED {
        Total::Over(COUNTED)
    } else {
        Total::Exactly(counted)
    })
}

/// How many rows a table has.
async fn whole(conn: &mut Conn<'_>, model: &Model) -> db::Result<Total> {
    let mut query = Query::new("SELECT COUNT(*) FROM (SELECT 1 FROM ");
    query.push(model.table).push(" LIMIT ");
    query.value(COUNTED + 1).push(") AS counted");
    let counted = number(conn, &query).await?;
    if counted <= COUNTED {
        return Ok(Total::Exactly(counted));
    }
    // keys are given in turn, and most rows are still there
    // each by itself, which takes the index
    let mut spread = Query::new("SELECT (SELECT MAX(id) FROM ");
    spread.push(model.table).push(") - (SELECT MIN(id) FROM ");
    spread.push(model.table).push(") + 1");
    let spread = number(conn, &spread).await?;
    Ok(Total::About(spread.max(counted)))
}

async fn number(conn: &mut Conn<'_>, query: &Query) -> db::Result<u64> {
    let number = query.scalar::<Id>(conn).await?;
    Ok(number
        .and_then(|number| u64::try_from(number.0).ok())
        .unwrap_or(0))
}

async fn choices(
    conn: &mut Conn<'_>,
    model: &'static Model,
    asked: &Asked,
    groups: &Between,
) -> db::Result<Vec<Choices>> {
    let mut found = Vec::new();
    for name in model.filters {
        let Some(field) = model.field(name) else {
            continue;
        };
        let is_flag = field.kind == Kind::Flag;
        let rows = if is_flag {
            Vec::new()
        } else {
            let groups = Query::new("SELECT id, name FROM auth_group ORDER BY name, id LIMIT 1000");
            groups
                .rows(conn, |row| Ok((row.next()?, row.next()?)))
                .await?
        };
        let mut counts = Vec::new();
        if asked.counts {
            let narrowing = narrowing(conn.dialect(), model, asked, Some(name));
            for test in tests(field, &rows, groups) {
                let mut query = Query::new("SELECT COUNT(*)");
                query.append(&tables::from(model)).push(" WHERE ");
                query.append(&test).append(&narrowing);
                counts.push(number(conn, &query).await?);
            }
        }
        found.push(Choices {
            name: field.name,
            rows,
            counts,
        });
    }
    Ok(found)
}

/// What the choices of a filter ask for, in the order in which they are shown.
fn tests(field: &Field, rows: &[(Id, String)], groups: &Between) -> Vec<Query> {
    let mut tests = vec![Query::new("1 = 1")];
    if field.kind == Kind::Flag {
        for value in [" = TRUE", " = FALSE"] {
            let mut test = Query::new("item.");
            test.push(field.column).push(value);
            tests.push(test);
        }
        return tests;
    }
    let members = |is_in: &'static str| {
        let mut test = Query::new(is_in);
        test.name(&groups.user).push(" FROM ").name(&groups.table);
        test
    };
    for (id, _) in rows {
        let mut test = members("item.id IN (SELECT ");
        test.push(" WHERE group_id = ").value(*id).push(")");
        tests.push(test);
    }
    let mut test = members("item.id NOT IN (SELECT ");
    test.push(")");
    tests.push(test);
    tests
}
