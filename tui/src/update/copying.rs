//! What is handed to the terminal's clipboard.

use super::cx::Cx;
use crate::effect::Effect;
use crate::sanitize;
use crate::screen::{Read, Screen};
use crate::theme::Role;

/// Copies the text that is read, or the title of the selected row.
pub(super) fn copy(cx: &mut Cx<'_>) {
    let (what, text) = match cx.model.screen() {
        Screen::Read(Read {
            post: Some(post), ..
        }) => ("text", post.content.clone()),
        _ => match cx.model.subject() {
            Some((_, title, _)) => ("title", title.to_owned()),
            None => return,
        },
    };
    copied(cx, what, &text);
}

/// Copies the address of the post.
pub(super) fn copy_address(cx: &mut Cx<'_>) {
    if let Some((id, _, _)) = cx.model.subject() {
        let server = cx.model.about.server.trim_end_matches('/');
        let address = format!("{server}/api/posts/{id}/");
        copied(cx, "address", &address);
    }
}

/// Hands a text to the terminal's clipboard, whose answer nobody gets.
fn copied(cx: &mut Cx<'_>, what: &str, text: &str) {
    let text = sanitize::pasted(text);
    let count = text.chars().count();
    let characters = if count == 1 {
        "character"
    } else {
        "characters"
    };
    cx.effects.push(Effect::Copy(text));
    let said = format!("Sent the {what} to the terminal's clipboard ({count} {characters})");
    cx.toast(Role::Good, said);
}
