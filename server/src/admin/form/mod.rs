//! `/admin/APP/MODEL/add/` and `…/ID/change/`: the forms of a model's rows.
//!
//! `asked.rs` reads what a form holds and says what is wrong with it, `read_rows.rs` reads a row and `rows.rs` writes it, with
//! its ties (`tie_rows.rs`) and if no other row is against it (`refused_rows.rs`); `choices.rs` says what selects offer, `view.rs`
//! and `widgets.rs` what is shown.

mod asked;
mod choices;
mod fields;
mod read_rows;
mod refused_rows;
mod rows;
mod tie_rows;
mod user;
mod view;
mod widgets;

use self::asked::Asked;
use self::read_rows::{Read, Row};
use self::rows::Saved;
use super::log_rows::Author;
use super::models::{Model, USER};
use super::pages::{Level, Link, Text};
use super::rights::Right;
use super::visit::{Outcome, Refusal, Visit};
use super::{object, popup, preserved};
use crate::db::{self, Id};
use crate::http::error::RULE;

/// The form of a new row, and what comes of it.
pub(super) async fn add(visit: &mut Visit<'_>, model: &'static Model) -> Outcome {
    popup::must_be_key(visit)?;
    if !visit.may_add(model) {
        return Err(Refusal::Forbidden);
    }
    if !visit.is_post() {
        let asked = Asked::initial(visit, model);
        return view::add(visit, model, asked).await;
    }
    let mut asked = Asked::read(visit, model, model.add);
    let password = if model.is(&USER) {
        user::ask_password(visit, &mut asked).await?
    } else {
        None
    };
    if asked.is_wrong() {
        refuse_more(visit, model, &mut asked, None).await?;
        return view::add(visit, model, asked).await;
    }
    let author = Author::of(visit, visit.staff()?.id(), model);
    let plan = rows::Plan::of(visit, model, &asked, author, password);
    let saved = visit.app.admin_db().write(move |tx| {
        let plan = plan.clone();
        Box::pin(async move { rows::add(tx, &plan).await })
    });
    let saved = saved.await;
    match settled(visit, model, &mut asked, None, saved).await? {
        Saved::Done(id, text) => added(visit, model, id, &text),
        Saved::Wrong(errors) => {
            asked.errors.extend(errors);
            view::add(visit, model, asked).await
        }
        Saved::Gone => Err(Refusal::NotFound),
    }
}

/// The form of a row, and what comes of it; for whoever may not change it, what it holds.
pub(super) async fn change(visit: &mut Visit<'_>, model: &'static Model, key: &str) -> Outcome {
    popup::must_be_key(visit)?;
    if visit.is_post() {
        if model.is_read_only {
            return Err(Refusal::Forbidden);
        }
        visit.must(Right::Change, model)?;
    } else {
        visit.must_see(model)?;
    }
    let Some(row) = find(visit, model, key).await? else {
        return Err(object::missing(visit, model, key));
    };
    if !visit.is_post() {
        return view::change(visit, model, row, None).await;
    }
    let mut asked = Asked::read(visit, model, model.change);
    if asked.is_wrong() {
        refuse_more(visit, model, &mut asked, Some(row.id)).await?;
        return view::change(visit, model, row, Some(asked)).await;
    }
    let author = Author::of(visit, visit.staff()?.id(), model);
    let plan = rows::Plan::of(visit, model, &asked, author, None);
    let id = row.id;
    let saved = visit.app.admin_db().write(move |tx| {
        let plan = plan.clone();
        Box::pin(async move { rows::change(tx, &plan, id).await })
    });
    let saved = saved.await;
    match settled(visit, model, &mut asked, Some(id), saved).await? {
        Saved::Done(id, text) => changed(visit, model, key, id, &text),
        Saved::Wrong(errors) => {
            asked.errors.extend(errors);
            view::change(visit, model, row, Some(asked)).await
        }
        Saved::Gone => Err(object::missing(visit, model, key)),
    }
}

