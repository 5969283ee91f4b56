//! The table of keys. What a key does, the footer, the help and the manual all come from it.

use crossterm::event::KeyCode;

use crate::keymap::{Action, Context, Key, alt, ch, ctrl, key};
use crate::text::TextOp;
use Context::{
    Confirm, Drafts, Edit, Ended, EndedEdit, Filter, Help, Place, Posts, Profile, Read, Register,
    Session, SignIn,
};

/// What some keys do in some places.
#[derive(Debug)]
pub(crate) struct Binding {
    pub(crate) action: Action,
    pub(crate) contexts: &'static [Context],
    pub(crate) keys: &'static [Key],
    /// A word for the footer; empty for what is not offered there.
    pub(crate) hint: &'static str,
    /// A sentence for help and manual.
    pub(crate) help: &'static str,
}

const fn bind(
    action: Action,
    contexts: &'static [Context],
    keys: &'static [Key],
    hint: &'static str,
    help: &'static str,
) -> Binding {
    Binding {
        action,
        contexts,
        keys,
        hint,
        help,
    }
}

const FORMS: &[Context] = &[SignIn, Register];
const WRITING: &[Context] = &[SignIn, Register, Filter, Edit, EndedEdit];
const SCREENS: &[Context] = &[
    SignIn, Register, Posts, Filter, Read, Edit, Profile, Session, Help,
];
const EVERYWHERE: &[Context] = &[
    SignIn, Register, Posts, Filter, Read, Edit, Profile, Session, Help, Confirm, Drafts, Ended,
    EndedEdit, Place,
];

const ELSEWHERE: &[Context] = &[
    Posts, Filter, Read, Edit, Profile, Session, Help, Confirm, Drafts, Ended, EndedEdit, Place,
];

