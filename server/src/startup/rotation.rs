//! `keys new` and `keys rotate`: another key that signs, without a logout.

use super::error::OpenError;
use super::keys::{Known, all, given, record};
use super::ring::{self, Entry, Relieved, Ring, State};
use crate::db::{Db, Moment};
use crate::entropy::Entropy;
use crate::settings::Settings;

/// What a key is, for a list.
pub(crate) struct Listed {
    pub(crate) kid: String,
    pub(crate) algorithm: &'static str,
    pub(crate) state: State,
    pub(crate) until: Option<Moment>,
    pub(crate) is_of_settings: bool,
    pub(crate) can_sign: bool,
}

/// All keys of the settings and of `keys new`, the one that signs first.
///
/// # Errors
/// Those of a start.
pub(crate) fn list(settings: &Settings, now: Moment) -> Result<Vec<Listed>, OpenError> {
    let ring = Ring::load(settings)?;
    let (first, others) = all(settings, given(settings)?, &ring, now)?;
    let state = |kid: &str| {
        let entry = ring.keys.iter().find(|entry| entry.kid == kid);
        entry.map_or(State::Previous, |entry| entry.state)
    };
    let listed = |known: &Known, state| Listed {
        kid: known.key.kid().to_owned(),
        algorithm: known.key.algorithm().name(),
        state,
        until: known.key.end(),
        can_sign: known.key.can_sign(),
        is_of_settings: !ring.keys.iter().any(|entry| entry.kid == known.key.kid()),
    };
    let first = first.iter().map(|known| listed(known, State::Signs));
    let others = others
        .iter()
        .map(|known| listed(known, state(known.key.kid())));
    Ok(first.chain(others).collect())
}

/// Makes a key that waits: it verifies and is published, and signs nothing. Gives its name.
///
/// # Errors
/// One waits already; there is none that signs yet; the file can't be written.
pub(crate) fn add(
    settings: &Settings,
    entropy: &Entropy,
    now: Moment,
) -> Result<String, OpenError> {
    let mut ring = Ring::load(settings)?;
    if let Some(next) = ring.next() {
        return Err(OpenError::new(format!(
            "the key {} waits already; let it sign with `gatepost-server keys rotate`",
            next.kid
        )));
    }
    signing(settings, &ring, now)?;
    let entry = Entry::new(settings.simple_jwt.algorithm, entropy)?;
    let kid = entry.kid.clone();
    ring.keys.push(entry);
    ring.save(settings)?;
    Ok(kid)
}

/// The key that signs now.
fn signing(settings: &Settings, ring: &Ring, now: Moment) -> Result<Known, OpenError> {
    let (first, _) = all(settings, given(settings)?, ring, now)?;
    let first = first.filter(|known| known.key.can_sign());
    first.ok_or_else(|| {
        OpenError::new(
            "there is no key that signs yet; start the server once, or set simple_jwt.signing_key_file",
        )
    })
}

/// Lets the key that waits sign. Tokens of the one before are taken for as long as one may live. Gives their end.
///
/// # Errors
/// None waits; the file can't be written; the database failed.
pub(crate) async fn rotate(
    settings: &Settings,
    db: &Db,
    entropy: &Entropy,
    now: Moment,
) -> Result<Moment, OpenError> {
    let mut ring = Ring::load(settings)?;
    let before = signing(settings, &ring, now)?;
    let jwt = &settings.simple_jwt;
    let longest = (jwt.refresh_token_lifetime.get()).max(jwt.access_token_lifetime.get());
    let until = longest + jwt.leeway.get() + settings.tokens.clock_slack.get();
    let until = now.plus(until).ok_or_else(|| {
        OpenError::new(
            "a token would live beyond the year 9999; shorten simple_jwt.refresh_token_lifetime",
        )
    })?;
    ring.keys
        .retain(|entry| entry.end().is_none_or(|end| now < end));
    for entry in &mut ring.keys {
        entry.state = match entry.state {
            State::Signs => {
                entry.until = Some(until.timestamp());
                State::Previous
            }
            State::Next => State::Signs,
            State::Previous => State::Previous,
        };
    }
    if !ring.keys.iter().any(|entry| entry.kid == before.key.kid()) {
        ring.of_settings = Some(Relieved {
            kid: before.key.kid().to_owned(),
            until: until.timestamp(),
        });
    }
    let Some(signing) = ring.signing() else {
        return Err(OpenError::new(NONE_WAITS));
    };
    let fingerprint = signing.known()?.fingerprint;
    ring.save(settings)?;
    // killed before this, the next start notes it
    record(db, fingerprint, "key-changed", entropy, now).await?;
    Ok(until)
}

pub(crate) const NONE_WAITS: &str =
    "no key waits; make one with `gatepost-server keys new`, and send SIGHUP to every server";

/// The name of the key that waits.
///
/// # Errors
/// None does.
pub(crate) fn next(settings: &Settings) -> Result<String, OpenError> {
    let ring = Ring::load(settings)?;
    let next = ring.next().map(|entry| entry.kid.clone());
    next.ok_or_else(|| OpenError::new(NONE_WAITS))
}

/// Where `keys new` keeps its keys, for a sentence.
pub(crate) fn place(settings: &Settings) -> String {
    ring::path(settings).display().to_string()
}
