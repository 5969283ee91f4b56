//! What the form of a new user has beside the fields of the table: a password, or none.

use secrecy::SecretString;

use super::asked::Asked;
use crate::accounts::rows::{self as accounts, NewUser};
use crate::admin::chosen_password::{self, Chosen};
use crate::admin::visit::{Refusal, Visit};
use crate::db::{self, Id, Moment, Tx};
use crate::throttle::Attempt;

/// A user to add.
pub(super) struct New {
    pub(super) username: String,
    pub(super) email: String,
    pub(super) password: String,
    pub(super) date_joined: Moment,
}

/// The hash of the password that is asked for; none where the form is wrong.
pub(super) async fn ask_password(
    visit: &Visit<'_>,
    asked: &mut Asked,
) -> Result<Option<SecretString>, Refusal> {
    let text = |name| asked.text(name).unwrap_or_default().to_owned();
    let about = [
        text("username"),
        String::new(),
        String::new(),
        text("email"),
    ];
    match chosen_password::chosen(visit, "password1", "password2", &about) {
        Ok(_) if asked.is_wrong() => Ok(None),
        Ok(Chosen::Unusable) => Ok(Some(chosen_password::unusable(visit))),
        Ok(Chosen::Text(text)) => {
            let hash = visit.app.hashing().hash(text, &Attempt::default()).await;
            Ok(Some(hash?.into()))
        }
        Err(errors) => {
            asked.errors.extend(errors);
            Ok(None)
        }
    }
}

/// Adds a user as a registration does, and gives the key; none where somebody has the name.
pub(super) async fn insert(tx: &mut Tx<'_>, new: New) -> db::Result<Option<Id>> {
    let user = NewUser {
        username: new.username,
        password: new.password,
        email: new.email,
        first_name: String::new(),
        last_name: String::new(),
        is_superuser: false,
        date_joined: new.date_joined,
    };
    if !accounts::insert(tx, &user).await? {
        return Ok(None);
    }
    let name = if tx.users().by_email() {
        &user.email
    } else {
        &user.username
    };
    let added = accounts::by_login(tx, name).await?;
    Ok(added.map(|user| user.id))
}
