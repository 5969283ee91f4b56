//! `POST /api/account/password/`: another password, for whoever knows the old one.

use axum::extract::State;
use axum::response::Response;
use secrecy::{ExposeSecret, SecretString};

use super::proof::{Proof, TRIES, changed_meanwhile, proved};
use crate::accounts::new_password;
use crate::accounts::rows::{self, Login};
use crate::app::App;
use crate::auth::CurrentUser;
use crate::http::agent;
use crate::http::answer::empty;
use crate::http::body::Body;
use crate::http::error::Error;
use crate::http::fields::{Field, PLAIN, Serializer};
use crate::http::operation::Operation;
use crate::settings::Settings;
use crate::tokens::{Alive, OWN_REFRESH, Renewal, changed_answer, end_sessions, own_chain};

/// What is asked for. With `refresh`, the session of that token goes on.
pub(crate) static FIELDS: Serializer = Serializer(&[
    Field::text("old_password", "Old password", PLAIN).write_only(),
    Field::text("new_password", "New password", PLAIN).write_only(),
    OWN_REFRESH.optional(),
]);

/// `POST /api/account/password/`, in the API's document.
pub(crate) fn changes(settings: &Settings) -> Operation {
    let example = r#"{"old_password":"Correct-Horse-9","new_password":"Battery-Staple-7","refresh":"eyJhbGciOi…"}"#;
    let operation = Operation::new("changePassword", "Change one's password")
        .details("Ends the other sessions of the account. That of `refresh` goes on.")
        .takes("PasswordChange", example)
        .answers(changed_answer(settings));
    proved(operation, settings)
}

/// `POST /api/account/password/`: changes the password and ends the user's sessions in one transaction, all but the one
/// shown. 200 with `{}`; where CHECK_REVOKE_TOKEN lets no token outlive its password, with new ones in the place of the one shown.
pub(crate) async fn post(
    State(app): State<App>,
    CurrentUser(user): CurrentUser,
    body: Body,
) -> Result<Response, Error> {
    let (context, label) = (body.context().clone(), agent::label(body.headers()));
    let mut fields = body.fields(&FIELDS).await?.validate()?;
    let old = SecretString::from(fields.required("old_password")?);
    let new = SecretString::from(fields.required("new_password")?);
    let about = [
        &user.username,
        &user.first_name,
        &user.last_name,
        &user.email,
    ];
    let problems = new_password::problems(new.expose_secret(), about.map(String::as_str));
    if !problems.is_empty() {
        let problems = problems.into_iter().map(Into::into).collect();
        return Err(Error::Invalid(vec![("new_password".into(), problems)]));
    }
    let kept = match fields.take("refresh") {
        Some(token) => Some(own_chain(&app, &token, &user).await?),
        None => None,
    };
    for _ in 0..TRIES {
        let proof = Proof::of(&app, &user, old.clone(), &context, wrong).await?;
        let hashed = app.hashing().hash(new.clone(), &proof.attempt).await;
        let changed = match hashed {
            Ok(encoded) => change(&app, &proof.login, encoded, kept.clone(), &label).await,
            Err(busy) => Err(busy.into()),
        };
        proof.end(&app).await;
        if let Some(answer) = changed? {
            return Ok(answer);
        }
    }
    Err(changed_meanwhile())
}

fn wrong() -> Error {
    Error::field(
        "old_password",
        "Your old password was entered incorrectly. Please enter it again.",
    )
}

/// `None` where another password stands there since the old one was compared: nothing is written.
async fn change(
    app: &App,
    login: &Login,
    encoded: String,
    kept: Option<String>,
    label: &str,
) -> Result<Option<Response>, Error> {
    let alive = Alive::at(app, app.clock().now());
    let ends_all = app.settings().simple_jwt.check_revoke_token;
    let renewal = if ends_all && kept.is_some() && app.tokens().can_sign() {
        Some(Renewal::of(app, login, &encoded, app.clock().now()).await?)
    } else {
        None
    };
    let renewed = (renewal.as_ref()).map(|renewal| renewal.rows(app, login, label, &alive));
    let (login, encoded) = (login.clone(), SecretString::from(encoded));
    let kept = kept.filter(|_| !ends_all);
    let changed = app.db().write(move |tx| {
        let (login, encoded, kept) = (login.clone(), encoded.clone(), kept.clone());
        let (renewed, alive) = (renewed.clone(), alive.clone());
        Box::pin(async move {
            if !rows::set_password(tx, &login, encoded.expose_secret()).await? {
                return Ok(false);
            }
            end_sessions(tx, login.id, kept.as_deref(), &alive).await?;
            if let Some(rows) = renewed {
                rows.write(tx).await?;
            }
            Ok(true)
        })
    });
    let is_changed = changed.await?;
    let answer = || renewal.map_or_else(empty, |renewal| renewal.answer());
    Ok(is_changed.then(answer))
}
