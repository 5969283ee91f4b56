//! Colours: whether a stream takes them, and the few there are. The text itself keeps the terminal's own colour, so that
//! it can be read on a light ground and on a dark one.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

/// Takes what `--color` says, or else the setting, before the arguments are read: what is wrong with them is said in
/// colours, too. Whatever cannot be read leaves it to the stream.
pub(crate) fn choose(arguments: impl Iterator<Item = OsString>, setting: Option<&str>) {
    let setting = || setting.and_then(named);
    let choice = asked(arguments).or_else(setting);
    choice.unwrap_or(ColorChoice::Auto).write_global();
}

/// What a word says of colours.
pub(crate) fn named(word: &str) -> Option<ColorChoice> {
    match word {
        "auto" => Some(ColorChoice::Auto),
        "always" => Some(ColorChoice::Always),
        "never" => Some(ColorChoice::Never),
        _ => None,
    }
}

fn asked(arguments: impl Iterator<Item = OsString>) -> Option<ColorChoice> {
    let arguments = arguments.map(|word| word.to_string_lossy().into_owned());
    let mut arguments = arguments.take_while(|word| word != "--");
    while let Some(word) = arguments.next() {
        let given = match word.strip_prefix("--color") {
            Some("") => arguments.next().unwrap_or_default(),
            Some(rest) => rest.trim_start_matches('=').to_owned(),
            None => continue,
        };
        return named(&given);
    }
    None
}

/// Gives a text its colour, where the stream takes any.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint(bool);

impl Paint {
    /// For standard output.
    pub(crate) fn of_output() -> Self {
        Self(AutoStream::choice(&io::stdout()) != ColorChoice::Never)
    }

    /// For standard error.
    pub(crate) fn of_errors() -> Self {
        Self(AutoStream::choice(&io::stderr()) != ColorChoice::Never)
    }

    /// Whether there are any.
    #[cfg(unix)]
    pub(crate) fn is_on(self) -> bool {
        self.0
    }

    /// None.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self(false)
    }

    /// What heads other lines.
    pub(crate) fn title(self, text: &str) -> Cow<'_, str> {
        self.with(Style::new().bold(), text)
    }

    /// What is only looked at when it is searched for.
    pub(crate) fn faint(self, text: &str) -> Cow<'_, str> {
        self.with(Style::new().dimmed(), text)
    }

    /// A line for standard error, of which the first word says what it is.
    pub(crate) fn said(self, line: &str) -> Cow<'_, str> {
        let red = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
        for (word, style) in [
            ("error:", red),
            ("warning:", Style::new().bold()),
            ("hint:", Style::new().bold()),
        ] {
            if let Some(rest) = line.strip_prefix(word) {
                return (self.with(style, word) + rest).into_owned().into();
            }
        }
        line.into()
    }

    fn with(self, style: Style, text: &str) -> Cow<'_, str> {
        if self.0 && !text.is_empty() {
            format!("{style}{text}{style:#}").into()
        } else {
            text.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_is_found_before_the_arguments_are_read() {
        let asked = |line: &str| asked(line.split(' ').map(OsString::from));
        assert_eq!(asked("posts list --color never"), Some(ColorChoice::Never));
        assert_eq!(asked("--color=always x"), Some(ColorChoice::Always));
        assert_eq!(asked("--color=auto x"), Some(ColorChoice::Auto));
        for none in ["posts list", "posts search -- --color=never", "--color"] {
            assert_eq!(asked(none), None, "{none}");
        }
    }

    #[test]
    fn the_first_word_is_painted_and_nothing_where_no_colours_are_taken() {
        let red = "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m no";
        assert_eq!(Paint(true).said("error: no"), red);
        assert_eq!(Paint(true).said("no error: at all"), "no error: at all");
        assert_eq!(Paint(true).faint("x"), "\u{1b}[2mx\u{1b}[0m");
        assert_eq!(Paint(false).said("error: no"), "error: no");
        assert_eq!(Paint(false).title("x"), "x");
    }
}
