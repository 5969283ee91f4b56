//! The tokens of somebody who has proved a password.

use axum::response::Response;

use super::alive::Alive;
use super::backend::NewRefreshToken;
use super::pair::Pair;
use super::rows::Outstanding;
use super::session_rows::{self, NewSession};
use super::user_claims;
use crate::accounts::rows::Login;
use crate::app::App;
use crate::db::{self, Moment, Tx};
use crate::http::error::Error;
use crate::settings::{TokenClass, UserIdField};

/// A refresh or a sliding token for a user; `encoded` is the password's hash as it will stand in the database.
pub(super) async fn token(
    app: &App,
    class: TokenClass,
    login: &Login,
    encoded: &str,
    now: Moment,
) -> Result<NewRefreshToken, Error> {
    let user = match app.settings().simple_jwt.user_id_field {
        UserIdField::Id => login.id.to_string(),
        UserIdField::Username => login.username.clone(),
        UserIdField::Email => login.email.clone(),
    };
    let more = user_claims::of(app, login.id).await?;
    let made = (app.tokens()).token_of(class, &user, encoded, more, now, app.entropy());
    Ok(made?)
}

/// A new session in the place of one that ends in the same transaction, since the password that its tokens name is changed.
pub(crate) struct Renewal {
    refresh: NewRefreshToken,
    access: String,
}

/// The rows of a [`Renewal`].
#[derive(Clone)]
pub(crate) struct RenewalRows(Outstanding, NewSession);

impl Renewal {
    /// Tokens with the mark of the password whose hash is `encoded`.
    pub(crate) async fn of(
        app: &App,
        login: &Login,
        encoded: &str,
        now: Moment,
    ) -> Result<Self, Error> {
        let refresh = token(app, TokenClass::Refresh, login, encoded, now).await?;
        let access = (app.tokens()).access_of(&refresh.claims, now, app.entropy())?;
        Ok(Self { refresh, access })
    }

    /// What the transaction writes.
    pub(crate) fn rows(&self, app: &App, login: &Login, label: &str, alive: &Alive) -> RenewalRows {
        let stored = app.settings().tokens.stored;
        let (now, dates) = (alive.now(), alive.dates());
        RenewalRows(
            Outstanding::of(&self.refresh, stored, Some(login.id), now, dates),
            NewSession::of(&self.refresh, label, alive),
        )
    }

    /// The answer of a login.
    pub(crate) fn answer(&self) -> Response {
        let pair = Pair {
            access: &self.access,
            refresh: Some(&self.refresh.token),
        };
        pair.logged_in()
    }
}

impl RenewalRows {
    /// Writes them; `false` where the user is gone.
    pub(crate) async fn write(&self, tx: &mut Tx<'_>) -> db::Result<bool> {
        session_rows::begin(tx, &self.0, &self.1).await
    }
}
