//! `/admin/login/` and `/admin/logout/`: a session for a member of the staff, and its end.

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

use super::layout;
use super::pages::{Html, LoggedOutPage, LoginPage};
use super::session::{self, AGE, KEY_LENGTH};
use super::session_rows;
use super::visit::{Outcome, Refusal, Visit};
use super::words::{NO_NULL, REQUIRED};
use crate::accounts::login;
use crate::accounts::rows as accounts;
use crate::db::Id;
use crate::http::error::Error;
use crate::http::path;

/// Where Django sends whoever named no page, or one of another site.
const ELSEWHERE: &str = "/accounts/profile/";

/// The form, and what comes of it.
pub(super) async fn page(visit: &mut Visit<'_>) -> Outcome {
    if !visit.is_post() {
        if visit.method == axum::http::Method::GET && visit.staff().is_ok() {
            return Err(Refusal::Redirect(visit.root()));
        }
        return Ok(form(visit, "", Errors::default()));
    }
    let username: String = visit
        .field("username")
        .unwrap_or_default()
        .trim()
        .nfkc()
        .collect();
    let password = SecretString::from(visit.field("password").unwrap_or_default());
    let mut errors = Errors {
        username: username
            .is_empty()
            .then_some(REQUIRED)
            .into_iter()
            .collect(),
        password: password
            .expose_secret()
            .is_empty()
            .then_some(REQUIRED)
            .into_iter()
            .collect(),
        form: None,
    };
    if username.contains('\0') {
        errors.username.push(NO_NULL);
    }
    if password.expose_secret().contains('\0') {
        errors.password.push(NO_NULL);
    }
    let limit = if visit.app.admin_db().users().by_email() {
        254
    } else {
        150
    };
    let length = username.chars().count();
    if length > limit {
        // as long a name is nobody's
        errors.form = Some(wrong(visit));
    }
    if errors.is_any() {
        return Ok(form(visit, &username, errors));
    }
    let Some(user) = throttled(visit, &username, password).await? else {
        errors.form = Some(wrong(visit));
        return Ok(form(visit, &username, errors));
    };
    sign_in(visit, user).await?;
    Err(Refusal::Redirect(next(visit)))
}

/// What is said where nobody of the staff has this name and this password.
fn wrong(visit: &Visit<'_>) -> String {
    let name = if visit.app.admin_db().users().by_email() {
        "email address"
    } else {
        "username"
    };
    format!(
        "Please enter the correct {name} and password for a staff account. Note that both fields may be case-sensitive."
    )
}

/// `POST /admin/logout/`.
pub(super) async fn log_out(visit: &mut Visit<'_>) -> Outcome {
    if let Some(session) = visit.session.take() {
        visit.end_session(&session.key).await?;
    }
    let page = layout::page(visit, "Logged out");
    // there is no form on it
    visit.csrf.is_used = false;
    Ok(LoggedOutPage { page }.html())
}

/// What is wrong with a form.
#[derive(Default)]
struct Errors {
    username: Vec<&'static str>,
    password: Vec<&'static str>,
    form: Option<String>,
}

impl Errors {
    fn is_any(&self) -> bool {
        !self.username.is_empty() || !self.password.is_empty() || self.form.is_some()
    }
}

fn form(visit: &mut Visit<'_>, username: &str, errors: Errors) -> String {
    let root = visit.root();
    let asked = visit.field("next").or_else(|| visit.parameter("next"));
    let next = match asked {
        Some(next) if visit.is_of_site(next) => next.to_owned(),
        Some(_) => String::new(),
        None => root,
    };
    let page = layout::page(visit, "Log in");
    let mut form = LoginPage::new(page, visit.here(), next, username.to_owned());
    if visit.app.admin_db().users().by_email() {
        form.ask_for_address();
    }
    let person = visit.person.as_ref();
    form.signed_in_as = person.map(|person| person.account.username.clone());
    form.errors.extend(errors.form);
    let texts = |errors: Vec<&str>| errors.into_iter().map(str::to_owned).collect();
    form.fields[0].errors = texts(errors.username);
    form.fields[1].errors = texts(errors.password);
    form.html()
}

