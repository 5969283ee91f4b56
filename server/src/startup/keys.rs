//! Which keys the tokens of a database have: the settings' own, compared with what the database knows of it, and those
//! before it.
//!
//! The database keeps a fingerprint, so that a replica with another key, or one that lost its data folder, refuses to
//! start before it logs everybody out.

use std::path::PathBuf;

use aws_lc_rs::hmac;
use jose::Algorithm;
use secrecy::{ExposeSecret, SecretString};

use super::database::invented_key;
use super::error::OpenError;
use super::ring::{self, Ring};
use super::{pair, secret};
use crate::db::{self, Db, Moment, meta, sql};
use crate::entropy::Entropy;
use crate::settings::Settings;
use crate::tokens::signing::{Key, Keys};

/// The name of the fingerprint in `gatepost_meta`.
const FINGERPRINT: &str = "key_fingerprint";

/// What the names of the fingerprints before it begin with.
const FORMER: &str = "former_key.";

/// A key, and what the database keeps of it to notice another one.
pub(crate) struct Known {
    pub(crate) key: Key,
    /// Its text, where it is one.
    pub(super) secret: Option<SecretString>,
    pub(super) fingerprint: String,
}

impl Known {
    /// A secret text: its fingerprint is an HMAC of a constant.
    pub(super) fn secret(secret: &SecretString, algorithm: Algorithm) -> Result<Self, OpenError> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
        let tag = hmac::sign(&key, b"gatepost key fingerprint");
        Ok(Self {
            key: Key::secret(secret, algorithm).map_err(OpenError::new)?,
            secret: Some(secret.clone()),
            fingerprint: hex::encode(tag),
        })
    }

    /// A key pair, or its public half: the fingerprint is the thumbprint.
    pub(super) fn pair(key: Key) -> Self {
        let fingerprint = key.kid().to_owned();
        let secret = None;
        Self {
            key,
            secret,
            fingerprint,
        }
    }
}

/// How many bytes a secret key has at least where nobody depends on it yet.
const LEAST: usize = 32;

impl Known {
    /// That it is a text shorter than the hash of its algorithm (RFC 7518, 3.2), in words.
    pub(super) fn too_short(&self) -> Option<String> {
        let algorithm = self.key.algorithm();
        let wanted = match algorithm {
            Algorithm::HS512 => 64,
            Algorithm::HS384 => 48,
            _ => LEAST,
        };
        let has = self.secret.as_ref()?.expose_secret().len();
        (has < wanted).then(|| {
            format!("the secret key has {has} bytes, and {algorithm} asks for {wanted} (RFC 7518)")
        })
    }

    /// The same, whose tokens are taken until a moment.
    pub(super) fn until(self, until: Moment) -> Self {
        let key = self.key.until(until);
        Self { key, ..self }
    }
}

impl ring::Entry {
    /// The key with its end.
    pub(super) fn known(&self) -> Result<Known, OpenError> {
        let known = if self.algorithm.has_key_pair() {
            Known::pair(Key::signing(self.signing_key()?).map_err(OpenError::new)?)
        } else {
            Known::secret(&self.key, self.algorithm)?
        };
        Ok(match self.end() {
            Some(until) => known.until(until),
            None => known,
        })
    }
}

/// The key that the settings give; none where Gatepost has not made it yet.
///
/// # Errors
/// A file can't be read, or holds no key of the algorithm.
pub(crate) fn given(settings: &Settings) -> Result<Option<Known>, OpenError> {
    let algorithm = settings.simple_jwt.algorithm;
    if algorithm.has_key_pair() {
        return Ok(pair::given(settings)?.map(Known::pair));
    }
    let secret = secret::given(settings)?;
    secret
        .map(|secret| Known::secret(&secret, algorithm))
        .transpose()
}

/// The files with keys that a server of these settings reads, as far as they are there: without them its database is of
/// little use.
pub(crate) fn files(settings: &Settings) -> Vec<PathBuf> {
    let (jwt, server) = (&settings.simple_jwt, &settings.server);
    let mut files = vec![
        server.secret_key_file.clone(),
        jwt.signing_key_file.clone(),
        invented_key(settings),
        ring::path(settings),
    ];
    let previous = settings.tokens.previous_keys.iter();
    files.extend(previous.map(|key| key.file().to_owned()));
    files.retain(|file| file.is_file());
    files.sort();
    files.dedup();
    files
}

