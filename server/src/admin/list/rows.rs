//! The SQL of a list: its rows, and how many there are.

use super::asked::Asked;
use super::filter_rows::{self as filters, Choices};
use super::narrowing::narrowing;
use super::order::{Deep, order, ordered};
use crate::admin::models::{Column, Model, Shows};
use crate::admin::pages::Count;
use crate::admin::tables::{self, Between};
use crate::db::{self, Conn, Id, Moment, Query};

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

impl From<Total> for Count {
    fn from(total: Total) -> Self {
        match total {
            Total::Exactly(number) => Self::Exact(number),
            Total::About(number) => Self::About(number),
            Total::Over(number) => Self::Over(number),
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

/// Reads what a list shows.
pub(super) async fn find(
    conn: &mut Conn<'_>,
    model: &'static Model,
    asked: &Asked,
    groups: &Between,
) -> db::Result<Found> {
    let mut meets = narrowing(conn.dialect(), model, asked, |_| true);
    let narrows = asked.narrows(model);
    let (whole, deep) = whole(conn, model).await?;
    let mut total = whole;
    if narrows {
        let keys = matching(conn, model, &meets).await?;
        total = match keys.len() as u64 {
            found if found > COUNTED => Total::Over(COUNTED),
            found => {
                // looked for once, and then named by their keys
                meets = Query::new(" AND item.id");
                meets.is_one_of(conn.dialect(), &keys);
                Total::Exactly(found)
            }
        };
    }
    let shows_all = asked.all && matches!(total, Total::Exactly(total) if total <= MOST_AT_ONCE);
    let has_pages = total.number() > PER_PAGE;
    let mut is_beyond = false;
    let columns = model.columns_of(conn.users());
    let order = order(model, &columns, asked);
    let mut is_window = false;
    if has_pages && !shows_all {
        let before = u64::try_from(asked.page.saturating_sub(1))
            .ok()
            .map(|page| page.saturating_mul(PER_PAGE));
        let is_known = matches!(total, Total::Exactly(_));
        // the newest first, and nothing else: far down, a page is that of so many keys
        let by_key = !narrows && order == [("item.id", true)];
        match (before, deep) {
            (Some(before), Some(deep)) if by_key && before >= COUNTED => {
                is_window = true;
                match deep.window(before - COUNTED, PER_PAGE) {
                    Some(window) => meets = window,
                    None => is_beyond = true,
                }
            }
            (Some(before), _) if !is_known || before < total.number() => {
                meets = on_page(model, &meets, narrows, &order, before);
            }
            _ => is_beyond = true,
        }
    }
    let items = if is_beyond {
        Vec::new()
    } else {
        let query = select(model, &columns, &meets, &order);
        items(conn, &columns, &query).await?
    };
    if items.is_empty() && has_pages && asked.page > 1 && !is_window {
        is_beyond = true;
    }
    let filters = filters::choices(conn, model, asked, groups).await?;
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
    let narrowing = narrowing(conn.dialect(), model, asked, |_| true);
    query.push(" WHERE 1 = 1").append(&narrowing);
    if let Some(keys) = keys {
        query
            .push(" AND item.id IN (")
            .values(keys.iter().copied())
            .push(")");
    }
    let columns = model.columns_of(conn.users());
    query.append(&ordered(&order(model, &columns, asked)));
    // more are not deleted at once
    query.push(" LIMIT ").value(COUNTED + 1);
    query
        .rows(conn, |row| Ok((row.next::<Id>()?, row.next::<String>()?)))
        .await
}

fn select(
    model: &Model,
    columns: &[&Column],
    meets: &Query,
    order: &[(&'static str, bool)],
) -> Query {
    let mut query = Query::new("SELECT item.id, ");
    query.shown(model.text);
    for column in columns {
        match column.shows {
            Shows::YesOrNo => query.push(", (").push(column.sql).push(") = TRUE"),
            Shows::Moment => query.push(", ").push(column.sql),
            Shows::Text | Shows::Code => query.push(", ").as_text(column.sql),
        };
    }
    query.append(&tables::from(model));
    query
        .push(" WHERE 1 = 1")
        .append(meets)
        .append(&ordered(order));
    query
}

/// The condition that holds for the rows of one page. Its keys are found first: to order whole rows costs more.
fn on_page(
    model: &Model,
    meets: &Query,
    narrows: bool,
    order: &[(&'static str, bool)],
    before: u64,
) -> Query {
    let of_item = order.iter().all(|(sql, _)| sql.starts_with("item."));
    let mut query = Query::new(" AND item.id IN (SELECT item.id");
    query.append(&tables::to_order(model, !of_item || narrows));
    query
        .push(" WHERE 1 = 1")
        .append(meets)
        .append(&ordered(order));
    query.push(" LIMIT ").value(PER_PAGE);
    query.push(" OFFSET ").value(before).push(")");
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

/// The keys of rows that meet a condition, up to one more than are counted.
async fn matching(conn: &mut Conn<'_>, model: &Model, meets: &Query) -> db::Result<Vec<Id>> {
    let mut query = Query::new("SELECT item.id");
    query.append(&tables::to_order(model, true));
    query.push(" WHERE 1 = 1").append(meets);
    query.push(" LIMIT ").value(COUNTED + 1);
    query.scalars(conn).await
}

/// How many rows a table has. Where they are not counted, keys tell about how many there are: they are given in turn, and
/// most rows are still there.
async fn whole(conn: &mut Conn<'_>, model: &Model) -> db::Result<(Total, Option<Deep>)> {
    let mut query = Query::new("SELECT id, (SELECT MIN(id) FROM ");
    query.push(model.table).push(") FROM ").push(model.table);
    query
        .push(" ORDER BY id DESC LIMIT 1 OFFSET ")
        .value(COUNTED);
    let deep = query.row(conn, |row| Ok((row.next::<Id>()?.0, row.next::<Id>()?.0)));
    if let Some((first, last)) = deep.await? {
        let rest = u64::try_from(first.saturating_sub(last)).unwrap_or(0) + 1;
        return Ok((Total::About(COUNTED + rest), Some(Deep { first, last })));
    }
    let mut query = Query::new("SELECT COUNT(*) FROM ");
    query.push(model.table);
    Ok((Total::Exactly(number(conn, &query).await?), None))
}

async fn number(conn: &mut Conn<'_>, query: &Query) -> db::Result<u64> {
    let number = query.scalar::<Id>(conn).await?;
    Ok(number
        .and_then(|number| u64::try_from(number.0).ok())
        .unwrap_or(0))
}
