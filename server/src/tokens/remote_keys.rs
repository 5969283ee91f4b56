//! JWK_URL: the keys of another service, fetched when a token names one, kept, and fetched again.
//!
//! As PyJWT's client: a set is good for 300 s; an unknown key has it fetched again, at most once a second. Where the
//! service is away, keys that are known go on being used.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jose::{Algorithm, VerifyingKey};
use reqwest::redirect;
use tokio::sync::Mutex;

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
    http: reqwest::Client,
    algorithm: Algorithm,
    known: RwLock<Arc<Set>>,
    /// Held by the one that fetches, and by no request that holds anything of the database.
    fetching: Mutex<()>,
}

#[derive(Default)]
struct Set {
    keys: Arc<HashMap<String, VerifyingKey>>,
    /// When it was fetched.
    fetched: Option<Instant>,
    /// When that was tried last, with success or without.
    tried: Option<Instant>,
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
    fn is_good(&self) -> bool {
        self.fetched.is_some_and(|at| at.elapsed() < LIFESPAN)
    }

    /// Whether a key is known that needs no fetch.
    fn has(&self, kid: &str) -> bool {
        self.is_good() && self.keys.contains_key(kid)
    }

    fn was_tried_since(&self, pause: Duration) -> bool {
        self.tried.is_some_and(|at| at.elapsed() < pause)
    }
}

impl RemoteKeys {
    /// Nothing is fetched yet.
    ///
    /// # Errors
    /// The machine's certificates can't be read.
    pub(crate) fn new(url: &str, algorithm: Algorithm) -> Result<Self, String> {
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(PATIENCE)
            .pool_max_idle_per_host(0)
            .build();
        Ok(Self {
            url: url.to_owned(),
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
        if known.has(kid) {
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
        let known = self.known();
        if known.has(kid) || is_known && known.was_tried_since(LONG_PAUSE) {
            return Ok(());
        }
        if known.was_tried_since(PAUSE) {
            let is_answered = known.is_good().then_some(());
            return is_answered.ok_or_else(|| Away("the last try failed".to_owned()));
        }
        let answer = self.fetch().await;
        let judged = match answer {
            Ok(keys) => {
                let now = Some(Instant::now());
                self.remember(Set {
                    keys: Arc::new(keys),
                    fetched: now,
                    tried: now,
                });
                Ok(())
            }
            Err(why) => {
                tracing::warn!(cause = %why, "the keys of simple_jwt.jwk_url could not be fetched; known ones go on being used");
                self.remember(Set {
                    keys: known.keys.clone(),
                    fetched: known.fetched,
                    tried: Some(Instant::now()),
                });
                if is_known { Ok(()) } else { Err(why) }
            }
        };
        drop(fetching);
        judged
    }

    async fn fetch(&self) -> Result<HashMap<String, VerifyingKey>, Away> {
        let away = |error: reqwest::Error| Away(error.without_url().to_string());
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
        let mut keys = HashMap::new();
        for jwk in set {
            if let Ok(key) = jwk.verifying(self.algorithm) {
                // of two with one name the first counts, as for PyJWT
                keys.entry(jwk.kid).or_insert(key);
            }
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
