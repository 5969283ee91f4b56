//! The caller's own password as a proof, which costs what a login costs: a token of the same buckets, and a place in the line
//! of passwords.

use secrecy::SecretString;

use crate::accounts::User;
use crate::accounts::login::{admit, log_failure};
use crate::accounts::profile::of_a_user;
use crate::accounts::rows::{self, Login};
use crate::app::App;
use crate::http::error::Error;
use crate::http::log::Context;
use crate::http::operation::Operation;
use crate::settings::Settings;
use crate::throttle::{Attempt, Taken};

/// How often the password is looked at where it is changed meanwhile: nearly always a login brings its hash up to date.
pub(super) const TRIES: u32 = 2;

/// What is told of whoever asks for a password, in the API's document.
pub(super) fn proved(operation: Operation, settings: &Settings) -> Operation {
    let operation = operation.and_if(settings.throttle.enabled, |operation| {
        operation.refuses(429, "Too many wrong passwords.")
    });
    of_a_user(operation, settings)
}

/// A password that was right when it was looked at.
pub(super) struct Proof {
    /// The account as it was looked up; what is done next is done to no other.
    pub(super) login: Login,
    pub(super) attempt: Attempt,
    taken: Taken,
}

impl Proof {
    /// Checks a password of the caller's.
    ///
    /// # Errors
    /// `wrong`; 429 and 503 as for a login.
    pub(super) async fn of(
        app: &App,
        user: &User,
        password: SecretString,
        context: &Context,
        wrong: fn() -> Error,
    ) -> Result<Self, Error> {
        let source = app.source(context);
        let (id, from) = (user.id, source.map(|source| source.to_string()));
        let login = app.db().read(move |conn| {
            Box::pin(async move { rows::login_of(conn, id, from.as_deref()).await })
        });
        let login = login.await?.ok_or_else(Error::user_not_found)?;
        let (attempt, taken) = admit(app, Some(&login), &user.username, source).await?;
        let encoded = Some(login.password.clone());
        match app.hashing().check(password, encoded, &attempt).await {
            Ok(checked) if checked.right => Ok(Self {
                login,
                attempt,
                taken,
            }),
            Ok(_) => {
                log_failure(app, context, &user.username, "a password was not confirmed");
                Err(wrong())
            }
            Err(busy) => {
                app.throttle().give_back(taken).await;
                Err(busy.into())
            }
        }
    }

    /// Gives back what a right password has taken.
    pub(super) async fn end(self, app: &App) {
        app.throttle().give_back(self.taken).await;
    }
}

/// 503: each time that a password was right, another one stood there when it was to be used.
pub(super) fn changed_meanwhile() -> Error {
    Error::overloaded("the account was changed by several requests at once")
}
