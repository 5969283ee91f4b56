//! Refresh tokens that were put on the blacklist. Whoever deletes such a row lets the token be used again.

use super::declaration::{Column, Field, Fieldset, Kind, Model, Shows, TOKENS, Target};

const FORM: &[Fieldset] = &[Fieldset {
    heading: "",
    fields: &["token"],
}];

/// `rest_framework_simplejwt.token_blacklist.admin.BlacklistedTokenAdmin`.
pub(in crate::admin) static BLACKLISTED: Model = Model {
    name: "blacklistedtoken",
    app: TOKENS,
    singular: "Blacklisted Token",
    plural: "Blacklisted Tokens",
    table: "token_blacklist_blacklistedtoken",
    joins: " JOIN token_blacklist_outstandingtoken AS token ON token.id = item.token_id
        LEFT JOIN auth_user AS holder ON holder.id = token.user_id",
    // the sign keeps databases from asking for each row's token before they order
    joins_to_order: " JOIN token_blacklist_outstandingtoken AS token ON +token.id = item.token_id",
    text: "'Blacklisted token for ' || COALESCE((holder.username), 'None')",
    fields: &[
        Field::key(),
        Field::new("token", "Token", Kind::To(&Target::Outstanding))
            .column("token_id")
            .unique("Blacklisted Token with this Token already exists."),
        Field::new("blacklisted_at", "Blacklisted at", Kind::Moment).read_only(),
    ],
    columns: &[
        Column::text("Jti", "token.jti").shows(Shows::Code),
        Column::text("User", "(holder.username)").order("token.user_id"),
        Column::text("Created at", "token.created_at").shows(Shows::Moment),
        Column::text("Expires at", "token.expires_at").shows(Shows::Moment),
        Column::text("Blacklisted at", "item.blacklisted_at").shows(Shows::Moment),
    ],
    order: &[("token.user_id", false)],
    filters: &[],
    search: &["token.user_id", "token.jti"],
    add: FORM,
    change: FORM,
    allows: |_| true,
    is_read_only: false,
    stamped_when_added: &["blacklisted_at"],
    stamped_when_saved: &[],
    takes_along: &[],
};
