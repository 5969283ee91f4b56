//! Why settings cannot be used, in sentences for a person.

use std::fmt;

/// Why the settings cannot be used: a sentence for a person for each that is wrong.
#[derive(Debug)]
pub struct SettingsError(Vec<String>);

impl SettingsError {
    pub(super) fn one(problem: String) -> Self {
        Self(vec![problem])
    }

    pub(super) fn all(problems: Vec<String>) -> Self {
        Self(problems)
    }

    /// Every problem, a sentence each.
    pub(crate) fn problems(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => Ok(()),
            [only] => f.write_str(only),
            [first, more @ ..] => write!(
                f,
                "{first} (and {} more, which `gatepost-server check` lists)",
                more.len()
            ),
        }
    }
}

impl std::error::Error for SettingsError {}

/// What is wrong with a piece of TOML, without its place.
pub(super) fn reason(error: &toml::de::Error) -> String {
    error.message().trim().to_owned()
}
