//! `POST /api/account/delete/`: the end of the caller's account.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;

use super::proof::{Proof, TRIES, changed_meanwhile, proved};
use super::removal_rows::{self, Removed};
use crate::accounts::rows::Login;
use crate::app::App;
use crate::auth::CurrentUser;
use crate::db;
use crate::http::body::Body;
use crate::http::error::Error;
use crate::http::fields::{Field, PLAIN, Serializer};
use crate::http::operation::{Answer, Operation};
use crate::settings::Settings;
use crate::tokens::Alive;

/// What is asked for.
pub(crate) static FIELDS: Serializer =
    Serializer(&[Field::text("password", "Password", PLAIN).write_only()]);

/// `POST /api/account/delete/`, in the API's document.
pub(crate) fn deletes(settings: &Settings) -> Operation {
    let operation = Operation::new("deleteAccount", "Delete one's account")
        .details("Its posts and sessions go with it.")
        .takes("AccountDelete", r#"{"password":"Correct-Horse-9"}"#)
        .answers(Answer::nothing(204, "It is gone."))
        .refuses(
            409,
            "It is the last superuser, or rows of other tables refer to it.",
        );
    proved(operation, settings)
}

/// `POST /api/account/delete/`: 204; the account goes with its posts and sessions, as in Django's admin.
pub(crate) async fn post(
    State(app): State<App>,
    CurrentUser(user): CurrentUser,
    body: Body,
) -> Result<Response, Error> {
    let context = body.context().clone();
    let mut fields = body.fields(&FIELDS).await?.validate()?;
    let password = SecretString::from(fields.required("password")?);
    for _ in 0..TRIES {
        let proof = Proof::of(&app, &user, password.clone(), &context, wrong).await?;
        let removed = remove(&app, proof.login.clone()).await;
        proof.end(&app).await;
        match removed? {
            Removed::Now => return Ok(StatusCode::NO_CONTENT.into_response()),
            Removed::LastSuperuser => return Err(last_superuser()),
            // another password stands there since it was compared
            Removed::Not => {}
        }
    }
    Err(changed_meanwhile())
}

async fn remove(app: &App, login: Login) -> Result<Removed, Error> {
    let alive = Alive::at(app, app.clock().now());
    let removed = app.db().write_patiently(move |tx| {
        let (login, alive) = (login.clone(), alive.clone());
        Box::pin(async move {
            let removed = removal_rows::remove(tx, &login, &alive).await?;
            if removed != Removed::Now {
                tx.abandon();
            }
            Ok(removed)
        })
    });
    removed.await.map_err(|error| match error {
        db::Error::Dangling(why) => still_referred_to(&why),
        error => error.into(),
    })
}

fn wrong() -> Error {
    Error::field(
        "password",
        "Your password was entered incorrectly. Please enter it again.",
    )
}

fn last_superuser() -> Error {
    Error::Detail(
        StatusCode::CONFLICT,
        "This account can't be deleted: it is the last superuser. Make another account a superuser first."
            .into(),
    )
}

/// 409: a table of the project has rows of this user.
fn still_referred_to(why: &str) -> Error {
    tracing::warn!(cause = %why, "an account was not deleted, since rows of another table refer to it");
    Error::Detail(
        StatusCode::CONFLICT,
        "This account can't be deleted: other rows of the database refer to it.".into(),
    )
}
