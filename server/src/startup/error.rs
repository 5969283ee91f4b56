//! Why a server cannot start: one sentence for a person.

use std::fmt;

use crate::db::migrate::Refusal;
use crate::db::{self, ConnectError};
use crate::settings::SettingsError;

/// Why a server cannot start, in one sentence for a person.
#[derive(Debug)]
pub struct OpenError(String);

impl OpenError {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OpenError {}

impl From<ConnectError> for OpenError {
    fn from(error: ConnectError) -> Self {
        Self(error.to_string())
    }
}

impl From<SettingsError> for OpenError {
    fn from(error: SettingsError) -> Self {
        Self(error.to_string())
    }
}

impl From<Refusal> for OpenError {
    fn from(refusal: Refusal) -> Self {
        Self(match refusal {
            Refusal::Django => {
                "these are Django's tables and Gatepost has never used them; run `gatepost-server migrate --adopt` with Django's SECRET_KEY to add Gatepost's own beside them".to_owned()
            }
            Refusal::Unfit(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
            Refusal::Newer(newer) => {
                let by = newer.version.as_ref().map_or_else(|| "a newer Gatepost".to_owned(), |version| format!("Gatepost {version}"));
                format!(
                    "{by} has migrated this database as far as step {} ({}), which this one, {}, does not know; start {} again, or put back the backup from before the upgrade",
                    newer.number,
                    newer.name,
                    env!("CARGO_PKG_VERSION"),
                    newer.version.as_deref().unwrap_or("that version")
                )
            }
            Refusal::HalfCopied => {
                "this database is half a copy of another one; end it by running `gatepost-server copy` with the same --from and --to again, or name another database".to_owned()
            }
            Refusal::Changed(name) => {
                format!("the text of step {name} has changed since it was applied to this database; start the Gatepost that applied it, or one with the text unchanged")
            }
            Refusal::Database(error) => not_looked_at(error).0,
        })
    }
}

/// The database failed while somebody looked at its tables.
pub(crate) fn not_looked_at(error: db::Error) -> OpenError {
    if let db::Error::Full(why) = error {
        return OpenError(format!(
            "there is no room for the database: {why}; make room on its disk, then run this again"
        ));
    }
    OpenError(format!(
        "the database failed while its tables were looked at: {error}; {}",
        db::lack_of_files().unwrap_or("see its own log, then start again")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_with_what_to_do() {
        let full = db::Error::Full("database or disk is full".to_owned());
        let told = OpenError::from(Refusal::Database(full)).to_string();
        assert!(
            told.contains("; make room on its disk, then run this again"),
            "{told}"
        );
    }
}