/// What came of a write. What the database itself refuses is wrong with the form: another may have come first with the
/// same, or a project has a rule of its own.
async fn settled(
    visit: &Visit<'_>,
    model: &'static Model,
    asked: &mut Asked,
    id: Option<Id>,
    saved: db::Result<Saved>,
) -> Result<Saved, Refusal> {
    let why = match visit.written(saved).await? {
        Err(db::Error::Refused(why) | db::Error::Dangling(why)) => why,
        saved => return Ok(saved?),
    };
    refuse_more(visit, model, asked, id).await?;
    if !asked.is_wrong() {
        tracing::warn!(cause = %why, "a rule of the database refused what a form holds");
        asked.together.push(RULE.to_owned());
    }
    Ok(Saved::Wrong(Vec::new()))
}

/// What more is wrong with a wrong form, which only the rows that are there can tell.
async fn refuse_more(
    visit: &Visit<'_>,
    model: &'static Model,
    asked: &mut Asked,
    id: Option<Id>,
) -> Result<(), Refusal> {
    let author = Author::of(visit, visit.staff()?.id(), model);
    let plan = rows::Plan::of(visit, model, asked, author, None);
    let refused = visit.app.admin_db().write(move |tx| {
        let plan = plan.clone();
        Box::pin(async move {
            let refused = refused_rows::refused(tx, &plan.read, &plan.contents, id).await?;
            tx.abandon();
            Ok(refused)
        })
    });
    asked.errors.extend(refused.await?);
    Ok(())
}

async fn find(visit: &Visit<'_>, model: &'static Model, key: &str) -> Result<Option<Row>, Refusal> {
    let Some(id) = object::key(key) else {
        return Ok(None);
    };
    let query = Read::of(visit, model);
    let found = visit
        .app
        .admin_db()
        .read(move |conn| Box::pin(async move { query.row(conn, id).await }));
    Ok(found.await?)
}

/// `response_add`.
fn added(visit: &mut Visit<'_>, model: &'static Model, id: Id, text: &str) -> Outcome {
    let done = popup::Done::Added(id, text);
    if let Some(page) = popup::answer(visit, model.singular, &done) {
        return Ok(page);
    }
    let singular = model.singular;
    let page = visit.row_url(model, id, "change");
    let said = |after: &str, visit: &Visit<'_>| {
        let before = format!("The {singular} “");
        let after = format!("” was added successfully.{after}");
        if visit.may_change(model) {
            Text::with_link(before, Link::new(text, page.clone()), after)
        } else {
            format!("{before}{text}{after}").into()
        }
    };
    let is_another = visit.field("_addanother").is_some();
    // a user's form goes on after its first half
    let goes_on = visit.field("_continue").is_some() || model.is(&USER) && !is_another;
    let (said, to) = if goes_on {
        let again = if visit.may_change(model) {
            " You may edit it again below."
        } else {
            ""
        };
        (said(again, visit), preserved::again(visit, &page))
    } else if is_another {
        let another = format!(" You may add another {singular} below.");
        let here = format!("{}add/", visit.list_url(model));
        (said(&another, visit), preserved::again(visit, &here))
    } else {
        (said("", visit), preserved::after_change(visit, model))
    };
    visit.say(Level::Success, said);
    Err(Refusal::Redirect(to))
}

/// `response_change`.
fn changed(visit: &mut Visit<'_>, model: &'static Model, key: &str, id: Id, text: &str) -> Outcome {
    let done = popup::Done::Changed(key, id, text);
    if let Some(page) = popup::answer(visit, model.singular, &done) {
        return Ok(page);
    }
    let singular = model.singular;
    let page = visit.row_url(model, id, "change");
    let said = |after: &str| {
        let after = format!("” was changed successfully.{after}");
        Text::with_link(
            format!("The {singular} “"),
            Link::new(text, page.clone()),
            after,
        )
    };
    let (said, to) = if visit.field("_continue").is_some() {
        let to = preserved::again(visit, &page);
        (said(" You may edit it again below."), to)
    } else if visit.field("_addanother").is_some() {
        let another = format!(" You may add another {singular} below.");
        let to = format!("{}add/", visit.list_url(model));
        (said(&another), preserved::again(visit, &to))
    } else {
        (said(""), preserved::after_change(visit, model))
    };
    visit.say(Level::Success, said);
    Err(Refusal::Redirect(to))
}
