//! What a parameter such as `is_staff__exact=1` means: a look-up of Django's ORM, as far as lists take it.

use django::python::{self, Int};

use crate::admin::dates;
use crate::admin::models::{self, Field, Kind, Model, Target, USER};
use crate::admin::visit::{Refusal, Visit};
use crate::db::{Dialect, Moment, Query, Value};

/// Whether people may look for rows so.
///
/// # Errors
/// 400 where it would tell of a password, or of rows of another model.
pub(super) fn allow(model: &'static Model, name: &str) -> Result<(), Refusal> {
    let refused = || Refusal::BadRequest(format!("Filtering by {} is not allowed", shown(name)));
    if model.is(&USER) && name.starts_with("password") {
        return Err(refused());
    }
    let mut parts = name.split("__");
    let first = parts.next().unwrap_or_default();
    if let Some(other) = pointing_at(model, first) {
        let leads_on = parts
            .next()
            .is_some_and(|next| field(other, next).is_some());
        return if leads_on { Err(refused()) } else { Ok(()) };
    }
    let field = field(model, first);
    let Some(Kind::To(target) | Kind::Many(target)) = field.map(|field| field.kind) else {
        return Ok(());
    };
    let leads_on = parts.next().is_some_and(|next| {
        let is_key = ["id", "pk"].contains(&next);
        !is_key && is_field_of(target, next)
    });
    if leads_on { Err(refused()) } else { Ok(()) }
}

/// The model whose rows point at those of another, by the name that Django has for them.
fn pointing_at(model: &Model, name: &str) -> Option<&'static Model> {
    let all: [(&Model, &str, &'static Model); 4] = [
        (&USER, "posts", &models::POST),
        (&USER, "outstandingtoken", &models::OUTSTANDING),
        (&models::GROUP, "user", &USER),
        (
            &models::OUTSTANDING,
            "blacklistedtoken",
            &models::BLACKLISTED,
        ),
    ];
    let found = all
        .into_iter()
        .find(|(to, known, _)| model.is(to) && *known == name);
    found.map(|(_, _, from)| from)
}

fn shown(name: &str) -> String {
    name.chars().take(100).collect()
}

fn field(model: &'static Model, name: &str) -> Option<&'static Field> {
    if name == "pk" {
        return model.field("id");
    }
    let by_column = |field: &&Field| !field.column.is_empty() && field.column == name;
    let field = model.field(name);
    field.or_else(|| model.fields.iter().find(by_column))
}

fn is_field_of(target: &Target, name: &str) -> bool {
    match models::target(target) {
        Some(model) => field(model, name).is_some(),
        None => ["name", "codename", "content_type", "content_type_id"].contains(&name),
    }
}

/// A look-up as a condition; none where it means nothing.
pub(super) fn condition(
    visit: &Visit<'_>,
    model: &'static Model,
    name: &str,
    value: &str,
) -> Option<Query> {
    if value.contains('\0') {
        return None;
    }
    let mut parts = name.split("__").peekable();
    let field = field(model, parts.next()?)?;
    let is_relation = matches!(field.kind, Kind::To(_) | Kind::Many(_));
    if is_relation {
        parts.next_if(|next| ["id", "pk"].contains(next));
    }
    let test = parts.next().unwrap_or("exact");
    if parts.next().is_some() {
        return None;
    }
    match field.kind {
        Kind::Many(target) => memberships(visit, model, target, test, value),
        _ => tested(visit, field, test, value),
    }
}

/// A test of a column.
fn tested(visit: &Visit<'_>, field: &Field, test: &str, value: &str) -> Option<Query> {
    let (kind, column) = (field.kind, field.column);
    let mut query = Query::default();
    match test {
        "exact" | "gt" | "gte" | "lt" | "lte" => {
            let sign = match test {
                "exact" => " = ",
                "gt" => " > ",
                "gte" => " >= ",
                "lt" => " < ",
                _ => " <= ",
            };
            match read(visit, kind, value)? {
                Some(value) => query.push("item.").push(column).push(sign).value(value),
                None => query.push(NEVER),
            };
        }
        "in" => {
            let values = value.split(',').map(|value| read(visit, kind, value));
            let values: Option<Vec<_>> = values.collect();
            query.push("item.").push(column).push(" IN (");
            query.values(values?.into_iter().flatten()).push(")");
        }
        "isnull" => {
            query.push("item.").push(column).push(if is_set(value) {
                " IS NULL"
            } else {
                " IS NOT NULL"
            });
        }
        _ => {
            let (test, is_open) = match test.strip_prefix('i') {
                Some(test) => (test, true),
                None => (test, false),
            };
            let (before, after) = match test {
                "contains" => ("%", "%"),
                "startswith" => ("", "%"),
                "endswith" => ("%", ""),
                "exact" if is_open => ("", ""),
                _ => return None,
            };
            let pattern = format!("{before}{}{after}", escaped(value));
            like(
                &mut query,
                visit.app.admin_db().dialect(),
                ["item.", column],
                pattern,
                is_open,
            );
        }
    }
    Some(query)
}

/// What no row meets.
const NEVER: &str = "1 = 0";

/// Whether the value of `isnull` says that it is.
fn is_set(value: &str) -> bool {
    !["", "false", "0"].contains(&value.to_lowercase().as_str())
}

/// A value as its column has it: none of both where it is no such value, none where no row can have it.
#[expect(
    clippy::option_option,
    reason = "a wrong value and one that no row has are two things"
)]
fn read(visit: &Visit<'_>, kind: Kind, value: &str) -> Option<Option<Value>> {
    match kind {
        Kind::Number | Kind::To(_) | Kind::Many(_) => match python::int(value)? {
            Int::Fits(number) => Some(Some(number.into())),
            Int::Beyond => Some(None),
        },
        Kind::Flag => match value {
            "1" | "True" | "t" => Some(Some(true.into())),
            "0" | "False" | "f" => Some(Some(false.into())),
            _ => None,
        },
        Kind::Moment | Kind::MaybeMoment => moment(visit, value).map(|at| Some(at.into())),
        Kind::Line(_)
        | Kind::Lines
        | Kind::Username
        | Kind::Email
        | Kind::Password
        | Kind::Secret => Some(Some(value.into())),
    }
}

