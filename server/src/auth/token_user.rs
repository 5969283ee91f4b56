//! SimpleJWT's `TokenUser`: whom a token names, known by what the token says alone.

use django::json::{self, Raw};

use crate::db::Id;
use crate::http::answer::{Resource, Shown};
use crate::tokens::{Claims, UserClaim};

/// Whom a token names. Nobody has looked whether there is such a user.
pub(crate) struct TokenUser(Claims);

impl TokenUser {
    pub(super) fn of(claims: Claims) -> Self {
        Self(claims)
    }

    /// The key, where the token names one.
    pub(crate) fn id(&self) -> Option<Id> {
        self.0.user_id().and_then(UserClaim::lookup)
    }

    /// Whether Python takes the claim for equal to a key: a number, never a text.
    pub(super) fn is(&self, id: Id) -> bool {
        match self.0.user() {
            Some(Raw::Int(digits)) => digits.parse() == Ok(id.0),
            #[expect(
                clippy::cast_precision_loss,
                clippy::float_cmp,
                reason = "as Python compares them"
            )]
            Some(Raw::Float(literal)) => json::float(literal) == id.0 as f64,
            Some(Raw::Bool(flag)) => i64::from(flag) == id.0,
            _ => false,
        }
    }
}

/// A profile: what the token has of it.
impl Resource for TokenUser {
    fn show(&self, field: &str) -> Option<Shown<'_>> {
        let claim = match field {
            "id" => self.0.user(),
            name => self.0.get(name),
        };
        let mut text = Vec::new();
        match (field, claim) {
            ("username", None) => text.extend_from_slice(b"\"\""),
            (_, None) => text.extend_from_slice(b"null"),
            (_, Some(claim)) => json::write_value(&mut text, &claim.to_value()),
        }
        Some(Shown::Json(text))
    }
}
