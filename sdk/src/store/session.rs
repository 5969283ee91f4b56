//! A session as it is kept: one versioned JSON text.

use std::borrow::Cow;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::clock::Millis;
use crate::reason::ExpiredReason;
use crate::token::{AccessToken, Claims, fingerprint};

const VERSION: u8 = 1;

/// What the last answer with tokens must have named for a refresh to be repeatable.
pub(crate) const REFRESH_IDEMPOTENCY: &str = "refresh-idempotency";

/// One session: its tokens, the secret its refresh keys are made of, and what is known of the server.
///
/// A store keeps it as the text of [`StoredSession::to_json`] and need not understand it.
#[derive(Clone)]
pub struct StoredSession {
    /// Grows with every change.
    pub(crate) generation: u64,
    /// The secret that never leaves the machine; the keys of refreshes are made of it.
    pub(crate) secret: Option<SecretString>,
    pub(crate) refresh: SecretString,
    pub(crate) access: Option<SecretString>,
    /// The access token's expiry in seconds after 1970, by the server's clock.
    pub(crate) access_exp: Option<i64>,
    /// When the access token came, by the server's clock.
    pub(crate) received: Millis,
    /// When it was logged in, in seconds after 1970 by the server's clock; `None` in what an older release has kept.
    pub(crate) begun: Option<i64>,
    /// The server's clock less this machine's.
    pub(crate) skew: Millis,
    /// What the server's last answer with tokens named in `Gatepost-Features`.
    pub(crate) features: Vec<String>,
    /// Set once the session has ended.
    pub(crate) mark: Option<Mark>,
}

/// That a session has ended, why and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) reason: ExpiredReason,
    /// Seconds after 1970 by the server's clock.
    pub(crate) at: i64,
}

#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    v: u8,
    r#gen: u64,
    sid: Option<Cow<'a, str>>,
    rt: Cow<'a, str>,
    at: Option<Cow<'a, str>>,
    exp: Option<i64>,
    got: i64,
    skew: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
    #[serde(default)]
    feat: Vec<String>,
    #[serde(default)]
    dead: Option<Mark>,
}

impl StoredSession {
    /// The text to keep. It holds the session's secrets.
    pub fn to_json(&self) -> SecretString {
        fn expose(secret: &SecretString) -> Cow<'_, str> {
            secret.expose_secret().into()
        }
        let wire = Wire {
            v: VERSION,
            r#gen: self.generation,
            sid: self.secret.as_ref().map(expose),
            rt: expose(&self.refresh),
            at: self.access.as_ref().map(expose),
            exp: self.access_exp,
            got: self.received,
            skew: self.skew,
            since: self.begun,
            feat: self.features.clone(),
            dead: self.mark,
        };
        // numbers and texts under texts: there is nothing in it that JSON can't say
        SecretString::from(serde_json::to_string(&wire).unwrap_or_default())
    }

    /// The session that a text of [`StoredSession::to_json`] keeps.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`]: it is no such text, or a newer version's.
    pub fn from_json(text: &str) -> Result<Self, StoreError> {
        #[derive(Deserialize)]
        struct Version {
            v: u8,
        }
        // serde's messages may show what they choke on, which is a secret here
        let Ok(Version { v }) = serde_json::from_str(text) else {
            return Err(StoreError::Corrupt(
                "it is not a session of Gatepost's".to_owned(),
            ));
        };
        if v != VERSION {
            return Err(StoreError::Corrupt(format!(
                "it is of version {v}, this program knows {VERSION}"
            )));
        }
        let wire: Wire<'_> = serde_json::from_str(text)
            .map_err(|_| StoreError::Corrupt("a part of it is missing".to_owned()))?;
        let secret = |text: Cow<'_, str>| SecretString::from(text.into_owned());
        Ok(Self {
            generation: wire.r#gen,
            secret: wire.sid.map(secret),
            refresh: secret(wire.rt),
            access: wire.at.map(secret),
            access_exp: wire.exp,
            received: wire.got,
            skew: wire.skew,
            begun: wire.since,
            features: wire.feat,
            mark: wire.dead,
        })
    }

    /// How often this session was changed.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Why the session has ended; `None` while it lives.
    pub fn ended(&self) -> Option<ExpiredReason> {
        self.mark.map(|mark| mark.reason)
    }

    /// Whether a refresh may be repeated with its key.
    pub(crate) fn repeats(&self) -> bool {
        self.features.iter().any(|name| name == REFRESH_IDEMPOTENCY)
    }

    pub(crate) fn access_token(&self) -> Option<AccessToken> {
        self.access.clone().map(AccessToken::from)
    }

    pub(crate) fn refresh_exp(&self) -> Option<i64> {
        Claims::of(&self.refresh).exp()
    }

    pub(crate) fn holds(&self, refresh: &SecretString) -> bool {
        self.refresh.expose_secret() == refresh.expose_secret()
    }
}

impl fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredSession")
            .field("generation", &self.generation)
            .field("refresh", &fingerprint(&self.refresh))
            .field("access_exp", &self.access_exp)
            .field("mark", &self.mark)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> StoredSession {
        StoredSession {
            generation: 42,
            secret: Some(SecretString::from("the-secret")),
            refresh: SecretString::from("the-refresh-token"),
            access: Some(SecretString::from("the-access-token")),
            access_exp: Some(1_764_000_000),
            received: 1_763_999_700_123,
            skew: -2000,
            begun: Some(1_763_000_000),
            features: vec![REFRESH_IDEMPOTENCY.to_owned()],
            mark: None,
        }
    }

    #[test]
    fn it_comes_back_as_it_went() {
        let mut entry = entry();
        let text = entry.to_json();
        assert_eq!(
            text.expose_secret(),
            r#"{"v":1,"gen":42,"sid":"the-secret","rt":"the-refresh-token","at":"the-access-token","exp":1764000000,"got":1763999700123,"skew":-2000,"since":1763000000,"feat":["refresh-idempotency"],"dead":null}"#
        );
        let back = StoredSession::from_json(text.expose_secret()).unwrap();
        assert!(back.repeats() && back.holds(&entry.refresh));
        let old = text.expose_secret().replace("\"since\":1763000000,", "");
        assert_eq!(StoredSession::from_json(&old).unwrap().begun, None);
        assert_eq!(back.to_json().expose_secret(), text.expose_secret());
        entry.mark = Some(Mark {
            reason: ExpiredReason::UsedElsewhere,
            at: 7,
        });
        let text = entry.to_json();
        assert!(
            text.expose_secret()
                .contains(r#""dead":{"reason":"used_elsewhere","at":7}"#)
        );
        let back = StoredSession::from_json(text.expose_secret()).unwrap();
        assert_eq!(back.ended(), Some(ExpiredReason::UsedElsewhere));
    }

    #[test]
    fn another_text_is_refused_and_not_shown() {
        for text in [
            "",
            "{}",
            "secret",
            r#"{"v":1,"rt":"secret"}"#,
            r#"{"v":2,"rt":"secret"}"#,
            r#"["secret"]"#,
        ] {
            let error = StoredSession::from_json(text).unwrap_err();
            assert!(matches!(error, StoreError::Corrupt(_)), "{text}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn nothing_prints_it() {
        assert!(!format!("{:?}", entry()).contains("the-"));
    }
}
