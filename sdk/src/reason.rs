//! Why a session has ended, with names for programs and sentences for people.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a session has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
#[non_exhaustive]
pub enum ExpiredReason {
    /// Its refresh token has expired.
    RefreshExpired,
    /// The server refuses its refresh token: it was logged out elsewhere, or the server's key was changed.
    Blacklisted,
    /// The account's password was changed.
    PasswordChanged,
    /// The account is disabled or gone.
    AccountDisabled,
    /// The server exchanged the refresh token, and the answer was lost on the way. Only at servers that can't
    /// repeat an exchange: plain Django.
    LostRotation,
    /// Another process of this account logged out.
    LoggedOutElsewhere,
    /// Somebody else holds the refresh token and the secret of this session and was faster.
    UsedElsewhere,
}

impl ExpiredReason {
    /// The next step in one sentence for a person.
    pub fn hint(self) -> &'static str {
        match self {
            Self::RefreshExpired | Self::LoggedOutElsewhere | Self::LostRotation => "log in again",
            Self::Blacklisted => {
                "log in again; if you did not log out elsewhere, change the password as well"
            }
            Self::PasswordChanged => "log in with the new password",
            Self::AccountDisabled => "ask the server's administrator, then log in again",
            Self::UsedElsewhere => {
                "somebody has a copy of this session: log out, which ends it everywhere, then log in again and change the password"
            }
        }
    }
}

const NAMES: [(ExpiredReason, &str); 7] = [
    (ExpiredReason::RefreshExpired, "refresh_expired"),
    (ExpiredReason::Blacklisted, "blacklisted"),
    (ExpiredReason::PasswordChanged, "password_changed"),
    (ExpiredReason::AccountDisabled, "account_disabled"),
    (ExpiredReason::LostRotation, "lost_rotation"),
    (ExpiredReason::LoggedOutElsewhere, "logged_out_elsewhere"),
    (ExpiredReason::UsedElsewhere, "used_elsewhere"),
];

impl From<ExpiredReason> for String {
    /// The name for programs: `refresh_expired`, …
    fn from(reason: ExpiredReason) -> Self {
        let known = NAMES.iter().find(|(known, _)| *known == reason);
        known.map_or("blacklisted", |(_, name)| name).to_owned()
    }
}

impl From<String> for ExpiredReason {
    /// The reason of that name; one that a newer version wrote is [`ExpiredReason::Blacklisted`].
    fn from(text: String) -> Self {
        let known = NAMES.iter().find(|(_, name)| *name == text);
        known.map_or(Self::Blacklisted, |(reason, _)| *reason)
    }
}

impl fmt::Display for ExpiredReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RefreshExpired => "it was not used for too long",
            Self::Blacklisted => "the server no longer accepts it",
            Self::PasswordChanged => "the password was changed",
            Self::AccountDisabled => "the account is disabled",
            Self::LostRotation => "the server's answer to a refresh was lost on the way",
            Self::LoggedOutElsewhere => "it was logged out elsewhere",
            Self::UsedElsewhere => "somebody else has used a copy of it",
        })
    }
}
