//! One's own account, beyond what plain Django has: another password, the sessions and their end, its own end.

use std::sync::Arc;

use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::clock::{Millis, Skew};
use crate::endpoints::Resource;
use crate::error::{Error, ErrorKind, Result};
use crate::inner::Inner;
use crate::request::{Request, Response};
use crate::session::exchange::Reading;
use crate::session::verdict::Need;
use crate::session::{Logout, Session, decide, login};
use crate::types::{AccountSession, Pair, ProfilePatch, User};

/// How often a request is sent whose refresh token was exchanged on the way.
const TRIES: u32 = 3;

/// The account that is logged in: made by [`Client::me`](crate::Client::me).
///
/// Plain Django has none of it, nor has a Gatepost with `server.extensions = false`: there each method ends with
/// [`ErrorKind::Unsupported`]. Every method ends with the errors of [`Request::send_json`], and with
/// [`ErrorKind::NotSignedIn`] before anything is sent where there is no session.
///
/// ```
/// use gatepost_sdk::{Client, ErrorKind};
///
/// # async fn example(client: Client) -> gatepost_sdk::Result<()> {
/// match client.me().sessions().await {
///     Ok(sessions) => {
///         for session in sessions {
///             let here = if session.current { " (this one)" } else { "" };
///             println!("{}{here}, since {}", session.label, session.begun);
///         }
///     }
///     Err(error) if matches!(error.kind(), ErrorKind::Unsupported { .. }) => println!("{error}"),
///     Err(error) => return Err(error),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Me(Arc<Inner>);

impl Me {
    pub(crate) fn new(client: Arc<Inner>) -> Self {
        Self(client)
    }

    /// The account as the server shows it: [`Client::profile`](crate::Client::profile).
    ///
    /// # Errors
    /// Those of [`Request::send_json`].
    pub async fn profile(&self) -> Result<User> {
        self.request(Method::GET, &self.profile_path())
            .send_json()
            .await
    }

    /// Changes what is named of the profile, and gives the account as it is then.
    ///
    /// # Errors
    /// Status 400 with the messages of `email`, `first_name` and `last_name`.
    pub async fn update_profile(&self, change: &ProfilePatch) -> Result<User> {
        const WHAT: &str = "way to change a profile";
        let request = self.request(Method::PATCH, &self.profile_path());
        let answer = request.json(change).send_json().await;
        answer.map_err(|error| unsupported(error, WHAT))
    }

    /// Where the account is logged in, the session that was used last first.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`].
    pub async fn sessions(&self) -> Result<Vec<AccountSession>> {
        const WHAT: &str = "list of sessions";
        let path = self.path("sessions", WHAT)?;
        let listed = async { self.show(&path, json!({})).await?.0.json().await };
        listed.await.map_err(|error| unsupported(error, WHAT))
    }

    /// Ends a session, by its [`id`](AccountSession::id). Its access token is good until it expires.
    ///
    /// # Errors
    /// Status 404 where it is none of the account's live sessions.
    pub async fn end_session(&self, id: &str) -> Result<()> {
        const WHAT: &str = "way to end a session";
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if id.is_empty() || !id.bytes().all(is_word) {
            return Err(Error::config(format!("{id:?} is the name of no session"))
                .with_hint("take the id of a session in the list"));
        }
        let path = self.path(&format!("sessions/{id}"), WHAT)?;
        match done(self.request(Method::DELETE, &path)).await {
            // the server's own word about this session
            Err(error) if is_no_such_row(&error) => Err(error),
            ended => ended.map_err(|error| unsupported(error, WHAT)),
        }
    }

    /// Ends all sessions of the account but this one.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where the client was given an access token, so that it has no session to keep.
    pub async fn end_other_sessions(&self) -> Result<()> {
        const WHAT: &str = "way to end sessions";
        let path = self.path("sessions/end-others", WHAT)?;
        if self.0.given.is_some() {
            return Err(Error::config(
                "the client was given an access token, so no session of its own can be kept",
            ));
        }
        let ended = async { self.show(&path, json!({})).await?.0.no_content().await };
        ended.await.map_err(|error| unsupported(error, WHAT))
    }

    /// Changes the password. All other sessions of the account end in the same moment; this one goes on.
    ///
    /// # Errors
    /// Status 400 with the messages of `old_password` and `new_password`; 429 after too many wrong ones.
    /// [`ErrorKind::Store`]: the password is changed, and the new tokens that came with it can't be kept.
    pub async fn change_password(&self, old: &SecretString, new: &SecretString) -> Result<()> {
        const WHAT: &str = "way to change a password";
        let path = self.path("password", WHAT)?;
        let body =
            json!({ "old_password": old.expose_secret(), "new_password": new.expose_secret() });
        let changed = async {
            let (response, sent) = self.show(&path, body).await?;
            self.keep(response, sent).await
        };
        changed.await.map_err(|error| unsupported(error, WHAT))
    }

