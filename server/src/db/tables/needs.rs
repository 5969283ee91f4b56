//! What the program's statements need of each table.

use std::borrow::Cow;

use crate::db::user_table::{self, UserTable};

/// Whose tables are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Django's, before Gatepost's are there.
    Djangos,
    /// Django's and Gatepost's.
    All,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The primary key, a whole number that the database gives.
    Key,
    /// The key of another row.
    Reference,
    /// Text of up to so many characters.
    Text(u32),
    LongText,
    Flag,
    Moment,
}

/// Whether a column holds NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Null {
    /// It is read as if it never did.
    Never,
    /// It is given NULL.
    Sometimes,
    /// It is neither read nor given NULL.
    NoMatter,
}

/// A column that is read or written.
pub(super) type Column = (&'static str, Kind, Null);

/// A table of Django's that is read or written.
#[derive(Clone)]
pub(super) struct Need {
    /// As the database calls it.
    pub(super) table: &'static str,
    pub(super) columns: Cow<'static, [Column]>,
    /// Columns in each of which no value may stand twice.
    pub(super) uniques: &'static [&'static str],
    /// Columns that refer to rows of another table.
    pub(super) references: Cow<'static, [(&'static str, &'static str)]>,
}

/// What is needed of Django's tables where the users stand in this one.
pub(super) fn of(users: UserTable) -> [Need; 4] {
    DJANGOS.clone().map(|mut need| {
        for (_, to) in need.references.to_mut() {
            *to = users.named(to);
        }
        if need.table == user_table::DJANGOS {
            need.table = users.name();
            need.uniques = match (users.by_email(), users.has_username()) {
                (false, _) => need.uniques,
                (true, true) => &["username", "email"],
                (true, false) => &["email"],
            };
            if !users.has_username() {
                need.columns
                    .to_mut()
                    .retain(|(name, ..)| *name != "username");
            }
        }
        need
    })
}

use Kind::{Flag, Key, LongText, Moment, Reference, Text};
use Null::{Never, NoMatter, Sometimes};

static DJANGOS: [Need; 4] = [
    Need {
        table: "auth_user",
        columns: Cow::Borrowed(&[
            ("id", Key, Never),
            ("password", Text(128), Never),
            ("last_login", Moment, Sometimes),
            ("is_superuser", Flag, NoMatter),
            ("username", Text(150), Never),
            ("first_name", Text(150), Never),
            ("last_name", Text(150), Never),
            ("email", Text(254), Never),
            ("is_staff", Flag, NoMatter),
            ("is_active", Flag, Never),
            ("date_joined", Moment, NoMatter),
        ]),
        uniques: &["username"],
        references: Cow::Borrowed(&[]),
    },
    Need {
        table: "token_blacklist_outstandingtoken",
        columns: Cow::Borrowed(&[
            ("id", Key, Never),
            ("token", LongText, Never),
            ("created_at", Moment, NoMatter),
            ("expires_at", Moment, Never),
            ("user_id", Reference, Sometimes),
            ("jti", Text(255), Never),
        ]),
        uniques: &["jti"],
        references: Cow::Borrowed(&[("user_id", "auth_user")]),
    },
    Need {
        table: "token_blacklist_blacklistedtoken",
        columns: Cow::Borrowed(&[
            ("id", Key, Never),
            ("blacklisted_at", Moment, NoMatter),
            ("token_id", Reference, Never),
        ]),
        uniques: &["token_id"],
        references: Cow::Borrowed(&[("token_id", "token_blacklist_outstandingtoken")]),
    },
    Need {
        table: "posts_post",
        columns: Cow::Borrowed(&[
            ("id", Key, Never),
            ("title", Text(200), Never),
            ("content", LongText, Never),
            ("created_at", Moment, Never),
            ("updated_at", Moment, Never),
            ("author_id", Reference, Never),
        ]),
        uniques: &[],
        references: Cow::Borrowed(&[("author_id", "auth_user")]),
    },
];

/// Gatepost's own tables, which nobody else has to do with: that they are there with their columns is enough.
pub(super) const OURS: [(&str, &[&str]); 7] = [
    ("gatepost_meta", &["name", "value"]),
    (
        "gatepost_rotation",
        &[
            "parent_jti",
            "child_jti",
            "family",
            "user_id",
            "key_hash",
            "issued_at",
            "parent_exp",
            "child_exp",
            "generation",
        ],
    ),
    (
        "gatepost_event",
        &["id", "at", "kind", "user_id", "family", "jti", "request_id"],
    ),
    (
        "gatepost_idempotency",
        &["user_id", "key_hash", "body_hash", "post_id", "created_at"],
    ),
    ("gatepost_throttle", &["bucket", "full_at"]),
    ("gatepost_login", &["user_id", "address", "at"]),
    ("gatepost_session", &["family", "label", "begun", "until"]),
];
