//! What a declaration of a model says.
//!
//! SQL in a declaration calls the model's own table `item`; what it joins is named in `joins`. Nothing that a person writes is
//! ever a part of it. A user's name in parentheses is what users of this database log in with (`db/user_table.rs`).

use crate::admin::rights::Right;
use crate::db::UserTable;

/// A table whose rows can be seen at the admin.
pub(in crate::admin) struct Model {
    /// Its name in URLs and rights, such as `post`.
    pub(in crate::admin) name: &'static str,
    pub(in crate::admin) app: App,
    /// What one row is called.
    pub(in crate::admin) singular: &'static str,
    /// What its rows are called.
    pub(in crate::admin) plural: &'static str,
    pub(in crate::admin) table: &'static str,
    /// Further tables that the SQL below needs.
    pub(in crate::admin) joins: &'static str,
    /// Those among them that rows are ordered and looked for by.
    pub(in crate::admin) joins_to_order: &'static str,
    /// SQL of what a row is called.
    pub(in crate::admin) text: &'static str,
    /// The table's columns, as far as they can be seen or asked for.
    pub(in crate::admin) fields: &'static [Field],
    /// The columns of the list; the first one links to the row.
    pub(in crate::admin) columns: &'static [Column],
    /// The order of the list where nobody chooses one: columns of SQL, and whether downwards.
    pub(in crate::admin) order: &'static [(&'static str, bool)],
    /// Names of fields that the list can be filtered by.
    pub(in crate::admin) filters: &'static [&'static str],
    /// SQL of what a search looks into.
    pub(in crate::admin) search: &'static [&'static str],
    /// The form of a new row.
    pub(in crate::admin) add: &'static [Fieldset],
    /// The form of a row that is there.
    pub(in crate::admin) change: &'static [Fieldset],
    /// What can be done with the rows at all, whatever somebody's rights are.
    pub(in crate::admin) allows: fn(Right) -> bool,
    /// Whether whoever only changes rows sees no form to change them with.
    pub(in crate::admin) is_read_only: bool,
    /// Columns that a new row has now's date in.
    pub(in crate::admin) stamped_when_added: &'static [&'static str],
    /// Columns that a row has now's date in whenever it is saved.
    pub(in crate::admin) stamped_when_saved: &'static [&'static str],
    /// What goes along with a row that is deleted, in this order.
    pub(in crate::admin) takes_along: &'static [Along],
}

/// A part of the project, as Django calls it.
pub(in crate::admin) struct App {
    pub(in crate::admin) label: &'static str,
    pub(in crate::admin) name: &'static str,
}

/// A column of the table, or what is kept of a row in another table.
pub(in crate::admin) struct Field {
    /// Its name in forms and look-ups.
    pub(in crate::admin) name: &'static str,
    /// What people call it.
    pub(in crate::admin) label: &'static str,
    /// What else is said of it in a form.
    pub(in crate::admin) help: &'static str,
    /// Its column in the table; nothing where it has none.
    pub(in crate::admin) column: &'static str,
    pub(in crate::admin) kind: Kind,
    pub(in crate::admin) is_required: bool,
    /// Whether no two rows may have the same value, and what is said then.
    pub(in crate::admin) unique: Option<&'static str>,
    /// Whether nobody may change it by a form.
    pub(in crate::admin) is_read_only: bool,
}

