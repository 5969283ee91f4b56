//! Sessions of people at the admin, in Django's table and form: whoever is signed in at Django's admin is signed in here.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::staff::Account;
use crate::db::{self, Conn, Id, Moment, Tx, sql};
use django::signing::{Signer, session_auth_hash};

/// `SESSION_COOKIE_NAME`.
pub(super) const COOKIE: &str = "sessionid";
/// `SESSION_COOKIE_AGE`: two weeks, in seconds.
pub(super) const AGE: i64 = 14 * 24 * 60 * 60;
/// How long a key is.
pub(super) const KEY_LENGTH: usize = 32;

const USER: &str = "_auth_user_id";
const BACKEND: &str = "_auth_user_backend";
const HASH: &str = "_auth_user_hash";
/// What signs people in at Django, the first as long as nothing else is said. Whom another one signed in is asked to do it
/// here.
const BACKENDS: [&str; 2] = [
    "django.contrib.auth.backends.ModelBackend",
    "django.contrib.auth.backends.AllowAllUsersModelBackend",
];

/// What a session says, and the key under which it is kept.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) key: String,
    data: Map<String, Value>,
}

/// What reads and signs sessions.
pub(super) struct Sessions {
    secret: SecretString,
    signer: Signer,
}

impl Sessions {
    pub(super) fn new(secret: &SecretString) -> Self {
        let salt = "django.contrib.sessions.SessionStore";
        Self {
            secret: secret.clone(),
            signer: Signer::new(secret.expose_secret(), salt),
        }
    }

    /// The session of a key; none where it has run out, or another key has signed it.
    pub(super) async fn find(
        &self,
        conn: &mut Conn<'_>,
        key: &str,
        now: Moment,
    ) -> db::Result<Option<Session>> {
        let row = sql!(conn, "SELECT session_data FROM django_session WHERE session_key = $1 AND expire_date > $2",
            key, now => fetch_optional (String,))?;
        let text = row.and_then(|(text,)| self.signer.read(&text));
        let data = text.and_then(|text| serde_json::from_str(&text).ok());
        Ok(data.map(|data| Session {
            key: key.to_owned(),
            data,
        }))
    }

    /// Whether an account is the one that a session is of, with the password that it had then.
    pub(super) fn is_of(&self, session: &Session, account: &Account) -> bool {
        let hash = self.hash(&account.password);
        let shown = session.text(HASH).unwrap_or_default();
        session.user() == Some(account.id)
            && aws_lc_rs::constant_time::verify_slices_are_equal(shown.as_bytes(), hash.as_bytes())
                .is_ok()
    }

    /// The same session for somebody who signed in, under a new key: nobody who knew the old one is signed in by it.
    pub(super) fn begun(
        &self,
        before: Option<&Session>,
        key: String,
        user: Id,
        encoded: &SecretString,
    ) -> Session {
        // what an application keeps for a visitor stays his; what it kept for somebody else goes, whoever signed him in
        let own = user.to_string();
        let kept = before.filter(|before| before.text(USER).is_none_or(|other| other == own));
        let mut data = kept.map(|before| before.data.clone()).unwrap_or_default();
        let backend = kept.and_then(|before| before.text(BACKEND));
        let backend = backend.filter(|backend| BACKENDS.contains(backend));
        let backend = backend.unwrap_or(BACKENDS[0]).to_owned();
        data.insert(USER.to_owned(), own.into());
        data.insert(BACKEND.to_owned(), backend.into());
        data.insert(HASH.to_owned(), self.hash(encoded).into());
        Session { key, data }
    }

    fn hash(&self, encoded: &SecretString) -> String {
        session_auth_hash(self.secret.expose_secret(), encoded.expose_secret())
    }

    /// Adds a session that lasts for [`AGE`].
    pub(super) async fn add(
        &self,
        tx: &mut Tx<'_>,
        session: &Session,
        now: Moment,
        until: Moment,
    ) -> db::Result<()> {
        let at = u64::try_from(now.timestamp()).unwrap_or(0);
        let data = self.signer.sign(&session.json(), at);
        sql!(tx, "INSERT INTO django_session (session_key, session_data, expire_date) VALUES ($1, $2, $3)",
            &session.key, &data, until => execute)?;
        Ok(())
    }
}

impl Session {
    /// Who is signed in by it.
    pub(super) fn user(&self) -> Option<Id> {
        if !BACKENDS.contains(&self.text(BACKEND)?) {
            return None;
        }
        self.text(USER)?.parse().ok().map(Id)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.data.get(name)?.as_str()
    }

    /// As Python writes it: Django reads it as Latin-1, so there is nothing but ASCII in it.
    fn json(&self) -> String {
        let text = Value::Object(self.data.clone()).to_string();
        super::messages::ascii(&text)
    }
}

/// Removes a session.
pub(super) async fn remove(tx: &mut Tx<'_>, key: &str) -> db::Result<()> {
    sql!(tx, "DELETE FROM django_session WHERE session_key = $1", key => execute)?;
    Ok(())
}