/// All of them. Where two of one place have a key in common, the first wins; a test forbids it.
#[rustfmt::skip] // a table, a line a row
pub(crate) const BINDINGS: &[Binding] = &[
    // forms
    bind(Action::Submit, FORMS, &[key(KeyCode::Enter)], "send", "send what was filled in"),
    bind(Action::NextField, FORMS, &[key(KeyCode::Tab), key(KeyCode::Down)], "next field", "go to the next field"),
    bind(Action::PreviousField, FORMS, &[key(KeyCode::BackTab), key(KeyCode::Up)], "", "go to the field before"),
    bind(Action::ShowPassword, FORMS, &[ctrl('r')], "show password", "show or hide the password"),
    bind(Action::OtherForm, &[SignIn], &[key(KeyCode::F(7))], "register", "make a new account instead"),
    bind(Action::OtherForm, &[Register], &[key(KeyCode::F(7))], "sign in", "sign in to an account instead"),
    // posts
    bind(Action::Open, &[Posts], &[key(KeyCode::Enter)], "read", "read the post"),
    bind(Action::Back, &[Posts], &[key(KeyCode::Esc)], "all posts", "show all posts again, after `/`"),
    bind(Action::New, &[Posts], &[ch('n'), key(KeyCode::Insert)], "new", "write a post, or go on with the draft of one"),
    bind(Action::Edit, &[Posts, Read], &[ch('e'), key(KeyCode::F(4))], "edit", "change the post, or go on with the draft of a change"),
    bind(Action::Delete, &[Posts, Read], &[ch('d'), key(KeyCode::Delete)], "delete", "delete the post; asks first"),
    bind(Action::Filter, &[Posts], &[ch('/')], "filter", "show only the loaded posts that have some words in title or author"),
    bind(Action::Choose, &[Filter], &[key(KeyCode::Enter)], "done", "go on with what was found"),
    bind(Action::Back, &[Filter], &[key(KeyCode::Esc)], "all posts", "show all posts again"),
    bind(Action::Previous, &[Read], &[key(KeyCode::Left), ch('h')], "newer", "read the post above in the list"),
    bind(Action::Next, &[Read], &[key(KeyCode::Right), ch('l')], "older", "read the post below in the list"),
    // writing
    bind(Action::Save, &[Edit], &[ctrl('s')], "save", "save the post at the server"),
    bind(Action::NextField, &[Edit], &[key(KeyCode::Tab), key(KeyCode::BackTab)], "title/text", "go from the title to the text and back"),
    bind(Action::NewLine, &[Edit, EndedEdit], &[key(KeyCode::Enter)], "", "a new line; in the title: on to the text"),
    bind(Action::Editor, &[Edit], &[ctrl('g'), key(KeyCode::F(4))], "editor", "write the text in your own editor ($VISUAL, $EDITOR)"),
    bind(Action::Discard, &[Edit], &[key(KeyCode::F(8))], "discard", "throw the draft away; asks first"),
    // session
    bind(Action::RefreshSession, &[Session], &[ch('r'), key(KeyCode::F(5))], "refresh", "exchange the tokens for new ones now"),
    bind(Action::Verify, &[Session], &[ch('v')], "verify", "ask the server whether it accepts the access token"),
    bind(Action::SignOut, &[Session], &[ch('L')], "sign out", "end this session here and at the server; asks first"),
    // questions
    bind(Action::Choose, &[Confirm], &[key(KeyCode::Enter)], "choose", "take the marked answer"),
    bind(Action::Yes, &[Confirm], &[ch('y')], "yes", "do it"),
    bind(Action::No, &[Confirm], &[ch('n'), key(KeyCode::Esc)], "no", "leave it as it is"),
    bind(Action::Switch, &[Confirm], &[key(KeyCode::Tab), key(KeyCode::Left), key(KeyCode::Right)], "", "mark the other answer"),
    bind(Action::Resume, &[Drafts], &[key(KeyCode::Enter)], "resume", "go on writing it"),
    bind(Action::Discard, &[Drafts], &[ch('x'), key(KeyCode::F(8))], "discard", "throw it away; asks first"),
    bind(Action::Back, &[Drafts], &[key(KeyCode::Esc), ch('q')], "later", "keep them; `n` and `e` come back to them"),
    bind(Action::SignInAgain, &[Ended], &[key(KeyCode::Enter)], "sign in", "sign in again, and go on where you were"),
    bind(Action::SignInAgain, &[EndedEdit], &[ctrl('s')], "sign in", "sign in again; what is typed meanwhile is kept"),
    bind(Action::Back, &[Ended, EndedEdit], &[key(KeyCode::Esc)], "stay", "stay with what is on the screen"),
    bind(Action::Choose, &[Place], &[key(KeyCode::Enter)], "choose", "keep the session there; the first one is tried again"),
    bind(Action::Back, &[Place], &[key(KeyCode::Esc)], "not now", "back to the form; nothing is kept anywhere"),
    // moving
    bind(Action::Up, &[Posts, Read, Help, Drafts, Place], &[key(KeyCode::Up), ch('k')], "", "up"),
    bind(Action::Down, &[Posts, Read, Help, Drafts, Place], &[key(KeyCode::Down), ch('j')], "", "down"),
    bind(Action::PageUp, &[Posts, Read, Help], &[key(KeyCode::PageUp), ctrl('u')], "", "a screenful up"),
    bind(Action::PageDown, &[Posts, Read, Help], &[key(KeyCode::PageDown), ctrl('d'), ch(' ')], "", "a screenful down"),
    bind(Action::First, &[Posts, Read, Help], &[key(KeyCode::Home), ch('g')], "", "to the start"),
    bind(Action::Last, &[Posts, Read, Help], &[key(KeyCode::End), ch('G')], "", "to the end"),
    bind(Action::Up, &[Filter, Edit], &[key(KeyCode::Up)], "", "up"),
    bind(Action::Down, &[Filter, Edit], &[key(KeyCode::Down)], "", "down"),
    bind(Action::PageUp, &[Filter, Edit], &[key(KeyCode::PageUp)], "", "a screenful up"),
    bind(Action::PageDown, &[Filter, Edit], &[key(KeyCode::PageDown)], "", "a screenful down"),
    // text
    bind(Action::Text(TextOp::Undo), &[Edit, EndedEdit], &[alt(KeyCode::Char('u')), ctrl('7'), ctrl('_')], "undo", "take back the last words"),
    bind(Action::Text(TextOp::Redo), &[Edit, EndedEdit], &[alt(KeyCode::Char('e'))], "", "do again what was taken back"),
    bind(Action::Text(TextOp::Left), WRITING, &[key(KeyCode::Left)], "", "one character left"),
    bind(Action::Text(TextOp::Right), WRITING, &[key(KeyCode::Right)], "", "one character right"),
    bind(Action::Text(TextOp::WordLeft), WRITING, &[alt(KeyCode::Left), alt(KeyCode::Char('b'))], "", "one word left"),
    bind(Action::Text(TextOp::WordRight), WRITING, &[alt(KeyCode::Right), alt(KeyCode::Char('f'))], "", "one word right"),
    bind(Action::Text(TextOp::Home), WRITING, &[key(KeyCode::Home), ctrl('a')], "", "to the start of the line"),
    bind(Action::Text(TextOp::End), WRITING, &[key(KeyCode::End), ctrl('e')], "", "to the end of the line"),
    bind(Action::Text(TextOp::Backspace), WRITING, &[key(KeyCode::Backspace), ctrl('h')], "", "remove the character before"),
    bind(Action::Text(TextOp::Delete), WRITING, &[key(KeyCode::Delete)], "", "remove the character after"),
    bind(Action::Text(TextOp::DeleteWord), WRITING, &[ctrl('w'), alt(KeyCode::Backspace)], "", "remove the word before"),
    bind(Action::Text(TextOp::DeleteToEnd), WRITING, &[ctrl('k')], "", "remove the rest of the line"),
    bind(Action::Text(TextOp::DeleteToStart), WRITING, &[ctrl('u')], "", "remove the line up to here"),
    // everywhere
    bind(Action::Refresh, &[Posts, Read, Profile], &[ch('r'), key(KeyCode::F(5))], "refresh", "ask the server again"),
    bind(Action::Profile, &[Posts, Read], &[ch('p')], "profile", "your account"),
    bind(Action::Session, &[Posts, Read], &[ch('s')], "session", "who is signed in, where and until when; sign out"),
    bind(Action::Help, SCREENS, &[ch('?'), key(KeyCode::F(1))], "help", "these keys"),
    bind(Action::Quit, &[Posts], &[ch('q')], "quit", "leave; drafts are kept"),
    bind(Action::Back, &[SignIn, Register, Edit], &[key(KeyCode::Esc)], "back", "back; what was written is kept"),
    bind(Action::Back, &[Read, Profile, Session, Help], &[key(KeyCode::Esc), ch('q')], "back", "back"),
    bind(Action::Quit, &[SignIn, Register], &[ctrl('c')], "quit", "leave"),
    bind(Action::Quit, ELSEWHERE, &[ctrl('c')], "", "leave from anywhere; drafts are kept"),
    bind(Action::Suspend, EVERYWHERE, &[ctrl('z')], "", "stop; the shell's `fg` comes back"),
    bind(Action::Redraw, EVERYWHERE, &[ctrl('l')], "", "draw the screen anew"),
];

/// The binding of a key in a context. Where characters are text, a character is never a binding.
pub(crate) fn lookup(context: Context, pressed: Key) -> Option<&'static Binding> {
    if context.is_text() && pressed.character().is_some() {
        return None;
    }
    of(context).find(|binding| binding.keys.contains(&pressed))
}

/// The bindings of a context, in the table's order.
pub(crate) fn of(context: Context) -> impl Iterator<Item = &'static Binding> {
    BINDINGS
        .iter()
        .filter(move |binding| binding.contexts.contains(&context))
}

/// The keys of a binding that work in a context.
pub(crate) fn keys(context: Context, binding: &Binding) -> impl Iterator<Item = Key> {
    let is_text = context.is_text();
    binding
        .keys
        .iter()
        .copied()
        .filter(move |key| !is_text || key.character().is_none())
}
