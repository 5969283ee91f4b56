//! What each part of the screen looks like: the one file that names colours.
//!
//! The sixteen colours that the person chose for the terminal, and attributes; no background, so that any
//! background is right.

use ratatui::style::{Color, Modifier, Style};

/// Which colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// The terminal's own sixteen.
    #[default]
    Ansi,
    /// None (`NO_COLOR`): attributes alone.
    Plain,
}

/// What a piece of the screen is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Text,
    Faint,
    Strong,
    Header,
    Selected,
    Key,
    Error,
    Warning,
    Good,
    Field,
}

impl Theme {
    /// The style of a role.
    pub(crate) fn style(self, role: Role) -> Style {
        let style = Style::new();
        let (color, attributes) = match role {
            Role::Text => (Color::Reset, Modifier::empty()),
            Role::Field => (Color::Reset, Modifier::UNDERLINED),
            Role::Faint => (Color::Reset, Modifier::DIM),
            Role::Strong => (Color::Reset, Modifier::BOLD),
            Role::Header => (Color::Blue, Modifier::BOLD),
            Role::Selected => (Color::Reset, Modifier::REVERSED),
            Role::Key => (Color::Cyan, Modifier::BOLD),
            Role::Error => (Color::Red, Modifier::BOLD),
            Role::Warning => (Color::Yellow, Modifier::BOLD),
            Role::Good => (Color::Green, Modifier::empty()),
        };
        // a reversed row is one piece, whatever was faint in it
        let style = match role {
            Role::Selected => style.remove_modifier(Modifier::DIM),
            _ => style,
        };
        match self {
            Self::Ansi => style.fg(color).add_modifier(attributes),
            Self::Plain => style.add_modifier(attributes),
        }
    }
}
