//! The table of keys. What a key does, the footer, the help and the manual all come from it.

use crossterm::event::KeyCode;

use crate::keymap::{Action, Context, Key, alt, ch, ctrl, key};
use crate::text::TextOp;
use Context::{
    Accounts, Confirm, Conflict, Drafts, Edit, Ended, Filter, Help, Palette, Place, Posts, Profile,
    Read, Register, Session, Side, SignIn,
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
const WRITING: &[Context] = &[SignIn, Register, Filter, Edit, Palette];
const SCREENS: &[Context] = &[
    SignIn, Register, Posts, Side, Filter, Read, Edit, Profile, Session, Help,
];
const EVERYWHERE: &[Context] = &[
    SignIn, Register, Posts, Filter, Read, Edit, Profile, Session, Help, Confirm, Drafts, Ended,
    Conflict, Place, Palette, Accounts, Side,
];

const WITHOUT_Q: &[Context] = &[
    SignIn, Register, Filter, Read, Edit, Profile, Session, Help, Confirm, Drafts, Ended, Conflict,
    Place, Palette, Accounts, Side,
];

/// All of them. Where two of one place have a key in common, the first wins; a test forbids it.
#[rustfmt::skip] // a table, a line a row
pub(crate) const BINDINGS: &[Binding] = &[
    // forms
    bind(Action::Submit, FORMS, &[key(KeyCode::Enter)], "send", "send the form"),
    bind(Action::NextField, FORMS, &[key(KeyCode::Tab), key(KeyCode::Down)], "next field", "go to the next field"),
    bind(Action::PreviousField, FORMS, &[key(KeyCode::BackTab), key(KeyCode::Up)], "", "go to the previous field"),
    bind(Action::OtherForm, &[SignIn], &[key(KeyCode::F(7))], "register", "create an account instead"),
    bind(Action::OtherForm, &[Register], &[key(KeyCode::F(7))], "sign in", "sign in instead"),
    bind(Action::ShowPassword, FORMS, &[ctrl('r')], "show password", "show or hide the password"),
    // posts
    bind(Action::Open, &[Posts], &[key(KeyCode::Enter)], "read", "read the post"),
    bind(Action::Back, &[Posts], &[key(KeyCode::Esc)], "all posts", "show all posts again after filtering"),
    bind(Action::New, &[Posts], &[ch('n'), key(KeyCode::Insert)], "new", "write a new post, or continue its draft"),
    bind(Action::Edit, &[Posts, Read], &[ch('e'), key(KeyCode::F(4))], "edit", "edit the post, or continue its draft"),
    bind(Action::Delete, &[Posts, Read], &[ch('d'), key(KeyCode::Delete)], "delete", "delete the post; asks first, and can be undone for 5 seconds"),
    bind(Action::Filter, &[Posts], &[ch('/')], "filter", "look for posts: what is loaded at once, all of them with Enter"),
    bind(Action::Choose, &[Filter], &[key(KeyCode::Enter)], "search", "search all posts on the server; where it can't, keep the filter"),
    bind(Action::Back, &[Filter], &[key(KeyCode::Esc)], "all posts", "show all posts again"),
    bind(Action::Undo, &[Posts, Read], &[ch('u')], "undo", "keep the post that is about to be deleted"),
    bind(Action::Mine, &[Posts], &[ch('m')], "mine", "show your posts alone, or all again"),
    bind(Action::Drafts, &[Posts], &[ch('o')], "drafts", "open a draft"),
    bind(Action::Copy, &[Posts, Read], &[ch('y')], "copy", "copy the text of the post, in the list its title"),
    bind(Action::CopyAddress, &[Posts, Read], &[ch('Y')], "", "copy the address of the post"),
    bind(Action::Raw, &[Posts, Read], &[ch('v'), key(KeyCode::F(3))], "raw", "show texts as they were typed, or as Markdown again"),
    bind(Action::NextPane, &[Posts], &[key(KeyCode::Tab)], "pane", "go to the accounts beside the list"),
    bind(Action::Choose, &[Side], &[key(KeyCode::Enter)], "choose", "switch to the marked account, or show what is marked"),
    bind(Action::Previous, &[Read], &[key(KeyCode::Left), ch('h')], "newer", "read the next newer post"),
    bind(Action::Next, &[Read], &[key(KeyCode::Right), ch('l')], "older", "read the next older post"),
    // writing
    bind(Action::Save, &[Edit], &[ctrl('s')], "save", "save the post on the server"),
    bind(Action::NextField, &[Edit], &[key(KeyCode::Tab), key(KeyCode::BackTab)], "title/text", "switch between title and text"),
    bind(Action::NewLine, &[Edit], &[key(KeyCode::Enter)], "", "start a new line; in the title: go to the text"),
    bind(Action::Editor, &[Edit], &[ctrl('g'), key(KeyCode::F(4))], "editor", "edit the text in your own editor ($VISUAL, $EDITOR)"),
    bind(Action::Discard, &[Edit], &[key(KeyCode::F(8))], "discard", "discard the draft; asks first"),
    // session
    bind(Action::RefreshSession, &[Session], &[ch('r'), key(KeyCode::F(5))], "refresh", "get new tokens now"),
    bind(Action::Verify, &[Session], &[ch('v')], "verify", "ask the server whether it accepts the access token"),
    bind(Action::EndSession, &[Session], &[ch('x'), key(KeyCode::Delete)], "end it", "end the selected session; asks first"),
    bind(Action::SignOut, &[Session], &[ch('L')], "sign out", "sign out here and on the server; asks first"),
    // questions
    bind(Action::Choose, &[Confirm], &[key(KeyCode::Enter)], "choose", "choose the marked answer"),
    bind(Action::Yes, &[Confirm], &[ch('y')], "yes", "answer yes"),
    bind(Action::No, &[Confirm], &[ch('n'), key(KeyCode::Esc)], "no", "answer no"),
    bind(Action::Switch, &[Confirm], &[key(KeyCode::Tab), key(KeyCode::Left), key(KeyCode::Right)], "", "mark the other answer"),
    bind(Action::Resume, &[Drafts], &[key(KeyCode::Enter)], "resume", "continue the draft"),
    bind(Action::Discard, &[Drafts], &[ch('x'), key(KeyCode::F(8))], "discard", "discard it; asks first"),
    bind(Action::Back, &[Drafts], &[key(KeyCode::Esc), ch('q')], "later", "keep the drafts; `n` and `e` open them later"),
    bind(Action::SignInAgain, &[Ended], &[key(KeyCode::Enter)], "sign in", "sign in again and continue where you were"),
    bind(Action::Back, &[Ended], &[key(KeyCode::Esc)], "stay", "stay on this screen"),
    bind(Action::Choose, &[Conflict], &[key(KeyCode::Enter)], "choose", "choose the marked answer"),
    bind(Action::KeepMine, &[Conflict], &[ch('m')], "mine", "keep your version of what you both changed"),
    bind(Action::TakeTheirs, &[Conflict], &[ch('t')], "theirs", "take the server's version of it; yours stays a draft"),
    bind(Action::EditBoth, &[Conflict], &[ch('e')], "both", "edit one text with both versions in it"),
    bind(Action::Back, &[Conflict], &[key(KeyCode::Esc)], "later", "keep your version as a draft; nothing is sent"),
    bind(Action::Choose, &[Place], &[key(KeyCode::Enter)], "choose", "keep the session there; the first choice tries again"),
    bind(Action::Back, &[Place], &[key(KeyCode::Esc)], "not now", "go back to the form; nothing is stored"),
    bind(Action::Choose, &[Palette], &[key(KeyCode::Enter)], "do it", "do what is marked"),
    bind(Action::Back, &[Palette], &[key(KeyCode::Esc)], "close", "close the list of actions"),
    bind(Action::Choose, &[Accounts], &[key(KeyCode::Enter)], "switch", "switch to the marked account"),
    bind(Action::Back, &[Accounts], &[key(KeyCode::Esc), ch('q')], "stay", "stay with this account"),
    // moving
    bind(Action::Up, &[Posts, Side, Read, Session, Help, Drafts, Conflict, Place, Accounts], &[key(KeyCode::Up), ch('k')], "", "up"),
    bind(Action::Down, &[Posts, Side, Read, Session, Help, Drafts, Conflict, Place, Accounts], &[key(KeyCode::Down), ch('j')], "", "down"),
    bind(Action::PageUp, &[Posts, Read, Help], &[key(KeyCode::PageUp), ctrl('u')], "", "one page up"),
    bind(Action::PageDown, &[Posts, Read, Help], &[key(KeyCode::PageDown), ctrl('d'), ch(' ')], "", "one page down"),
    bind(Action::First, &[Posts, Read, Help], &[key(KeyCode::Home), ch('g')], "", "to the start"),
    bind(Action::Last, &[Posts, Read, Help], &[key(KeyCode::End), ch('G')], "", "to the end"),
    bind(Action::Up, &[Filter, Edit, Palette], &[key(KeyCode::Up)], "", "up"),
    bind(Action::Down, &[Filter, Edit, Palette], &[key(KeyCode::Down)], "", "down"),
    bind(Action::PageUp, &[Filter, Edit], &[key(KeyCode::PageUp)], "", "one page up"),
    bind(Action::PageDown, &[Filter, Edit], &[key(KeyCode::PageDown)], "", "one page down"),
    // text
    bind(Action::Text(TextOp::Undo), &[Edit], &[alt(KeyCode::Char('u')), ctrl('7'), ctrl('_')], "undo", "undo the last change"),
    bind(Action::Text(TextOp::Redo), &[Edit], &[ctrl('y')], "", "redo what was undone"),
    bind(Action::Text(TextOp::Left), WRITING, &[key(KeyCode::Left)], "", "one character left"),
    bind(Action::Text(TextOp::Right), WRITING, &[key(KeyCode::Right)], "", "one character right"),
    bind(Action::Text(TextOp::WordLeft), WRITING, &[alt(KeyCode::Left), alt(KeyCode::Char('b'))], "", "one word left"),
    bind(Action::Text(TextOp::WordRight), WRITING, &[alt(KeyCode::Right), alt(KeyCode::Char('f'))], "", "one word right"),
    bind(Action::Text(TextOp::Home), WRITING, &[key(KeyCode::Home), ctrl('a')], "", "to the start of the line"),
    bind(Action::Text(TextOp::End), WRITING, &[key(KeyCode::End), ctrl('e')], "", "to the end of the line"),
    bind(Action::Text(TextOp::Backspace), WRITING, &[key(KeyCode::Backspace), ctrl('h')], "", "delete the character before the cursor"),
    bind(Action::Text(TextOp::Delete), WRITING, &[key(KeyCode::Delete)], "", "delete the character after the cursor"),
    bind(Action::Text(TextOp::DeleteWord), WRITING, &[ctrl('w'), alt(KeyCode::Backspace)], "", "delete the word before the cursor"),
    bind(Action::Text(TextOp::DeleteToEnd), WRITING, &[ctrl('k')], "", "delete to the end of the line"),
    bind(Action::Text(TextOp::DeleteToStart), WRITING, &[ctrl('u')], "", "delete to the start of the line"),
    // everywhere
    bind(Action::Refresh, &[Posts, Read, Profile], &[ch('r'), key(KeyCode::F(5))], "refresh", "load again from the server"),
    bind(Action::Profile, &[Posts, Read], &[ch('p')], "profile", "show your account"),
    bind(Action::Session, &[Posts, Read], &[ch('s')], "session", "show the session and the others of your account, and sign out"),
    bind(Action::Accounts, &[Posts, SignIn], &[ch('a'), key(KeyCode::F(2))], "accounts", "switch to another account or server"),
    bind(Action::Palette, SCREENS, &[ch(':'), ctrl('p')], "actions", "find any of these actions by its name"),
    bind(Action::Mouse, SCREENS, &[key(KeyCode::F(9))], "", "use the mouse, or leave it to the terminal again"),
    bind(Action::Help, SCREENS, &[ch('?'), key(KeyCode::F(1))], "help", "show these keys"),
    bind(Action::Quit, &[Posts], &[ch('q')], "quit", "quit; drafts are kept"),
    bind(Action::Back, &[SignIn, Register, Edit], &[key(KeyCode::Esc)], "back", "go back; your text is kept"),
    bind(Action::Back, &[Side], &[key(KeyCode::Esc), key(KeyCode::Tab), ch('q')], "back", "go back to the posts"),
    bind(Action::Back, &[Read, Profile, Session, Help], &[key(KeyCode::Esc), ch('q')], "back", "go back"),
    bind(Action::Quit, WITHOUT_Q, &[ctrl('c')], "quit", "quit from anywhere; drafts are kept"),
    bind(Action::Quit, &[Posts], &[ctrl('c')], "", "quit from anywhere; drafts are kept"),
    bind(Action::Suspend, EVERYWHERE, &[ctrl('z')], "", "suspend; `fg` in the shell comes back"),
    bind(Action::Redraw, EVERYWHERE, &[ctrl('l')], "", "redraw the screen"),
];

/// The binding of a key in a context. Where characters are text, a character is never a binding.
pub(crate) fn lookup(context: Context, pressed: Key) -> Option<&'static Binding> {
    if context.is_text() && pressed.character().is_some() {
        return None;
    }
    let find = |pressed: Key| of(context).find(|binding| binding.keys.contains(&pressed));
    // a letter that is no key is the key that it is on
    find(pressed).or_else(|| find(pressed.latin()?))
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
