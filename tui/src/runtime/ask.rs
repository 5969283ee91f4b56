//! What the terminal is asked at the start, and how many colours its name promises.
//!
//! Nothing waits for the answers: the first picture is drawn without them, and once more when they have come. Only an
//! end within the first moments gives them a little time, so that they do not end up in the shell.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::theme::Depth;

/// What is behind the text (OSC 11), whether it can draw several characters as one (mode 2027), and last what every
/// terminal answers, so that the end of the answers is known.
const QUESTIONS: &[u8] = b"\x1b]11;?\x1b\\\x1b[?2027$p\x1b[c";

/// How long answers are thought to be under way.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long an end waits for them.
const LAST: Duration = Duration::from_millis(100);

/// An answer of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The colour behind the text.
    Background(u8, u8, u8),
    /// It draws several characters as one where it is told to.
    Clusters,
    /// It has answered everything.
    End,
}

/// Whether answers are still to come.
#[derive(Default)]
pub(super) struct Asked(Option<Instant>);

impl Asked {
    /// Asks.
    pub(super) fn now() -> Self {
        let mut out = io::stdout();
        let sent = out.write_all(QUESTIONS).and_then(|()| out.flush());
        Self(sent.is_ok().then(Instant::now))
    }

    /// All have come.
    pub(super) fn answered(&mut self) {
        self.0 = None;
    }

    /// How long an end is to wait for them.
    pub(super) fn rest(&self) -> Option<Duration> {
        let asked = self.0.filter(|asked| asked.elapsed() < PATIENCE);
        asked.map(|_| LAST)
    }
}

/// How many colours a terminal of this name has, as far as names tell.
pub(super) fn depth(term: &str, colorterm: &str) -> Depth {
    /// Those that do not always say it otherwise, as over ssh.
    const RGB: [&str; 6] = ["kitty", "alacritty", "foot", "wezterm", "ghostty", "direct"];
    if matches!(colorterm, "truecolor" | "24bit") || RGB.iter().any(|name| term.contains(name)) {
        Depth::Rgb
    } else if term.contains("256color") {
        Depth::Indexed
    } else {
        Depth::None
    }
}

/// The answer that a sequence is; `None` for what is none.
pub(super) fn answer(bytes: &[u8]) -> Option<Answer> {
    let text = std::str::from_utf8(bytes).ok()?;
    if let Some(color) = text.strip_prefix("\x1b]11;") {
        let color = color.trim_end_matches(['\x07', '\x1b', '\\']);
        let (r, g, b) = color_of(color)?;
        return Some(Answer::Background(r, g, b));
    }
    let text = text.strip_prefix("\x1b[?")?;
    match text.strip_suffix("$y") {
        // known, and off: one that is on (1) stays as whoever set it wants it, permanent ones (3, 4) can't be changed
        Some("2027;2") => Some(Answer::Clusters),
        _ if text.ends_with('c') => Some(Answer::End),
        _ => None,
    }
}

/// `rgb:ffff/ffff/ffff`, with any number of digits, `rgba:` with an opacity, or `#ffffff`.
fn color_of(text: &str) -> Option<(u8, u8, u8)> {
    let part = |digits: &str| {
        let most = 16_u32.checked_pow(u32::try_from(digits.len()).ok()?)? - 1;
        let value = u32::from_str_radix(digits, 16).ok()?;
        u8::try_from(value * 255 / most.max(1)).ok()
    };
    if let Some(digits) = text.strip_prefix('#') {
        let of = |at: usize| part(digits.get(at * digits.len() / 3..(at + 1) * digits.len() / 3)?);
        return Some((of(0)?, of(1)?, of(2)?));
    }
    let parts = text.strip_prefix("rgb:").or(text.strip_prefix("rgba:"))?;
    let mut parts = parts
        .split('/')
        .filter(|digits| digits.len() <= 4)
        .map(part);
    Some((parts.next()??, parts.next()??, parts.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_known_in_every_form() {
        for (bytes, color) in [
            ("\x1b]11;rgb:1d1d/2020/2626\x1b\\", (0x1d, 0x20, 0x26)),
            ("\x1b]11;rgb:ff/ff/ff\x07", (255, 255, 255)),
            ("\x1b]11;rgba:0000/8080/ffff/cccc\x07", (0, 0x80, 255)),
            ("\x1b]11;#002b36\x07", (0, 0x2b, 0x36)),
        ] {
            let (r, g, b) = color;
            assert_eq!(
                answer(bytes.as_bytes()),
                Some(Answer::Background(r, g, b)),
                "{bytes:?}"
            );
        }
        assert_eq!(answer(b"\x1b[?2027;2$y"), Some(Answer::Clusters));
        for other in ["0", "1", "3", "4"] {
            let bytes = format!("\x1b[?2027;{other}$y");
            assert_eq!(answer(bytes.as_bytes()), None, "{other}");
        }
        assert_eq!(answer(b"\x1b[?64;1;2c"), Some(Answer::End));
        for nonsense in [
            "\x1b]11;",
            "\x1b]11;rgb:",
            "\x1b]11;#12é",
            "\x1b]11;rgb:fffff/0/0",
            "x",
        ] {
            assert_eq!(answer(nonsense.as_bytes()), None, "{nonsense:?}");
        }
    }

    #[test]
    fn a_name_tells_how_many_colours_there_are() {
        for (term, colorterm, expected) in [
            ("xterm-256color", "truecolor", Depth::Rgb),
            ("xterm-kitty", "", Depth::Rgb),
            ("tmux-256color", "", Depth::Indexed),
            ("xterm", "24bit", Depth::Rgb),
            ("linux", "", Depth::None),
            ("vt100", "", Depth::None),
        ] {
            assert_eq!(depth(term, colorterm), expected, "{term} {colorterm}");
        }
    }
}
