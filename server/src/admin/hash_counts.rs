//! How many users have which format of a password. It takes a look at every user, so a process counts once a minute at most.

use std::sync::{Arc, Mutex, PoisonError};

use crate::db::{self, Conn, Db, Moment, sql};

/// How many seconds a count is good for.
const GOOD: i64 = 60;

/// What stands for no password.
pub(super) const NONE: &str = "!";

/// The last count of this process.
#[derive(Default)]
pub(super) struct Kept {
    last: Mutex<Option<Counted>>,
    /// Whoever counts; others wait, and find what was counted.
    counting: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
pub(super) struct Counted {
    pub(super) at: Moment,
    pub(super) rows: Arc<[Row]>,
}

/// A format with its iterations, where it has some, and how many users have it.
pub(super) struct Row {
    pub(super) format: String,
    pub(super) iterations: String,
    pub(super) users: u64,
}

impl Kept {
    pub(super) fn last(&self) -> Option<Counted> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }

    /// Counts anew, where nobody has done it meanwhile.
    pub(super) async fn count(&self, db: &Db, now: Moment) -> db::Result<()> {
        let _alone = self.counting.lock().await;
        if self.last().is_some_and(|last| last.is_good(now)) {
            return Ok(());
        }
        let rows = db.read(|conn| Box::pin(rows(conn))).await?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(Counted {
            at: now,
            rows: rows.into(),
        });
        Ok(())
    }
}

impl Counted {
    pub(super) fn is_good(&self, now: Moment) -> bool {
        (now.timestamp() - self.at.timestamp()).abs() < GOOD
    }
}

async fn rows(conn: &mut Conn<'_>) -> db::Result<Vec<Row>> {
    let rows = sql!(conn,
        sqlite: "
            SELECT CASE WHEN password = '' OR password LIKE '!%' THEN '!' WHEN instr(password, '$') = 0 THEN ''
                    ELSE substr(password, 1, instr(password, '$') - 1) END,
                CASE WHEN password LIKE 'pbkdf2%$%$%'
                    THEN substr(password, instr(password, '$') + 1, instr(substr(password, instr(password, '$') + 1), '$') - 1) ELSE '' END,
                COUNT(*)
            FROM auth_user GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 1000";
        postgres: "
            SELECT CASE WHEN password = '' OR password LIKE '!%' THEN '!' WHEN strpos(password, '$') = 0 THEN ''
                    ELSE split_part(password, '$', 1) END,
                CASE WHEN password LIKE 'pbkdf2%$%$%' THEN split_part(password, '$', 2) ELSE '' END,
                COUNT(*)
            FROM auth_user GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 1000"
        => fetch_all (String, String, i64))?;
    let row = |(format, iterations, users): (String, String, i64)| Row {
        format,
        iterations,
        users: u64::try_from(users).unwrap_or(0),
    };
    Ok(rows.into_iter().map(row).collect())
}
