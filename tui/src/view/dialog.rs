//! A question over the screen.

use ratatui::layout::Position;

use super::conflict;
use super::frame::{choices, frame, marked, text};
use super::pen::Pen;
use crate::dialog::{Confirm, Dialog};
use crate::layout;
use crate::model::Model;
use crate::sanitize;
use crate::text::wrap::folded;

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, dialog: &Dialog) -> Option<Position> {
    let body = layout::regions(model.size).body;
    let width = body.width.saturating_sub(4).min(60);
    let inner = width.saturating_sub(4);
    match dialog {
        Dialog::Confirm { what, is_yes } => {
            let question = match what {
                Confirm::Delete { title, .. } => format!("Delete '{}'?", sanitize::line(title)),
                Confirm::DiscardEdit | Confirm::DiscardDraft(_) => {
                    "Discard the draft? Its text is lost.".to_owned()
                }
                Confirm::Anew(_) => {
                    "This post was deleted meanwhile. Create it anew with your text?".to_owned()
                }
                Confirm::EndSession { label, .. } => {
                    let label = if label.is_empty() {
                        "an unknown program"
                    } else {
                        label
                    };
                    format!("End the session of {}?", sanitize::line(label))
                }
                Confirm::SignOut(0) => "Sign out here and on the server?".to_owned(),
                Confirm::SignOut(count) => {
                    format!("{} Sign out anyway?", under_way(*count))
                }
                Confirm::Quit(count) => format!("{} Quit anyway?", under_way(*count)),
            };
            let mut lines = folded(&question, inner);
            lines.truncate(2);
            let area = frame(pen, body, width, lines.len() + 1);
            text(pen, area, &lines);
            let y = area.bottom().saturating_sub(1);
            let mut cursor = None;
            let mut x = area.x;
            for (label, is_marked) in [("No", !is_yes), ("Yes", *is_yes)] {
                let (label, role) = marked(label, is_marked);
                if is_marked {
                    cursor = Some(Position::new(x, y));
                }
                let room = area.right().saturating_sub(x);
                x = pen.put(x, y, room, &format!("{label} "), role) + 2;
            }
            cursor
        }
        Dialog::Drafts { selected } => {
            let count = model.drafts.len();
            let head = if count == 1 {
                "A draft was found:".to_owned()
            } else {
                format!("{count} drafts were found:")
            };
            let shown = count.min(usize::from(body.height.saturating_sub(3)));
            let area = frame(pen, body, width, shown + 1);
            text(pen, area, &[head]);
            let first = (selected + 1).saturating_sub(shown.max(1));
            let drafts = model.drafts.iter().enumerate().skip(first);
            let labels = drafts.map(|(at, draft)| {
                let when = chrono::DateTime::from_timestamp(draft.saved, 0);
                let when = when.map(|when| model.time(when, "%m-%d %H:%M"));
                let kind = draft.post.map_or("new", |_| "change");
                let title = sanitize::title(&draft.title);
                let when = when.unwrap_or_default();
                (format!("{when} {kind:6}  {title}"), at == *selected)
            });
            choices(pen, area, 1, labels)
        }
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
            // the choices first: they must be there whatever is said
            let room = usize::from(body.height).saturating_sub(places.len() + 3);
            let mut lines = folded(&sanitize::line(&format!("{why}.")), inner);
            if lines.len() > room {
                lines.truncate(room);
                if let Some(last) = lines.last_mut() {
                    last.push('…');
                }
            }
            lines.push("Where to keep the session?".to_owned());
            let area = frame(pen, body, width, lines.len() + places.len());
            text(pen, area, &lines);
            let labels = places.iter().enumerate().map(|(at, place)| {
                let name = &model.about.places[*place];
                let label = match then {
                    _ if *place != model.place => name.clone(),
                    Some(_) => format!("{name} (try again)"),
                    None => format!("{name} (trying…)"),
                };
                (label, at == *selected)
            });
            choices(pen, area, lines.len(), labels)
        }
        Dialog::Ended { user, reason } => {
            let why = reason.map_or_else(String::new, |reason| format!(": {reason}"));
            let said = format!("The session of {} has ended{why}.", sanitize::line(user));
            let mut lines = folded(&said, inner);
            lines.extend(folded("Your work is kept.", inner));
            if let Some(reason) = reason {
                lines.extend(folded(&format!("Next: {}.", reason.hint()), inner));
            }
            lines.truncate(usize::from(body.height.saturating_sub(2)));
            let area = frame(pen, body, width, lines.len());
            text(pen, area, &lines);
            Some(Position::new(area.x, area.y))
        }
    }
}

fn under_way(count: usize) -> String {
    match count {
        1 => "One change is still being sent.".to_owned(),
        _ => format!("{count} changes are still being sent."),
    }
}
