//! The SQL of `django_admin_log`.

use super::models::Model;
use super::visit::Visit;
use crate::db::{self, Conn, Id, Moment, Tx, sql};

/// What was done to a row.
#[derive(Clone, Copy)]
pub(super) enum Done {
    Added,
    Changed,
    Deleted,
}

impl Done {
    fn flag(self) -> i64 {
        match self {
            Self::Added => 1,
            Self::Changed => 2,
            Self::Deleted => 3,
        }
    }
}

/// Who does something now, and with rows of which model.
#[derive(Clone, Copy)]
pub(super) struct Author {
    user: Id,
    content_type: Option<i64>,
    at: Moment,
}

impl Author {
    pub(super) fn of(visit: &Visit<'_>, user: Id, model: &Model) -> Self {
        Self {
            user,
            content_type: visit.admin.tables.content_type(model),
            at: visit.app.dates().kept(visit.now),
        }
    }

    /// Writes down what was done, in the transaction that does it.
    pub(super) async fn note(
        self,
        tx: &mut Tx<'_>,
        done: Done,
        id: Id,
        text: &str,
        message: &str,
    ) -> db::Result<()> {
        let text: String = text.chars().take(200).collect();
        sql!(tx, "
            INSERT INTO django_admin_log (action_time, object_id, object_repr, action_flag, change_message, content_type_id, user_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7)",
            self.at, id.to_string(), text.as_str(), done.flag(), message, self.content_type, self.user => execute)?;
        Ok(())
    }
}

/// What somebody did.
pub(super) struct Row {
    pub(super) flag: i64,
    pub(super) content_type: Option<i64>,
    pub(super) key: Option<String>,
    pub(super) text: String,
}

/// What somebody did last.
pub(super) async fn last(conn: &mut Conn<'_>, user: Id) -> db::Result<Vec<Row>> {
    let rows = sql!(conn, "
        SELECT CAST(action_flag AS bigint), CAST(content_type_id AS bigint), CAST(object_id AS text), COALESCE(CAST(object_repr AS text), '') FROM django_admin_log
        WHERE user_id = $1 ORDER BY action_time DESC, id DESC LIMIT 10",
        user => fetch_all (i64, Option<i64>, Option<String>, String))?;
    let row = |(flag, content_type, key, text)| Row {
        flag,
        content_type,
        key,
        text,
    };
    Ok(rows.into_iter().map(row).collect())
}
