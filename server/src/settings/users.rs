//! `[users]`: the table of a project's user model, and what it gives a new row.

use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer};
use toml::{Table, Value};

use crate::db::{NewColumn, UserModel};

/// The section `[users]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Users {
    /// The table of the user model.
    pub table: String,
    /// USERNAME_FIELD: what users log in with.
    pub username_field: UsernameField,
    /// Whether Django's own check of `is_active` at a login is left to the rule.
    pub inactive_may_log_in: bool,
    /// What a new user has in the columns that Gatepost does not know.
    #[serde(deserialize_with = "columns")]
    pub(crate) defaults: Vec<(String, NewColumn)>,
}

/// The columns of Django's own user, each of which a registration writes or the database numbers.
const OWN: [&str; 11] = [
    "id",
    "password",
    "last_login",
    "is_superuser",
    "username",
    "first_name",
    "last_name",
    "email",
    "is_staff",
    "is_active",
    "date_joined",
];

/// What a user logs in with.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum UsernameField {
    /// The unique name.
    Username,
    /// The mail address, which is then unique.
    Email,
}

impl Users {
    /// The same for the database.
    pub(crate) fn model(&self) -> UserModel {
        UserModel {
            table: self.table.clone(),
            by_email: self.username_field == UsernameField::Email,
            defaults: self.defaults.clone(),
        }
    }
}

fn columns<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(String, NewColumn)>, D::Error> {
    let table = Table::deserialize(deserializer)?;
    let column = |(name, value): (String, Value)| {
        if OWN.contains(&name.as_str()) {
            return Err(D::Error::custom(format_args!(
                "Gatepost itself writes the column {name} of a new user; leave it out"
            )));
        }
        let value = match value {
            Value::Boolean(flag) => NewColumn::Flag(flag),
            Value::Integer(number) => NewColumn::Number(number.to_string()),
            Value::Float(number) if number.is_finite() => NewColumn::Number(number.to_string()),
            Value::String(text) => match text.as_str() {
                "$now" => NewColumn::Now,
                "$today" => NewColumn::Today,
                "$uuid" => NewColumn::Uuid,
                _ if text.contains('\0') => {
                    return Err(D::Error::invalid_value(
                        Unexpected::Str(&text),
                        &"a text without NUL",
                    ));
                }
                _ => NewColumn::Text(text),
            },
            other => {
                let expected = &"a text, a number, true or false for each column";
                return Err(D::Error::invalid_value(
                    Unexpected::Other(other.type_str()),
                    expected,
                ));
            }
        };
        Ok((name, value))
    };
    table.into_iter().map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;

    #[test]
    fn a_default_is_a_text_a_number_or_a_flag() {
        let settings = Settings::from_toml("[users.defaults]\na = ''\nb = -2\nc = false").unwrap();
        assert_eq!(
            settings.users.defaults,
            [
                ("a".to_owned(), NewColumn::Text(String::new())),
                ("b".to_owned(), NewColumn::Number("-2".to_owned())),
                ("c".to_owned(), NewColumn::Flag(false)),
            ]
        );
        for wrong in [
            "a = []",
            "a = nan",
            "a = \"\\u0000\"",
            "id = 5",
            "is_active = false",
        ] {
            let why = Settings::from_toml(&format!("[users.defaults]\n{wrong}")).unwrap_err();
            assert!(why.to_string().contains("users.defaults"), "{why}");
        }
    }

    #[test]
    fn a_table_has_a_name() {
        let why = Settings::from_toml("users.table = ''")
            .unwrap_err()
            .to_string();
        assert!(
            why.starts_with("users.table from the given TOML is not usable"),
            "{why}"
        );
        let why = Settings::from_toml("users.username_field = 'phone'").unwrap_err();
        assert!(why.to_string().contains("username_field"), "{why}");
    }
}