/// What a field holds, and how it is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::admin) enum Kind {
    Number,
    /// A line of so many characters at most.
    Line(usize),
    /// As many lines as one likes.
    Lines,
    /// A user's name: NFKC, and Django's letters.
    Username,
    Email,
    /// A password's hash, of which only the format can be seen.
    Password,
    /// A secret that nobody gets to see.
    Secret,
    Flag,
    Moment,
    /// A moment that need not be there.
    MaybeMoment,
    /// The key of a row of another model.
    To(&'static Target),
    /// Rows of another model, by a table between both.
    Many(&'static Target),
}

/// Which rows a field refers to.
#[derive(PartialEq, Eq)]
pub(in crate::admin) enum Target {
    User,
    Group,
    Permission,
    Outstanding,
}

/// A column of the list.
pub(in crate::admin) struct Column {
    pub(in crate::admin) label: &'static str,
    /// SQL of what is shown.
    pub(in crate::admin) sql: &'static str,
    pub(in crate::admin) shows: Shows,
    /// SQL of what it is ordered by.
    pub(in crate::admin) order: &'static str,
}

/// How a column of the list is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::admin) enum Shows {
    Text,
    /// A text that no person reads as words.
    Code,
    YesOrNo,
    Moment,
}

/// Fields of a form under one heading.
pub(in crate::admin) struct Fieldset {
    /// Empty for none.
    pub(in crate::admin) heading: &'static str,
    pub(in crate::admin) fields: &'static [&'static str],
}

/// Rows that go along with one that is deleted.
pub(in crate::admin) struct Along {
    /// The model that they are rows of; none for what is not shown at the admin.
    pub(in crate::admin) model: Option<&'static Model>,
    /// What one is called.
    pub(in crate::admin) singular: &'static str,
    pub(in crate::admin) plural: &'static str,
    pub(in crate::admin) place: Place,
    /// SQL of what a row is called.
    pub(in crate::admin) text: &'static str,
}

/// Where those rows are.
pub(in crate::admin) enum Place {
    /// A table, and its column with the key of the row that is deleted.
    Table(&'static str, &'static str),
    /// The table between users and groups, and whether the row that is deleted is the user.
    Memberships { of_user: bool },
    /// The table between users and rights.
    Permissions,
}

pub(in crate::admin) const AUTH: App = App {
    label: "auth",
    name: "Authentication and Authorization",
};
pub(in crate::admin) const POSTS: App = App {
    label: "posts",
    name: "Posts",
};
pub(in crate::admin) const TOKENS: App = App {
    label: "token_blacklist",
    name: "Token Blacklist",
};

impl Field {
    pub(in crate::admin) const fn new(name: &'static str, label: &'static str, kind: Kind) -> Self {
        Self {
            name,
            label,
            help: "",
            column: name,
            kind,
            is_required: true,
            unique: None,
            is_read_only: false,
        }
    }

    pub(in crate::admin) const fn key() -> Self {
        Self {
            is_read_only: true,
            ..Self::new("id", "ID", Kind::Number)
        }
    }

    pub(in crate::admin) const fn column(self, column: &'static str) -> Self {
        Self { column, ..self }
    }

    pub(in crate::admin) const fn optional(self) -> Self {
        Self {
            is_required: false,
            ..self
        }
    }

    pub(in crate::admin) const fn unique(self, message: &'static str) -> Self {
        Self {
            unique: Some(message),
            ..self
        }
    }

    pub(in crate::admin) const fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    pub(in crate::admin) const fn read_only(self) -> Self {
        Self {
            is_read_only: true,
            ..self
        }
    }
}

impl Column {
    pub(in crate::admin) const fn text(label: &'static str, sql: &'static str) -> Self {
        Self {
            label,
            sql,
            shows: Shows::Text,
            order: sql,
        }
    }

    pub(in crate::admin) const fn shows(self, shows: Shows) -> Self {
        Self { shows, ..self }
    }

    pub(in crate::admin) const fn order(self, order: &'static str) -> Self {
        Self { order, ..self }
    }
}

impl Model {
    /// A field by its name.
    pub(in crate::admin) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The columns of the list; users without names have none of them.
    pub(in crate::admin) fn columns_of(&self, users: UserTable) -> Vec<&'static Column> {
        let is_there = |column: &&Column| users.has_username() || column.sql != "item.username";
        self.columns.iter().filter(is_there).collect()
    }

    /// Whether this is the other one.
    pub(in crate::admin) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}
