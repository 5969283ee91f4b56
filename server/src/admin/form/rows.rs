//! The SQL of forms: a row is read, added or changed with what it is tied to, and with its line of history, in one
//! transaction.

use secrecy::{ExposeSecret, SecretString};

use super::asked::{Asked, Content, Contents, NOT_AVAILABLE};
use super::fields::fields_of;
use crate::admin::log::{self, Author, Done};
use crate::admin::models::{self, Field, Kind, Model, Target, USER};
use crate::admin::tables::{self, Between};
use crate::admin::visit::Visit;
use crate::db::{self, Conn, Id, Moment, Query, Tx, Value};

/// A row as its form shows it.
pub(super) struct Row {
    pub(super) id: Id,
    pub(super) text: String,
    pub(super) contents: Contents,
}

/// A table between a model and another, for one of the model's fields.
#[derive(Clone)]
struct Tie {
    field: &'static Field,
    between: Between,
    other: &'static str,
    /// Where the rows are that may be tied to.
    target: &'static str,
}

/// How a model's rows are read.
#[derive(Clone)]
pub(super) struct Read {
    model: &'static Model,
    fields: Vec<&'static Field>,
    ties: Vec<Tie>,
}

impl Read {
    pub(super) fn of(visit: &Visit<'_>, model: &'static Model) -> Self {
        let fields = fields_of(visit, model, model.change);
        let has_column = |field: &&Field| !matches!(field.kind, Kind::Many(_));
        let tables = &visit.admin.tables;
        let tie = |field: &&'static Field| {
            let Kind::Many(target) = field.kind else {
                return None;
            };
            let (between, other, target) = match (model.is(&USER), target) {
                (true, Target::Group) => (&tables.groups, "group_id", "auth_group"),
                (true, _) => (&tables.permissions, "permission_id", "auth_permission"),
                (false, _) => (&tables.of_groups, "permission_id", "auth_permission"),
            };
            Some(Tie {
                field,
                between: between.clone(),
                other,
                target,
            })
        };
        Self {
            model,
            ties: fields.iter().filter_map(tie).collect(),
            fields: fields.iter().copied().filter(has_column).collect(),
        }
    }

    /// A row as its form shows it.
    pub(super) async fn row(&self, conn: &mut Conn<'_>, id: Id) -> db::Result<Option<Row>> {
        let mut query = Query::new("SELECT item.id, ");
        query.push(self.model.text);
        for field in &self.fields {
            query.push(", ");
            match field.kind {
                // a token that could be used is never shown
                Kind::Secret => query.push("''"),
                Kind::Flag => query.push("item.").push(field.column).push(" = TRUE"),
                _ => query.push("item.").push(field.column),
            };
        }
        query.append(&tables::from(self.model));
        query.push(" WHERE item.id = ").value(id);
        let row = query.row(conn, |row| {
            let (id, text) = (row.next::<Id>()?, row.next::<String>()?);
            let mut contents = Contents::new();
            for field in &self.fields {
                let content = match field.kind {
                    Kind::Flag => Content::Flag(row.next()?),
                    Kind::Moment | Kind::MaybeMoment => Content::Moment(row.next()?),
                    Kind::To(_) => Content::Key(row.next()?),
                    Kind::Number => Content::Text(row.next::<Id>()?.to_string()),
                    _ => Content::Text(row.next::<Option<String>>()?.unwrap_or_default()),
                };
                contents.push((field, content));
            }
            Ok(Row { id, text, contents })
        });
        let Some(mut row) = row.await? else {
            return Ok(None);
        };
        for tie in &self.ties {
            let keys = tie.keys(conn, id).await?;
            row.contents.push((tie.field, Content::Keys(keys)));
        }
        Ok(Some(row))
    }
}

impl Tie {
    async fn keys(&self, conn: &mut Conn<'_>, id: Id) -> db::Result<Vec<Id>> {
        let mut query = Query::new("SELECT ");
        query
            .push(self.other)
            .push(" FROM ")
            .name(&self.between.table);
        query
            .push(" WHERE ")
            .name(&self.between.user)
            .push(" = ")
            .value(id);
        query.push(" ORDER BY ").push(self.other);
        query.scalars(conn).await
    }

    /// Ties a row to these and no others.
    async fn set(&self, tx: &mut Tx<'_>, id: Id, before: &[Id], keys: &[Id]) -> db::Result<()> {
        let Between { table, user } = &self.between;
        let is_gone = |key: &&Id| !keys.contains(key);
        let gone: Vec<_> = before.iter().filter(is_gone).copied().collect();
        if !gone.is_empty() {
            let mut query = Query::new("DELETE FROM ");
            query
                .name(table)
                .push(" WHERE ")
                .name(user)
                .push(" = ")
                .value(id);
            query
                .push(" AND ")
                .push(self.other)
                .push(" IN (")
                .values(gone)
                .push(")");
            query.execute(tx).await?;
        }
        for key in keys.iter().filter(|key| !before.contains(key)) {
            let mut query = Query::new("INSERT INTO ");
            query
                .name(table)
                .push(" (")
                .name(user)
                .push(", ")
                .push(self.other);
            query.push(") VALUES (").value(id).push(", ").value(*key);
            query.push(") ON CONFLICT DO NOTHING");
            query.execute(tx).await?;
        }
        Ok(())
    }
}