/// The keys of `tokens.previous_keys` whose time is not over.
///
/// # Errors
/// As [`given`].
pub(crate) fn previous(settings: &Settings, now: Moment) -> Result<Vec<Known>, OpenError> {
    let keys = settings.tokens.previous_keys.iter();
    keys.filter(|key| now < key.until)
        .map(|key| {
            let algorithm = key.algorithm.unwrap_or(settings.simple_jwt.algorithm);
            let known = if algorithm.has_key_pair() {
                Known::pair(pair::previous(key, algorithm)?)
            } else {
                Known::secret(&secret::previous(key)?, algorithm)?
            };
            Ok(known.until(key.until))
        })
        .collect()
}

/// The keys of this server's tokens, compared with what the database knows of the one that signs; a secret key is
/// invented where the database knows none and holds nothing that an earlier key could have signed.
///
/// # Errors
/// As [`given`]; the database knows another key; it failed.
pub(crate) async fn settle(
    settings: &Settings,
    db: &Db,
    entropy: &Entropy,
    now: Moment,
) -> Result<Keys, OpenError> {
    // the database first: another first start writes its key before it tells the database
    let known = db.read(|conn| Box::pin(meta::get(conn, FINGERPRINT)));
    let known = known.await.map_err(failed)?;
    let ring = Ring::load(settings)?;
    let (key, others) = all(settings, given(settings)?, &ring, now)?;
    let key = match key {
        Some(key) => key,
        // with JWK_URL another service signs
        None if settings.simple_jwt.algorithm.has_key_pair() => {
            let others = others.into_iter().map(|known| known.key).collect();
            return Ok(Keys::new(None, others, settings.tokens.kid));
        }
        None if known.is_none() && is_unused(db).await.map_err(failed)? => {
            let secret = secret::invent(settings, entropy)?;
            Known::secret(&secret, settings.simple_jwt.algorithm)?
        }
        None => {
            return Err(OpenError::new(format!(
                "there is no secret key at {}, but the database was used with one; copy the key there or set GATEPOST_SECRET_KEY to it; if it is lost, `gatepost-server keys replace` makes another, and every session ends",
                invented_key(settings).display()
            )));
        }
    };
    let ours = &key.fingerprint;
    let known = match known {
        Some(known) => known,
        None => meta::settle(db, FINGERPRINT, ours.clone())
            .await
            .map_err(failed)?,
    };
    if known != *ours {
        if !others.iter().any(|key| key.fingerprint == known) {
            return Err(other_key(settings, is_former(db, &key).await?));
        }
        record(db, ours.clone(), "key-changed", entropy, now).await?;
        tracing::info!(
            "the key of the tokens is another one now; tokens of the one before are taken until its date"
        );
    }
    let others = others.into_iter().map(|known| known.key).collect();
    Ok(Keys::new(Some(key.key), others, settings.tokens.kid))
}

/// Refuses a secret key that is too short, where nobody has a token of it yet.
///
/// # Errors
/// As [`given`]; it is too short; the database failed.
pub(crate) async fn refuse_short(settings: &Settings, db: &Db) -> Result<(), OpenError> {
    let given = given(settings)?;
    let secret = given.as_ref().and_then(|key| key.secret.as_ref());
    let is_short = secret.is_some_and(|secret| secret.expose_secret().len() < LEAST);
    let Some(why) = given.filter(|_| is_short).and_then(|key| key.too_short()) else {
        return Ok(());
    };
    let known = db.read(|conn| Box::pin(meta::get(conn, FINGERPRINT)));
    if known.await.map_err(failed)?.is_some() || !is_unused(db).await.map_err(failed)? {
        return Ok(());
    }
    Err(OpenError::new(format!(
        "{why}, since a short one may be guessed from a token; give a longer one, or none, and one is made"
    )))
}

