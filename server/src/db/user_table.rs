//! Which table the users stand in: Django's own, or that of a project's user model.
//!
//! Statements are written for Django's table, and with it nothing here is asked for more than a flag. For another one
//! each statement is rewritten when it is first met, and kept for as long as the process lives.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// The name in the statements.
pub(crate) const DJANGOS: &str = "auth_user";

/// Where the users stand; none is Django's own table.
#[derive(Clone, Copy, Default)]
pub(crate) struct UserTable(Option<&'static Model>);

/// A project's user model, as far as the statements differ.
struct Model {
    table: String,
    by_email: bool,
    has_username: AtomicBool,
    fills: Vec<Fill>,
    /// What was rewritten, by the address of the original.
    texts: Mutex<HashMap<(usize, usize), &'static str>>,
}

/// A column that nothing here knows, and what a new row has there.
pub(super) struct Fill {
    pub(super) column: String,
    /// As a statement of this database writes it.
    pub(super) value: String,
    /// Whether it is another one for each row.
    pub(super) is_unique: bool,
}

impl UserTable {
    /// A table other than Django's own.
    pub(super) fn of(table: String, by_email: bool, fills: Vec<Fill>) -> Self {
        // one for each database that is opened with such settings
        Self(Some(Box::leak(Box::new(Model {
            table,
            by_email,
            has_username: AtomicBool::new(true),
            fills,
            texts: Mutex::default(),
        }))))
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        self.0.map_or(DJANGOS, |model| model.table.as_str())
    }

    /// The table that a statement calls so.
    pub(crate) fn named(self, table: &'static str) -> &'static str {
        if table == DJANGOS { self.name() } else { table }
    }

    /// What the statements call a table of this name; nothing where it is Django's, and another holds the users.
    pub(crate) fn standard(self, table: &str) -> &str {
        if table == self.name() {
            DJANGOS
        } else if table == DJANGOS {
            ""
        } else {
            table
        }
    }

    /// Whether users log in by their mail address.
    pub(crate) fn by_email(self) -> bool {
        self.0.is_some_and(|model| model.by_email)
    }

    /// Whether users have names beside it.
    pub(crate) fn has_username(self) -> bool {
        self.0
            .is_none_or(|model| model.has_username.load(Ordering::Relaxed))
    }

    /// The columns that nothing here knows, and that a new row is given a value for.
    pub(crate) fn filled(self) -> impl Iterator<Item = &'static str> {
        let fills = self.0.map_or(&[][..], |model| &model.fills);
        fills.iter().map(|fill| fill.column.as_str())
    }

    /// Whether a new row is given a value for this column, which nothing here knows.
    pub(crate) fn fills(self, column: &str) -> bool {
        self.fill(column).is_some()
    }

    /// Whether what it is given there is another value for each row.
    pub(crate) fn fills_uniquely(self, column: &str) -> bool {
        self.fill(column).is_some_and(|fill| fill.is_unique)
    }

    fn fill(self, column: &str) -> Option<&'static Fill> {
        let mut fills = self.0?.fills.iter();
        fills.find(|fill| fill.column == column)
    }

    /// A statement for this table.
    pub(crate) fn text(self, statement: &'static str) -> &'static str {
        match self.0 {
            None => statement,
            Some(model) => model.text(statement),
        }
    }

    /// The same for a statement that is put together while the program runs.
    pub(crate) fn dynamic(self, statement: &str) -> Cow<'_, str> {
        match self.0 {
            None => Cow::Borrowed(statement),
            Some(model) => Cow::Owned(model.rewritten(statement)),
        }
    }

    /// Says that users have no names.
    pub(super) fn has_no_username(self) {
        if let Some(model) = self.0 {
            model.has_username.store(false, Ordering::Relaxed);
        }
    }
}

