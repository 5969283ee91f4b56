//! Accounts: as servers show them, what makes and changes them, and where they are logged in.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::moment;

/// An account, as the profile and the registration show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "ShownUser")]
#[non_exhaustive]
pub struct User {
    /// The account's number; the registration's answer has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// The name to log in with; empty where the server has none but the e-mail address.
    pub username: String,
    /// The e-mail address; empty for none.
    pub email: String,
    /// The first name; empty for none.
    pub first_name: String,
    /// The last name; empty for none.
    pub last_name: String,
    /// What else the server says.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// An account as servers show it.
#[derive(Deserialize)]
struct ShownUser {
    #[serde(alias = "pk")]
    id: Option<i64>,
    username: Option<String>,
    email: Option<String>,
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl TryFrom<ShownUser> for User {
    type Error = &'static str;

    fn try_from(shown: ShownUser) -> Result<Self, Self::Error> {
        if shown.username.is_none() && shown.email.is_none() {
            return Err("an account has a username or an email");
        }
        Ok(Self {
            id: shown.id,
            username: shown.username.unwrap_or_default(),
            email: shown.email.unwrap_or_default(),
            first_name: shown.first_name,
            last_name: shown.last_name,
            extra: shown.extra,
        })
    }
}

/// An account to register.
#[derive(Clone, Debug)]
pub struct NewUser {
    username: String,
    email: String,
    first_name: String,
    last_name: String,
    password: SecretString,
}

impl NewUser {
    /// An account without a first and last name. `email` may be empty.
    pub fn new(
        username: impl Into<String>,
        email: impl Into<String>,
        password: &SecretString,
    ) -> Self {
        Self {
            username: username.into(),
            email: email.into(),
            first_name: String::new(),
            last_name: String::new(),
            password: password.clone(),
        }
    }

    /// The same with this first name.
    #[must_use]
    pub fn first_name(mut self, name: impl Into<String>) -> Self {
        self.first_name = name.into();
        self
    }

    /// The same with this last name.
    #[must_use]
    pub fn last_name(mut self, name: impl Into<String>) -> Self {
        self.last_name = name.into();
        self
    }

    /// The body of the request; the password is asked for twice on the wire.
    pub(crate) fn body(&self) -> Value {
        let password = self.password.expose_secret();
        json!({
            "username": self.username,
            "password": password,
            "password2": password,
            "email": self.email,
            "first_name": self.first_name,
            "last_name": self.last_name,
        })
    }
}

/// What to change of a profile: what is not named stays as it is.
///
/// ```
/// use gatepost_sdk::ProfilePatch;
///
/// let change = ProfilePatch::new().first_name("Ada").email("ada@example.org");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProfilePatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
}

impl ProfilePatch {
    /// No change.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with this e-mail address; empty for none.
    #[must_use]
    pub fn email(mut self, address: impl Into<String>) -> Self {
        self.email = Some(address.into());
        self
    }

    /// The same with this first name; empty for none.
    #[must_use]
    pub fn first_name(mut self, name: impl Into<String>) -> Self {
        self.first_name = Some(name.into());
        self
    }

    /// The same with this last name; empty for none.
    #[must_use]
    pub fn last_name(mut self, name: impl Into<String>) -> Self {
        self.last_name = Some(name.into());
        self
    }
}

/// Where an account is logged in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountSession {
    /// What it is called, through all refreshes; no token, nor a part of one.
    pub id: String,
    /// When it was logged in.
    #[serde(with = "moment")]
    pub begun: DateTime<Utc>,
    /// When its tokens were last exchanged; none where they never were.
    #[serde(with = "moment::optional")]
    pub last_refreshed: Option<DateTime<Utc>>,
    /// When it ends, unless its tokens are exchanged before.
    #[serde(with = "moment")]
    pub expires: DateTime<Utc>,
    /// What logged in, such as "Firefox on Linux"; empty where that is not known.
    pub label: String,
    /// Whether it is the session of the client that asked.
    pub current: bool,
    /// What else the server says.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_user_does_not_print_its_password() {
        let user = NewUser::new("ada", "", &SecretString::from("Secret-123!"));
        assert!(!format!("{user:?}").contains("Secret-123!"));
        assert_eq!(user.body()["password2"], "Secret-123!");
    }
}