fn moment(visit: &Visit<'_>, value: &str) -> Option<Moment> {
    let (date, time) = value.split_once([' ', 'T']).unwrap_or((value, "00:00"));
    dates::read(visit.app.dates(), date, time).ok()
}

/// A test of the rows that a row is tied to.
fn memberships(
    visit: &Visit<'_>,
    model: &Model,
    target: &Target,
    test: &str,
    value: &str,
) -> Option<Query> {
    let tables = &visit.admin.tables;
    let (between, other) = match (model.is(&USER), target) {
        (true, Target::Group) => (&tables.groups, "group_id"),
        (true, _) => (&tables.permissions, "permission_id"),
        (false, _) => (&tables.of_groups, "permission_id"),
    };
    let mut query = Query::new(match test {
        "isnull" if is_set(value) => "item.id NOT IN (SELECT ",
        _ => "item.id IN (SELECT ",
    });
    query
        .name(&between.user)
        .push(" FROM ")
        .name(&between.table);
    match test {
        "isnull" => {}
        "exact" => match read(visit, Kind::Number, value)? {
            Some(key) => {
                query.push(" WHERE ").push(other).push(" = ").value(key);
            }
            None => return Some(Query::new(NEVER)),
        },
        "in" => {
            let keys = value.split(',').map(|key| read(visit, Kind::Number, key));
            let keys: Option<Vec<_>> = keys.collect();
            query.push(" WHERE ").push(other).push(" IN (");
            query.values(keys?.into_iter().flatten()).push(")");
        }
        _ => return None,
    }
    query.push(")");
    Some(query)
}

/// Rows of which one of the columns has this word in it, whatever its letters' case.
pub(super) fn has_word(dialect: Dialect, columns: &'static [&'static str], word: &str) -> Query {
    let pattern = format!("%{}%", escaped(word));
    if word.contains('\u{1}') || pattern.len() > 40_000 {
        return Query::new(NEVER);
    }
    let mut query = Query::new("(");
    match dialect {
        // each by itself: to put them together would take as long again
        Dialect::Sqlite => {
            for (at, column) in columns.iter().enumerate() {
                query.push(if at > 0 { " OR " } else { "" }).push(column);
                query.push(" LIKE ").value(pattern.as_str());
                query.push(" ESCAPE '\\'");
            }
        }
        Dialect::Postgres => {
            // together, with a character between them that no word has: one look at a long text costs less than several
            let mut text = Query::new("(");
            for (at, column) in columns.iter().enumerate() {
                text.push(if at > 0 { " || chr(1) || " } else { "" });
                text.push("COALESCE(CAST(").push(column);
                text.push(" AS text), '')");
            }
            text.push(")");
            // most rows are ruled out by their ASCII letters, which cost a tenth of those of a locale; not where one
            // letter has two as its capital, as in ICU's
            if let Some(pattern) = coarse(word) {
                query.push("(UPPER(chr(223) COLLATE \"default\") <> chr(223) OR UPPER(");
                query.append(&text).push(" COLLATE \"C\") LIKE ");
                query.value(pattern).push(") AND ");
            }
            // and to look for a text costs less than to compare with a pattern
            query.push("strpos(UPPER(").append(&text);
            query.push(" COLLATE \"default\"), UPPER(").value(word);
            query.push(")) > 0");
        }
    }
    query.push(")");
    query
}

/// A pattern that every text meets which has this word in it, by the capitals of ASCII alone. None where it would tell
/// nothing.
///
/// In some locale, i and s are the lower case of letters beyond ASCII or the other way round: dotless i, long s.
fn coarse(word: &str) -> Option<String> {
    let is_known = |char: &char| char.is_ascii() && !b"isIS".contains(&(*char as u8));
    word.chars().find(is_known)?;
    let mut pattern = String::from("%");
    for char in word.chars() {
        match char {
            '\\' | '%' | '_' => pattern.extend(['\\', char]),
            char if is_known(&char) => pattern.push(char.to_ascii_uppercase()),
            _ => pattern.push('_'),
        }
    }
    pattern.push('%');
    Some(pattern)
}

/// A pattern that means its text.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for char in text.chars() {
        if ['\\', '%', '_'].contains(&char) {
            pattern.push('\\');
        }
        pattern.push(char);
    }
    pattern
}

/// SQLite's LIKE is open to the case of ASCII letters, and refuses patterns beyond 50,000 bytes.
fn like(
    query: &mut Query,
    dialect: Dialect,
    [table, column]: [&'static str; 2],
    pattern: String,
    is_open: bool,
) {
    if pattern.len() > 40_000 {
        query.push(NEVER);
        return;
    }
    let (before, between, after) = match (dialect, is_open) {
        (Dialect::Sqlite, _) => ("CAST(", " AS text) LIKE ", " ESCAPE '\\'"),
        // a column may have a collation that knows no LIKE
        (Dialect::Postgres, true) => (
            "UPPER(CAST(",
            " AS text) COLLATE \"default\") LIKE UPPER(",
            ")",
        ),
        (Dialect::Postgres, false) => ("CAST(", " AS text) COLLATE \"default\" LIKE ", ""),
    };
    query.push(before).push(table).push(column).push(between);
    query.value(pattern).push(after);
}
