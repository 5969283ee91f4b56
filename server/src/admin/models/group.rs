//! Groups of users, which share rights.

use super::declaration::{AUTH, Along, Column, Field, Fieldset, Kind, Model, Place, Target};

const FORM: &[Fieldset] = &[Fieldset {
    heading: "",
    fields: &["name", "permissions"],
}];

/// `django.contrib.auth.admin.GroupAdmin`.
pub(in crate::admin) static GROUP: Model = Model {
    name: "group",
    app: AUTH,
    singular: "group",
    plural: "groups",
    table: "auth_group",
    joins: "",
    joins_to_order: "",
    text: "item.name",
    fields: &[
        Field::key(),
        Field::new("name", "Name", Kind::Line(150)).unique("Group with this Name already exists."),
        Field::new(
            "permissions",
            "Permissions",
            Kind::Many(&Target::Permission),
        )
        .optional(),
    ],
    columns: &[Column::text("Group", "item.name").order("")],
    order: &[("item.name", false)],
    filters: &[],
    search: &["item.name"],
    add: FORM,
    change: FORM,
    allows: |_| true,
    is_read_only: false,
    stamped_when_added: &[],
    stamped_when_saved: &[],
    takes_along: &[
        Along {
            model: None,
            singular: "group-permission relationship",
            plural: "group-permission relationships",
            place: Place::Table("auth_group_permissions", "group_id"),
            text: "'Group-permission relationship'",
        },
        Along {
            model: None,
            singular: "user-group relationship",
            plural: "user-group relationships",
            place: Place::Memberships { of_user: false },
            text: "'User-group relationship'",
        },
    ],
};
