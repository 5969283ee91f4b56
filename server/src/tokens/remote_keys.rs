//! JWK_URL: the keys of another service, fetched when a token names one, kept, and fetched again.
//!
//! As PyJWT's client: a set is good for 300 s; an unknown key has it fetched again, at most once a second. Where the
//! service is away, keys that are known go on being used.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jose::{Algorithm, VerifyingKey};
use reqwest::redirect;
use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::settings::visible_url;

/// For how long a set is good.
const LIFESPAN: Duration = Duration::from_mins(5);
/// How soon it is fetched again, for an unknown key or after a failure.
const PAUSE: Duration = Duration::from_secs(1);
/// How soon for a key that is known.
const LONG_PAUSE: Duration = Duration::from_secs(30);
/// How long a fetch may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest set that is read.
const LONGEST: usize = 512 << 10;

/// The keys of a URL, for one algorithm.
pub(crate) struct RemoteKeys {
    url: String,
    /// The same for a log.
    shown: String,
    clock: Clock,
    http: reqwest::Client,
    algorithm: Algorithm,
    known: RwLock<Arc<Set>>,
    /// Held by the one that fetches, and by no request that holds anything of the database.
    fetching: Mutex<()>,
}

#[derive(Default)]
struct Set {
    keys: Arc<HashMap<String, VerifyingKey>>,
    /// When it was fetched, by the steady clock.
    fetched: Option<i64>,
    /// When that was tried last, with success or without.
    tried: Option<i64>,
}

/// The service with the keys does not answer, or answers no keys.
#[derive(Debug)]
pub(crate) struct Away(String);

impl fmt::Display for Away {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the keys of simple_jwt.jwk_url can't be had: {}", self.0)
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteKeys({})", self.algorithm)
    }
}

impl Set {
    fn is_good(&self, now: i64) -> bool {
        self.fetched.is_some_and(|at| is_within(LIFESPAN, at, now))
    }

    /// Whether a key is known that needs no fetch.
    fn has(&self, kid: &str, now: i64) -> bool {
        self.is_good(now) && self.keys.contains_key(kid)
    }

    fn was_tried_within(&self, pause: Duration, now: i64) -> bool {
        self.tried.is_some_and(|at| is_within(pause, at, now))
    }
}

fn is_within(time: Duration, at: i64, now: i64) -> bool {
    u128::from(now.abs_diff(at)) < time.as_micros()
}

impl RemoteKeys {
    /// Nothing is fetched yet.
    ///
    /// # Errors
    /// The machine's certificates can't be read.
    pub(crate) fn new(url: &str, algorithm: Algorithm, clock: Clock) -> Result<Self, String> {
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(PATIENCE)
            .pool_max_idle_per_host(0)
            .build();
        Ok(Self {
            url: url.to_owned(),
            shown: visible_url(url).unwrap_or_default(),
            clock,
            http: http.map_err(|error| error.to_string())?,
            algorithm,
            known: RwLock::default(),
            fetching: Mutex::default(),
        })
    }

    fn known(&self) -> Arc<Set> {
        let known = self.known.read();
        known.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember(&self, set: Set) {
        *(self.known.write()).unwrap_or_else(PoisonError::into_inner) = Arc::new(set);
    }

    /// Sees to it that a key is known, if there is such a one.
    ///
    /// # Errors
    /// It is not known, and the service is away.
    pub(super) async fn look_for(&self, kid: &str) -> Result<(), Away> {
        let known = self.known();
        if known.has(kid, self.clock.steady()) {
            return Ok(());
        }
        let is_known = known.keys.contains_key(kid);
        let fetching = match self.fetching.try_lock() {
            Ok(fetching) => fetching,
            // nobody waits for news of a key that is known
            Err(_) if is_known => return Ok(()),
            Err(_) => self.fetching.lock().await,
        };
        // another request may have fetched it meanwhile
        let (known, now) = (self.known(), self.clock.steady());
        if known.has(kid, now) || is_known && known.was_tried_within(LONG_PAUSE, now) {
            return Ok(());
        }
        if known.was_tried_within(PAUSE, now) {
            let is_answered = known.is_good(now).then_some(());
            return is_answered.ok_or_else(|| Away("the last try failed".to_owned()));
        }
        let answer = self.fetch().await;
        let judged = match answer {
            Ok(keys) => {
                let now = Some(self.clock.steady());
                self.remember(Set {
                    keys: Arc::new(keys),
                    fetched: now,
                    tried: now,
                });
                Ok(())
            }
            Err(why) => {
                tracing::warn!(
                    "the keys of {} could not be fetched: {}; known keys go on being used, and tokens of others are answered 503",
                    self.shown,
                    why.0
                );
                self.remember(Set {
                    keys: known.keys.clone(),
                    fetched: known.fetched,
                    tried: Some(self.clock.steady()),
                });
                if is_known { Ok(()) } else { Err(why) }
            }
        };
        drop(fetching);
        judged
    }

    async fn fetch(&self) -> Result<HashMap<String, VerifyingKey>, Away> {
        let away = |error: reqwest::Error| Away(said(&error));
        let mut answer = self.http.get(&self.url).send().await.map_err(away)?;
        if !answer.status().is_success() {
            return Err(Away(format!("the answer is {}", answer.status().as_u16())));
        }
        let mut text = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(away)? {
            text.extend_from_slice(&chunk);
            if text.len() > LONGEST {
                return Err(Away(format!("the answer is longer than {LONGEST} bytes")));
            }
        }
        let set = jose::keys(&text).ok_or_else(|| Away("the answer is no JWK set".to_owned()))?;
        let (mut keys, all) = (HashMap::new(), set.len());
        for jwk in set {
            if let Ok(key) = jwk.verifying(self.algorithm) {
                // of two with one name the first counts, as for PyJWT
                keys.entry(jwk.kid).or_insert(key);
            }
        }
        if keys.is_empty() {
            let (shown, algorithm, s) =
                (&self.shown, self.algorithm, if all == 1 { "" } else { "s" });
            tracing::warn!(
                "the set of {shown} has {all} key{s}, and none that verifies {algorithm}: every token that names a key of it is refused; look there for a key with a kid and without another use than \"sig\", or at simple_jwt.algorithm"
            );
        }
        Ok(keys)
    }

    /// Whether the key of this name made a signature; what is not known made none.
    pub(super) fn made(&self, kid: &str, message: &str, signature: &[u8]) -> bool {
        let known = self.known();
        let key = known.keys.get(kid);
        key.is_some_and(|key| key.verify(message.as_bytes(), signature))
    }
}

/// Why there is no answer, without the URL, which may hold a password.
fn said(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("it has not answered for {} s", PATIENCE.as_secs());
    }
    let mut cause: &dyn Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let last = cause.to_string();
    if let Some((_, why)) = last.split_once("invalid peer certificate: ") {
        return format!(
            "its certificate is not trusted ({why}); make its authority known to this machine, or name a file with it in SSL_CERT_FILE"
        );
    }
    // without the number of the system's error
    let last = last.split(" (os error").next().unwrap_or_default();
    if error.is_connect() {
        return format!("it can't be reached: {last}");
    }
    format!("the answer broke off: {last}")
}
