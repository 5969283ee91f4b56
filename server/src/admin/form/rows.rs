//! The SQL of forms: a row is added or changed with what it is tied to, and with its line of history, in one transaction.

use secrecy::{ExposeSecret, SecretString};

use super::asked::{Asked, Content, Contents};
use super::read_rows::Read;
use super::refused_rows::refused;
use crate::admin::log;
use crate::admin::log_rows::{Author, Done};
use crate::admin::models::Model;
use crate::admin::tables;
use crate::admin::visit::Visit;
use crate::db::{self, Id, Moment, Query, Tx, Value};

/// What a form writes.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) read: Read,
    pub(super) contents: Contents,
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

/// Adds a row.
pub(super) async fn add(tx: &mut Tx<'_>, plan: &Plan) -> db::Result<Saved> {
    let model = plan.read.model;
    let wrong = refused(tx, &plan.read, &plan.contents, None).await?;
    if !wrong.is_empty() {
        tx.abandon();
        return Ok(Saved::Wrong(wrong));
    }
    let id = match &plan.password {
        Some(password) => super::user::insert(tx, plan.user(password)).await?,
        None => insert(tx, plan).await?,
    };
    let id = id.ok_or_else(|| dropped(model))?;
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

/// A row that a trigger did not let be written, or that another's is in the way of.
fn dropped(model: &Model) -> db::Error {
    db::Error::Refused(format!("a row of {} was not written", model.table))
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
    query.push(") RETURNING id");
    query.scalar::<Id>(tx).await
}

/// Changes a row; what stands in it already is left alone.
pub(super) async fn change(tx: &mut Tx<'_>, plan: &Plan, id: Id) -> db::Result<Saved> {
    let model = plan.read.model;
    let Some(before) = plan.read.row(tx, id).await? else {
        return Ok(Saved::Gone);
    };
    let wrong = refused(tx, &plan.read, &plan.contents, Some(id)).await?;
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
            if plan.read.row(tx, id).await?.is_some() {
                return Err(dropped(model));
            }
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
    query.shown(model.text).append(&tables::from(model));
    query.push(" WHERE item.id = ").value(id);
    let text = query.scalar::<String>(tx).await?;
    text.ok_or(db::Error::NoRow)
}
