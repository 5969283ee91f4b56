//! The rows that both servers leave behind, without what changes from run to run.

use super::mask::{Masked, Symbols, Time};
use crate::wire::database::cells;
use crate::{Backend, sql};

/// A table: its moments, then its other columns.
struct Table {
    name: &'static str,
    moments: &'static [&'static str],
    columns: &'static str,
}

const TABLES: [Table; 3] = [
    Table {
        name: "auth_user",
        moments: &["date_joined", "last_login"],
        columns: "password, id, username, email, first_name, last_name, is_active, is_staff, is_superuser",
    },
    Table {
        name: "posts_post",
        moments: &["created_at", "updated_at"],
        columns: "id, title, author_id, content, created_at <= updated_at",
    },
    Table {
        name: "token_blacklist_outstandingtoken",
        moments: &["created_at", "expires_at"],
        columns: "token, user_id, length(jti), id IN (SELECT token_id FROM token_blacklist_blacklistedtoken)",
    },
];

/// What one server left behind: the tables' names, each with its rows.
pub(super) async fn left(
    on: Backend,
    database: &str,
    symbols: &mut Symbols,
    now: i64,
) -> Result<Vec<(&'static str, Vec<Masked>)>, sqlx::Error> {
    let mut left = Vec::new();
    for table in &TABLES {
        let seconds = |column: &&str| match on {
            Backend::Sqlite => format!("CAST(strftime('%s', {column}) AS INTEGER)"),
            Backend::Postgres => format!("CAST(floor(extract(epoch FROM {column})) AS bigint)"),
        };
        let moments: Vec<_> = table.moments.iter().map(seconds).collect();
        let sql = format!(
            "SELECT {}, {} FROM {} ORDER BY id",
            moments.join(", "),
            table.columns,
            table.name
        );
        let rows = cells(database, &sql).await?;
        let rows = rows.iter().map(|row| masked(row, table, symbols, now));
        left.push((table.name, rows.collect()));
    }
    Ok(left)
}

/// The last token that was written down.
pub(super) async fn last_token(database: &str) -> String {
    let last = "SELECT COALESCE(MAX(id), 0) FROM token_blacklist_outstandingtoken";
    sql::query(database, last).await.concat()
}

/// Removes the tokens that were written down since.
pub(super) async fn forget_tokens(database: &str, last: &str) {
    let statements = format!(
        "DELETE FROM token_blacklist_blacklistedtoken WHERE token_id > {last};
         DELETE FROM token_blacklist_outstandingtoken WHERE id > {last}"
    );
    sql::execute(database, &statements).await;
}

fn masked(row: &[String], table: &Table, symbols: &mut Symbols, now: i64) -> Masked {
    let (moments, cells) = row.split_at(table.moments.len());
    let moments: Vec<Option<i64>> = moments.iter().map(|cell| cell.parse().ok()).collect();
    let mut cells = cells.to_vec();
    if table.name == "auth_user" {
        cells[0] = prefix(&cells[0]);
    }
    let is_null: Vec<_> = moments.iter().map(Option::is_none).collect();
    let Masked { text, mut times } = symbols.mask(&cells.join("|"), now);
    let moments = moments.iter().flatten();
    times.extend(moments.map(|moment| Time::FromNow(moment - now)));
    Masked {
        text: format!("{text}|{is_null:?}"),
        times,
    }
}

/// A hash's algorithm and cost, and the lengths of its salt and itself, which are its last two parts.
fn prefix(hash: &str) -> String {
    let parts: Vec<_> = hash.rsplitn(3, '$').collect();
    let [hash, salt, algorithm] = parts[..] else {
        return hash.to_owned();
    };
    format!("{algorithm}${}${}", salt.len(), hash.len())
}

/// How the first row that differs does.
pub(super) fn difference(name: &str, theirs: &[Masked], ours: &[Masked]) -> Option<String> {
    let rows = theirs.len().max(ours.len());
    let agree = |at: usize| match (theirs.get(at), ours.get(at)) {
        (Some(theirs), Some(ours)) => theirs.agrees(ours),
        _ => false,
    };
    let first = (0..rows).find(|at| !agree(*at))?;
    let (theirs, ours) = (theirs.get(first), ours.get(first));
    Some(format!(
        "the table {name} differs from row {first} on:\nDjango:   {theirs:?}\nGatepost: {ours:?}"
    ))
}
