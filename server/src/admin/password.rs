//! `/admin/auth/user/ID/password/`: another password for a user, or none.

use secrecy::{ExposeSecret, SecretString};

use super::chosen_password::{Chosen, Wrong, about, chosen, rules, unusable};
use super::log;
use super::log_rows::{Author, Done};
use super::models::USER;
use super::pages::{Html, Level, Link, SetPasswordPage, new_password, usable_password};
use super::password_summary::is_usable;
use super::rights::Right;
use super::staff::Account;
use super::visit::{Outcome, Refusal, Visit};
use super::{layout, login, object, staff_rows};
use crate::accounts::rows as accounts;
use crate::throttle::Attempt;
use crate::tokens::{Alive, end_sessions};

/// The form of a user's password, and what comes of it.
pub(super) async fn page(visit: &mut Visit<'_>, key: &str) -> Outcome {
    visit.must(Right::Change, &USER)?;
    let id = object::key(key);
    let account = match id {
        Some(id) => {
            let found = visit
                .app
                .admin_db()
                .read(move |conn| Box::pin(async move { staff_rows::account(conn, id).await }));
            found.await?
        }
        None => None,
    };
    let Some(account) = account else {
        return Err(Refusal::NotFound);
    };
    if !visit.is_post() {
        return Ok(form(visit, &account, &Wrong::new()));
    }
    let about = about(visit, account.id).await?;
    let encoded = match chosen(visit, "password1", "password2", &about) {
        Err(wrong) => return Ok(form(visit, &account, &wrong)),
        Ok(Chosen::Unusable) if visit.field("unset-password").is_none() => {
            let said = "Conflicting form data submitted. Please try again.";
            visit.say(Level::Error, said);
            return Err(Refusal::Redirect(visit.here()));
        }
        Ok(Chosen::Unusable) => (unusable(visit), false),
        Ok(Chosen::Text(text)) => {
            let hash = visit.app.hashing().hash(text, &Attempt::default()).await;
            (SecretString::from(hash?), true)
        }
    };
    let (encoded, is_usable) = encoded;
    save(visit, &account, &encoded, is_usable).await?;
    let said = if is_usable {
        "Password changed successfully."
    } else {
        "Password-based authentication was disabled."
    };
    visit.say(Level::Success, said);
    Err(Refusal::Redirect(
        visit.row_url(&USER, account.id, "change"),
    ))
}

async fn save(
    visit: &mut Visit<'_>,
    account: &Account,
    encoded: &SecretString,
    is_usable: bool,
) -> Result<(), Refusal> {
    let me = visit.staff()?.account.clone();
    let author = Author::of(visit, me.id, &USER);
    let ends = visit.app.settings().passwords.end_sessions;
    let (id, name, hash) = (account.id, account.username.clone(), encoded.clone());
    let alive = Alive::at(visit.app, visit.now);
    let saved = visit.app.admin_db().write(move |tx| {
        let (name, hash, alive) = (name.clone(), hash.clone(), alive.clone());
        let author = author.clone();
        Box::pin(async move {
            let is_there = accounts::replace_password(tx, id, hash.expose_secret()).await?;
            if is_there && ends {
                end_sessions(tx, id, None, &alive).await?;
            }
            if is_there {
                let fields: &[&str] = if is_usable { &["password"] } else { &[] };
                let message = log::changed(fields);
                author.note(tx, Done::Changed, id, &name, &message).await?;
            }
            Ok(is_there)
        })
    });
    let saved = saved.await;
    if !visit.written(saved).await?? {
        return Err(Refusal::NotFound);
    }
    let own = if me.id == account.id {
        encoded
    } else {
        &me.password
    };
    Ok(login::renew(visit, me.id, own).await?)
}

fn form(visit: &mut Visit<'_>, account: &Account, wrong: &Wrong) -> String {
    let has_password = is_usable(account.password.expose_secret());
    let verb = if has_password { "Change" } else { "Set" };
    let title = format!("{verb} password: {}", account.username);
    let mut page = layout::of_model(visit, &title, &USER);
    let change = visit.row_url(&USER, account.id, "change");
    page.breadcrumbs
        .push(Link::new(account.username.clone(), change));
    page.here = Some(format!("{verb} password"));
    let mut fields = Vec::new();
    if has_password {
        let chosen = visit.field("usable_password") != Some("false");
        fields.push(usable_password(chosen, true));
    }
    fields.extend(new_password(
        ["password1", "password2"],
        ["Password", "Password confirmation"],
        rules(),
        false,
    ));
    for field in &mut fields {
        let wrong = wrong.iter().filter(|(name, _)| *name == field.name);
        field.errors = wrong.map(|(_, message)| message.clone()).collect();
    }
    SetPasswordPage {
        page,
        username: account.username.clone(),
        has_password,
        errors: Vec::new(),
        fields,
    }
    .html()
}
