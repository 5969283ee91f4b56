//! Keys, what they can do, and where they are pressed, as values.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::dialog::Dialog;
use crate::layouts;
use crate::model::Model;
use crate::screen::Screen;
use crate::text::TextOp;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Help,
    Back,
    Quit,
    Suspend,
    Redraw,
    Refresh,
    Profile,
    Session,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Open,
    Filter,
    New,
    Edit,
    Delete,
    Previous,
    Next,
    NextField,
    PreviousField,
    NextPane,
    Submit,
    ShowPassword,
    OtherForm,
    Save,
    NewLine,
    Editor,
    Discard,
    Raw,
    Undo,
    Mine,
    Drafts,
    Copy,
    CopyAddress,
    Accounts,
    Palette,
    Mouse,
    Text(TextOp),
    RefreshSession,
    Verify,
    SignOut,
    EndSession,
    Yes,
    No,
    Switch,
    Choose,
    Resume,
    KeepMine,
    TakeTheirs,
    EditBoth,
    SignInAgain,
}

impl Action {
    /// Whether it is a thing to do, which has a name; moving and writing are none.
    pub(crate) fn is_named(self) -> bool {
        !matches!(
            self,
            Self::Up
                | Self::Down
                | Self::PageUp
                | Self::PageDown
                | Self::First
                | Self::Last
                | Self::NextField
                | Self::PreviousField
                | Self::NextPane
                | Self::NewLine
                | Self::Palette
                | Self::Text(
                    TextOp::Left
                        | TextOp::Right
                        | TextOp::WordLeft
                        | TextOp::WordRight
                        | TextOp::Home
                        | TextOp::End
                        | TextOp::Backspace
                        | TextOp::Delete
                        | TextOp::DeleteWord
                        | TextOp::DeleteToEnd
                        | TextOp::DeleteToStart
                )
        )
    }
}

/// Where a key is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    SignIn,
    Register,
    Posts,
    Filter,
    Read,
    Edit,
    Profile,
    Session,
    Help,
    Confirm,
    Drafts,
    Ended,
    Conflict,
    Place,
    Palette,
    Accounts,
    Side,
}

impl Context {
    /// Every one, in the order of the manual.
    pub(crate) const ALL: [Self; 17] = [
        Self::SignIn,
        Self::Register,
        Self::Posts,
        Self::Filter,
        Self::Read,
        Self::Edit,
        Self::Profile,
        Self::Session,
        Self::Help,
        Self::Confirm,
        Self::Drafts,
        Self::Ended,
        Self::Conflict,
        Self::Place,
        Self::Palette,
        Self::Accounts,
        Self::Side,
    ];

    /// Where the next key goes.
    pub(crate) fn of(model: &Model) -> Self {
        match &model.dialog {
            Some(Dialog::Confirm { .. }) => Self::Confirm,
            Some(Dialog::Drafts { .. }) => Self::Drafts,
            Some(Dialog::Ended { .. }) => Self::Ended,
            Some(Dialog::Conflict { .. }) => Self::Conflict,
            Some(Dialog::Place { .. }) => Self::Place,
            Some(Dialog::Palette { .. }) => Self::Palette,
            Some(Dialog::Accounts { .. }) => Self::Accounts,
            None if model.is_filtering() => Self::Filter,
            None if model.side.is_some() => Self::Side,
            None => Self::of_screen(model.screen()),
        }
    }

    /// Where it goes on a screen without a question over it.
    pub(crate) fn of_screen(screen: &Screen) -> Self {
        match screen {
            Screen::SignIn(_) => Self::SignIn,
            Screen::Register(_) => Self::Register,
            Screen::Posts => Self::Posts,
            Screen::Read(_) => Self::Read,
            Screen::Edit(_) => Self::Edit,
            Screen::Profile => Self::Profile,
            Screen::Session => Self::Session,
            Screen::Help(_) => Self::Help,
        }
    }

    /// Whether a character is text here.
    pub(crate) fn is_text(self) -> bool {
        matches!(
            self,
            Self::SignIn | Self::Register | Self::Filter | Self::Edit | Self::Palette
        )
    }

    /// Its heading in help and manual.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::SignIn => "Sign in",
            Self::Register => "Register",
            Self::Posts => "Posts",
            Self::Filter => "Filtering posts",
            Self::Read => "Reading a post",
            Self::Edit => "Writing a post",
            Self::Profile => "Profile",
            Self::Session => "Session",
            Self::Help => "Help",
            Self::Confirm => "A question",
            Self::Drafts => "Drafts found",
            Self::Ended => "The session has ended",
            Self::Conflict => "Changed on both sides",
            Self::Place => "Where to keep the session",
            Self::Palette => "Actions",
            Self::Accounts => "Accounts",
            Self::Side => "Beside the list",
        }
    }
}

/// A key with its modifiers; Shift is part of the character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) code: KeyCode,
    pub(crate) ctrl: bool,
    pub(crate) alt: bool,
}

/// A character without modifiers.
pub(crate) const fn ch(c: char) -> Key {
    Key {
        code: KeyCode::Char(c),
        ctrl: false,
        alt: false,
    }
}

/// A character with Ctrl.
pub(crate) const fn ctrl(c: char) -> Key {
    Key {
        code: KeyCode::Char(c),
        ctrl: true,
        alt: false,
    }
}

/// A key with Alt.
pub(crate) const fn alt(code: KeyCode) -> Key {
    Key {
        code,
        ctrl: false,
        alt: true,
    }
}

/// A key that is no character.
pub(crate) const fn key(code: KeyCode) -> Key {
    Key {
        code,
        ctrl: false,
        alt: false,
    }
}

impl Key {
    /// The key of an event; `None` for one that was let go or is not for us.
    pub(crate) fn of(event: KeyEvent) -> Option<Self> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        let has = |modifier| event.modifiers.contains(modifier);
        // the window manager's, which some terminals pass on
        if event
            .modifiers
            .intersects(KeyModifiers::SUPER | KeyModifiers::HYPER | KeyModifiers::META)
        {
            return None;
        }
        let (mut ctrl, mut alt) = (has(KeyModifiers::CONTROL), has(KeyModifiers::ALT));
        let code = match event.code {
            // AltGr is a way to type characters
            KeyCode::Char(c) if ctrl && alt => {
                (ctrl, alt) = (false, false);
                KeyCode::Char(c)
            }
            KeyCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
            KeyCode::Tab if has(KeyModifiers::SHIFT) => KeyCode::BackTab,
            other => other,
        };
        Some(Self { code, ctrl, alt })
    }

    /// The same key on a Latin keyboard, where its letter is none.
    pub(crate) fn latin(self) -> Option<Self> {
        let KeyCode::Char(c) = self.code else {
            return None;
        };
        let code = KeyCode::Char(layouts::latin(c)?);
        Some(Self { code, ..self })
    }

    /// The character, where it is one and nothing else.
    pub(crate) fn character(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.alt {
            f.write_str("Alt-")?;
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("Space"),
            KeyCode::Char(c) if self.ctrl => write!(f, "^{c}"),
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(number) => write!(f, "F{number}"),
            KeyCode::BackTab => f.write_str("Shift-Tab"),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::PageDown => f.write_str("PgDn"),
            KeyCode::Insert => f.write_str("Ins"),
            KeyCode::Delete => f.write_str("Del"),
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            other => write!(f, "{other:?}"),
        }
    }
}
