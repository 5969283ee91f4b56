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
#[derive(Clone)]
pub(super) struct Author {
    user: Id,
    /// What the content type is found by: its key may be another one tomorrow.
    app_label: String,
    model: String,
    at: Moment,
}

impl Author {
    pub(super) fn of(visit: &Visit<'_>, user: Id, model: &Model) -> Self {
        Self {
            user,
            app_label: visit.admin.tables.label(model).to_owned(),
            model: visit.admin.tables.model_name(model).to_owned(),
            at: visit.app.dates().kept(visit.now),
        }
    }

    /// Writes down what was done, in the transaction that does it.
    pub(super) async fn note(
        &self,
        tx: &mut Tx<'_>,
        done: Done,
        id: Id,
        text: &str,
        message: &str,
    ) -> db::Result<()> {
        let text: String = text.chars().take(200).collect();
        sql!(tx, "
            INSERT INTO django_admin_log (action_time, object_id, object_repr, action_flag, change_message, content_type_id, user_id)
            VALUES ($1, $2, $3, $4, $5, (SELECT id FROM django_content_type WHERE app_label = $6 AND model = $7), $8)",
            self.at, id.to_string(), text.as_str(), done.flag(), message, self.app_label.as_str(), self.model.as_str(), self.user => execute)?;
        Ok(())
    }
}

/// What somebody did.
pub(super) struct Row {
    pub(super) flag: i64,
    /// The app and the name of the model.
    pub(super) model: Option<(String, String)>,
    pub(super) key: Option<String>,
    pub(super) text: String,
}

/// What somebody did last.
pub(super) async fn last(conn: &mut Conn<'_>, user: Id) -> db::Result<Vec<Row>> {
    let rows = sql!(conn, "
        SELECT CAST(entry.action_flag AS bigint), CAST(type.app_label AS text), CAST(type.model AS text), CAST(entry.object_id AS text), COALESCE(CAST(entry.object_repr AS text), '')
        FROM django_admin_log AS entry LEFT JOIN django_content_type AS type ON type.id = entry.content_type_id
        WHERE entry.user_id = $1 ORDER BY entry.action_time DESC, entry.id DESC LIMIT 10",
        user => fetch_all (i64, Option<String>, Option<String>, Option<String>, String))?;
    let row = |(flag, label, model, key, text): (_, Option<String>, Option<String>, _, _)| Row {
        flag,
        model: label.zip(model),
        key,
        text,
    };
    Ok(rows.into_iter().map(row).collect())
}
