//! How the users' passwords are kept. It takes a look at every user, so it is counted once a minute at most, and the index
//! waits for a new count no longer than for a page.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::pages::{Count, PasswordFormat, Passwords};
use super::visit::Visit;
use crate::app::App;
use crate::db::{self, Conn, Moment, sql};
use crate::settings::PreferredHash;

/// How many seconds a count is good for.
const GOOD: i64 = 60;
/// How long the index waits for a new one where there is an old one.
const PATIENCE: Duration = Duration::from_millis(20);

/// What stands for no password.
const NONE: &str = "!";

/// The count of this process.
#[derive(Default)]
pub(super) struct Kept {
    last: Mutex<Option<Counted>>,
    /// Whoever counts; others wait, and find what was counted.
    counting: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Counted {
    at: Moment,
    rows: Arc<[Row]>,
}

/// A format with its iterations, where it has some, and how many users have it.
struct Row {
    format: String,
    iterations: String,
    users: u64,
}

impl Kept {
    fn last(&self) -> Option<Counted> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }
}

impl Counted {
    fn is_good(&self, now: Moment) -> bool {
        (now.timestamp() - self.at.timestamp()).abs() < GOOD
    }
}

/// What the index says of passwords.
pub(super) async fn summary(visit: &Visit<'_>) -> db::Result<Option<Passwords>> {
    let (kept, now) = (&visit.admin.kept, visit.now);
    match kept.last() {
        Some(last) if last.is_good(now) => {}
        Some(_) => {
            let counting = tokio::spawn(count(visit.app.clone(), now));
            // it goes on; until then there is the old one
            let _ = tokio::time::timeout(PATIENCE, counting).await;
        }
        None => count(visit.app.clone(), now).await?,
    }
    Ok(kept.last().map(|counted| shown(visit, &counted)))
}

async fn count(app: App, now: Moment) -> db::Result<()> {
    let Some(admin) = app.admin() else {
        return Ok(());
    };
    let _alone = admin.kept.counting.lock().await;
    if admin.kept.last().is_some_and(|last| last.is_good(now)) {
        return Ok(());
    }
    let rows = app.db().read(|conn| Box::pin(rows(conn))).await?;
    let mut last = admin.kept.last.lock().unwrap_or_else(PoisonError::into_inner);
    *last = Some(Counted {
        at: now,
        rows: rows.into(),
    });
    Ok(())
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

fn shown(visit: &Visit<'_>, counted: &Counted) -> Passwords {
    let wanted = &visit.app.settings().passwords;
    let wanted = match wanted.preferred {
        PreferredHash::Pbkdf2Sha256 => ("pbkdf2_sha256", wanted.iterations.to_string()),
        PreferredHash::Argon2 => ("argon2", String::new()),
    };
    let mut unreadable = 0;
    let mut formats = Vec::new();
    for row in counted.rows.iter() {
        let known = readable(&row.format, &row.iterations);
        let (name, note) = match known {
            _ if row.format == NONE => ("No usable password".to_owned(), None),
            None => {
                unreadable += row.users;
                continue;
            }
            Some(name) => {
                let is_wanted = (row.format.as_str(), row.iterations.as_str()) == (wanted.0, &wanted.1);
                (name, (!is_wanted).then(|| "Renewed at the next login.".to_owned()))
            }
        };
        formats.push(PasswordFormat {
            name,
            users: Count::Exact(row.users),
            note,
        });
    }
    if unreadable > 0 {
        formats.push(PasswordFormat {
            name: "Not readable".to_owned(),
            users: Count::Exact(unreadable),
            note: None,
        });
    }
    Passwords {
        formats,
        unreadable: Count::Exact(unreadable),
        counted: visit.time(visit.app.dates().kept(counted.at)),
    }
}

/// What a format is called that logins can be checked with.
fn readable(format: &str, iterations: &str) -> Option<String> {
    match format {
        "pbkdf2_sha256" | "pbkdf2_sha1" => {
            let iterations = Count::Exact(iterations.parse().ok()?);
            Some(format!("{format}, {iterations} iterations"))
        }
        "argon2" | "bcrypt_sha256" | "scrypt" => Some(format.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn what_no_login_can_be_checked_with_is_not_readable() {
        let name = readable("pbkdf2_sha256", "1000000");
        assert_eq!(name.as_deref(), Some("pbkdf2_sha256, 1,000,000 iterations"));
        assert_eq!(readable("argon2", "").as_deref(), Some("argon2"));
        for (format, iterations) in [("pbkdf2_sha256", "many"), ("md5", ""), ("bcrypt", ""), ("", "")] {
            assert_eq!(readable(format, iterations), None, "{format}");
        }
    }
}
