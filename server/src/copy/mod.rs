//! All rows of a database copied into another: from SQLite to PostgreSQL, or back.
//!
//! The source is read whole before anything is written: what the target could not hold is told at once, and each table
//! is counted and summed. Then its pages are written, each in a transaction with how far the copy is, so that a copy that
//! was broken off goes on. At the end both databases are read and summed once more, and must agree with the first sum:
//! a source that somebody wrote to meanwhile is noticed. `rows.rs` has the SQL, `plan.rs` says which tables, `cell.rs` what
//! a column holds, `sum.rs` how rows are summed, `state.rs` how far it is.

mod cell;
mod plan;
mod rows;
mod state;
mod sum;

use std::sync::Arc;

use anyhow::{Context, bail};

use self::plan::{Plan, Table};
use self::rows::{Page, Side};
use self::state::State;
use self::sum::Sum;
use crate::db::migrate::{self, Adopt, State as Tables};
use crate::db::{Db, Dialect, Moment, Zone, meta};
use crate::settings::Settings;
use crate::startup::OpenError;

/// What is copied, and where to.
pub(crate) struct Copying<'c> {
    pub(crate) source: &'c Db,
    pub(crate) target: &'c Db,
    /// Tables of the source that are left behind.
    pub(crate) leave: &'c [String],
    /// How many rows one transaction writes at most.
    pub(crate) batch: u32,
}

/// What was copied.
pub(crate) struct Copied {
    pub(crate) tables: usize,
    pub(crate) rows: u64,
    /// Whether an earlier copy went on.
    pub(crate) went_on: bool,
}

/// Who is told what is done, and how many rows of how many.
pub(crate) type Tell<'t> = &'t mut (dyn FnMut(&str, u64, u64) + Send);

/// Up to how many rows that the target could not hold are told.
const TOLD: usize = 20;

impl Copying<'_> {
    /// Copies all rows; says how many.
    ///
    /// # Errors
    /// In sentences for a person, what is in the way. What was copied until then stays, and another call goes on there.
    pub(crate) async fn run(
        &self,
        settings: &Settings,
        now: Moment,
        tell: Tell<'_>,
    ) -> anyhow::Result<Copied> {
        let goes_on = rows::has_states(self.target).await?;
        self.see_to_tables(goes_on, now).await?;
        let zone = zone(self.source, settings).await?;
        let side = |db: &Db| Side {
            db: db.clone(),
            zone: zone.filter(|_| db.dialect() == Dialect::Postgres),
            batch: self.batch,
        };
        let (source, target) = (side(self.source), side(self.target));
        let shapes = (
            rows::shapes(self.source).await?,
            rows::shapes(self.target).await?,
        );
        let plan = match self.source.dialect() {
            Dialect::Sqlite => Plan::new(&shapes.0, &shapes.1, &shapes.1, self.leave),
            Dialect::Postgres => Plan::new(&shapes.0, &shapes.1, &shapes.0, self.leave),
        };
        let plan = plan.map_err(anyhow::Error::msg)?;
        let sums = checked(&source, &plan, tell).await?;
        let mut states = if goes_on {
            known(&target, &plan, &sums).await?
        } else {
            begin(&target, &plan, &sums).await?
        };
        let all = sums.iter().map(|sum| sum.rows).sum();
        let mut done: u64 = states.iter().map(|state| state.copied.rows).sum();
        for (table, state) in plan.tables.iter().zip(&mut states) {
            copy(&source, &target, table, state, &mut |rows| {
                done += rows;
                tell("rows are copied", done, all);
            })
            .await?;
        }
        compare(&source, &target, &plan, &sums, tell).await?;
        rows::finish(&source, &target, &plan.tables)
            .await
            .context("the rows are copied, but the numbers of the next ones could not be set; run this again")?;
        Ok(Copied {
            tables: plan.tables.len(),
            rows: all,
            went_on: goes_on,
        })
    }

    /// Both databases must have tables of this program; those of an empty target are made.
    async fn see_to_tables(&self, goes_on: bool, now: Moment) -> anyhow::Result<()> {
        match migrate::state(self.source).await.map_err(OpenError::from)? {
            Tables::Gatepost { pending: 0 } => {}
            Tables::Gatepost { .. } => bail!(
                "the tables of the source are not up to date; run `gatepost-server migrate` there first"
            ),
            Tables::Django => bail!(
                "Gatepost has never used the source; run `gatepost-server migrate --adopt` there first"
            ),
            Tables::Empty => bail!("the source is empty: there is nothing to copy"),
        }
        if goes_on {
            return Ok(());
        }
        match migrate::state(self.target).await.map_err(OpenError::from)? {
            Tables::Gatepost { pending: 0 } => Ok(()),
            Tables::Gatepost { .. } => bail!(
                "the tables of the target are not up to date; run `gatepost-server migrate` there first"
            ),
            Tables::Django => bail!(
                "Gatepost has never used the target, which has Django's tables; run `gatepost-server migrate --adopt` there first"
            ),
            Tables::Empty => {
                if !rows::shapes(self.source).await?.contains_key("auth_user") {
                    bail!(
                        "the source has a table of users of its own, which Gatepost does not make; let Django's `manage.py migrate` make the tables of the target, then run `gatepost-server migrate --adopt` there"
                    );
                }
                let made = migrate::run(self.target, Adopt::No, now).await;
                made.map_err(OpenError::from)?;
                Ok(())
            }
        }
    }
}

