//! The question of a post that was changed here and at the server: both versions, and what is to be kept.

use gatepost_terminal::drafts::Draft;
use gatepost_terminal::merge::merge;
use gatepost_terminal::post::Version;
use ratatui::layout::{Position, Rect};

use super::pen::Pen;
use super::question::{Question, choices};
use crate::dialog::ANSWERS;
use crate::sanitize;
use crate::text::wrap::folded;

/// The widest that both versions are shown.
const WIDTH: u16 = 100;

pub(super) fn draw(
    pen: &mut Pen<'_>,
    body: Rect,
    draft: &Draft,
    theirs: &Version,
    selected: usize,
) -> Option<Position> {
    let inner = Question::room(body, WIDTH);
    let mine = draft.version();
    let conflict = merge(draft.start(theirs).as_ref(), &mine, theirs);
    let conflict = conflict.err().unwrap_or_default();
    let mut lines = Vec::new();
    if conflict.title {
        lines.push(format!("Your title: {}", sanitize::title(&mine.title)));
        lines.push(format!(
            "The server's title: {}",
            sanitize::title(&theirs.title)
        ));
    }
    if conflict.content {
        // the frame, the choices, a blank line and two headings have their place; both texts share what is left
        let room = usize::from(body.height).saturating_sub(lines.len() + ANSWERS.len() + 5);
        let (mine, theirs) = differing(&mine.content, &theirs.content, inner, (room / 2).max(1));
        for (whose, rows) in [("Your text:", mine), ("The server's text:", theirs)] {
            lines.push(whose.to_owned());
            lines.extend(rows.into_iter().map(|row| format!("  {row}")));
        }
    }
    let room = usize::from(body.height).saturating_sub(ANSWERS.len() + 2);
    if lines.len() > room {
        // beside each other, the beginning of both
        let field = |of: &Version| {
            let text = if conflict.content {
                &of.content
            } else {
                &of.title
            };
            text.clone()
        };
        let half = inner.saturating_sub(3) / 2;
        let (mine, theirs) = differing(&field(&mine), &field(theirs), half + 2, 1);
        lines = vec![format!("{} | {}", mine.concat(), theirs.concat())];
    }
    let area = Question {
        title: "Changed on both sides".to_owned(),
        lines,
        rows: ANSWERS.len(),
    }
    .draw(pen, body, WIDTH);
    let labels = ANSWERS.iter().enumerate();
    let labels = labels.map(|(at, (_, label))| ((*label).to_owned(), at == selected));
    choices(pen, area, labels)
}

/// The first rows of two texts from where they begin to differ, so many at most of each.
fn differing(mine: &str, theirs: &str, width: u16, count: usize) -> (Vec<String>, Vec<String>) {
    let pairs = mine.lines().zip(theirs.lines());
    let same = pairs.take_while(|(mine, theirs)| mine == theirs).count();
    let rows = |text: &str| -> Vec<String> {
        // no more than can be shown, but for a long paragraph that begins alike
        let lines = text.lines().skip(same).take(count);
        let width = width.saturating_sub(2);
        lines
            .flat_map(|line| folded(&sanitize::line(line), width))
            .collect()
    };
    let (mine, theirs) = (rows(mine), rows(theirs));
    let pairs = mine.iter().zip(&theirs);
    let same = pairs.take_while(|(mine, theirs)| mine == theirs).count();
    let part = |rows: Vec<String>| {
        let rest = rows.len().saturating_sub(same);
        let mut rows: Vec<_> = rows.into_iter().skip(same).take(count).collect();
        match rows.last_mut() {
            Some(last) if rest > count => last.push('…'),
            None => rows.push("(nothing)".to_owned()),
            _ => {}
        }
        rows
    };
    (part(mine), part(theirs))
}
