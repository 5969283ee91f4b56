//! Which fields a form has.

use crate::admin::models::{Field, Fieldset, Model, USER};
use crate::admin::visit::Visit;

/// The fields of a form that this database's users have.
pub(super) fn fields_of(
    visit: &Visit<'_>,
    model: &'static Model,
    form: &'static [Fieldset],
) -> Vec<&'static Field> {
    form.iter()
        .flat_map(|fieldset| fields_in(visit, model, fieldset))
        .collect()
}

/// The same of one fieldset. Users without names have none to ask for, and those who log in by their address need one.
pub(super) fn fields_in(
    visit: &Visit<'_>,
    model: &'static Model,
    fieldset: &'static Fieldset,
) -> Vec<&'static Field> {
    let users = visit.app.admin_db().users();
    let mut fields = Vec::new();
    for name in fieldset.fields {
        let Some(field) = model.field(name) else {
            continue;
        };
        let is_name = model.is(&USER) && *name == "username";
        if !is_name || users.has_username() {
            fields.push(field);
        }
        if is_name && users.by_email() && std::ptr::eq(model.add.as_ptr(), fieldset) {
            fields.extend(model.field("email"));
        }
    }
    fields
}
