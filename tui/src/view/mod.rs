//! The picture of a model: header, body, footer, a question over them. Pure: the same model, the same picture.

mod card;
mod conflict;
mod dialog;
mod edit;
mod form;
mod help;
mod linear;
mod palette;
mod pen;
mod posts;
mod question;
mod read;
mod session;
mod side;
mod status;

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use crate::keymap::Context;
use crate::layout::{self, SMALLEST};
use crate::model::Model;
use crate::screen::Screen;
use crate::text::wrap::folded;
use crate::theme::Role;
use gatepost_sdk::PostId;
pub(crate) use linear::Linear;
use pen::Pen;

/// Draws the model into an empty buffer of its size; gives where the terminal's cursor is to be.
pub(crate) fn view(model: &Model, buffer: &mut Buffer) -> Option<Position> {
    let mut pen = Pen::new(buffer, model.look, model.about.is_linear);
    let (width, height) = model.size;
    if width < SMALLEST.0 || height < SMALLEST.1 {
        let text = format!(
            "{}x{} needed (now {width}x{height})",
            SMALLEST.0, SMALLEST.1
        );
        for (line, y) in folded(&text, width).iter().zip(0..height) {
            pen.put(0, y, width, line, Role::Text);
        }
        return None;
    }
    pen.is_behind = model.dialog.is_some();
    let regions = layout::regions(model);
    status::header(&mut pen, model, regions.header);
    status::banner(&mut pen, model, regions.banner);
    let body = regions.body;
    // what is read out is the question alone
    let is_covered = pen.is_linear && model.dialog.is_some();
    let cursor = match model.screen() {
        _ if is_covered => None,
        Screen::SignIn(form) => Some(form::draw(&mut pen, form, "Sign in", model, body)),
        Screen::Register(form) => Some(form::draw(&mut pen, form, "New account", model, body)),
        Screen::Posts => posts::draw(&mut pen, model, body),
        Screen::Read(read) => posts::draw_read(&mut pen, model, read, body),
        Screen::Edit(edit) => Some(edit::draw(&mut pen, model, edit, body)),
        Screen::Profile => session::profile(&mut pen, model, body),
        Screen::Session => session::draw(&mut pen, model, body),
        Screen::Help(top) => help::draw(&mut pen, model, *top, body),
    };
    status::toast(&mut pen, model, body);
    status::footer(&mut pen, model, regions.footer);
    pen.is_behind = false;
    match &model.dialog {
        Some(dialog) => dialog::draw(&mut pen, model, dialog),
        None => cursor,
    }
}

/// What is shown: another one is another page for those who have it read to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    context: Context,
    /// How many screens are below it.
    depth: usize,
    post: Option<PostId>,
}

/// The page of a model.
pub(crate) fn page(model: &Model) -> Page {
    Page {
        context: match Context::of(model) {
            Context::Filter => Context::Posts,
            context => context,
        },
        depth: model.screens.len(),
        post: match model.screen() {
            Screen::Read(read) => Some(read.id),
            _ => None,
        },
    }
}

/// Whether the cursor is in a text of many lines.
pub(crate) fn is_text(model: &Model) -> bool {
    model.dialog.is_none() && matches!(model.screen(), Screen::Edit(_))
}

/// The title of the terminal's window.
pub(crate) fn title(model: &Model) -> String {
    let busy = if model.spin.is_some() { " ..." } else { "" };
    format!("gatepost - {}{busy}", status::who(model))
}