/// The key that signs and the others whose tokens are taken: what the settings give, `base` before all, and what
/// `keys new` has made.
///
/// # Errors
/// As [`given`]; the file of `keys new` is about another key than the settings.
pub(super) fn all(
    settings: &Settings,
    base: Option<Known>,
    ring: &Ring,
    now: Moment,
) -> Result<(Option<Known>, Vec<Known>), OpenError> {
    let mut others = previous(settings, now)?;
    let alive = ring.keys.iter().filter(|entry| {
        entry.state != ring::State::Signs && entry.end().is_none_or(|until| now < until)
    });
    for entry in alive {
        others.push(entry.known()?);
    }
    let Some(signing) = ring.signing() else {
        return Ok((base, others));
    };
    let file = ring::path(settings);
    let algorithm = settings.simple_jwt.algorithm;
    if signing.algorithm != algorithm {
        return Err(OpenError::new(format!(
            "the key that signs, in {}, is for {}, and simple_jwt.algorithm is \"{algorithm}\"; set it back, or move this file away, and every session ends",
            file.display(),
            signing.algorithm
        )));
    }
    let is_in_file = |base: &Known| ring.keys.iter().any(|entry| entry.kid == base.key.kid());
    if let Some(base) = base.filter(|base| !is_in_file(base)) {
        match &ring.of_settings {
            Some(relieved) if relieved.kid == base.key.kid() => {
                let until = Moment::from_timestamp(relieved.until);
                if let Some(until) = until.filter(|until| now < *until) {
                    others.push(base.until(until));
                }
            }
            _ => {
                return Err(OpenError::new(format!(
                    "the settings give a key that {} does not know, and there another one signs; give the key of before, or move this file away, and every session ends",
                    file.display()
                )));
            }
        }
    }
    Ok((Some(signing.known()?), others))
}

/// Refuses to list keys of which none is the database's, as a start would refuse.
///
/// # Errors
/// As [`settle`].
pub(crate) async fn agree(settings: &Settings, db: &Db, now: Moment) -> Result<(), OpenError> {
    let known = db.read(|conn| Box::pin(meta::get(conn, FINGERPRINT)));
    let known = known.await.map_err(failed)?;
    let ring = Ring::load(settings)?;
    let (Some(key), others) = all(settings, given(settings)?, &ring, now)? else {
        return Ok(());
    };
    let ours = [&key].into_iter().chain(&others);
    if known.is_none_or(|known| ours.map(|key| &key.fingerprint).any(|ours| *ours == known)) {
        return Ok(());
    }
    Err(other_key(settings, is_former(db, &key).await?))
}

/// Why a server does not start with a key, which was the database's before or never was.
fn other_key(settings: &Settings, is_former: bool) -> OpenError {
    if is_former {
        let file = ring::path(settings);
        let file = file.display();
        return OpenError::new(format!(
            "the settings give a key that signed in this database before, and another one signs now: `gatepost-server keys rotate` put it into {file}; copy this file here from another server of this database or from a backup, or give the key that signs now; if it is lost, set a new key and run `gatepost-server keys replace`, and every session ends"
        ));
    }
    let why = if settings.simple_jwt.algorithm.has_key_pair() {
        "this database belongs to a server whose tokens another key signs; give that server's key here (simple_jwt.signing_key_file), or name it in tokens.previous_keys beside this one, since without it every session would end; to replace it all the same, run `gatepost-server keys replace`"
    } else {
        "this database belongs to a server with another secret key; copy that server's key here (GATEPOST_SECRET_KEY or its file secret_key), since with a new one every session would end; to replace it all the same, run `gatepost-server keys replace`"
    };
    OpenError::new(why)
}

