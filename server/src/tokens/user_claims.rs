//! `tokens.claims`: columns of the user, as claims of his tokens.

use django::json::{Object, Value};

use crate::accounts::rows::{self, Columns};
use crate::app::App;
use crate::db::{self, Dates, Id};
use crate::settings::UserColumn;

/// The claims of a user as his row is now, in their order: none where none are told, or the user is gone.
pub(super) async fn of(app: &App, user: Id) -> db::Result<Vec<(String, Value)>> {
    let wanted = app.settings().tokens.claims.as_slice();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let found = app
        .db()
        .read(move |conn| Box::pin(async move { rows::columns(conn, user).await }));
    let Some(columns) = found.await? else {
        return Ok(Vec::new());
    };
    let claims = wanted
        .iter()
        .map(|(claim, column)| (claim.clone(), value(&columns, *column, app.dates())));
    Ok(claims.collect())
}

/// The claims of a token that was shown, with those of the user read anew.
pub(super) async fn anew(app: &App, user: Id, shown: &Object) -> db::Result<Object> {
    let mut claims = shown.clone();
    for (claim, value) in of(app, user).await? {
        claims.insert(claim, value);
    }
    Ok(claims)
}

fn value(columns: &Columns, column: UserColumn, dates: Dates) -> Value {
    let moment = |at| {
        let mut text = Vec::new();
        dates.write(&mut text, at);
        Value::from(String::from_utf8_lossy(&text).into_owned())
    };
    match column {
        UserColumn::Id => columns.id.0.into(),
        UserColumn::Username => columns.username.as_str().into(),
        UserColumn::Email => columns.email.as_str().into(),
        UserColumn::FirstName => columns.first_name.as_str().into(),
        UserColumn::LastName => columns.last_name.as_str().into(),
        UserColumn::IsActive => Value::Bool(columns.is_active),
        UserColumn::IsStaff => Value::Bool(columns.is_staff),
        UserColumn::IsSuperuser => Value::Bool(columns.is_superuser),
        UserColumn::DateJoined => moment(columns.date_joined),
        UserColumn::LastLogin => columns.last_login.map_or(Value::Null, moment),
    }
}
