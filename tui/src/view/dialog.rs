//! A question over the screen: what it is about, what follows from each answer.

use ratatui::layout::{Position, Rect};

use super::pen::Pen;
use super::question::{Question, answers, choices};
use super::{conflict, palette};
use crate::ago;
use crate::dialog::{Confirm, Dialog};
use crate::layout;
use crate::model::Model;
use crate::sanitize;
use crate::text::wrap::folded;

/// The widest question.
const WIDTH: u16 = 64;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, dialog: &Dialog) -> Option<Position> {
    let body = layout::regions(model).body;
    match dialog {
        Dialog::Confirm { what, is_yes } => {
            let asked = Asked::of(model, what);
            let area = Question {
                title: asked.title,
                lines: folded(&asked.follows, Question::room(body, WIDTH)),
                rows: 1,
            }
            .draw(pen, body, WIDTH);
            answers(pen, area, (asked.no, asked.yes), *is_yes)
        }
        Dialog::Drafts { selected } => drafts(pen, model, body, *selected),
        Dialog::Conflict {
            draft,
            theirs,
            selected,
        } => {
            let drafts = &model.drafts;
            let draft = drafts.iter().find(|known| known.id == *draft)?;
            conflict::draw(pen, body, draft, theirs, *selected)
        }
        Dialog::Place {
            why,
            selected,
            then,
            ..
        } => {
            let places = model.choices();
            let why = sanitize::line(&format!("{why}."));
            let area = Question {
                title: "Where to keep the session?".to_owned(),
                lines: folded(&why, Question::room(body, WIDTH)),
                rows: places.len(),
            }
            .draw(pen, body, WIDTH);
            let labels = places.iter().enumerate().map(|(at, place)| {
                let name = &model.about.places[*place];
                let label = match then {
                    _ if *place != model.place => name.clone(),
                    Some(_) => format!("{name} (try again)"),
                    None => format!("{name} (trying…)"),
                };
                (label, at == *selected)
            });
            choices(pen, area, labels)
        }
        Dialog::Palette { query, selected } => {
            Some(palette::draw(pen, model, body, query, *selected))
        }
        Dialog::Accounts { selected } => palette::accounts(pen, model, body, *selected),
        Dialog::Ended { user, reason } => {
            let why = reason.map_or_else(String::new, |reason| format!(": {reason}"));
            let said = format!("The session of {} has ended{why}.", sanitize::line(user));
            let room = Question::room(body, WIDTH);
            let mut lines = folded(&said, room);
            lines.extend(folded("Your work is kept.", room));
            if let Some(reason) = reason {
                lines.extend(folded(&format!("Next: {}.", reason.hint()), room));
            }
            Question {
                title: "Signed out".to_owned(),
                lines,
                rows: 0,
            }
            .draw(pen, body, WIDTH);
            None
        }
    }
}

/// A question that is answered with yes or no, in words.
struct Asked {
    title: String,
    /// What follows from yes.
    follows: String,
    no: &'static str,
    yes: &'static str,
}

