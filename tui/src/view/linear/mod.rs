//! The screen as lines, for those who have it read to them: what is new is said below what was said, and nothing is
//! drawn over but the line that is typed into. No sequence moves the cursor, and nothing is coloured.

mod rows;
mod typed;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::Page;
use rows::{Line, foot, head, lines};
use typed::{END, Typed, begun, edited, typed};

/// What has been said so far.
#[derive(Default)]
pub(crate) struct Linear {
    /// The pages that lead to the one that is shown, each with what was said of it.
    pages: Vec<(Page, Vec<Line>)>,
    /// Who is signed in, and where.
    head: String,
    /// The line that is typed into, which has no end yet.
    typed: Option<Typed>,
    area: Rect,
}

impl Linear {
    /// What is to be written for this picture.
    pub(crate) fn say(
        &mut self,
        page: Page,
        buffer: &Buffer,
        cursor: Option<Position>,
        is_text: bool,
    ) -> String {
        let typed = cursor.and_then(|cursor| typed(buffer, cursor, is_text));
        let rows = lines(buffer, typed.as_ref().map(|typed| typed.y));
        let old = self.typed.take();
        let is_resized = std::mem::replace(&mut self.area, buffer.area) != buffer.area;
        let known = self.pages.iter().position(|(known, _)| *known == page);
        let is_same = known.is_some_and(|at| at + 1 == self.pages.len());
        let before = known.map(|at| self.pages.split_off(at)[0].1.clone());
        let mut said = Vec::new();
        match &before {
            // the same rows, broken elsewhere
            Some(_) if is_same && is_resized => {}
            Some(before) => {
                if !is_same {
                    said.push(String::new());
                    said.extend(rows.first().map(|title| title.text.clone()));
                }
                let left = old.as_ref().filter(|_| is_same).map(|old| old.y);
                said.extend(changes(before, &rows, left, !is_same));
            }
            None => {
                said.push(String::new());
                said.extend(head(buffer).filter(|head| *head != self.head));
                said.extend(rows.iter().map(Line::said));
                said.extend(foot(buffer));
            }
        }
        self.head = head(buffer).unwrap_or_default();
        self.pages.push((page, rows));
        let mut out = String::new();
        match (&old, &typed) {
            (Some(old), Some(new)) if said.is_empty() => out += &edited(old, new),
            _ => {
                if old.is_some() {
                    out += END;
                }
                for line in said {
                    out += &line;
                    out += END;
                }
                if let Some(new) = &typed {
                    out += &begun(new);
                }
            }
        }
        self.typed = typed;
        out
    }

    /// Forgets what was said, after somebody else has had the terminal.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// The rows that were not there before, and the selected one where it is another; not the row that was typed into, which
/// was heard then.
fn changes(before: &[Line], now: &[Line], left: Option<u16>, is_back: bool) -> Vec<String> {
    let mut old: Vec<&str> = before.iter().map(|line| line.text.as_str()).collect();
    let marked = |lines: &[Line]| {
        let line = lines.iter().find(|line| line.is_marked)?;
        Some((line.y, line.text.clone()))
    };
    let is_moved = is_back || marked(before) != marked(now);
    let mut said = Vec::new();
    for line in now {
        let was_there = old.iter().position(|text| *text == line.text);
        if let Some(at) = was_there {
            old.swap_remove(at);
        }
        let is_new = was_there.is_none() && !line.is_aside && left != Some(line.y);
        if is_new || line.is_marked && is_moved {
            said.push(line.said());
        }
    }
    said
}
