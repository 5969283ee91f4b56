//! What people are told of the table of keys: the footer's hints, the lines of the help, the manual.

use std::fmt::Write;

use crate::allowed::{allowed, allowed_on_screen};
use crate::bindings;
use crate::keymap::{Context, Key};
use crate::model::Model;
use crate::screen::Screen;
use crate::text::wrap::folded;

/// What the footer offers: the keys that do something now, the most wanted first.
pub(crate) fn hints(model: &Model) -> Vec<(Key, &'static str)> {
    let context = Context::of(model);
    bindings::of(context)
        .filter(|binding| !binding.hint.is_empty())
        .filter(|binding| allowed(model, binding.action).is_ok())
        .filter_map(|binding| Some((bindings::keys(context, binding).next()?, binding.hint)))
        .collect()
}

/// The same with a sentence about each, without the ways back and out.
pub(crate) fn actions(model: &Model) -> Vec<(Key, &'static str)> {
    let context = Context::of_screen(model.screen());
    bindings::of(context)
        .filter(|binding| !matches!(binding.hint, "" | "actions" | "help" | "back" | "quit"))
        // whatever question is over it
        .filter(|binding| allowed_on_screen(model, binding.action).is_ok())
        .filter_map(|binding| Some((bindings::keys(context, binding).next()?, binding.help)))
        .collect()
}

/// A heading, or keys and what they do.
pub(crate) enum Line {
    Heading(&'static str),
    Keys(String, String),
    /// More of what they do.
    Below(String),
    Blank,
}

/// Where it says what the keys do: beside them, or below where the window is narrow.
pub(crate) fn column(width: u16) -> u16 {
    if width < 70 { 4 } else { 22 }
}

/// All lines of the help over this model, in a window of this width.
pub(crate) fn lines(model: &Model, width: u16) -> Vec<Line> {
    let mut below = model.screens.iter().rev();
    let below = below.find(|screen| !matches!(screen, Screen::Help(_)));
    let first = Context::of_screen(below.unwrap_or(&Screen::Posts));
    let others = Context::ALL.into_iter().filter(|context| *context != first);
    let is_narrow = width < 70;
    let room = width.saturating_sub(column(width) + 1);
    let mut lines = Vec::new();
    for context in [first].into_iter().chain(others) {
        lines.push(Line::Heading(context.title()));
        for binding in bindings::of(context) {
            let keys: Vec<String> = bindings::keys(context, binding)
                .map(|key| key.to_string())
                .collect();
            if keys.is_empty() {
                continue;
            }
            let mut help = folded(binding.help, room).into_iter();
            let beside = if is_narrow { None } else { help.next() };
            lines.push(Line::Keys(keys.join(" "), beside.unwrap_or_default()));
            lines.extend(help.map(Line::Below));
        }
        lines.push(Line::Blank);
    }
    lines
}

/// The manual's table of keys.
pub(crate) fn manual() -> String {
    let mut text = String::new();
    for context in Context::ALL {
        let _ = write!(
            text,
            "\n### {}\n\n| keys | what they do |\n| --- | --- |\n",
            context.title()
        );
        for binding in bindings::of(context) {
            let keys: Vec<String> = bindings::keys(context, binding)
                .map(|key| format!("`{key}`").replace('|', "\\|"))
                .collect();
            if !keys.is_empty() {
                let _ = writeln!(text, "| {} | {} |", keys.join(" "), binding.help);
            }
        }
    }
    text
}
