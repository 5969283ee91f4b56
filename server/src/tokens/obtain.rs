//! `POST /api/token/`: a pair of tokens for a username and its password.

use axum::extract::State;
use axum::response::Response;
use secrecy::{ExposeSecret, SecretString};

use super::pair::{self, Pair};
use super::rows::{self, Outstanding};
use crate::accounts;
use crate::app::App;
use crate::http::body::Body;
use crate::http::error::Error;
use crate::http::fields::{Field, PLAIN, Serializer};
use crate::settings::UserIdField;

/// What is asked for.
pub(crate) static FIELDS: Serializer = Serializer(&[
    Field::text("username", "Username", PLAIN).write_only(),
    Field::text("password", "Password", PLAIN).write_only(),
]);

/// `POST /api/token/`: checks the password at the cost of one hash, whoever asks, and hands out both tokens.
pub(crate) async fn post(State(app): State<App>, body: Body) -> Result<Response, Error> {
    let mut fields = body.fields(&FIELDS).await?.validate()?;
    let username = fields.required("username")?;
    let password = SecretString::from(fields.required("password")?);
    let answer = match log_in(&app, &username, &password).await? {
        // nearly always a login beside this one, which brought the old hash up to date
        None => log_in(&app, &username, &password).await?,
        answer => answer,
    };
    answer.ok_or_else(Error::bad_credentials)
}

/// `None` where the account was changed while the password was compared.
async fn log_in(
    app: &App,
    username: &str,
    password: &SecretString,
) -> Result<Option<Response>, Error> {
    let name = username.to_owned();
    let login = app
        .db()
        .read(|conn| Box::pin(async move { accounts::rows::login(conn, &name).await }));
    let login = login.await?;
    let encoded = login.as_ref().map(|login| login.password.clone());
    let checked = app.hashing().check(password.clone(), encoded).await?;
    if checked.malformed {
        tracing::warn!(
            user.id = login.as_ref().map(|login| login.id.0),
            "the stored password hash can't be read"
        );
    }
    let login = login
        .filter(|_| checked.right)
        .ok_or_else(Error::bad_credentials)?;

    let now = app.clock().now();
    // an inactive user's right password is refused, but its hash is brought up to date, as in Django
    let refresh = if login.is_active {
        let user = match app.settings().simple_jwt.user_id_field {
            UserIdField::Id => login.id.to_string(),
            UserIdField::Username => username.to_owned(),
            UserIdField::Email => login.email.clone(),
        };
        // the hash as it will stand there
        let encoded = checked.rewrite.as_deref();
        let encoded = encoded.unwrap_or_else(|| login.password.expose_secret());
        Some(
            app.tokens()
                .refresh_of(&user, encoded, now, app.entropy())?,
        )
    } else {
        None
    };
    let stored = app.settings().tokens.stored;
    let outstanding = refresh
        .as_ref()
        .map(|refresh| Outstanding::of(refresh, stored, Some(login.id), now, app.dates()));
    let last_login = (login.is_active && app.settings().simple_jwt.update_last_login)
        .then(|| app.dates().kept(now));
    if outstanding.is_some() || checked.rewrite.is_some() {
        let rewrite = checked.rewrite;
        let is_unchanged = app.db().write(move |tx| {
            let (login, outstanding, rewrite) =
                (login.clone(), outstanding.clone(), rewrite.clone());
            Box::pin(async move {
                // deleted, switched off or given another password since it was looked up
                if !accounts::rows::is_unchanged(tx, &login).await? {
                    return Ok(false);
                }
                if let Some(encoded) = rewrite
                    && !accounts::rows::set_password(tx, &login, &encoded).await?
                {
                    return Ok(false);
                }
                if let Some(at) = last_login
                    && !accounts::rows::set_last_login(tx, login.id, at).await?
                {
                    return Ok(false);
                }
                match outstanding {
                    Some(outstanding) => rows::add_outstanding(tx, &outstanding).await,
                    None => Ok(true),
                }
            })
        });
        if !is_unchanged.await? {
            return Ok(None);
        }
    }
    let refresh = refresh.ok_or_else(Error::bad_credentials)?;
    let pair = Pair {
        access: &app
            .tokens()
            .access_of(&refresh.claims, now, app.entropy())?,
        refresh: Some(&refresh.token),
    };
    let answer = pair.logged_in();
    Ok(Some(if app.settings().simple_jwt.uses_up() {
        pair::with_features(answer)
    } else {
        answer
    }))
}
