//! `/admin/password_change/`: one's own password, for whoever knows the old one.

use secrecy::{ExposeSecret, SecretString};

use super::chosen_password::{self, Chosen, Wrong};
use super::pages::{Field, Html, OwnPasswordPage, PasswordChangedPage, Widget, new_password};
use super::visit::{Outcome, Refusal, Visit};
use super::words::{NO_NULL, REQUIRED};
use super::{layout, login};
use crate::accounts::rows as accounts;
use crate::throttle::Attempt;
use crate::tokens::{Alive, end_sessions};

const OLD: &str = "old_password";

/// The form, and what comes of it.
pub(super) async fn page(visit: &mut Visit<'_>) -> Outcome {
    if !visit.is_post() {
        return Ok(form(visit, &Wrong::new()));
    }
    let me = visit.staff()?.account.clone();
    let mut wrong = Wrong::new();
    let old = visit.field(OLD).unwrap_or_default().to_owned();
    if old.is_empty() {
        wrong.push((OLD, REQUIRED.to_owned()));
    } else if old.contains('\0') {
        wrong.push((OLD, NO_NULL.to_owned()));
    } else {
        let (attempt, hashing) = (Attempt::default(), visit.app.hashing());
        let checked = hashing.check(old.into(), Some(me.password.clone()), &attempt);
        if !checked.await?.right {
            let said = "Your old password was entered incorrectly. Please enter it again.";
            wrong.push((OLD, said.to_owned()));
        }
    }
    let about = chosen_password::about(visit, me.id).await?;
    let text = match chosen_password::chosen(visit, "new_password1", "new_password2", &about) {
        Ok(Chosen::Text(text)) if wrong.is_empty() => text,
        // this form offers no other choice
        Ok(_) if wrong.is_empty() => {
            return Ok(form(visit, &vec![("new_password1", REQUIRED.to_owned())]));
        }
        Ok(_) => return Ok(form(visit, &wrong)),
        Err(more) => {
            wrong.extend(more);
            return Ok(form(visit, &wrong));
        }
    };
    let hash = visit.app.hashing().hash(text, &Attempt::default()).await?;
    let encoded = SecretString::from(hash);
    let ends = visit.app.settings().passwords.end_sessions;
    let (id, hash, alive) = (me.id, encoded.clone(), Alive::at(visit.app, visit.now));
    let saved = visit.app.admin_db().write(move |tx| {
        let (hash, alive) = (hash.clone(), alive.clone());
        Box::pin(async move {
            let is_there = accounts::replace_password(tx, id, hash.expose_secret()).await?;
            if is_there && ends {
                end_sessions(tx, id, None, &alive).await?;
            }
            Ok(is_there)
        })
    });
    if !saved.await? {
        return Err(Refusal::SignIn);
    }
    login::renew(visit, id, &encoded).await?;
    Err(Refusal::Redirect(format!(
        "{}password_change/done/",
        visit.root()
    )))
}

/// `/admin/password_change/done/`.
pub(super) fn done(visit: &mut Visit<'_>) -> String {
    let page = layout::page(visit, "Password change successful");
    PasswordChangedPage { page }.html()
}

fn form(visit: &mut Visit<'_>, wrong: &Wrong) -> String {
    let mut page = layout::page(visit, "Password change");
    page.here = Some("Password change".to_owned());
    let old = Widget::Password {
        autocomplete: "current-password",
    };
    let mut fields = vec![Field::required(OLD, "Old password", old)];
    fields.extend(new_password(
        ["new_password1", "new_password2"],
        ["New password", "New password confirmation"],
        chosen_password::rules(),
        true,
    ));
    for field in &mut fields {
        let wrong = wrong.iter().filter(|(name, _)| *name == field.name);
        field.errors = wrong.map(|(_, message)| message.clone()).collect();
    }
    OwnPasswordPage {
        page,
        errors: Vec::new(),
        fields,
    }
    .html()
}
