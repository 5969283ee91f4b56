//! The order of a list, and where its pages begin.

use super::asked::Asked;
use crate::admin::models::{Column, Model};
use crate::db::Query;

/// What a list is ordered by: SQL, and whether downwards.
pub(super) type Order = Vec<(&'static str, bool)>;

/// How a list is ordered; in the end by its keys, so that no row is on two pages.
pub(super) fn order(model: &Model, columns: &[&Column], asked: &Asked) -> Order {
    let chosen = |(at, is_down): &(usize, bool)| {
        let column = columns.get(*at)?;
        (!column.order.is_empty()).then_some((column.order, *is_down))
    };
    // rows that are alike in what was chosen stay in the list's own order
    let chosen = asked.order.iter().flatten().filter_map(chosen);
    let mut order: Order = chosen.chain(model.order.iter().copied()).collect();
    if order.last() != Some(&("item.id", true)) {
        order.push(("item.id", true));
    }
    order
}

pub(super) fn ordered(order: &[(&'static str, bool)]) -> Query {
    let mut query = Query::new(" ORDER BY ");
    for (at, (sql, is_down)) in order.iter().enumerate() {
        query.push(if at > 0 { ", " } else { "" }).push(sql);
        query.push(if *is_down { " DESC" } else { "" });
    }
    query
}

/// Keys beyond those rows that are counted.
#[derive(Clone, Copy)]
pub(super) struct Deep {
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Deep {
    /// The condition that holds for the rows of a page of this size which begins so many keys further down; none beyond the last.
    pub(super) fn window(self, below: u64, size: u64) -> Option<Query> {
        let top = self.first.checked_sub_unsigned(below)?;
        if top < self.last {
            return None;
        }
        let mut query = Query::new(" AND item.id <= ");
        query.value(top).push(" AND item.id > ");
        query.value(top.saturating_sub_unsigned(size));
        Some(query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_on_one_page() {
        let deep = Deep {
            first: 250,
            last: 7,
        };
        let given = |below| deep.window(below, 100).map(|query| format!("{query:?}"));
        for (below, top, end) in [(0, 250, 150), (100, 150, 50), (200, 50, -50)] {
            let window = given(below).unwrap();
            assert!(window.contains(&format!("Number({top})")), "{window}");
            assert!(window.contains(&format!("Number({end})")), "{window}");
        }
        assert_eq!(given(300), None);
        assert_eq!(given(u64::MAX), None);
    }
}
