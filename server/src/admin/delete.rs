//! `/admin/APP/MODEL/ID/delete/`, and the action that deletes several: what goes along is shown first, and everything is
//! deleted in one transaction, with its lines of history.

use super::layout::{self, capitalised};
use super::log::{Author, Done};
use super::models::{Along, Model, Place, USER};
use super::pages::{Count, DeletePage, Deleted, Html, Level, Link, Node, Text, Verdict};
use super::rights::Right;
use super::tables::Tables;
use super::visit::{Outcome, Refusal, Visit};
use super::{object, preserved};
use crate::db::{self, Conn, Id, Query, Tx};

/// The name of the action.
pub(super) const SELECTED: &str = "delete_selected";
/// How many rows of a kind are shown by name.
const SHOWN: usize = 100;
/// How many rows one action deletes at most.
pub(super) const MOST: usize = 10_000;

/// Rows that go along, of one kind.
#[derive(Clone, Default)]
struct Found {
    /// Whose they are, and what they are called: the first of them.
    rows: Vec<(Id, Id, String)>,
    count: u64,
}

/// Asks whether to delete a row, and does it.
pub(super) async fn page(visit: &mut Visit<'_>, model: &'static Model, key: &str) -> Outcome {
    visit.must(Right::Delete, model)?;
    let found = object::find(visit, model, key).await?;
    let Some((id, text)) = found else {
        return Err(object::missing(visit, model, key));
    };
    let chosen = [(id, text.clone())];
    let along = along(visit, model, &[id]).await?;
    let stays = stays(visit, model, &[id]).await?;
    let needed = needed(visit, model, &along);
    if visit.is_post() && !visit.form.is_empty() {
        if !needed.is_empty() {
            return Err(Refusal::Forbidden);
        }
        delete(visit, model, chosen.to_vec()).await?;
        let said = format!("The {} “{text}” was deleted successfully.", model.singular);
        visit.say(Level::Success, said);
        // `response_delete` looks for the right to change alone
        let to = if visit.may_change(model) {
            preserved::after_change(visit, model)
        } else {
            visit.root()
        };
        return Err(Refusal::Redirect(to));
    }
    let title = if needed.is_empty() {
        "Delete".to_owned()
    } else {
        format!("Cannot delete {}", model.singular)
    };
    let mut page = layout::of_model(visit, &title, model);
    page.subtitle = Some(text.clone());
    let change = visit.row_url(model, id, "change");
    page.breadcrumbs
        .push(Link::new(text.clone(), change.clone()));
    page.here = Some("Delete".to_owned());
    let deleted = Deleted::One {
        model: model.singular.to_owned(),
        object: text,
    };
    let shown = Shown {
        deleted,
        stays,
        hidden: Vec::new(),
        back: change,
    };
    Ok(shown.page(visit, page, model, &chosen, &along, needed))
}

/// Asks whether to delete rows of a list, and does it.
pub(super) async fn selected(
    visit: &mut Visit<'_>,
    model: &'static Model,
    chosen: Vec<(Id, String)>,
    selected: &[String],
) -> Outcome {
    if chosen.len() > MOST {
        let said = format!(
            "More than {MOST} {} are selected. Narrow the list, and delete them in parts.",
            model.plural
        );
        visit.say(Level::Error, said);
        return Err(Refusal::Redirect(visit.here()));
    }
    let keys: Vec<_> = chosen.iter().map(|(id, _)| *id).collect();
    let along = along(visit, model, &keys).await?;
    let stays = stays(visit, model, &keys).await?;
    let needed = needed(visit, model, &along);
    let name = if chosen.len() == 1 {
        model.singular
    } else {
        model.plural
    };
    if visit.field("post").is_some_and(|post| !post.is_empty()) {
        if !needed.is_empty() {
            return Err(Refusal::Forbidden);
        }
        let count = chosen.len();
        if count > 0 {
            delete(visit, model, chosen).await?;
            let said = format!("Successfully deleted {count} {name}.");
            visit.say(Level::Success, said);
        }
        return Err(Refusal::Redirect(visit.here()));
    }
    let title = if needed.is_empty() {
        "Delete multiple objects".to_owned()
    } else {
        format!("Cannot delete {name}")
    };
    let mut page = layout::of_model(visit, &title, model);
    page.here = Some("Delete multiple objects".to_owned());
    let mut hidden = vec![("action".to_owned(), SELECTED.to_owned())];
    // what was selected across pages is asked for by its keys
    let named = chosen.iter().map(|(id, _)| id.to_string());
    let named: Vec<_> = if chosen.is_empty() {
        selected.to_vec()
    } else {
        named.collect()
    };
    hidden.extend(
        named
            .into_iter()
            .map(|key| ("_selected_action".to_owned(), key)),
    );
    let shown = Shown {
        deleted: Deleted::Selected {
            models: name.to_owned(),
        },
        stays,
        hidden,
        back: visit.here(),
    };
    Ok(shown.page(visit, page, model, &chosen, &along, needed))
}

