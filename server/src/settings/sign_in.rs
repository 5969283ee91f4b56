//! Settings of who may sign in, and by which tokens: AUTH_TOKEN_CLASSES, USER_AUTHENTICATION_RULE, USER_ID_FIELD.

use serde::{Deserialize, Deserializer, de};

/// SimpleJWT's classes of tokens.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub enum TokenClass {
    /// What a request is signed in with, as a rule.
    Access,
    /// What is exchanged for another pair.
    Refresh,
    /// Both in one.
    Sliding,
    /// Whatever type a token has.
    Untyped,
}

impl TokenClass {
    const ALL: [Self; 4] = [Self::Access, Self::Refresh, Self::Sliding, Self::Untyped];

    /// SimpleJWT's name of the class.
    pub fn name(self) -> &'static str {
        match self {
            Self::Access => "AccessToken",
            Self::Refresh => "RefreshToken",
            Self::Sliding => "SlidingToken",
            Self::Untyped => "UntypedToken",
        }
    }

    /// What TOKEN_TYPE_CLAIM holds in such a token.
    pub fn token_type(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
            Self::Sliding => "sliding",
            Self::Untyped => "untyped",
        }
    }

    /// Whether SimpleJWT looks for such a token on the blacklist.
    pub fn is_listed(self) -> bool {
        matches!(self, Self::Refresh | Self::Sliding)
    }
}

impl TryFrom<String> for TokenClass {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let name = text.strip_prefix("rest_framework_simplejwt.tokens.");
        let name = name.unwrap_or(&text);
        let mut all = Self::ALL.into_iter();
        all.find(|class| name == class.name() || name == class.token_type()).ok_or_else(|| {
            format!("{text:?} is no class of tokens here; write \"access\", \"refresh\", \"sliding\" or \"untyped\", or SimpleJWT's own path of one")
        })
    }
}

/// Who may log in and refresh.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub enum AuthenticationRule {
    /// SimpleJWT's own: active users, or all where CHECK_USER_IS_ACTIVE is off.
    Default,
    /// Whoever is there.
    AllowInactive,
    /// Of those whom the default lets in, staff alone.
    StaffOnly,
}

const RULE: &str = "rest_framework_simplejwt.authentication.default_user_authentication_rule";

impl TryFrom<String> for AuthenticationRule {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "default" | RULE => Ok(Self::Default),
            "allow_inactive" => Ok(Self::AllowInactive),
            "staff_only" => Ok(Self::StaffOnly),
            _ => Err(format!(
                "{text:?} can't be called, since it is Python; write \"default\" (SimpleJWT's own), \"allow_inactive\" or \"staff_only\""
            )),
        }
    }
}

/// What of a user names him in a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserIdField {
    /// The primary key.
    Id,
    /// The unique name.
    Username,
    /// The mail address, which nobody keeps users from sharing.
    Email,
}

impl<'de> Deserialize<'de> for UserIdField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "id" | "pk" => Ok(Self::Id),
            "username" => Ok(Self::Username),
            "email" => Ok(Self::Email),
            "password" | "last_login" | "is_superuser" | "first_name" | "last_name"
            | "is_staff" | "is_active" | "date_joined" => Err(de::Error::custom(format!(
                "several users may have the same {text}, so it names nobody; write \"id\", \"username\" or \"email\""
            ))),
            _ => Err(de::Error::custom(format!(
                "users have no column {text:?}; write \"id\", \"username\" or \"email\""
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;

    fn jwt(toml: &str) -> Result<super::super::SimpleJwt, String> {
        let settings = Settings::from_toml(&format!("[simple_jwt]\n{toml}"));
        let settings = settings.map_err(|error| error.to_string())?;
        Ok(settings.simple_jwt)
    }

    #[test]
    fn classes_of_tokens_have_a_word_and_a_path() {
        let classes = |toml: &str| jwt(&format!("auth_token_classes = {toml}"));
        let all =
            "['access', 'RefreshToken', 'rest_framework_simplejwt.tokens.SlidingToken', 'untyped']";
        assert_eq!(classes(all).unwrap().auth_token_classes, TokenClass::ALL);
        assert_eq!(classes("[]").unwrap().auth_token_classes, []);
        assert_eq!(jwt("").unwrap().auth_token_classes, [TokenClass::Access]);
        for wrong in ["['my.tokens.AccessToken']", "['Access']", "['']"] {
            let why = classes(wrong).err().unwrap();
            assert!(
                why.contains("is no class of tokens here; write \"access\""),
                "{why}"
            );
        }
        let text = "'rest_framework_simplejwt.tokens.AccessToken'";
        assert!(
            classes(text).is_err(),
            "as in the reference, which answers 500"
        );
    }

    #[test]
    fn a_rule_is_one_of_three() {
        let rule = |text: &str| jwt(&format!("user_authentication_rule = '{text}'"));
        for text in ["default", RULE] {
            assert_eq!(
                rule(text).unwrap().user_authentication_rule,
                AuthenticationRule::Default
            );
        }
        let why = rule("core.rules.only_mondays").err().unwrap();
        for name in ["default", "allow_inactive", "staff_only"] {
            assert!(why.contains(&format!("\"{name}\"")), "{why}");
        }
        for text in ["allow_inactive", "staff_only"] {
            assert!(rule(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_names_nobody_is_refused() {
        let field =
            |text: &str| jwt(&format!("user_id_field = '{text}'")).map(|jwt| jwt.user_id_field);
        assert_eq!(field("pk"), Ok(UserIdField::Id));
        let why = field("first_name").unwrap_err();
        assert!(
            why.contains("several users may have the same first_name"),
            "{why}"
        );
        let why = field("uuid").unwrap_err();
        assert!(why.contains("users have no column \"uuid\""), "{why}");
    }
}
