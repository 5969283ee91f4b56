//! `gatepost tui`: sign in, register, read and write posts in full screen.
//!
//! # Layout
//!
//! * the pure core: `model.rs` (what is known), `msg.rs` (what happens), `effect.rs` (what is to be done),
//!   `update/` (the only writer of the model), `layout.rs` and `view/` (its picture). No clock, no input or output.
//! * `keymap.rs` and `bindings.rs`: the one table of keys. `theme.rs`: the one place that names colours.
//! * `text/`: the editor's text. `sanitize.rs`: text of strangers. `list.rs`, `filter.rs`: the list of posts. `form.rs`,
//!   `draft.rs`: what is filled in and written.
//! * `runtime/`: the terminal, its reader, the editor, the drafts' files and the server, each in a file.

mod allowed;
mod bindings;
mod draft;
mod effect;
mod filter;
mod form;
mod help;
mod keymap;
mod layout;
mod list;
mod model;
mod msg;
mod runtime;
mod sanitize;
mod screen;
mod text;
mod theme;
mod update;
mod view;

#[cfg(test)]
mod tests;

pub use runtime::{Accounts, Options, Place, run};
pub use theme::Theme;

/// The table of keys as Markdown, for the manual.
pub fn keys() -> String {
    help::manual()
}
