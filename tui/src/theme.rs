//! What each part of the screen looks like: the one file that names colours.
//!
//! Text is in the terminal's own foreground, and no background is set. Accents come from one of two palettes, for
//! dark and for light backgrounds; where the background is not known, attributes alone say what is what.

use ratatui::style::{Color, Modifier, Style};

/// Which colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Those for the terminal's background, which it is asked for; until it answers, and where it does not, none.
    #[default]
    Auto,
    /// Those for a dark background.
    Dark,
    /// Those for a light one.
    Light,
    /// None (`NO_COLOR`): attributes alone.
    Plain,
}

/// What is behind the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ground {
    Dark,
    Light,
}

/// How many colours a terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Too few to choose from.
    #[default]
    None,
    /// The 256 of xterm.
    Indexed,
    /// Any.
    Rgb,
}

/// The colours in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// Unknown: no colours.
    pub(crate) ground: Option<Ground>,
    pub(crate) depth: Depth,
}

/// What a piece of the screen is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Text,
    Faint,
    /// What changes all the time, for those who have the screen read to them: it is not read out for that alone.
    Aside,
    Strong,
    /// The name of the program.
    Brand,
    /// A frame, and the one that keys go to.
    Frame,
    Focus,
    /// The title of the frame that keys go to.
    FocusTitle,
    /// The bar before the selected row.
    Bar,
    Selected,
    Key,
    Error,
    Warning,
    Good,
    Field,
    // what Markdown sets off
    Heading,
    Code,
    Link,
    Emphasis,
    Struck,
}

/// A colour with a meaning: in each palette as RGB, and as one of the 256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Accent {
    dark: (Rgb, u8),
    light: (Rgb, u8),
}

type Rgb = (u8, u8, u8);

/// What keys go to, and what they are.
const MAIN: Accent = Accent {
    dark: ((0x6c, 0xb6, 0xff), 75),
    light: ((0x0a, 0x56, 0xb0), 25),
};
const GOOD: Accent = Accent {
    dark: ((0x7e, 0xe7, 0x87), 114),
    light: ((0x11, 0x63, 0x29), 22),
};
const WARNING: Accent = Accent {
    dark: ((0xe3, 0xb3, 0x41), 179),
    light: ((0x7a, 0x52, 0x00), 94),
};
const ERROR: Accent = Accent {
    dark: ((0xff, 0x8a, 0x80), 210),
    light: ((0xb3, 0x1d, 0x28), 124),
};
const CODE: Accent = Accent {
    dark: ((0x56, 0xd4, 0xdd), 80),
    light: ((0x0b, 0x60, 0x68), 23),
};

impl Look {
    /// What a theme looks like before the terminal has said what is behind it.
    pub(crate) fn of(theme: Theme, depth: Depth) -> Self {
        let ground = match theme {
            Theme::Dark => Some(Ground::Dark),
            Theme::Light => Some(Ground::Light),
            Theme::Auto | Theme::Plain => None,
        };
        Self { ground, depth }
    }

    /// The style of a role.
    pub(crate) fn style(self, role: Role) -> Style {
        let none = Modifier::empty();
        let (accent, attributes) = match role {
            Role::Text => (None, none),
            Role::Field => (None, Modifier::UNDERLINED),
            Role::Faint | Role::Frame => (None, Modifier::DIM),
            // a mark for the program itself: where it is used no style is written
            Role::Aside => (None, Modifier::HIDDEN),
            Role::Strong => (None, Modifier::BOLD),
            Role::Brand | Role::Focus | Role::Heading | Role::Key | Role::Bar => {
                (Some(MAIN), Modifier::BOLD)
            }
            Role::FocusTitle => (Some(MAIN), Modifier::BOLD | Modifier::REVERSED),
            Role::Selected => (None, Modifier::REVERSED),
            Role::Error => (Some(ERROR), Modifier::BOLD),
            Role::Warning => (Some(WARNING), Modifier::BOLD),
            Role::Good => (Some(GOOD), none),
            Role::Code => (Some(CODE), none),
            Role::Link => (Some(MAIN), Modifier::UNDERLINED),
            Role::Emphasis => (None, Modifier::ITALIC),
            Role::Struck => (None, Modifier::CROSSED_OUT),
        };
        let style = Style::new().add_modifier(attributes);
        match role {
            // a reversed row is one piece, whatever was faint or coloured in it
            Role::Selected => style
                .fg(Color::Reset)
                .remove_modifier(Modifier::DIM | Modifier::BOLD),
            _ => style.fg(accent.map_or(Color::Reset, |accent| self.color(accent))),
        }
    }

