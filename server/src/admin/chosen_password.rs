//! A password that a form asks for, twice, and what it must be.

use secrecy::SecretString;

use super::visit::Visit;
use super::words::{NO_NULL, REQUIRED};
use crate::accounts::new_password;
use crate::db::{Id, Query};

/// How long the text is that stands for no password, after its mark.
const UNUSABLE: usize = 40;

/// What a form of a password asks for.
pub(super) enum Chosen {
    Text(SecretString),
    Unusable,
}

/// What is wrong with a form: names of fields, and messages.
pub(super) type Wrong = Vec<(&'static str, String)>;

/// The password of two fields; `about` is the user's name, first name, last name and address.
///
/// # Errors
/// What is wrong with them.
pub(super) fn chosen(
    visit: &Visit<'_>,
    first: &'static str,
    second: &'static str,
    about: &[String; 4],
) -> Result<Chosen, Wrong> {
    let mut wrong = Wrong::new();
    let is_usable = visit.field("usable_password") != Some("false");
    let texts = [first, second].map(|name| visit.field(name).unwrap_or_default());
    for (name, text) in [first, second].into_iter().zip(texts) {
        if text.contains('\0') {
            wrong.push((name, NO_NULL.to_owned()));
        } else if is_usable && text.is_empty() {
            wrong.push((name, REQUIRED.to_owned()));
        }
    }
    let choices = ["", "true", "false"];
    if let Some(other) = visit
        .field("usable_password")
        .filter(|other| !choices.contains(other))
    {
        let message =
            format!("Select a valid choice. {other} is not one of the available choices.");
        wrong.push(("usable_password", message));
    }
    if !is_usable {
        return if wrong.is_empty() {
            Ok(Chosen::Unusable)
        } else {
            Err(wrong)
        };
    }
    let [text, again] = texts;
    let is_wrong = |name| wrong.iter().any(|(known, _)| *known == name);
    if !is_wrong(second) {
        if !is_wrong(first) && text != again {
            wrong.push((second, "The two password fields didn’t match.".to_owned()));
        } else {
            let problems = new_password::problems(again, about.each_ref().map(String::as_str));
            wrong.extend(problems.into_iter().map(|problem| (second, problem)));
        }
    }
    if wrong.is_empty() {
        Ok(Chosen::Text(text.into()))
    } else {
        Err(wrong)
    }
}

/// What a password must be, in Django's sentences.
pub(super) fn rules() -> Vec<String> {
    [
        "Your password can’t be too similar to your other personal information.",
        "Your password must contain at least 8 characters.",
        "Your password can’t be a commonly used password.",
        "Your password can’t be entirely numeric.",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// What stands in the place of a hash where there is no password: `make_password(None)`.
pub(super) fn unusable(visit: &Visit<'_>) -> SecretString {
    format!("!{}", visit.app.entropy().alphanumeric(UNUSABLE)).into()
}

/// What a user's password must not be alike.
pub(super) async fn about(visit: &Visit<'_>, id: Id) -> crate::db::Result<[String; 4]> {
    let has_name = visit.app.admin_db().users().has_username();
    let mut query = Query::new(if has_name {
        "SELECT username"
    } else {
        "SELECT ''"
    });
    query
        .push(", first_name, last_name, email FROM auth_user WHERE id = ")
        .value(id);
    let row = visit.app.admin_db().read(move |conn| {
        Box::pin(async move {
            let read = |row: &mut crate::db::Row<'_>| {
                Ok([row.next()?, row.next()?, row.next()?, row.next()?])
            };
            query.row(conn, read).await
        })
    });
    Ok(row.await?.unwrap_or_default())
}