impl Asked {
    fn of(model: &Model, what: &Confirm) -> Self {
        let (title, follows, no, yes) = match what {
            Confirm::Delete { id, title } => {
                let row = model.list.find(*id).map(|at| &model.list.rows[at]);
                let written = row.and_then(|row| chrono::DateTime::from_timestamp(row.created, 0));
                let by = row.map_or_else(String::new, |row| sanitize::line(&row.author));
                let of = written.map_or_else(String::new, |at| {
                    let day = ago::day(at, model.now, model.about.zone);
                    format!("By {by}, {day}. ")
                });
                (
                    format!("Delete '{}'?", sanitize::title(title)),
                    format!("{of}It goes for everybody. You can undo it for 5 seconds."),
                    "Keep",
                    "Delete",
                )
            }
            Confirm::DiscardEdit => (
                "Discard the draft?".to_owned(),
                "What you typed is lost; a post that it was to change stays as it is.".to_owned(),
                "Keep",
                "Discard",
            ),
            Confirm::DiscardDraft { id, .. } => {
                let mut drafts = model.drafts.iter();
                let draft = drafts.find(|draft| draft.id == *id);
                let title = draft.map_or_else(String::new, |draft| sanitize::title(&draft.title));
                (
                    "Discard the draft?".to_owned(),
                    format!("The text of '{title}' is lost."),
                    "Keep",
                    "Discard",
                )
            }
            Confirm::Anew(_) => (
                "Create it anew?".to_owned(),
                "This post was deleted meanwhile. With no, your text stays a draft.".to_owned(),
                "No",
                "Create",
            ),
            Confirm::EndSession { label, .. } => {
                let label = if label.is_empty() {
                    "an unknown program"
                } else {
                    label
                };
                (
                    format!("End the session of {}?", sanitize::line(label)),
                    "Whoever uses it has to sign in again.".to_owned(),
                    "Keep",
                    "End it",
                )
            }
            Confirm::SignOut if !model.is_under_way() => (
                "Sign out here and on the server?".to_owned(),
                "The other commands are signed out too. Drafts stay on this machine.".to_owned(),
                "Stay",
                "Sign out",
            ),
            Confirm::SignOut => (
                "Sign out anyway?".to_owned(),
                under_way(model),
                "Stay",
                "Sign out",
            ),
            Confirm::Quit => ("Quit anyway?".to_owned(), under_way(model), "Stay", "Quit"),
        };
        Self {
            title,
            follows,
            no,
            yes,
        }
    }
}

/// What is not done yet, and what becomes of it.
fn under_way(model: &Model) -> String {
    let mut said = Vec::new();
    match model.doomed.as_slice() {
        [] => {}
        [(_, title)] => said.push(format!(
            "'{}' is deleted as you quit; if you stay, u keeps it.",
            sanitize::title(title)
        )),
        doomed => said.push(format!(
            "{} posts are deleted as you quit; if you stay, u keeps them.",
            doomed.len()
        )),
    }
    let sent = (model.saving.len() + model.deleting.len()).saturating_sub(model.doomed.len());
    match sent {
        0 => {}
        1 => said.push("One change is still being sent.".to_owned()),
        count => said.push(format!("{count} changes are still being sent.")),
    }
    match model.waiting() {
        0 => {}
        1 => said.push("One change waits for the server.".to_owned()),
        count => said.push(format!("{count} changes wait for the server.")),
    }
    if !(model.saving.is_empty() && model.queued.is_empty()) {
        said.push("What the server does not take stays a draft.".to_owned());
    }
    if said.is_empty() {
        said.push("Everything was sent.".to_owned());
    }
    said.join(" ")
}

/// The drafts that were found, one a row: title, kind, age.
fn drafts(pen: &mut Pen<'_>, model: &Model, body: Rect, selected: usize) -> Option<Position> {
    let count = model.drafts.len();
    let title = if count == 1 {
        "A draft was found".to_owned()
    } else {
        format!("{count} drafts were found")
    };
    let shown = count.min(usize::from(body.height.saturating_sub(2)));
    let area = Question {
        title,
        lines: Vec::new(),
        rows: shown,
    }
    .draw(pen, body, WIDTH);
    let first = (selected + 1).saturating_sub(shown.max(1));
    let drafts = model.drafts.iter().enumerate().skip(first);
    let labels = drafts.map(|(at, draft)| {
        let when = chrono::DateTime::from_timestamp(draft.saved, 0).unwrap_or(model.now);
        let when = ago::short(when, model.now, model.about.zone);
        let kind = draft.post.map_or("new", |_| "change");
        let title = sanitize::title(&draft.title);
        (format!("{when:>7}  {kind:6}  {title}"), at == selected)
    });
    choices(pen, area, labels)
}
