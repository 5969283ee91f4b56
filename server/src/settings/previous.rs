//! `[[tokens.previous_keys]]`: keys whose tokens are taken until a date.

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use jose::Algorithm;
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer};
use toml::Value;

use crate::db::Moment;

/// A key with which tokens were signed before, or will be: they are taken until a date.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table [[tokens.previous_keys]] of the settings file, with secret_key_file and until"
)]
#[non_exhaustive]
pub struct PreviousKey {
    /// The file that holds it, where it is a secret text; empty where it is one of a pair.
    #[serde(default)]
    pub secret_key_file: PathBuf,
    /// The file that holds it, where it is a private key; empty for none.
    #[serde(default)]
    pub signing_key_file: PathBuf,
    /// The file that holds it, where it is a public key; empty for none.
    #[serde(default)]
    pub verifying_key_file: PathBuf,
    /// What it signs by; none for `simple_jwt.algorithm`.
    #[serde(default)]
    pub algorithm: Option<Algorithm>,
    /// From when on its tokens are refused.
    #[serde(deserialize_with = "moment")]
    pub until: Moment,
}

impl PreviousKey {
    fn files(&self) -> [&Path; 3] {
        [
            &self.secret_key_file,
            &self.signing_key_file,
            &self.verifying_key_file,
        ]
    }

    /// The file that holds it, whatever it is.
    pub(crate) fn file(&self) -> &Path {
        let mut files = self.files().into_iter();
        let file = files.find(|file| *file != Path::new(""));
        file.unwrap_or(Path::new(""))
    }

    /// Whether one file is named, and no more.
    pub(super) fn is_whole(&self) -> bool {
        let files = self.files().into_iter();
        files.filter(|file| *file != Path::new("")).count() == 1
    }
}

/// A date of TOML or a text: with an offset, or in UTC; a day begins at midnight.
fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
    let text = match Value::deserialize(deserializer)? {
        Value::Datetime(at) => at.to_string(),
        Value::String(text) => text,
        other => other.to_string(),
    };
    let day = |text: &str| text.parse::<NaiveDate>().ok();
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let at = DateTime::parse_from_rfc3339(&text)
        .map(|at| at.to_utc())
        .ok()
        .or_else(|| text.parse::<DateTime<Utc>>().ok())
        .or_else(|| day(&text).map(midnight));
    at.map(Moment::new).ok_or_else(|| {
        let expected = &"a date, such as 2027-01-31 or 2027-01-31T12:00:00Z";
        D::Error::invalid_value(Unexpected::Str(&text), expected)
    })
}

#[cfg(test)]
mod tests {
    use super::super::Settings;

    fn until(text: &str) -> Result<String, String> {
        let settings = format!("[[tokens.previous_keys]]\nsecret_key_file = 'old'\nuntil = {text}");
        let settings = Settings::from_toml(&settings).map_err(|error| error.to_string())?;
        Ok(settings.tokens.previous_keys[0].until.rfc3339())
    }

    #[test]
    fn a_previous_key_ends_at_a_date() {
        for text in [
            "2027-01-31",
            "'2027-01-31'",
            "2027-01-31T00:00:00Z",
            "'2027-01-31T01:00:00+01:00'",
        ] {
            assert_eq!(until(text), Ok("2027-01-31T00:00:00Z".to_owned()), "{text}");
        }
        for text in ["'soon'", "5", "12:00:00"] {
            let why = until(text).unwrap_err();
            assert!(why.contains("write a date, such as 2027-01-31"), "{why}");
        }
        for given in [
            "['hunter2']",
            "'hunter2'",
            "[{ until = 2027-01-31 }, 'hunter2']",
        ] {
            let settings = format!("tokens.previous_keys = {given}");
            let why = Settings::from_toml(&settings).unwrap_err().to_string();
            assert!(
                why.contains("[[tokens.previous_keys]] of the settings file"),
                "{why}"
            );
            assert!(!why.contains("hunter2"), "{why}");
        }
    }
}