    /// Deletes the account with all that is its own, and removes the session here.
    ///
    /// # Errors
    /// Status 400 with the message of `password`, 409 where the account can't be deleted, 429 after too many wrong
    /// passwords. [`ErrorKind::Store`]: the account is deleted, and its session can't be removed here.
    pub async fn delete(&self, password: &SecretString) -> Result<()> {
        const WHAT: &str = "way to delete an account";
        let path = self.path("delete", WHAT)?;
        let body = json!({ "password": password.expose_secret() });
        let deleted = done(self.request(Method::POST, &path).json(&body)).await;
        deleted.map_err(|error| unsupported(error, WHAT))?;
        let session = Session::new(self.0.clone(), self.0.attached());
        session.logout(Logout::Local).await.map(drop)
    }

    fn profile_path(&self) -> String {
        self.0.transport.http.endpoints.path(Resource::Profile)
    }

    /// A path below that of the account.
    fn path(&self, below: &str, what: &'static str) -> Result<String> {
        let path = self.0.transport.http.endpoints.account_path(below);
        path.ok_or_else(|| Error::new(ErrorKind::Unsupported { what }))
    }

    fn request(&self, method: Method, path: &str) -> Request {
        Request::new(self.0.clone(), method, path).signed_in()
    }

    /// Sends what shows the newest refresh token, and once more where that was exchanged meanwhile; without one where the
    /// client was given an access token. Gives the answer that says yes, and when it was asked for.
    async fn show(&self, path: &str, mut body: Value) -> Result<(Response, Millis)> {
        let mut tries = 1;
        loop {
            // an access token that has to be exchanged is so before the refresh token is looked for
            self.0.access(&Need::default()).await?;
            let shown = self.newest().await?;
            if let Some(shown) = &shown {
                body["refresh"] = shown.expose_secret().into();
            }
            let sent = self.0.transport.now();
            let request = self.request(Method::POST, path).json(&body);
            let error = match request.send().await?.checked().await {
                Ok(response) => return Ok((response, sent)),
                Err(error) => error,
            };
            let Some(shown) = shown.filter(|_| !error.field("refresh").is_empty()) else {
                return Err(error);
            };
            if tries == TRIES {
                return Err(error);
            }
            tries += 1;
            let newest = self.newest().await?;
            let is_same = |newest: SecretString| newest.expose_secret() == shown.expose_secret();
            // an exchange whose answer was lost: it is asked for again
            if newest.is_some_and(is_same) {
                let session = Session::new(self.0.clone(), self.0.attached());
                session.refresh().await?;
            }
        }
    }

    async fn newest(&self) -> Result<Option<SecretString>> {
        if self.0.given.is_some() {
            return Ok(None);
        }
        let Some(slot) = self.0.slot().await? else {
            return Ok(None);
        };
        slot.notice(&self.0.transport).await?;
        let memory = slot.memory();
        Ok(memory.current().map(|session| session.refresh.clone()))
    }

    /// Keeps the tokens that an answer has: where tokens name the password, this session goes on with new ones.
    async fn keep(&self, response: Response, sent: Millis) -> Result<()> {
        let received = self.0.transport.now();
        let skew = Skew::of(response.headers(), sent, received);
        let mut features = decide::features(response.headers());
        let answer: Value = response.json().await?;
        let Ok(pair) = serde_json::from_value::<Pair>(answer) else {
            return Ok(());
        };
        let (Some(refresh), Some(slot)) = (pair.refresh, self.0.attached()) else {
            return Ok(());
        };
        if features.is_empty() {
            // the answer is none of a login; what the server can has not changed
            let memory = slot.memory();
            features = memory
                .current()
                .map_or_else(Vec::new, |session| session.features.clone());
        }
        let clock = Reading { received, skew };
        let access = Some(pair.access);
        login::login(&slot, &self.0.transport, access, refresh, features, clock).await
    }
}

/// Sends what is answered with 204.
async fn done(request: Request) -> Result<()> {
    let answer = request.send().await?;
    answer.checked().await?.no_content().await
}

/// DRF's own words about a row, which a server without the path does not say.
fn is_no_such_row(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Api(no) if no.status() == StatusCode::NOT_FOUND)
}

/// What a server says that does not have a path, or not this method there.
fn unsupported(error: Error, what: &'static str) -> Error {
    match error.status() {
        Some(StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) => {
            Error::caused(ErrorKind::Unsupported { what }, error)
        }
        _ => error,
    }
}