impl Model {
    fn text(&self, statement: &'static str) -> &'static str {
        let key = (statement.as_ptr() as usize, statement.len());
        let mut texts = self.texts.lock().expect("nobody panics with this lock");
        // the statements of a program are a few dozen
        texts
            .entry(key)
            .or_insert_with(|| Box::leak(self.rewritten(statement).into_boxed_str()))
    }

    fn rewritten(&self, statement: &str) -> String {
        let table = quoted(&self.table);
        let mut text = String::with_capacity(statement.len() + table.len());
        let mut rest = statement;
        while let Some(at) = rest.find(DJANGOS) {
            let (before, found) = rest.split_at(at);
            let after = &found[DJANGOS.len()..];
            let is_in_word = |byte: Option<&u8>| {
                byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            };
            let is_other =
                is_in_word(before.as_bytes().last()) || is_in_word(after.as_bytes().first());
            text.push_str(before);
            text.push_str(if is_other { DJANGOS } else { &table });
            rest = after;
        }
        text.push_str(rest);
        if self.by_email {
            // what a user is called at the admin
            text = text.replace("(item.username)", "(item.email)");
            text = text.replace("(holder.username)", "(holder.email)");
        }
        if !self.has_username.load(Ordering::Relaxed) {
            for (from, to) in [
                ("author.username AS author", "'' AS author"),
                (", holder.username,", ", '' AS username,"),
                ("id, username,", "id, '' AS username,"),
                ("item.username", "item.email"),
            ] {
                text = text.replace(from, to);
            }
        }
        if statement.contains("INSERT INTO auth_user") {
            self.fill(&mut text);
        }
        text
    }

    /// Lets a new row have what the project's model gives it.
    fn fill(&self, text: &mut String) {
        let (mut names, mut values) = (String::new(), String::new());
        for fill in &self.fills {
            // writing to a text never fails
            let _ = write!(names, ", {}", quoted(&fill.column));
            let _ = write!(values, ", {}", fill.value);
        }
        *text = text
            .replace("last_login)", &format!("last_login{names})"))
            .replace("NULL", &format!("NULL{values}"));
    }
}

/// A name, whatever its letters.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, by_email: bool) -> UserTable {
        UserTable::of(name.to_owned(), by_email, Vec::new())
    }

    #[test]
    fn djangos_own_table_costs_nothing() {
        let statement = "SELECT id, username, email FROM auth_user";
        let own = UserTable::default();
        assert!(std::ptr::eq(own.text(statement), statement));
        assert!(own.has_username() && !own.by_email());
    }

    #[test]
    fn a_statement_is_written_for_another_table_once() {
        let people = table("people_user", false);
        let statement =
            "SELECT author.username AS author FROM auth_user AS author, auth_user_groups";
        let text = people.text(statement);
        assert_eq!(
            text,
            "SELECT author.username AS author FROM \"people_user\" AS author, auth_user_groups"
        );
        assert!(std::ptr::eq(text, people.text(statement)));
        assert_eq!(people.standard("people_user"), "auth_user");
        assert_eq!(people.standard("auth_user"), "");
    }

    #[test]
    fn users_without_names_have_none() {
        let people = table("my \"users\"", true);
        people.has_no_username();
        assert_eq!(
            people.text("SELECT id, username, email FROM auth_user"),
            "SELECT id, '' AS username, email FROM \"my \"\"users\"\"\""
        );
    }

    #[test]
    fn the_admin_calls_users_by_what_they_log_in_with() {
        let statement = "SELECT (item.username), item.username, (holder.username) FROM auth_user";
        let dynamic = |users: UserTable| users.dynamic(statement).into_owned();
        assert_eq!(dynamic(UserTable::default()), statement);
        assert_eq!(
            dynamic(table("u", true)),
            "SELECT (item.email), item.username, (holder.email) FROM \"u\""
        );
        let nameless = table("u", true);
        nameless.has_no_username();
        assert_eq!(
            dynamic(nameless),
            "SELECT (item.email), item.email, (holder.email) FROM \"u\""
        );
    }

    #[test]
    fn a_new_row_is_given_the_model_s_defaults() {
        let fill = |column: &str, value: &str| Fill {
            column: column.to_owned(),
            value: value.to_owned(),
            is_unique: value == "gen_random_uuid()",
        };
        let fills = vec![fill("nick", "'o''x'"), fill("code", "gen_random_uuid()")];
        let people = UserTable::of("u".to_owned(), false, fills);
        assert_eq!(
            people.text("INSERT INTO auth_user (email, last_login) VALUES ($1, NULL)"),
            "INSERT INTO \"u\" (email, last_login, \"nick\", \"code\") VALUES ($1, NULL, 'o''x', gen_random_uuid())"
        );
        assert!(people.fills("nick") && !people.fills_uniquely("nick"));
        assert!(people.fills_uniquely("code") && !people.fills("email"));
    }
}
