//! What the API takes and gives. Answers may have more fields than these; they are kept in `extra`.

use chrono::{DateTime, Utc};
use reqwest::header::{ETAG, HeaderMap, SET_COOKIE};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::token::Claims;

/// The number of a post.
pub type PostId = i64;

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

/// A post.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Post {
    /// Its number.
    pub id: PostId,
    /// Its title.
    pub title: String,
    /// Its text.
    pub content: String,
    /// The name of its author.
    pub author: String,
    /// When it was written.
    #[serde(with = "moment")]
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    #[serde(with = "moment")]
    pub updated_at: DateTime<Utc>,
    /// What else the server says.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The version of a post that a server has given (`ETag`): to change that version and no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    /// The version that this text names, for a program that kept one; with its quotes.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// That of an answer. One that a proxy has made weak names no version.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let tag = headers.get(ETAG)?.to_str().ok()?;
        tag.starts_with('"').then(|| Self::new(tag))
    }
}

/// A post to write, or the whole of what replaces one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewPost {
    /// Its title, at most 200 characters.
    pub title: String,
    /// Its text.
    pub content: String,
}

impl NewPost {
    /// A post of this title and text.
    pub fn new(title: impl Into<String>, content: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            content: content.into(),
        }
    }
}

/// A change of a post: only what is set is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PostPatch {
    /// The new title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The new text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

impl PostPatch {
    /// A change of nothing; the server still notes when.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with this title.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// The same with this text.
    #[must_use]
    pub fn content(mut self, content: impl Into<String>) -> Self {
        self.content = Some(content.into());
        self
    }
}

/// The pair that a login answers with.
#[derive(Debug, Deserialize)]
pub(crate) struct Pair {
    #[serde(alias = "access_token")]
    pub(crate) access: SecretString,
    /// Absent where the server does not rotate, or gives it in a cookie.
    #[serde(alias = "refresh_token")]
    pub(crate) refresh: Option<SecretString>,
}

impl Pair {
    /// With the refresh token of this cookie, or of the one that holds a refresh token, where the body has none.
    pub(crate) fn with_cookie(mut self, headers: &HeaderMap, name: Option<&str>) -> Self {
        let refresh = self.refresh.take();
        let refresh = refresh.filter(|refresh| !refresh.expose_secret().is_empty());
        self.refresh = refresh.or_else(|| {
            let cookies = headers.get_all(SET_COOKIE).iter();
            let mut cookies = cookies.filter_map(|cookie| {
                let pair = cookie.to_str().ok()?.split(';').next()?;
                let (name, value) = pair.split_once('=')?;
                let value = SecretString::from(value.trim().trim_matches('"'));
                (!value.expose_secret().is_empty()).then_some((name.trim(), value))
            });
            let found = match name {
                Some(name) => cookies.find(|(this, _)| *this == name),
                None => cookies.find(|(_, value)| Claims::of(value).is_refresh()),
            };
            found.map(|(_, value)| value)
        });
        self
    }
}

/// Django's timestamps: RFC 3339 with six digits of a second or none; without an offset (`USE_TZ = False`) they
/// are taken as UTC.
mod moment {
    use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(
        at: &DateTime<Utc>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let format = if at.timestamp_subsec_micros() == 0 {
            SecondsFormat::Secs
        } else {
            SecondsFormat::Micros
        };
        serializer.serialize_str(&at.to_rfc3339_opts(format, true))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<DateTime<Utc>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if let Ok(at) = DateTime::parse_from_rfc3339(&text) {
            return Ok(at.to_utc());
        }
        NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f")
            .map(|at| at.and_utc())
            .map_err(|_| D::Error::custom("not a timestamp"))
    }

    /// The same where there may be none.
    pub(super) mod optional {
        use chrono::{DateTime, Utc};
        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        #[derive(Serialize, Deserialize)]
        struct Moment(#[serde(with = "super")] DateTime<Utc>);

        #[expect(clippy::ref_option, reason = "serde asks for it so")]
        pub(in crate::types) fn serialize<S: Serializer>(
            at: &Option<DateTime<Utc>>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            at.map(Moment).serialize(serializer)
        }

        pub(in crate::types) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<DateTime<Utc>>, D::Error> {
            let at = Option::<Moment>::deserialize(deserializer)?;
            Ok(at.map(|Moment(at)| at))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_goes_out_as_it_came_in() {
        for text in [
            r#"{"id":1,"title":"t","content":"c","author":"ada","created_at":"2026-01-02T03:04:05.678000Z","updated_at":"2026-01-02T03:04:05Z","likes":3}"#,
            r#"{"id":1,"title":"t","content":"c","author":"ada","created_at":"2026-01-02T03:04:05.000001Z","updated_at":"2026-01-02T03:04:05Z"}"#,
        ] {
            let post: Post = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&post).unwrap(), text);
        }
    }

    #[test]
    fn an_offset_and_none_are_understood() {
        let read = |at: &str| {
            let text = format!(
                r#"{{"id":1,"title":"","content":"","author":"","created_at":"{at}","updated_at":"{at}"}}"#
            );
            let post: Post = serde_json::from_str(&text).unwrap();
            post.created_at.timestamp()
        };
        assert_eq!(read("1970-01-01T02:00:01+02:00"), 1);
        assert_eq!(read("1970-01-01T00:00:01.5"), 1);
    }

    #[test]
    fn a_new_user_does_not_print_its_password() {
        let user = NewUser::new("ada", "", &SecretString::from("Secret-123!"));
        assert!(!format!("{user:?}").contains("Secret-123!"));
        assert_eq!(user.body()["password2"], "Secret-123!");
    }
}