/// Puts another key in the place of the one that the database knows, whoever knows that one: the key that the settings
/// give, or a new one in the data folder. Gives the file that it was written to.
///
/// # Errors
/// The settings give the key that is to be replaced, or take its tokens; the file can't be written; the database failed.
pub(crate) async fn replace(
    settings: &Settings,
    db: &Db,
    entropy: &Entropy,
    now: Moment,
) -> Result<Option<PathBuf>, OpenError> {
    let known = db.read(|conn| Box::pin(meta::get(conn, FINGERPRINT)));
    let known = known.await.map_err(failed)?;
    let is_known = |key: &Known| known.as_ref() == Some(&key.fingerprint);
    let previous = previous(settings, now)?;
    if previous.iter().any(is_known) {
        return Err(OpenError::new(
            "tokens.previous_keys names the key that is to be replaced, so no session would end; take it out first, then run this again",
        ));
    }
    if !previous.is_empty() {
        return Err(OpenError::new(
            "tokens.previous_keys names a key whose tokens are still taken, so their sessions would not end; take it out first, then run this again",
        ));
    }
    let algorithm = settings.simple_jwt.algorithm;
    let configured = if algorithm.has_key_pair() {
        pair::given(settings)?.map(Known::pair)
    } else {
        let secret = secret::configured(settings)?;
        let known = secret.map(|secret| Known::secret(&secret, algorithm));
        known.transpose()?
    };
    let (key, path) = match configured {
        Some(key) if is_known(&key) => {
            return Err(OpenError::new(
                "the settings still give the key that is to be replaced; set the new one first (GATEPOST_SECRET_KEY, or where the key is given), then run this again",
            ));
        }
        Some(key) if has_signed(settings, db, &key).await? => {
            return Err(OpenError::new(
                "the settings give a key that signed in this database before, and its tokens would be taken again; set one that is new (GATEPOST_SECRET_KEY, or where the key is given), then run this again",
            ));
        }
        Some(key) => (key, None),
        None if algorithm.has_key_pair() => {
            return Err(OpenError::new(
                "there is no key here to replace: the service of simple_jwt.jwk_url signs",
            ));
        }
        None => {
            let (secret, path) = secret::replace(settings, entropy)?;
            (Known::secret(&secret, algorithm)?, Some(path))
        }
    };
    // what `keys new` made is of no use any more
    ring::remove(settings)?;
    // killed before this, the server does not start, and the command can be run again
    record(db, key.fingerprint, "key-replaced", entropy, now).await?;
    Ok(path)
}

/// Whether a key was one of this database's before, by its fingerprints or by the file of `keys new`.
async fn has_signed(settings: &Settings, db: &Db, key: &Known) -> Result<bool, OpenError> {
    let kid = key.key.kid();
    // a file that can't be read is about to be removed, and the database knows the key of the settings
    let ring = Ring::load(settings).unwrap_or_default();
    let is_in_ring = ring.keys.iter().any(|entry| entry.kid == kid)
        || (ring.of_settings).is_some_and(|relieved| relieved.kid == kid);
    Ok(is_in_ring || is_former(db, key).await?)
}

/// Where `gatepost_meta` notes a fingerprint of before; its names have 64 characters at most.
fn former(fingerprint: &str) -> String {
    format!("{FORMER}{fingerprint:.40}")
}

/// Whether the database belonged to a key before.
async fn is_former(db: &Db, key: &Known) -> Result<bool, OpenError> {
    let name = former(&key.fingerprint);
    let found = db.read(move |conn| {
        let name = name.clone();
        Box::pin(async move { meta::get(conn, &name).await })
    });
    Ok(found.await.map_err(failed)?.is_some())
}

/// Notes which key the database belongs to from now on, and that this was another one.
pub(super) async fn record(
    db: &Db,
    ours: String,
    kind: &'static str,
    entropy: &Entropy,
    now: Moment,
) -> Result<(), OpenError> {
    // one event of a kind for each id
    let id = entropy.alphanumeric(32);
    let recorded = db.write(move |tx| {
        let (ours, id) = (ours.clone(), id.clone());
        Box::pin(async move {
            let before = meta::get(tx, FINGERPRINT).await?;
            if let Some(before) = before.filter(|before| *before != ours) {
                meta::replace(tx, &former(&before), kind).await?;
            }
            meta::replace(tx, FINGERPRINT, &ours).await?;
            sql!(tx, "INSERT INTO gatepost_event (at, kind, user_id, family, jti, request_id) VALUES ($1, $2, NULL, '', $3, '')",
                now, kind, &id => execute)
        })
    });
    recorded.await.map(drop).map_err(failed)
}

/// Whether nobody has an account, and so nobody a token.
async fn is_unused(db: &Db) -> db::Result<bool> {
    let counted = db.read(|conn| Box::pin(async move {
        sql!(conn,
            "SELECT (SELECT COUNT(*) FROM auth_user), (SELECT COUNT(*) FROM token_blacklist_outstandingtoken)"
            => fetch_one (i64, i64))
    }));
    Ok(counted.await? == (0, 0))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the argument of map_err is a value"
)]
fn failed(error: db::Error) -> OpenError {
    OpenError::new(format!(
        "the database failed while the key's fingerprint was compared: {error}; see its own log, then start again"
    ))
}