/// What a form writes.
#[derive(Clone)]
pub(super) struct Plan {
    read: Read,
    contents: Contents,
    author: Author,
    now: Moment,
    /// Of a new user.
    password: Option<SecretString>,
}

/// What came of it.
pub(super) enum Saved {
    /// The row, and what it is called now.
    Done(Id, String),
    /// What is wrong with fields, by their names.
    Wrong(Vec<(&'static str, String)>),
    /// There is no such row any more.
    Gone,
}

impl Plan {
    pub(super) fn of(
        visit: &Visit<'_>,
        model: &'static Model,
        asked: &Asked,
        author: Author,
        password: Option<SecretString>,
    ) -> Self {
        Self {
            read: Read::of(visit, model),
            contents: asked.right(),
            author,
            now: visit.app.dates().kept(visit.now),
            password,
        }
    }

    /// What the rows that are there refuse.
    pub(super) async fn refused(
        &self,
        tx: &mut Tx<'_>,
        id: Option<Id>,
    ) -> db::Result<Vec<(&'static str, String)>> {
        let model = self.read.model;
        let mut wrong = Vec::new();
        for (field, content) in &self.contents {
            let name = field.name;
            match (field.kind, content) {
                (Kind::To(target), Content::Key(Some(key))) => {
                    let table =
                        models::target(target).map_or("auth_permission", |model| model.table);
                    if !are_there(tx, table, &[*key]).await?.is_empty() {
                        wrong.push((name, NOT_AVAILABLE.to_owned()));
                    }
                }
                (Kind::Many(_), Content::Keys(keys)) => {
                    let tie = self.read.ties.iter().find(|tie| tie.field.name == name);
                    let table = tie.map_or("auth_permission", |tie| tie.target);
                    for key in are_there(tx, table, keys).await? {
                        wrong.push((
                            name,
                            format!(
                                "Select a valid choice. {key} is not one of the available choices."
                            ),
                        ));
                    }
                }
                _ => {}
            }
            if let Some(message) = unique(model, field, tx)
                && wrong.iter().all(|(known, _)| *known != name)
                && self.is_taken(tx, field, content, id).await?
            {
                wrong.push((name, message.to_owned()));
            }
        }
        Ok(wrong)
    }

    async fn is_taken(
        &self,
        tx: &mut Tx<'_>,
        field: &Field,
        content: &Content,
        id: Option<Id>,
    ) -> db::Result<bool> {
        let (table, column) = (self.read.model.table, field.column);
        let value: Value = match content {
            Content::Text(text) => text.as_str().into(),
            Content::Key(key) => (*key).into(),
            _ => return Ok(false),
        };
        if value == Value::Null {
            return Ok(false);
        }
        let mut query = Query::new("SELECT id FROM ");
        query.push(table).push(" WHERE ");
        // nobody is given a new name that differs from another by case alone
        if field.kind == Kind::Username && id.is_none() {
            query
                .push("UPPER(")
                .push(column)
                .push(") = UPPER(")
                .value(value)
                .push(")");
        } else {
            query.push(column).push(" = ").value(value);
        }
        if let Some(id) = id {
            query.push(" AND id <> ").value(id);
        }
        query.push(" LIMIT 1");
        Ok(query.scalar::<Id>(tx).await?.is_some())
    }

    /// Columns with their values.
    fn columns(&self) -> Vec<(&'static str, Value)> {
        let mut columns = Vec::new();
        for (field, content) in &self.contents {
            let value = match content {
                Content::Text(text) => text.as_str().into(),
                Content::Flag(flag) => (*flag).into(),
                Content::Moment(at) => (*at).into(),
                Content::Key(key) => (*key).into(),
                Content::Keys(_) => continue,
            };
            columns.push((field.column, value));
        }
        for column in self.read.model.stamped_when_saved {
            columns.push((column, self.now.into()));
        }
        columns
    }
}

/// Whether no two rows may have the same in a field, and what is said then.
fn unique(model: &Model, field: &Field, conn: &Conn<'_>) -> Option<&'static str> {
    let is_address = model.is(&USER) && field.kind == Kind::Email && conn.users().by_email();
    if is_address {
        return Some("User with this Email address already exists.");
    }
    field.unique
}

/// Those of some keys that no row has.
async fn are_there(tx: &mut Tx<'_>, table: &'static str, keys: &[Id]) -> db::Result<Vec<Id>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Query::new("SELECT id FROM ");
    query.push(table).push(" WHERE id IN (");
    query.values(keys.iter().copied()).push(")");
    let found = query.scalars::<Id>(tx).await?;
    Ok(keys
        .iter()
        .filter(|key| !found.contains(key))
        .copied()
        .collect())
}

/// Adds a row.
pub(super) async fn add(tx: &mut Tx<'_>, plan: &Plan) -> db::Result<Saved> {
    let model = plan.read.model;
    let wrong = plan.refused(tx, None).await?;
    if !wrong.is_empty() {
        tx.abandon();
        return Ok(Saved::Wrong(wrong));
    }
    let id = match &plan.password {
        Some(password) => super::user::insert(tx, plan.user(password)).await?,
        None => insert(tx, plan).await?,
    };
    let Some(id) = id else {
        tx.abandon();
        let taken = plan.contents.iter().find_map(|(field, _)| {
            let message = unique(model, field, tx)?;
            Some((field.name, message.to_owned()))
        });
        return Ok(Saved::Wrong(taken.into_iter().collect()));
    };
    for (field, content) in &plan.contents {
        let tie = plan
            .read
            .ties
            .iter()
            .find(|tie| tie.field.name == field.name);
        if let (Some(tie), Content::Keys(keys)) = (tie, content) {
            tie.set(tx, id, &[], keys).await?;
        }
    }
    let text = text(tx, model, id).await?;
    plan.author
        .note(tx, Done::Added, id, &text, log::ADDED)
        .await?;
    Ok(Saved::Done(id, text))
}

impl Plan {
    fn user(&self, password: &SecretString) -> super::user::New {
        let text = |name: &str| {
            let found = self.contents.iter().find(|(field, _)| field.name == name);
            match found {
                Some((_, Content::Text(text))) => text.clone(),
                _ => String::new(),
            }
        };
        super::user::New {
            username: text("username"),
            email: text("email"),
            password: password.expose_secret().to_owned(),
            date_joined: self.now,
        }
    }
}

async fn insert(tx: &mut Tx<'_>, plan: &Plan) -> db::Result<Option<Id>> {
    let mut columns = plan.columns();
    for column in plan.read.model.stamped_when_added {
        columns.push((column, plan.now.into()));
    }
    let mut query = Query::new("INSERT INTO ");
    query.push(plan.read.model.table).push(" (");
    for (at, (name, _)) in columns.iter().enumerate() {
        query.push(if at > 0 { ", " } else { "" }).push(name);
    }
    query.push(") VALUES (");
    query.values(columns.into_iter().map(|(_, value)| value));
    query.push(") ON CONFLICT DO NOTHING RETURNING id");
    query.scalar::<Id>(tx).await
}

/// Changes a row; what stands in it already is left alone.
pub(super) async fn change(tx: &mut Tx<'_>, plan: &Plan, id: Id) -> db::Result<Saved> {
    let model = plan.read.model;
    let Some(before) = plan.read.row(tx, id).await? else {
        return Ok(Saved::Gone);
    };
    let wrong = plan.refused(tx, Some(id)).await?;
    if !wrong.is_empty() {
        tx.abandon();
        return Ok(Saved::Wrong(wrong));
    }
    let mut labels = Vec::new();
    let mut unchanged = Vec::new();
    for (field, content) in &plan.contents {
        let old = before
            .contents
            .iter()
            .find(|(known, _)| known.name == field.name);
        if old.is_some_and(|(_, old)| is_same(old, content)) {
            unchanged.push(field.column);
            continue;
        }
        labels.push(field.label);
        let tie = plan
            .read
            .ties
            .iter()
            .find(|tie| tie.field.name == field.name);
        if let (Some(tie), Content::Keys(keys), Some((_, Content::Keys(before)))) =
            (tie, content, old)
        {
            tie.set(tx, id, before, keys).await?;
        }
    }
    let columns = plan.columns().into_iter();
    let columns: Vec<_> = columns
        .filter(|(name, _)| !unchanged.contains(name))
        .collect();
    if !columns.is_empty() {
        let mut query = Query::new("UPDATE ");
        query.push(model.table).push(" SET ");
        for (at, (name, value)) in columns.into_iter().enumerate() {
            query.push(if at > 0 { ", " } else { "" }).push(name);
            query.push(" = ").value(value);
        }
        query.push(" WHERE id = ").value(id);
        if query.execute(tx).await? == 0 {
            tx.abandon();
            return Ok(Saved::Gone);
        }
    }
    let text = text(tx, model, id).await?;
    let message = log::changed(&labels);
    plan.author
        .note(tx, Done::Changed, id, &text, &message)
        .await?;
    Ok(Saved::Done(id, text))
}

/// Whether a form holds what a row does: it has no parts of a second.
fn is_same(old: &Content, new: &Content) -> bool {
    match (old, new) {
        (Content::Moment(Some(old)), Content::Moment(Some(new))) => old.whole_seconds() == *new,
        _ => old == new,
    }
}

/// What a row is called.
async fn text(tx: &mut Tx<'_>, model: &Model, id: Id) -> db::Result<String> {
    let mut query = Query::new("SELECT ");
    query.push(model.text).append(&tables::from(model));
    query.push(" WHERE item.id = ").value(id);
    let text = query.scalar::<String>(tx).await?;
    text.ok_or(db::Error::NoRow)
}
