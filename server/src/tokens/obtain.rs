//! `POST /api/token/`: a pair of tokens for a username and its password.

use axum::extract::State;
use axum::response::Response;
use django::hashers;
use secrecy::{ExposeSecret, SecretString};

use super::cookie;
use super::pair::{self, Pair};
use super::presented;
use super::rows::{self, Outstanding};
use super::{rule, user_claims};
use crate::accounts;
use crate::app::App;
use crate::db::UserTable;
use crate::http::body::Body;
use crate::http::error::Error;
use crate::http::fields::{Field, PLAIN, Serializer};
use crate::http::log::Context;
use crate::settings::{TokenClass, UserIdField};

static BY_NAME: Serializer = Serializer(&[
    Field::text(USERNAME, "Username", PLAIN).write_only(),
    Field::text("password", "Password", PLAIN).write_only(),
]);
static BY_EMAIL: Serializer = Serializer(&[
    Field::text(EMAIL, "Email", PLAIN).write_only(),
    Field::text("password", "Password", PLAIN).write_only(),
]);
const USERNAME: &str = "username";
const EMAIL: &str = "email";

/// What is asked for: the model's USERNAME_FIELD, and the password.
pub(crate) fn fields(users: UserTable) -> &'static Serializer {
    if users.by_email() {
        &BY_EMAIL
    } else {
        &BY_NAME
    }
}

/// `POST /api/token/`: checks the password at the cost of one hash, whoever asks, and hands out both tokens.
pub(crate) async fn post(State(app): State<App>, body: Body) -> Result<Response, Error> {
    obtain(&app, body, TokenClass::Refresh).await
}

/// Hands out a refresh token and its access token, or a sliding token.
pub(super) async fn obtain(app: &App, body: Body, class: TokenClass) -> Result<Response, Error> {
    let context = body.context().clone();
    // a client's refreshes reach the server with their key where its login did, and past the same proxies
    let is_repeatable = class == TokenClass::Refresh
        && presented::key(body.headers()).is_some()
        && app.settings().simple_jwt.uses_up();
    if class == TokenClass::Refresh {
        cookie::must_not_be_foreign(&app.settings().cookies, context.page)?;
    }
    let users = app.db().users();
    let mut fields = body.fields(fields(users)).await?.validate()?;
    app.tokens().must_sign()?;
    let username = fields.required(if users.by_email() { EMAIL } else { USERNAME })?;
    let password = SecretString::from(fields.required("password")?);
    let mut answer = log_in(app, class, &username, &password, &context).await;
    if let Ok(None) = answer {
        // nearly always a login beside this one, which brought the old hash up to date
        answer = log_in(app, class, &username, &password, &context).await;
    }
    let answer = answer.and_then(|answer| answer.ok_or_else(Error::bad_credentials));
    if let Err(Error::Unauthenticated { .. }) = answer
        && app.settings().server.log_failed_logins
    {
        // a name is no longer than this
        let tried: String = username.chars().take(150).collect();
        let client = context.client.map(tracing::field::display);
        let id = app.request_ids().text(&context);
        tracing::warn!(request.id = id, client, username = ?tried, "a login failed");
    }
    answer.map(|answer| {
        if is_repeatable {
            pair::with_features(answer)
        } else {
            answer
        }
    })
}

/// `None` where the account was changed while the password was compared.
async fn log_in(
    app: &App,
    class: TokenClass,
    username: &str,
    password: &SecretString,
    context: &Context,
) -> Result<Option<Response>, Error> {
    let name = username.to_owned();
    let login = app
        .db()
        .read(|conn| Box::pin(async move { accounts::rows::login(conn, &name).await }));
    let login = login.await?;
    let encoded = login.as_ref().map(|login| login.password.clone());
    let checked = app.hashing().check(password.clone(), encoded).await?;
    if let Some(login) = login.as_ref().filter(|_| checked.malformed) {
        let format = hashers::format_of(login.password.expose_secret());
        let id = app.request_ids().text(context);
        tracing::warn!(
            request.id = id,
            user.id = login.id.0,
            format,
            "the stored password hash can't be read: the user needs a new password"
        );
    }
    let login = login
        .filter(|_| checked.right)
        .ok_or_else(Error::bad_credentials)?;

    let now = app.clock().now();
    // Django's backend lets no inactive user in, whatever the rule, but for the one that is named for it
    let may_enter = (login.is_active || app.settings().users.inactive_may_log_in)
        && rule::allows(app, login.id, login.is_active).await?;
    // the right password of whoever may not is refused, but its hash is brought up to date, as in Django
    let refresh = if may_enter {
        let user = match app.settings().simple_jwt.user_id_field {
            UserIdField::Id => login.id.to_string(),
            UserIdField::Username => login.username.clone(),
            UserIdField::Email => login.email.clone(),
        };
        // the hash as it will stand there
        let encoded = checked.rewrite.as_deref();
        let encoded = encoded.unwrap_or_else(|| login.password.expose_secret());
        let more = user_claims::of(app, login.id).await?;
        let made = (app.tokens()).token_of(class, &user, encoded, more, now, app.entropy());
        Some(made?)
    } else {
        None
    };
    let stored = app.settings().tokens.stored;
    let outstanding = refresh
        .as_ref()
        .map(|refresh| Outstanding::of(refresh, stored, Some(login.id), now, app.dates()));
    let last_login =
        (may_enter && app.settings().simple_jwt.update_last_login).then(|| app.dates().kept(now));
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
    if class == TokenClass::Sliding {
        return Ok(Some(pair::sliding(&refresh.token)));
    }
    let access = app
        .tokens()
        .access_of(&refresh.claims, now, app.entropy())?;
    let cookies = &app.settings().cookies;
    let pair = Pair {
        access: &access,
        refresh: (!cookies.is_on()).then_some(&refresh.token),
    };
    let mut answer = pair.logged_in();
    if cookies.is_on() {
        cookie::set(&mut answer, cookies, &refresh, now);
    }
    Ok(Some(answer))
}
