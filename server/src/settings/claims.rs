//! `[tokens.claims]`: which columns of the user a token holds, and how their claims are called.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Claims in the order in which they are written, each with its column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserClaims(Vec<(String, UserColumn)>);

impl UserClaims {
    /// The pairs in their order.
    pub fn as_slice(&self) -> &[(String, UserColumn)] {
        &self.0
    }
}

/// A column of `auth_user` that may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "they are Django's own columns")]
pub enum UserColumn {
    Id,
    Username,
    Email,
    FirstName,
    LastName,
    IsActive,
    IsStaff,
    IsSuperuser,
    DateJoined,
    LastLogin,
}

const COLUMNS: [(&str, UserColumn); 10] = [
    ("id", UserColumn::Id),
    ("username", UserColumn::Username),
    ("email", UserColumn::Email),
    ("first_name", UserColumn::FirstName),
    ("last_name", UserColumn::LastName),
    ("is_active", UserColumn::IsActive),
    ("is_staff", UserColumn::IsStaff),
    ("is_superuser", UserColumn::IsSuperuser),
    ("date_joined", UserColumn::DateJoined),
    ("last_login", UserColumn::LastLogin),
];

impl UserColumn {
    /// Whether it holds a text in every row.
    pub fn is_text(self) -> bool {
        matches!(
            self,
            Self::Username | Self::Email | Self::FirstName | Self::LastName
        )
    }

    fn of(name: &str) -> Result<Self, String> {
        if name == "password" {
            return Err("the column password is shown to nobody, not even as a hash".to_owned());
        }
        let found = COLUMNS.iter().find(|(known, _)| *known == name);
        found.map(|(_, column)| *column).ok_or_else(|| {
            let known: Vec<_> = COLUMNS.iter().map(|(known, _)| *known).collect();
            format!(
                "users have no column {name:?}; write one of {}",
                known.join(", ")
            )
        })
    }
}

impl<'de> Deserialize<'de> for UserClaims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Pairs)
    }
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = UserClaims;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of claims and columns, such as email = \"email\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<UserClaims, A::Error> {
        let mut claims = Vec::new();
        while let Some((claim, column)) = pairs.next_entry::<String, String>()? {
            let column = UserColumn::of(&column).map_err(A::Error::custom)?;
            claims.push((claim, column));
        }
        Ok(UserClaims(claims))
    }

    /// As the environment has it: `email=email,name=first_name`.
    fn visit_str<E: Error>(self, text: &str) -> Result<UserClaims, E> {
        let mut claims: Vec<(String, UserColumn)> = Vec::new();
        for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
            let (claim, column) = pair
                .split_once('=')
                .ok_or_else(|| E::custom("write claim=column, separated by commas"))?;
            let claim = claim.trim().to_owned();
            if claims.iter().any(|(known, _)| *known == claim) {
                return Err(E::custom(format!("the claim {claim} is there twice")));
            }
            claims.push((claim, UserColumn::of(column.trim()).map_err(E::custom)?));
        }
        Ok(UserClaims(claims))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;

    fn claims(toml: &str) -> Result<Vec<(String, UserColumn)>, String> {
        let settings = Settings::from_toml(toml).map_err(|error| error.to_string())?;
        Ok(settings.tokens.claims.0)
    }

    #[test]
    fn claims_keep_their_order() {
        let given = "[tokens.claims]\nz = 'email'\na = 'is_staff'\nname = 'first_name'";
        let wanted = [
            ("z", UserColumn::Email),
            ("a", UserColumn::IsStaff),
            ("name", UserColumn::FirstName),
        ];
        let wanted = wanted.map(|(claim, column)| (claim.to_owned(), column));
        assert_eq!(claims(given).unwrap(), wanted);
        let text = "tokens.claims = 'z=email, a = is_staff,name=first_name'";
        assert_eq!(claims(text).unwrap(), wanted);
        assert_eq!(claims("").unwrap(), []);
    }

    #[test]
    fn what_cannot_be_claimed_is_refused_in_a_sentence() {
        for (given, why) in [
            ("x = 'password'", "the column password is shown to nobody"),
            (
                "x = 'phone'",
                "users have no column \"phone\"; write one of id, username,",
            ),
            ("x = 5", "5 is in it; write a text in quotes"),
            (
                "exp = 'email'",
                "the claim exp means something else already",
            ),
            (
                "jti = 'email'",
                "the claim jti means something else already",
            ),
            (
                "user_id = 'id'",
                "the claim user_id means something else already",
            ),
            (
                "token_type = 'email'",
                "the claim token_type means something else already",
            ),
            (
                "hash_password = 'email'",
                "the claim hash_password means something else already",
            ),
            (
                "refresh_exp = 'email'",
                "the claim refresh_exp means something else already",
            ),
            (
                "sub = 'id'",
                "the claim sub is a text in every token; write a column of texts",
            ),
            ("'' = 'email'", "a claim has a name"),
        ] {
            let found = claims(&format!("[tokens.claims]\n{given}")).unwrap_err();
            assert!(
                found.contains("tokens.claims") && found.contains(why),
                "{given}: {found}"
            );
        }
        assert!(claims("tokens.claims = { sub = 'username' }").is_ok());
        assert!(claims("tokens.claims = { null = 'email' }").is_ok());
        let why = claims("simple_jwt.jti_claim = ''\ntokens.claims = { null = 'email' }");
        assert!(
            why.unwrap_err()
                .contains("the claim null means something else already")
        );
        for text in ["email", "a=email,a=id"] {
            assert!(
                claims(&format!("tokens.claims = '{text}'")).is_err(),
                "{text}"
            );
        }
    }
}
