//! What is read and judged: whether the target can hold the source, and whether both have the same rows.

mod rows;

use std::sync::Arc;

use anyhow::{Context, bail};

pub(super) use self::rows::has_rows;
use super::plan::{Plan, Table};
use super::rows::{Page, Side, last_given, page};
use super::sum::Sum;
use crate::db::Value;

/// Who is told what is done, and how many rows of how many.
pub(crate) type Tell<'t> = &'t mut (dyn FnMut(&str, u64, u64) + Send);

/// Up to how many rows that the target could not hold are told.
const TOLD: usize = 20;

/// Reads the source, and refuses what the target could not hold; the sum of each table.
pub(super) async fn checked(
    source: &Side,
    plan: &Plan,
    tell: Tell<'_>,
) -> anyhow::Result<Vec<Sum>> {
    let dangling = rows::dangling(source, &plan.tables, TOLD + 1).await;
    let mut problems = dangling.context("the foreign keys of the source could not be checked")?;
    let (mut sums, mut read) = (Vec::new(), 0);
    for table in &plan.tables {
        if problems.len() >= TOLD {
            break;
        }
        let before = problems.len();
        let mut look = |page: &Page| {
            read += page.rows.len() as u64;
            problems.extend(page.problems.iter().cloned());
            tell("rows of the source are checked", read, 0);
        };
        sums.push(summed(source, table, &mut look).await?);
        // the rows themselves say it better
        if problems.len() == before
            && let Some((column, last)) = last_given(source, table).await?
            && let Err(why) = table.columns[0].holds.judge(Value::Number(last))
        {
            let name = &table.name;
            problems.push(format!(
                "{name}.{column}: the last number that was given, of a row that is gone: {why}; lower it in sqlite_sequence"
            ));
        }
    }
    if problems.is_empty() {
        return Ok(sums);
    }
    let more = if problems.len() > TOLD {
        problems.truncate(TOLD);
        "\nand more"
    } else {
        ""
    };
    bail!(
        "the target can't hold these values, and nothing was copied; change them in the source, then run this again:\n{}{more}",
        problems.join("\n")
    )
}

/// Reads a table to its end, and sums it; `look` sees each page.
pub(super) async fn summed(
    side: &Side,
    table: &Arc<Table>,
    look: &mut (dyn FnMut(&Page) + Send),
) -> anyhow::Result<Sum> {
    let (mut sum, mut after) = (Sum::default(), None);
    loop {
        let page = page(side, table, after.take()).await;
        let page = page.with_context(|| format!("the table {} could not be read", table.name))?;
        let Some(last) = page.rows.last() else {
            return Ok(sum);
        };
        after = Some(table.key_of(last));
        for row in &page.rows {
            sum.add(row);
        }
        look(&page);
    }
}

/// Whether a database that nobody half copied into has every row already.
pub(super) async fn is_whole(target: &Side, plan: &Plan, sums: &[Sum]) -> anyhow::Result<bool> {
    for (table, wanted) in plan.tables.iter().zip(sums) {
        if summed(target, table, &mut |_| ()).await? != *wanted {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Reads both databases once more: each must have what the source had at first.
pub(super) async fn compare(
    source: &Side,
    target: &Side,
    plan: &Plan,
    sums: &[Sum],
    tell: Tell<'_>,
) -> anyhow::Result<()> {
    let all = sums.iter().map(|sum| sum.rows).sum();
    let mut done = 0;
    for (table, wanted) in plan.tables.iter().zip(sums) {
        let mut nobody = |_: &Page| ();
        let mut look = |page: &Page| {
            done += page.rows.len() as u64;
            tell("rows are compared", done, all);
        };
        let (now, copied) = tokio::join!(
            summed(source, table, &mut nobody),
            summed(target, table, &mut look)
        );
        let (now, copied, name) = (now?, copied?, &table.name);
        if now != *wanted {
            bail!(
                "{name} has changed in the source while it was copied ({} rows, then {}); stop every server of the source, and copy it into an empty database",
                wanted.rows,
                now.rows
            );
        }
        if copied != *wanted {
            bail!(
                "{name} is not the same in the target as in the source ({} rows of {}), so this copy is not to be used; see that nobody else writes to the target, and copy into an empty database",
                copied.rows,
                wanted.rows
            );
        }
    }
    Ok(())
}
