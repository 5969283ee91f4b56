//! `POST /api/token/`: a pair of tokens for a username and its password.

use axum::extract::State;
use axum::response::Response;
use django::hashers;
use secrecy::{ExposeSecret, SecretString};

use super::alive::Alive;
use super::cookie;
use super::issue;
use super::login_rows::{self, Entry, NewLogin};
use super::pair::{self, Features, Pair};
use super::rows::Outstanding;
use super::rule;
use super::session_rows::NewSession;
use crate::accounts::login;
use crate::accounts::rows::Login;
use crate::app::App;
use crate::db::{Moment, UserTable};
use crate::http::agent;
use crate::http::body::Body;
use crate::http::error::Error;
use crate::http::fields::{Field, PLAIN, Serializer};
use crate::http::idempotency;
use crate::http::log::Context;
use crate::http::operation::Operation;
use crate::http::peers::Network;
use crate::settings::{Settings, TokenClass};
use crate::throttle::rows::Seen;
use crate::throttle::{Attempt, Bucket};

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

/// `POST /api/token/`, in the API's document.
pub(crate) fn obtains(users: UserTable, settings: &Settings) -> Operation {
    let operation = Operation::new("obtainTokens", "Log in")
        .details("The access token signs requests in; the refresh token gets new ones.")
        .answers(pair::login_answer(settings))
        .and_if(settings.cookies.is_on(), |operation| {
            operation.refuses(
                403,
                "A page of another origin that may not use the session's cookie.",
            )
        });
    logs_in(operation, users, settings)
}

/// What all logins have in common, there.
pub(super) fn logs_in(operation: Operation, users: UserTable, settings: &Settings) -> Operation {
    let example = if users.by_email() {
        r#"{"email":"ada@example.com","password":"Correct-Horse-9"}"#
    } else {
        r#"{"username":"ada","password":"Correct-Horse-9"}"#
    };
    operation
        .takes("Login", example)
        .refuses(401, "No active account has these credentials.")
        .and_if(settings.throttle.enabled, |operation| {
            operation.refuses(429, "Too many failed logins.")
        })
}

/// `POST /api/token/`: checks the password at the cost of one hash, whoever asks, and hands out both tokens.
pub(crate) async fn post(State(app): State<App>, body: Body) -> Result<Response, Error> {
    obtain(&app, body, TokenClass::Refresh).await
}

/// What a client asks for, and where from.
struct Asked {
    class: TokenClass,
    username: String,
    password: SecretString,
    source: Option<Network>,
    /// What asks, for people; none where sessions are not listed.
    label: Option<String>,
    context: Context,
}

/// After how many seconds a login from a known address is noted anew.
const NOTED: i64 = 24 * 60 * 60;

/// Hands out a refresh token and its access token, or a sliding token.
pub(super) async fn obtain(app: &App, body: Body, class: TokenClass) -> Result<Response, Error> {
    let context = body.context().clone();
    // a client's refreshes reach the server with their key where its login did, and past the same proxies
    let has_key = idempotency::key(body.headers()).is_some();
    let features = (class == TokenClass::Refresh).then(|| Features::of(app.settings(), has_key));
    if class == TokenClass::Refresh {
        cookie::must_not_be_foreign(&app.settings().cookies, context.page)?;
    }
    let is_labelled = app.settings().server.extensions;
    let label = is_labelled.then(|| agent::label(body.headers()));
    let users = app.db().users();
    let mut fields = body.fields(fields(users)).await?.validate()?;
    app.tokens().must_sign()?;
    let asked = Asked {
        class,
        username: fields.required(if users.by_email() { EMAIL } else { USERNAME })?,
        password: SecretString::from(fields.required("password")?),
        source: app.source(&context),
        label,
        context,
    };
    let answer = throttled(app, &asked).await;
    if let Err(Error::Unauthenticated { .. }) = answer {
        login::log_failure(app, &asked.context, &asked.username, "a login failed");
    }
    answer.map(|answer| match features {
        Some(features) => features.on(answer),
        None => answer,
    })
}

/// Logs in, if the limits let it: a token is taken before the hash. A success gives it back; so does what failed for a
/// reason of the server's own.
async fn throttled(app: &App, asked: &Asked) -> Result<Response, Error> {
    let login::Begun {
        login,
        attempt,
        taken,
    } = login::begin(app, &asked.username, asked.source).await?;
    let mut answer = log_in(app, asked, login, &attempt, taken.buckets()).await;
    if let Ok(None) = answer {
        // nearly always a login beside this one, which brought the old hash up to date
        let login = login::look_up(app, &asked.username, asked.source).await;
        answer = match login {
            Ok(login) => log_in(app, asked, login, &attempt, taken.buckets()).await,
            Err(error) => Err(error),
        };
    }
    if matches!(&answer, Err(error) if error.is_failure()) {
        app.throttle().give_back(taken).await;
    }
    answer?.ok_or_else(Error::bad_credentials)
}

/// `None` where the account was changed while the password was compared.
async fn log_in(
    app: &App,
    asked: &Asked,
    login: Option<Login>,
    attempt: &Attempt,
    taken: &[Bucket],
) -> Result<Option<Response>, Error> {
    let encoded = login.as_ref().map(|login| login.password.clone());
    let checked = app
        .hashing()
        .check(asked.password.clone(), encoded, attempt)
        .await?;
    if let Some(login) = login.as_ref().filter(|_| checked.malformed) {
        let format = hashers::format_of(login.password.expose_secret());
        let id = app.request_ids().text(&asked.context);
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
        // the hash as it will stand there
        let encoded = checked.rewrite.as_deref();
        let encoded = encoded.unwrap_or_else(|| login.password.expose_secret());
        Some(issue::token(app, asked.class, &login, encoded, now).await?)
    } else {
        None
    };
    let entry = refresh.as_ref().map(|refresh| {
        let settings = app.settings();
        let is_set = settings.simple_jwt.update_last_login;
        let (stored, dates) = (settings.tokens.stored, app.dates());
        Entry {
            outstanding: Outstanding::of(refresh, stored, Some(login.id), now, dates),
            session: (asked.label.as_ref())
                .map(|label| NewSession::of(refresh, label, &Alive::at(app, now))),
            last_login: is_set.then(|| dates.kept(now)),
            seen: to_note(app, asked, &login, now),
            taken: taken.to_vec(),
        }
    });
    if entry.is_some() || checked.rewrite.is_some() {
        let new = NewLogin {
            login,
            rewrite: checked.rewrite,
            entry,
        };
        if !login_rows::write(app.db(), new).await? {
            return Ok(None);
        }
    }
    let refresh = refresh.ok_or_else(Error::bad_credentials)?;
    if asked.class == TokenClass::Sliding {
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
        cookie::set(&mut answer, app.settings(), &refresh, now);
    }
    Ok(Some(answer))
}

/// From where, if that was not noted lately: nearly no login writes a row more.
fn to_note(app: &App, asked: &Asked, login: &Login, now: Moment) -> Option<Seen> {
    let source = asked.source.filter(|_| app.throttle().is_enabled())?;
    let is_noted = |at: Moment| at.plus(NOTED).is_none_or(|until| until > now);
    if login.seen_at.is_some_and(is_noted) {
        return None;
    }
    Some(Seen {
        address: source.to_string(),
        at: now,
    })
}