    fn color(self, accent: Accent) -> Color {
        let ((r, g, b), index) = match self.ground {
            Some(Ground::Dark) => accent.dark,
            Some(Ground::Light) => accent.light,
            None => return Color::Reset,
        };
        match self.depth {
            Depth::Rgb => Color::Rgb(r, g, b),
            Depth::Indexed => Color::Indexed(index),
            Depth::None => Color::Reset,
        }
    }
}

impl Ground {
    /// What a background of this colour is: the palette is taken whose text stands out more from it.
    pub(crate) fn of(color: (u8, u8, u8)) -> Self {
        let here = luminance(color);
        let white = 1.05 / (here + 0.05);
        let black = (here + 0.05) / 0.05;
        if white >= black {
            Self::Dark
        } else {
            Self::Light
        }
    }
}

/// How bright a colour is, 0 to 1 (WCAG 2, relative luminance).
fn luminance((r, g, b): Rgb) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCENTS: [Accent; 5] = [MAIN, GOOD, WARNING, ERROR, CODE];

    const ROLES: [Role; 20] = [
        Role::Text,
        Role::Faint,
        Role::Aside,
        Role::Strong,
        Role::Brand,
        Role::Frame,
        Role::Focus,
        Role::FocusTitle,
        Role::Bar,
        Role::Selected,
        Role::Key,
        Role::Error,
        Role::Warning,
        Role::Good,
        Role::Field,
        Role::Heading,
        Role::Code,
        Role::Link,
        Role::Emphasis,
        Role::Struck,
    ];

    fn contrast(one: Rgb, other: Rgb) -> f64 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    /// One of xterm's 256 colours, of which the first sixteen are whatever the person chose.
    fn indexed(index: u8) -> Rgb {
        assert!(index >= 16, "{index} is the terminal's own");
        let step = |at: u8| if at == 0 { 0 } else { 55 + at * 40 };
        if index >= 232 {
            let grey = 8 + (index - 232) * 10;
            return (grey, grey, grey);
        }
        let at = index - 16;
        (step(at / 36), step(at / 6 % 6), step(at % 6))
    }

    #[test]
    fn every_accent_stands_out_from_black_and_white_and_from_solarized() {
        for accent in ACCENTS {
            let (dark, light) = (accent.dark, accent.light);
            for color in [dark.0, indexed(dark.1)] {
                assert!(contrast(color, (0, 0, 0)) >= 4.5, "{color:?}");
                assert!(contrast(color, (0x00, 0x2b, 0x36)) >= 3.5, "{color:?}");
            }
            for color in [light.0, indexed(light.1)] {
                assert!(contrast(color, (255, 255, 255)) >= 4.5, "{color:?}");
                assert!(contrast(color, (0xfd, 0xf6, 0xe3)) >= 3.5, "{color:?}");
            }
        }
    }

    #[test]
    fn every_role_has_a_tested_accent_or_the_terminals_own_foreground() {
        for (theme, is_dark) in [(Theme::Dark, true), (Theme::Light, false)] {
            for role in ROLES {
                for depth in [Depth::Rgb, Depth::Indexed] {
                    let style = Look::of(theme, depth).style(role);
                    let of = |accent: &Accent| if is_dark { accent.dark } else { accent.light };
                    let is_known = match style.fg {
                        Some(Color::Reset) => true,
                        Some(Color::Rgb(r, g, b)) => {
                            ACCENTS.iter().any(|accent| of(accent).0 == (r, g, b))
                        }
                        Some(Color::Indexed(index)) => {
                            ACCENTS.iter().any(|accent| of(accent).1 == index)
                        }
                        _ => false,
                    };
                    assert!(is_known && style.bg.is_none(), "{role:?}: {style:?}");
                }
            }
        }
    }

    #[test]
    fn without_a_known_background_or_enough_colours_there_are_attributes_alone() {
        for look in [
            Look::of(Theme::Plain, Depth::Rgb),
            Look::of(Theme::Auto, Depth::Rgb),
            Look::of(Theme::Dark, Depth::None),
        ] {
            for role in ROLES {
                assert_eq!(look.style(role).fg, Some(Color::Reset));
            }
            let differs = |one, other| look.style(one) != look.style(other);
            assert!(differs(Role::Focus, Role::Frame) && differs(Role::Selected, Role::Text));
        }
    }

    #[test]
    fn a_background_is_dark_or_light_by_what_can_be_read_on_it() {
        for dark in [
            (0, 0, 0),
            (0x00, 0x2b, 0x36),
            (0x1d, 0x20, 0x26),
            (90, 90, 90),
        ] {
            assert_eq!(Ground::of(dark), Ground::Dark, "{dark:?}");
        }
        for light in [(255, 255, 255), (0xfd, 0xf6, 0xe3), (150, 150, 150)] {
            assert_eq!(Ground::of(light), Ground::Light, "{light:?}");
        }
    }
}