/// Who it is, if the limits let it: a token is taken before the hash, and given back where the password is right.
async fn throttled(
    visit: &Visit<'_>,
    name: &str,
    password: SecretString,
) -> Result<Option<Id>, Error> {
    let app = visit.app;
    let login::Begun {
        login: found,
        attempt,
        taken,
    } = login::begin(app, name, app.source(&visit.context)).await?;
    let encoded = found.as_ref().map(|login| login.password.clone());
    let checked = app.hashing().check(password, encoded, &attempt).await;
    let checked = match checked {
        Ok(checked) => checked,
        Err(busy) => {
            app.throttle().give_back(taken).await;
            return Err(busy.into());
        }
    };
    let Some(login) = found.filter(|_| checked.right) else {
        login::log_failure(app, &visit.context, name, "a login to the admin failed");
        return Ok(None);
    };
    app.throttle().give_back(taken).await;
    // the hash is brought up to date whoever it is, as in Django
    if let Some(encoded) = checked.rewrite {
        let login = login.clone();
        let written = app.admin_db().write_once(move |tx| {
            let (login, encoded) = (login.clone(), encoded.clone());
            Box::pin(async move { accounts::set_password(tx, &login, &encoded).await })
        });
        written.await?;
    }
    let may_enter = login.is_active && accounts::is_staff(app.admin_db(), login.id).await?;
    Ok(may_enter.then_some(login.id))
}

/// Begins a session under a key that nobody knew before.
async fn sign_in(visit: &mut Visit<'_>, user: Id) -> Result<(), Error> {
    let app = visit.app;
    let encoded = accounts::password(app.admin_db(), user).await?;
    let encoded = encoded.ok_or_else(Error::bad_credentials)?;
    let key = new_key(visit);
    let before = visit.session.take();
    let sessions = &visit.admin.sessions;
    let begun = sessions.begun(before.as_ref(), key.clone(), user, &encoded);
    keep(visit, before.map(|before| before.key), begun, Some(user)).await?;
    visit.keep_session(key);
    visit.csrf.rotate(app.entropy());
    Ok(())
}

/// Goes on with the session under a new key, since a password was changed: `update_session_auth_hash`.
pub(super) async fn renew(
    visit: &mut Visit<'_>,
    user: Id,
    encoded: &SecretString,
) -> Result<(), Error> {
    let key = new_key(visit);
    let before = visit.session.take();
    let sessions = &visit.admin.sessions;
    let begun = sessions.begun(before.as_ref(), key.clone(), user, encoded);
    keep(visit, before.map(|before| before.key), begun, None).await?;
    visit.keep_session(key);
    Ok(())
}

/// 32 letters and digits: 62 possible ones are drawn for each of 36, so small letters come twice as often, which leaves
/// more than 160 bits.
fn new_key(visit: &Visit<'_>) -> String {
    visit
        .app
        .entropy()
        .alphanumeric(KEY_LENGTH)
        .to_ascii_lowercase()
}

/// Puts a session in the place of another one.
async fn keep(
    visit: &Visit<'_>,
    before: Option<String>,
    session: session::Session,
    signed_in: Option<Id>,
) -> Result<(), Error> {
    let (app, now, dates) = (visit.app.clone(), visit.now, visit.app.dates());
    let until = now.plus(AGE).unwrap_or(now);
    let kept = visit.app.admin_db().write(move |tx| {
        let (app, before, session) = (app.clone(), before.clone(), session.clone());
        Box::pin(async move {
            if let Some(key) = before {
                session_rows::remove(tx, &key).await?;
            }
            if let Some(user) = signed_in {
                accounts::set_last_login(tx, user, dates.kept(now)).await?;
            }
            if let Some(admin) = app.admin() {
                admin
                    .sessions
                    .add(tx, &session, now, dates.kept(until))
                    .await?;
            }
            Ok(())
        })
    });
    Ok(kept.await?)
}

/// The page that was asked for, if it is one of this site.
fn next(visit: &Visit<'_>) -> String {
    let asked = visit.field("next").or_else(|| visit.parameter("next"));
    match asked {
        Some(next) if visit.is_of_site(next) => path::quoted_query(next),
        _ => format!("{}{ELSEWHERE}", visit.app.settings().server.root_path),
    }
}
