//! `gatepost tui`: sign in, register, read and write posts in full screen.
//!
//! # Layout
//!
//! The core is pure. It has no clock, no input and no output.
//!
//! * `model/` is the state. Parts of it are in `screen.rs`, `form.rs`, `dialog.rs`, `list.rs` and `filter.rs`; `side.rs`
//!   says what is in the pane beside the list.
//! * `msg.rs` lists what can happen, `effect.rs` what is to be done about it. `update/` takes a message, changes the
//!   model and returns effects.
//! * `view/` draws the model. `layout.rs` says where each part is, `theme.rs` in which colours. `view/linear.rs` makes
//!   lines of it for those who have the screen read to them.
//! * `keymap.rs` names keys, actions and contexts, `layouts.rs` knows keyboards that are not Latin, `bindings.rs` is the one table of keys, and `allowed.rs` says what can
//!   be done now. `help.rs` makes the footer, the help and the manual of them.
//! * `text/` is the text that is edited, `markdown.rs` the one that is read, `ago.rs` says when. `sanitize.rs` makes text of strangers safe for a terminal.
//!
//! `runtime/` is everything else: the loop (`app.rs`), the terminal, the signals, the person's editor, the files of the
//! drafts, and the server (`network.rs`). It calls `update` and `view`; these two do not call each other.

mod ago;
mod allowed;
mod bindings;
mod dialog;
mod effect;
mod filter;
mod form;
mod help;
mod keymap;
mod layout;
mod layouts;
mod list;
mod markdown;
mod model;
mod msg;
mod runtime;
mod sanitize;
mod screen;
mod side;
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
