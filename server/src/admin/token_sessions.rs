//! `/admin/auth/user/ID/sessions/`: where a user is logged in at the API, and the end of one session or of all.

use super::log_rows::{Author, Done};
use super::models::USER;
use super::pages::{Html, Level, Link, ReuseEvent, Session, SessionsPage, Time};
use super::rights::Right;
use super::token_session_rows::{self as rows, Reuse};
use super::visit::{Outcome, Refusal, Visit};
use super::{layout, object, preserved};
use crate::db::{Id, Moment};
use crate::tokens::{Alive, Chain, end_chain, end_sessions, live};

/// The sessions of a user, and what comes of the buttons beside them.
pub(super) async fn page(visit: &mut Visit<'_>, key: &str) -> Outcome {
    visit.must_see(&USER)?;
    if visit.is_post() {
        visit.must(Right::Change, &USER)?;
    }
    let Some((id, name)) = object::find(visit, &USER, key).await? else {
        return Err(object::missing(visit, &USER, key));
    };
    if visit.is_post() {
        return end(visit, id, name).await;
    }
    let (alive, dates) = (Alive::at(visit.app, visit.now), visit.app.dates());
    let found = visit.app.admin_db().read(move |conn| {
        Box::pin(async move {
            let live = live(conn, id, None, &alive).await?;
            Ok((live, rows::reuse(conn, id, dates).await?))
        })
    });
    let (live, reuse) = found.await?;
    let mut page = layout::of_model(visit, &format!("Sessions: {name}"), &USER);
    let change = preserved::remembered(visit, &visit.row_url(&USER, id, "change"));
    page.breadcrumbs.push(Link::new(name.clone(), change));
    page.here = Some("Sessions".to_owned());
    let sessions = live
        .into_iter()
        .map(|chain| session(visit, chain))
        .collect();
    let reuse = reuse
        .into_iter()
        .map(|reuse| event(visit, &reuse))
        .collect();
    Ok(SessionsPage {
        page,
        username: name,
        sessions,
        may_end: visit.may_change(&USER),
        reuse,
    }
    .html())
}

/// Ends the session that a button names, or all; who did it stands in the user's history.
async fn end(visit: &mut Visit<'_>, id: Id, name: String) -> Outcome {
    let back = preserved::remembered(visit, &visit.row_url(&USER, id, "sessions"));
    let all = visit.field("end_all").is_some();
    let chain = visit.field("end").filter(|_| !all).map(str::to_owned);
    if !all && chain.is_none() {
        return Err(Refusal::Redirect(back));
    }
    let author = Author::of(visit, visit.staff()?.id(), &USER);
    let (alive, text) = (Alive::at(visit.app, visit.now), name.clone());
    let ended = visit.app.admin_db().write(move |tx| {
        let (chain, text, alive) = (chain.clone(), text.clone(), alive.clone());
        let author = author.clone();
        Box::pin(async move {
            let live = live(tx, id, chain.as_deref(), &alive).await?;
            if live.is_empty() {
                return Ok(false);
            }
            let message = if let Some(chain) = &chain {
                end_chain(tx, chain, &alive).await?;
                "Ended a session."
            } else {
                end_sessions(tx, id, None, &alive).await?;
                "Ended all sessions."
            };
            author.note(tx, Done::Changed, id, &text, message).await?;
            Ok(true)
        })
    });
    let ended = ended.await;
    let (level, said) = match (visit.written(ended).await??, all) {
        (true, false) => (Level::Success, format!("A session of “{name}” was ended.")),
        (true, true) => (
            Level::Success,
            format!("All sessions of “{name}” were ended."),
        ),
        (false, _) => (Level::Warning, "The session had ended already.".to_owned()),
    };
    visit.say(level, said);
    Err(Refusal::Redirect(back))
}

fn session(visit: &Visit<'_>, chain: Chain) -> Session {
    Session {
        id: chain.id,
        begun: time(visit, chain.begun),
        refreshed: chain.refreshed.map(|at| time(visit, at)),
        expires: time(visit, chain.expires),
    }
}

fn event(visit: &Visit<'_>, reuse: &Reuse) -> ReuseEvent {
    let text = match reuse.kind.as_str() {
        "late-replay" => {
            "A token was used again with the right key, but after its successor: somebody else may have been faster. Nothing was ended."
        }
        _ => {
            "A token was used again by somebody who may have copied it. The session was ended, unless refresh.reuse is \"reject\"."
        }
    };
    ReuseEvent {
        time: time(visit, reuse.at),
        begun: reuse.begun.map(|at| time(visit, at)),
        text: text.to_owned(),
    }
}

/// An instant, which no column of Django's holds.
fn time(visit: &Visit<'_>, at: Moment) -> Time {
    visit.time(visit.app.dates().kept(at))
}
