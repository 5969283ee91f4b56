//! What whoever asks may do.

use super::models::{Model, USER};
use super::rights::Right;
use super::staff::Staff;
use super::visit::{Refusal, Visit};

impl Visit<'_> {
    /// The member of the staff who asks.
    pub(super) fn staff(&self) -> Result<&Staff, Refusal> {
        let person = self.person.as_ref();
        person
            .filter(|person| person.account.is_staff)
            .ok_or(Refusal::SignIn)
    }

    /// Whether who asks may do this with the rows of a model.
    pub(super) fn may(&self, right: Right, model: &Model) -> bool {
        let person = self.person.as_ref();
        person.is_some_and(|person| person.may(&self.admin.tables, right, model))
    }

    /// Whether who asks may see the rows of a model.
    pub(super) fn may_see(&self, model: &Model) -> bool {
        let person = self.person.as_ref();
        person.is_some_and(|person| person.may_see(&self.admin.tables, model))
    }

    /// Whether who asks may change the rows of a model, or sees them as one who may.
    pub(super) fn may_change(&self, model: &Model) -> bool {
        self.may(Right::Change, model)
    }

    /// Whether who asks may add rows. Whoever may add users could make superusers, and so must be allowed to change them.
    pub(super) fn may_add(&self, model: &Model) -> bool {
        self.may(Right::Add, model) && (!model.is(&USER) || self.may(Right::Change, model))
    }

    /// Refuses who may not do this.
    pub(super) fn must(&self, right: Right, model: &Model) -> Result<(), Refusal> {
        if self.may(right, model) {
            Ok(())
        } else {
            Err(Refusal::Forbidden)
        }
    }

    /// Refuses who may not see the rows of a model.
    pub(super) fn must_see(&self, model: &Model) -> Result<(), Refusal> {
        if self.may_see(model) {
            Ok(())
        } else {
            Err(Refusal::Forbidden)
        }
    }
}
