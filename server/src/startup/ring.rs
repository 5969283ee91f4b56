//! The keys that `gatepost-server keys new` makes: a file in the data folder, which its owner alone may read.
//!
//! It says of each key what it does: it waits (`next`: it verifies and is published), it signs in place of the key that
//! the settings give, or it signed before (`previous`: it verifies until a date).

use std::io::ErrorKind;
use std::path::PathBuf;

use jose::{Algorithm, SigningKey};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use toml::{Table, Value};

use super::error::OpenError;
use super::secret;
use crate::db::Moment;
use crate::entropy::Entropy;
use crate::settings::{Settings, read_text};

/// What a key of the file does.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Next,
    Signs,
    Previous,
}

/// A key of the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) state: State,
    /// From when on its tokens are refused, in seconds since 1970.
    pub(crate) until: Option<i64>,
    pub(super) key: SecretString,
}

/// The key that the settings give, once another one signs in its place.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Relieved {
    pub(crate) kid: String,
    pub(crate) until: i64,
}

/// The file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ring {
    pub(crate) of_settings: Option<Relieved>,
    #[serde(default)]
    pub(crate) keys: Vec<Entry>,
}

/// Where it is.
pub(crate) fn path(settings: &Settings) -> PathBuf {
    settings.server.data_dir.join("keys.toml")
}

impl Entry {
    /// A new key that waits.
    pub(super) fn new(algorithm: Algorithm, entropy: &Entropy) -> Result<Self, OpenError> {
        let key: SecretString = if algorithm.has_key_pair() {
            jose::generate(algorithm).map_err(OpenError::new)?.into()
        } else {
            entropy.alphanumeric(64).into()
        };
        let mut entry = Self {
            kid: String::new(),
            algorithm,
            state: State::Next,
            until: None,
            key,
        };
        entry.kid = entry.signing_key()?.thumbprint();
        Ok(entry)
    }

    pub(super) fn signing_key(&self) -> Result<SigningKey, OpenError> {
        let text = self.key.expose_secret();
        let key = if self.algorithm.has_key_pair() {
            SigningKey::from_pem(self.algorithm, text)
        } else {
            SigningKey::from_secret(self.algorithm, text.as_bytes())
        };
        key.map_err(|why| OpenError::new(format!("the key {} can't be used: {why}", self.kid)))
    }

    /// When its tokens end, where they do.
    pub(crate) fn end(&self) -> Option<Moment> {
        self.until.and_then(Moment::from_timestamp)
    }
}

/// Takes the file away.
///
/// # Errors
/// It stays there.
pub(super) fn remove(settings: &Settings) -> Result<(), OpenError> {
    let path = path(settings);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(OpenError::new(format!(
            "{} can't be removed: {error}; check its folder's permissions",
            path.display()
        ))),
        _ => Ok(()),
    }
}

impl Ring {
    /// What the file holds; nothing where there is none.
    ///
    /// # Errors
    /// It can't be read.
    pub(crate) fn load(settings: &Settings) -> Result<Self, OpenError> {
        let path = path(settings);
        let text = match read_text(&path) {
            Ok(text) => SecretString::from(text),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => {
                return Err(OpenError::new(format!(
                    "the keys in {} can't be read: {error}; check its permissions",
                    path.display()
                )));
            }
        };
        // the message of an error could show a key
        toml::from_str(text.expose_secret()).map_err(|_| {
            OpenError::new(format!(
                "{} is not what `gatepost-server keys new` wrote; copy it from another server of this database",
                path.display()
            ))
        })
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// It can't be written.
    pub(super) fn save(&self, settings: &Settings) -> Result<(), OpenError> {
        let path = path(settings);
        let mut table = Table::new();
        if let Some(relieved) = &self.of_settings {
            let mut of_settings = Table::new();
            of_settings.insert("kid".to_owned(), relieved.kid.as_str().into());
            of_settings.insert("until".to_owned(), relieved.until.into());
            table.insert("of_settings".to_owned(), of_settings.into());
        }
        let keys = self.keys.iter().map(Entry::table).map(Value::Table);
        table.insert("keys".to_owned(), Value::Array(keys.collect()));
        secret::write(settings, &path, &table.to_string())
    }

    /// The key that signs in place of the settings'.
    pub(crate) fn signing(&self) -> Option<&Entry> {
        self.in_state(State::Signs)
    }

    /// The key that waits.
    pub(crate) fn next(&self) -> Option<&Entry> {
        self.in_state(State::Next)
    }

    fn in_state(&self, state: State) -> Option<&Entry> {
        self.keys.iter().find(|entry| entry.state == state)
    }
}

impl Entry {
    fn table(&self) -> Table {
        let state = match self.state {
            State::Next => "next",
            State::Signs => "signs",
            State::Previous => "previous",
        };
        let mut table = Table::new();
        table.insert("kid".to_owned(), self.kid.as_str().into());
        table.insert("algorithm".to_owned(), self.algorithm.name().into());
        table.insert("state".to_owned(), state.into());
        if let Some(until) = self.until {
            table.insert("until".to_owned(), until.into());
        }
        table.insert("key".to_owned(), self.key.expose_secret().into());
        table
    }
}
