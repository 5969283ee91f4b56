//! Refresh tokens that were handed out: to be seen only, and never as a token that could be used.

use super::declaration::{Column, Field, Fieldset, Kind, Model, Shows, TOKENS, Target};
use crate::admin::rights::Right;

const FORM: &[Fieldset] = &[Fieldset {
    heading: "",
    fields: &["id", "user", "jti", "token", "created_at", "expires_at"],
}];

/// `rest_framework_simplejwt.token_blacklist.admin.OutstandingTokenAdmin`.
pub(in crate::admin) static OUTSTANDING: Model = Model {
    name: "outstandingtoken",
    app: TOKENS,
    singular: "Outstanding Token",
    plural: "Outstanding Tokens",
    table: "token_blacklist_outstandingtoken",
    joins: " LEFT JOIN auth_user AS holder ON holder.id = item.user_id",
    joins_to_order: "",
    text: "'Token for ' || COALESCE((holder.username), 'None') || ' (' || item.jti || ')'",
    fields: &[
        Field::key(),
        Field::new("user", "User", Kind::To(&Target::User))
            .column("user_id")
            .read_only(),
        Field::new("jti", "Jti", Kind::Line(255)).read_only(),
        Field::new("token", "Token", Kind::Secret).read_only(),
        Field::new("created_at", "Created at", Kind::MaybeMoment).read_only(),
        Field::new("expires_at", "Expires at", Kind::Moment).read_only(),
    ],
    columns: &[
        Column::text("Jti", "item.jti").shows(Shows::Code),
        Column::text("User", "(holder.username)").order("item.user_id"),
        Column::text("Created at", "item.created_at").shows(Shows::Moment),
        Column::text("Expires at", "item.expires_at").shows(Shows::Moment),
    ],
    order: &[("item.user_id", false)],
    filters: &[],
    search: &["item.user_id", "item.jti"],
    add: &[],
    change: FORM,
    allows: |right| matches!(right, Right::View | Right::Change),
    is_read_only: true,
    stamped_when_added: &[],
    stamped_when_saved: &[],
    takes_along: &[],
};
