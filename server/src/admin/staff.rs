//! Who asks, and what that person may do: rights of one's own and of one's groups, as Django's ModelBackend adds them up.

use std::collections::HashSet;

use secrecy::{ExposeSecret, SecretString};

use super::models::Model;
use super::rights::Right;
use super::tables::Tables;
use crate::db::Id;

/// What is known of a user who may be signed in.
#[derive(Clone)]
pub(super) struct Account {
    pub(super) id: Id,
    /// What the person logs in with: a name, or an address.
    pub(super) username: String,
    pub(super) first_name: String,
    pub(super) password: SecretString,
    pub(super) is_active: bool,
    pub(super) is_staff: bool,
    pub(super) is_superuser: bool,
}

/// A member of the staff, with the rights of this moment.
#[derive(Clone)]
pub(super) struct Staff {
    pub(super) account: Account,
    rights: HashSet<String>,
}

impl Account {
    /// Whether there is a password that can be used: `has_usable_password`.
    pub(super) fn has_password(&self) -> bool {
        !self.password.expose_secret().starts_with('!')
    }
}

impl Staff {
    pub(super) fn new(account: Account, rights: HashSet<String>) -> Self {
        Self { account, rights }
    }

    pub(super) fn id(&self) -> Id {
        self.account.id
    }

    /// Whether the person holds a right itself, whatever a model makes of it.
    pub(super) fn holds(&self, tables: &Tables, right: Right, model: &Model) -> bool {
        let (label, name) = (tables.label(model), tables.model_name(model));
        self.account.is_superuser
            || self
                .rights
                .contains(&format!("{label}.{}_{name}", right.name()))
    }

    /// Whether the person may do this with a model.
    pub(super) fn may(&self, tables: &Tables, right: Right, model: &Model) -> bool {
        (model.allows)(right) && self.holds(tables, right, model)
    }

    /// Whether the person may see the rows of a model.
    pub(super) fn may_see(&self, tables: &Tables, model: &Model) -> bool {
        self.may(tables, Right::View, model) || self.holds(tables, Right::Change, model)
    }
}