/// The zone of the wall clock that SQLite has in the place of instants; none where `server.use_tz` is on.
async fn zone(source: &Db, settings: &Settings) -> anyhow::Result<Option<Zone>> {
    let known = source.read(|conn| {
        Box::pin(async move {
            let use_tz = meta::get(conn, "server.use_tz").await?;
            Ok((use_tz, meta::get(conn, "server.time_zone").await?))
        })
    });
    let (use_tz, zone) = known.await?;
    let server = &settings.server;
    Ok(match (use_tz.as_deref(), zone) {
        (Some("true"), _) => None,
        (Some(_), Some(name)) => Some(name.parse().map_err(anyhow::Error::msg)?),
        (None, _) if server.use_tz => None,
        _ => Some(server.time_zone),
    })
}

/// Reads the source, and refuses what the target could not hold; the sum of each table.
async fn checked(source: &Side, plan: &Plan, tell: Tell<'_>) -> anyhow::Result<Vec<Sum>> {
    let (mut sums, mut problems, mut read) = (Vec::new(), Vec::new(), 0);
    for table in &plan.tables {
        let mut look = |page: &Page| {
            read += page.rows.len() as u64;
            problems.extend(page.problems.iter().cloned());
            tell("rows of the source are checked", read, 0);
        };
        sums.push(summed(source, table, &mut look).await?);
        if problems.len() >= TOLD {
            break;
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
async fn summed(
    side: &Side,
    table: &Arc<Table>,
    look: &mut (dyn FnMut(&Page) + Send),
) -> anyhow::Result<Sum> {
    let (mut sum, mut after) = (Sum::default(), None);
    loop {
        let page = rows::page(side, table, after.take()).await;
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

/// Begins a copy into a database that holds nothing of anybody's.
async fn begin(target: &Side, plan: &Plan, sums: &[Sum]) -> anyhow::Result<Vec<State>> {
    for table in plan.tables.iter().filter(|table| !table.is_seeded()) {
        if !rows::page(target, table, None).await?.rows.is_empty() {
            bail!(
                "the target has rows in {} already; name an empty database",
                table.name
            );
        }
    }
    let states: Vec<State> = sums.iter().map(|sum| State::begun(*sum)).collect();
    let seeded = plan.tables.iter().filter(|table| table.is_seeded());
    let named = plan.tables.iter().map(|table| table.name.clone());
    let named = named.zip(states.iter().cloned()).collect();
    rows::begin(target, seeded.cloned().collect(), named)
        .await
        .context("the copy could not be begun")?;
    Ok(states)
}

/// How far an earlier copy came, if it was one of the same rows.
async fn known(target: &Side, plan: &Plan, sums: &[Sum]) -> anyhow::Result<Vec<State>> {
    let mut known = rows::states(target).await?;
    let mut states = Vec::new();
    for (table, sum) in plan.tables.iter().zip(sums) {
        match known.remove(&table.name) {
            Some(state) if state.source == *sum => states.push(state),
            _ => bail!(
                "the target is a half copy of another database, or {} has changed in the source since it was begun; stop every server of the source, and copy it into an empty database",
                table.name
            ),
        }
    }
    if let Some(name) = known.keys().next() {
        bail!(
            "the target is a half copy with the table {name}, which is not to be copied now; copy into an empty database"
        );
    }
    Ok(states)
}

/// Copies a table from where an earlier copy came to; the next page is read while one is written.
async fn copy(
    source: &Side,
    target: &Side,
    table: &Arc<Table>,
    state: &mut State,
    tell: &mut (dyn FnMut(u64) + Send),
) -> anyhow::Result<()> {
    let name = &table.name;
    let mut page = rows::page(source, table, state.after.clone()).await?;
    while let Some(last) = page.rows.last() {
        if let Some(problem) = page.problems.first() {
            bail!("the source has changed meanwhile: {problem}");
        }
        state.after = Some(table.key_of(last));
        for row in &page.rows {
            state.copied.add(row);
        }
        let count = page.rows.len() as u64;
        let (written, next) = tokio::join!(
            rows::write(target, table, page.rows, state.clone()),
            rows::page(source, table, state.after.clone())
        );
        written.with_context(|| {
            format!(
                "the table {name} could not be copied further; run this again to go on from here"
            )
        })?;
        page = next.with_context(|| {
            format!("the table {name} could not be read further; run this again to go on from here")
        })?;
        tell(count);
    }
    Ok(())
}

/// Reads both databases once more: each must have what the source had at first.
async fn compare(
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
                "{name} is not the same in the target ({} rows of {}): somebody else has written there; copy into an empty database",
                copied.rows,
                wanted.rows
            );
        }
    }
    Ok(())
}