/// What the two pages do not share.
struct Shown {
    deleted: Deleted,
    stays: Vec<Text>,
    hidden: Vec<(String, String)>,
    back: String,
}

impl Shown {
    fn page(
        self,
        visit: &Visit<'_>,
        page: super::pages::Page,
        model: &'static Model,
        chosen: &[(Id, String)],
        along: &[(&'static Along, Found)],
        needed: Vec<String>,
    ) -> String {
        let mut summary = vec![(capitalised(model.plural), Count::Exact(chosen.len() as u64))];
        let counts = along.iter().filter(|(_, found)| found.count > 0);
        summary.extend(
            counts.map(|(along, found)| (capitalised(along.plural), Count::Exact(found.count))),
        );
        let objects = chosen.iter().take(SHOWN).map(|(id, text)| {
            let below = along.iter().flat_map(|(along, found)| {
                let own = found.rows.iter().filter(|(owner, ..)| owner == id);
                own.map(|(_, key, text)| Node {
                    text: named(visit, along.model, along.singular, *key, text),
                    below: Vec::new(),
                })
            });
            Node {
                text: named(visit, Some(model), model.singular, *id, text),
                below: below.collect(),
            }
        });
        let objects = objects.collect();
        DeletePage {
            page,
            deleted: self.deleted,
            verdict: if needed.is_empty() {
                Verdict::Ask
            } else {
                Verdict::Forbidden(needed)
            },
            summary,
            objects,
            stays: self.stays,
            hidden: self.hidden,
            back: self.back,
        }
        .html()
    }
}

/// `Post: T`, with a link where there is a page of it.
fn named(
    visit: &Visit<'_>,
    model: Option<&'static Model>,
    singular: &str,
    id: Id,
    text: &str,
) -> Text {
    let singular = capitalised(singular);
    match model {
        Some(model) => {
            let link = Link::new(text, visit.row_url(model, id, "change"));
            Text::with_link(format!("{singular}: "), link, "")
        }
        None => format!("{singular}: {text}").into(),
    }
}

/// What the person may not delete, of what goes along.
fn needed(
    visit: &Visit<'_>,
    model: &'static Model,
    along: &[(&'static Along, Found)],
) -> Vec<String> {
    let mut needed = Vec::new();
    if !visit.may(Right::Delete, model) {
        needed.push(model.singular.to_owned());
    }
    for (along, found) in along {
        let Some(other) = along.model else {
            continue;
        };
        if found.count > 0 && !visit.may(Right::Delete, other) {
            needed.push(other.singular.to_owned());
        }
    }
    needed
}

/// What follows on SELECT or DELETE: the rows of a kind that go along with rows of these keys.
fn place(query: &mut Query, tables: &Tables, along: &Along, keys: &[Id]) {
    query.push(" FROM ");
    match along.place {
        Place::Table(table, column) => query.push(table).push(" AS along WHERE ").push(column),
        Place::Memberships { of_user } => {
            query.name(&tables.groups.table).push(" AS along WHERE ");
            if of_user {
                query.name(&tables.groups.user)
            } else {
                query.push("group_id")
            }
        }
        Place::Permissions => query
            .name(&tables.permissions.table)
            .push(" AS along WHERE ")
            .name(&tables.permissions.user),
    };
    query.push(" IN (").values(keys.iter().copied()).push(")");
}

/// The column of [`place`].
fn owner(query: &mut Query, tables: &Tables, along: &Along) {
    match along.place {
        Place::Table(_, column) => query.push(column),
        Place::Memberships { of_user: true } => query.name(&tables.groups.user),
        Place::Memberships { of_user: false } => query.push("group_id"),
        Place::Permissions => query.name(&tables.permissions.user),
    };
}

async fn along(
    visit: &Visit<'_>,
    model: &'static Model,
    keys: &[Id],
) -> db::Result<Vec<(&'static Along, Found)>> {
    if keys.is_empty() || model.takes_along.is_empty() {
        return Ok(Vec::new());
    }
    let tables = &visit.admin.tables;
    let queries = model.takes_along.iter().map(|along| {
        let mut count = Query::new("SELECT COUNT(*)");
        place(&mut count, tables, along, keys);
        let mut rows = Query::new("SELECT ");
        owner(&mut rows, tables, along);
        rows.push(", along.id, ").push(along.text);
        place(&mut rows, tables, along, keys);
        rows.push(" ORDER BY along.id LIMIT ").value(SHOWN as u64);
        (along, count, rows)
    });
    let queries: Vec<_> = queries.collect();
    let found = visit.app.db().read(move |conn| {
        Box::pin(async move {
            let mut found = Vec::new();
            for (along, count, rows) in queries {
                found.push((along, read(conn, &count, &rows).await?));
            }
            Ok(found)
        })
    });
    found.await
}

/// What is not deleted, and names none of them any more.
async fn stays(visit: &Visit<'_>, model: &Model, keys: &[Id]) -> db::Result<Vec<Text>> {
    if !model.is(&USER) || keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut query =
        Query::new("SELECT COUNT(*) FROM token_blacklist_outstandingtoken WHERE user_id IN (");
    query.values(keys.iter().copied()).push(")");
    let count = visit
        .app
        .db()
        .read(move |conn| Box::pin(async move { query.scalar::<i64>(conn).await }));
    let text = match count.await?.unwrap_or(0) {
        0 => return Ok(Vec::new()),
        1 => "1 outstanding token stays, and no longer names a user.".to_owned(),
        count => format!("{count} outstanding tokens stay, and no longer name a user."),
    };
    Ok(vec![text.into()])
}

async fn read(conn: &mut Conn<'_>, count: &Query, rows: &Query) -> db::Result<Found> {
    let count = count.scalar::<i64>(conn).await?;
    let count = count.and_then(|count| u64::try_from(count).ok());
    let rows = rows.rows(conn, |row| Ok((row.next()?, row.next()?, row.next()?)));
    Ok(Found {
        rows: rows.await?,
        count: count.unwrap_or(0),
    })
}

/// Deletes rows with all that goes along.
async fn delete(
    visit: &mut Visit<'_>,
    model: &'static Model,
    chosen: Vec<(Id, String)>,
) -> Result<(), Refusal> {
    let author = Author::of(visit, visit.staff()?.id(), model);
    let mut steps = Vec::new();
    let named: Vec<_> = chosen.iter().map(|(id, _)| *id).collect();
    for along in model.takes_along {
        let mut step = Query::new("DELETE");
        place(&mut step, &visit.admin.tables, along, &named);
        steps.push(step);
    }
    if model.is(&USER) {
        // their tokens stay, and are nobody's
        let mut step = Query::new(
            "UPDATE token_blacklist_outstandingtoken SET user_id = NULL WHERE user_id IN (",
        );
        step.values(named.iter().copied()).push(")");
        steps.push(step);
    }
    let mut step = Query::new("DELETE FROM ");
    step.push(model.table).push(" WHERE id IN (");
    step.values(named).push(")");
    steps.push(step);
    let done = visit.app.db().write_patiently(move |tx| {
        let (steps, chosen) = (steps.clone(), chosen.clone());
        Box::pin(async move { run(tx, author, &chosen, &steps).await })
    });
    match done.await {
        // rows of a table that nothing here knows
        Err(db::Error::Dangling(why)) => {
            tracing::warn!(cause = %why, "rows were not deleted, since rows of another table refer to them");
            let said = "Nothing was deleted: rows of a table that this site does not know refer to what you chose. Delete them first.";
            visit.say(Level::Error, said);
            Err(Refusal::Redirect(visit.list_url(model)))
        }
        done => Ok(done?),
    }
}

async fn run(
    tx: &mut Tx<'_>,
    author: Author,
    chosen: &[(Id, String)],
    steps: &[Query],
) -> db::Result<()> {
    for (id, text) in chosen {
        author.note(tx, Done::Deleted, *id, text, "").await?;
    }
    for step in steps {
        step.execute(tx).await?;
    }
    Ok(())
}
