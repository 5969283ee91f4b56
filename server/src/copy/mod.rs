//! All rows of a database copied into another: from SQLite to PostgreSQL, or back.
//!
//! The source is read whole before anything is written: what the target could not hold is told at once, and each table
//! is counted and summed. Then its pages are written, each in a transaction with how far the copy is, so that a copy that
//! was broken off goes on. At the end both databases are read and summed once more, and must agree with the first sum:
//! a source that somebody wrote to meanwhile is noticed. `check/` reads and judges, `rows.rs` has the SQL, `plan.rs` says which tables, `cell.rs` what
//! a column holds, `sum.rs` how rows are summed, `state.rs` how far it is.

mod cell;
mod check;
mod plan;
mod rows;
mod state;
mod sum;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use tokio::time::timeout;

pub(crate) use self::check::Tell;
use self::check::{checked, compare, has_rows, is_whole};
use self::plan::{Plan, Table};
use self::rows::Side;
use self::state::State;
use self::sum::Sum;
use crate::db::migrate::{self, Adopt, State as Tables};
use crate::db::{self, Db, Dialect, Moment, Zone, meta};
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
    pub(crate) when: When,
}

/// When the rows were copied.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Now,
    /// An earlier copy went on.
    Further,
    /// An earlier copy had ended.
    Before,
}

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
            read_as: None,
            batch: self.batch,
        };
        let (mut source, target) = (side(self.source), side(self.target));
        source.read_as = target.zone;
        let mut shapes = (
            rows::shapes(self.source).await?,
            rows::shapes(self.target).await?,
        );
        for left in self.leave {
            // whoever has filled it there sees to what refers to it
            if shapes.1.contains_key(left) && has_rows(self.target, left).await? {
                let all = shapes.1.values_mut();
                all.for_each(|shape| shape.references.retain(|_, table| table != left));
            }
        }
        let plan = match self.source.dialect() {
            Dialect::Sqlite => Plan::new(&shapes.0, &shapes.1, &shapes.1, self.leave),
            Dialect::Postgres => Plan::new(&shapes.0, &shapes.1, &shapes.0, self.leave),
        };
        let plan = plan.map_err(anyhow::Error::msg)?;
        let sums = checked(&source, &plan, tell).await?;
        let all = sums.iter().map(|sum| sum.rows).sum();
        let copied = |when| Copied {
            tables: plan.tables.len(),
            rows: all,
            when,
        };
        let states = if goes_on {
            Some(known(&target, &plan, &sums).await?)
        } else {
            begin(&target, &plan, &sums).await?
        };
        let Some(mut states) = states else {
            return Ok(copied(When::Before));
        };
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
        Ok(copied(if goes_on { When::Further } else { When::Now }))
    }

    /// Whether the target is half a copy now; where it does not say, it may be.
    pub(crate) async fn is_half(&self) -> bool {
        let asked = timeout(Duration::from_secs(5), rows::has_states(self.target));
        !matches!(asked.await, Ok(Ok(false)))
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

/// Begins a copy into a database that holds nothing of anybody's; none where it holds every row already.
async fn begin(target: &Side, plan: &Plan, sums: &[Sum]) -> anyhow::Result<Option<Vec<State>>> {
    for table in plan.tables.iter().filter(|table| !table.is_seeded()) {
        if has_rows(&target.db, &table.name).await? {
            if is_whole(target, plan, sums).await? {
                return Ok(None);
            }
            bail!(
                "the target has rows in {} already, and not those of the source; name an empty database",
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
        .map_err(|error| broken_off(&error, "the copy could not be begun"))?;
    Ok(Some(states))
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
        written.map_err(|error| {
            broken_off(
                &error,
                &format!("the table {name} could not be copied further"),
            )
        })?;
        page = next.map_err(|error| {
            broken_off(
                &error,
                &format!("the table {name} could not be read further"),
            )
        })?;
        tell(count);
    }
    Ok(())
}

/// What went wrong, with what to do. What a rule refuses, it refuses again.
fn broken_off(error: &db::Error, what: &str) -> anyhow::Error {
    let remedy = match error {
        db::Error::Full(_) => "make room on its disk, then run this again to go on from here",
        db::Error::Dangling(_)
        | db::Error::Unfit(_)
        | db::Error::NotTaken(_)
        | db::Error::Refused(_)
        | db::Error::NoRow
        | db::Error::Failed(_) => {
            "where the target is in the way, change it there and run this again; where the source has to be mended, copy it into an empty database then"
        }
        _ => "run this again to go on from here",
    };
    anyhow!("{what}: {error}; {remedy}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_rule_refuses_is_not_promised_to_go_on() {
        let why = || "why".to_owned();
        for (error, says) in [
            (db::Error::Dangling(why()), "it into an empty database then"),
            (db::Error::Refused(why()), "it into an empty database then"),
            (db::Error::Full(why()), "make room on its disk, then run"),
            (
                db::Error::Away(why()),
                "; run this again to go on from here",
            ),
        ] {
            let told = broken_off(&error, "what").to_string();
            assert!(told.contains(says), "{told}");
        }
    }
}
