//! What a model of the admin is: one declaration drives its list, its forms, its delete page and its history. A model
//! more is one file more here, and its name in [`ALL`].
//!
//! SQL in a declaration calls the model's own table `item`; what it joins is named in `joins`. Nothing that a person writes is
//! ever a part of it. A user's name in parentheses is what users of this database log in with (`db/user_table.rs`).

mod blacklisted;
mod group;
mod outstanding;
mod post;
mod user;

pub(super) use blacklisted::BLACKLISTED;
pub(super) use group::GROUP;
pub(super) use outstanding::OUTSTANDING;
pub(super) use post::POST;
pub(super) use user::USER;

use super::staff::Right;
use crate::db::UserTable;

/// Every model, in Django's order: by the names of their apps, and in an app by their plurals.
pub(super) static ALL: [&Model; 5] = [&GROUP, &USER, &POST, &BLACKLISTED, &OUTSTANDING];

/// A table whose rows can be seen at the admin.
pub(super) struct Model {
    /// Its name in URLs and rights, such as `post`.
    pub(super) name: &'static str,
    pub(super) app: App,
    /// What one row is called.
    pub(super) singular: &'static str,
    /// What its rows are called.
    pub(super) plural: &'static str,
    pub(super) table: &'static str,
    /// Further tables that the SQL below needs.
    pub(super) joins: &'static str,
    /// SQL of what a row is called.
    pub(super) text: &'static str,
    /// The table's columns, as far as they can be seen or asked for.
    pub(super) fields: &'static [Field],
    /// The columns of the list; the first one links to the row.
    pub(super) columns: &'static [Column],
    /// The order of the list where nobody chooses one: columns of SQL, and whether downwards.
    pub(super) order: &'static [(&'static str, bool)],
    /// Names of fields that the list can be filtered by.
    pub(super) filters: &'static [&'static str],
    /// SQL of what a search looks into.
    pub(super) search: &'static [&'static str],
    /// The form of a new row.
    pub(super) add: &'static [Fieldset],
    /// The form of a row that is there.
    pub(super) change: &'static [Fieldset],
    /// What can be done with the rows at all, whatever somebody's rights are.
    pub(super) allows: fn(Right) -> bool,
    /// Whether whoever only changes rows sees no form to change them with.
    pub(super) is_read_only: bool,
    /// Columns that a new row has now's date in.
    pub(super) stamped_when_added: &'static [&'static str],
    /// Columns that a row has now's date in whenever it is saved.
    pub(super) stamped_when_saved: &'static [&'static str],
    /// What goes along with a row that is deleted, in this order.
    pub(super) takes_along: &'static [Along],
}

/// A part of the project, as Django calls it.
pub(super) struct App {
    pub(super) label: &'static str,
    pub(super) name: &'static str,
}

/// A column of the table, or what is kept of a row in another table.
pub(super) struct Field {
    /// Its name in forms and look-ups.
    pub(super) name: &'static str,
    /// What people call it.
    pub(super) label: &'static str,
    /// What else is said of it in a form.
    pub(super) help: &'static str,
    /// Its column in the table; nothing where it has none.
    pub(super) column: &'static str,
    pub(super) kind: Kind,
    pub(super) is_required: bool,
    /// Whether no two rows may have the same value, and what is said then.
    pub(super) unique: Option<&'static str>,
    /// Whether nobody may change it by a form.
    pub(super) is_read_only: bool,
}

/// What a field holds, and how it is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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
pub(super) enum Target {
    User,
    Group,
    Permission,
    Outstanding,
}

/// A column of the list.
pub(super) struct Column {
    pub(super) label: &'static str,
    /// SQL of what is shown.
    pub(super) sql: &'static str,
    pub(super) shows: Shows,
    /// SQL of what it is ordered by.
    pub(super) order: &'static str,
}

/// How a column of the list is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shows {
    Text,
    YesOrNo,
    Moment,
}

/// Fields of a form under one heading.
pub(super) struct Fieldset {
    /// Empty for none.
    pub(super) heading: &'static str,
    pub(super) fields: &'static [&'static str],
}

/// Rows that go along with one that is deleted.
pub(super) struct Along {
    /// The model that they are rows of; none for what is not shown at the admin.
    pub(super) model: Option<&'static Model>,
    /// What one is called.
    pub(super) singular: &'static str,
    pub(super) plural: &'static str,
    pub(super) place: Place,
    /// SQL of what a row is called.
    pub(super) text: &'static str,
}

/// Where those rows are.
pub(super) enum Place {
    /// A table, and its column with the key of the row that is deleted.
    Table(&'static str, &'static str),
    /// The table between users and groups, and whether the row that is deleted is the user.
    Memberships { of_user: bool },
    /// The table between users and rights.
    Permissions,
}

const AUTH: App = App {
    label: "auth",
    name: "Authentication and Authorization",
};
const POSTS: App = App {
    label: "posts",
    name: "Posts",
};
const TOKENS: App = App {
    label: "token_blacklist",
    name: "Token Blacklist",
};

impl Field {
    const fn new(name: &'static str, label: &'static str, kind: Kind) -> Self {
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

    const fn key() -> Self {
        Self {
            is_read_only: true,
            ..Self::new("id", "ID", Kind::Number)
        }
    }

    const fn column(self, column: &'static str) -> Self {
        Self { column, ..self }
    }

    const fn optional(self) -> Self {
        Self {
            is_required: false,
            ..self
        }
    }

    const fn unique(self, message: &'static str) -> Self {
        Self {
            unique: Some(message),
            ..self
        }
    }

    const fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    const fn read_only(self) -> Self {
        Self {
            is_read_only: true,
            ..self
        }
    }
}

impl Column {
    const fn text(label: &'static str, sql: &'static str) -> Self {
        Self {
            label,
            sql,
            shows: Shows::Text,
            order: sql,
        }
    }

    const fn shows(self, shows: Shows) -> Self {
        Self { shows, ..self }
    }

    const fn order(self, order: &'static str) -> Self {
        Self { order, ..self }
    }
}

impl Model {
    /// A field by its name.
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The fields of a form.
    pub(super) fn fields_of(
        &self,
        form: &'static [Fieldset],
    ) -> impl Iterator<Item = &'static Field> {
        let names = form.iter().flat_map(|fieldset| fieldset.fields);
        names.filter_map(|name| self.field(name))
    }

    /// The columns of the list; users without names have none of them.
    pub(super) fn columns_of(&self, users: UserTable) -> Vec<&'static Column> {
        let is_there = |column: &&Column| users.has_username() || column.sql != "item.username";
        self.columns.iter().filter(is_there).collect()
    }

    /// Whether this is the other one.
    pub(super) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Target {
    /// The model that is referred to; rights have none.
    pub(super) fn model(&self) -> Option<&'static Model> {
        match self {
            Self::User => Some(&USER),
            Self::Group => Some(&GROUP),
            Self::Outstanding => Some(&OUTSTANDING),
            Self::Permission => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_declaration_names_is_there() {
        for model in ALL {
            let names = |form: &'static [Fieldset]| form.iter().flat_map(|set| set.fields);
            let named = names(model.add).chain(names(model.change));
            for name in named.chain(model.filters) {
                let has_it = model.field(name).is_some() || user::ASKED.contains(name);
                assert!(has_it, "{} has no {name}", model.name);
            }
            assert!(model.field("id").is_some(), "{}", model.name);
        }
    }
}
