//! Registering, logging in and out, and asking whether a token is valid.

use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::clock::Skew;
use crate::endpoints::Resource;
use crate::error::{Error, ErrorKind, Result};
use crate::session::exchange::Reading;
use crate::session::{LoggedOut, Logout, Session, decide, key, login};
use crate::token::AccessToken;
use crate::types::{NewUser, Pair, User};

impl Client {
    /// Registers an account. It is not logged in by that.
    ///
    /// # Errors
    /// Those of [`Request::send_json`](crate::Request::send_json). What is wrong with a field is in
    /// [`Error::field`]: `username`, `password`, `email`, `first_name`, `last_name`.
    pub async fn register(&self, user: NewUser) -> Result<User> {
        self.post(&self.http().endpoints.path(Resource::Register))
            .anonymous()
            .json(&user.body())
            .send_json()
            .await
    }

    /// Logs in and keeps the session in the store. A session of the same user that was there is ended at the
    /// server once the new one is stored.
    ///
    /// A client is of one account at a time: where it holds a session of another one, that is
    /// [`ErrorKind::Config`]. [`Client::with_account`] makes a client for each.
    ///
    /// When it returns, the session is stored. When it fails with anything but a store's error, what was stored
    /// before is still there.
    ///
    /// # Errors
    /// [`ErrorKind::Api`] with status 401: the name or password is wrong, or the account is disabled.
    /// [`ErrorKind::Decode`]: the answer is none of a login, or without a refresh token; where that comes in a cookie,
    /// name it with [`Endpoints::refresh_cookie`](crate::Endpoints::refresh_cookie).
    /// [`ErrorKind::Store`]: the session can't be kept; it is ended at the server again. Also those of
    /// [`Request::send_json`](crate::Request::send_json).
    pub async fn login(&self, username: &str, password: &SecretString) -> Result<Session> {
        // the server trims the name as well
        let credentials = json!({ "username": username, "password": password.expose_secret() });
        self.login_with(username, &credentials).await
    }

    /// Logs in with what the server asks for: an e-mail address, a one-time code, a tenant. `account` is the name under
    /// which the session is kept.
    ///
    /// ```no_run
    /// # async fn example(client: gatepost_sdk::Client) -> gatepost_sdk::Result<()> {
    /// let credentials = serde_json::json!({ "email": "ada@example.org", "password": "…", "otp": "123456" });
    /// client.login_with("ada@example.org", &credentials).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Client::login`].
    pub async fn login_with(
        &self,
        account: &str,
        credentials: &(impl Serialize + ?Sized),
    ) -> Result<Session> {
        let transport = &self.0.transport;
        if self.0.given.is_some() {
            return Err(
                Error::config("the client was given an access token, so it can't log in")
                    .with_hint("leave out the access token to log in"),
            );
        }
        let user = account.trim();
        if user.is_empty() {
            return Err(Error::config("the username is empty"));
        }
        let slot = self.0.slot_of(user);
        let _entering = self.0.entering.lock().await;
        if let Some(other) = self.0.engaged(&slot).await {
            return Err(Error::config(format!(
                "this client holds the session of {other}, so {user} can't log in on it"
            ))
            .with_hint("give each account a client of its own: Client::with_account"));
        }
        // a store that can't be used is found out before the password is sent
        login::check(&slot).await?;
        // with a key in it, the answer says whether a refresh can be repeated with its key
        let key = key::new_secret()?;
        let sent = transport.now();
        let response = self
            .post(&self.http().endpoints.path(Resource::Login))
            .anonymous()
            .header("idempotency-key", key.expose_secret())
            .json(credentials)
            .send()
            .await?
            .checked()
            .await
            .map_err(|error| match error.status() {
                Some(StatusCode::UNAUTHORIZED) => error.with_hint(
                    "check the username and the password, and that the account is not disabled",
                ),
                _ => error,
            })?;
        let received = transport.now();
        let skew = Skew::of(response.headers(), sent, received);
        let features = decide::features(response.headers());
        let path = response.path().to_owned();
        let headers = response.headers().clone();
        let pair: Pair = response.json().await?;
        let pair = pair.with_cookie(&headers, self.http().endpoints.cookie());
        let Some(refresh) = pair.refresh else {
            return Err(Error::new(ErrorKind::Decode { path }).with_hint(
                "the answer to the login has no refresh token; the server may keep it in a cookie that this program was not told of",
            ));
        };
        let clock = Reading { received, skew };
        login::login(
            &slot,
            transport,
            Some(pair.access),
            refresh,
            features,
            clock,
        )
        .await?;
        self.0.attach(slot.clone());
        Ok(Session::new(self.0.clone(), Some(slot)))
    }

    /// Ends the session here and, if wanted, at the server: [`Session::logout`].
    ///
    /// # Errors
    /// As [`Session::logout`].
    pub async fn logout(&self, how: Logout) -> Result<LoggedOut> {
        self.session().logout(how).await
    }

    /// Whether the server accepts a token: its signature and time, and for a refresh token that it is not
    /// blacklisted. It does not look at the account.
    ///
    /// # Errors
    /// Those of [`Request::send_json`](crate::Request::send_json).
    pub async fn verify(&self, token: &AccessToken) -> Result<bool> {
        let path = self.http().endpoints.path(Resource::Verify);
        let asked = self
            .post(&path)
            .anonymous()
            .json(&json!({ "token": token.expose() }))
            .send_json::<Map<String, Value>>()
            .await;
        match asked {
            Ok(_) => Ok(true),
            Err(error) if is_refusal(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// SimpleJWT says 401 with a code, and 400 about the whole for a blacklisted token.
fn is_refusal(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Api(no) if no.status() == StatusCode::UNAUTHORIZED => {
            no.code() == Some("token_not_valid")
        }
        ErrorKind::Api(no) if no.status() == StatusCode::BAD_REQUEST => {
            !no.field("non_field_errors").is_empty()
        }
        _ => false,
    }
}
