//! The bytes of a terminal as keys and pastes, cut where each ends. Bytes that may come apart are waited for.

use std::time::Duration;

use crossterm::event::{Event, KeyEvent};
use terminput_crossterm::to_crossterm;

use super::ask::{Answer, answer};

/// How long the rest of a sequence may take: Esc is a key of its own, and the start of those of other keys.
const REST: Duration = Duration::from_millis(50);
/// The same within a paste.
const REST_OF_PASTE: Duration = Duration::from_secs(1);

const ESC: u8 = 0x1b;
const PASTE: &[u8] = b"\x1b[200~";
const PASTED: &[u8] = b"\x1b[201~";
/// How the answer begins that says what is behind the text, and how long it can be.
const GROUND: &[u8] = b"\x1b]11;";
const LONGEST: usize = 64;

/// What came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Typed {
    /// A key, a paste, a size.
    Event(Event),
    /// Esc and this key in one piece: the key with Alt, or two keys that something between (tmux, ssh) has put
    /// together. Terminals that tell the two apart never send it.
    AfterEsc(KeyEvent),
    /// What the terminal was asked.
    Answer(Answer),
}

/// The bytes that are not a key yet.
#[derive(Default)]
pub(super) struct Keys {
    bytes: Vec<u8>,
    /// How many of a paste's bytes were searched for its end.
    searched: usize,
    /// Whether Esc came alone, and was taken for the key.
    has_cut_esc: bool,
}

/// Where the first key or paste ends.
enum End {
    At(usize),
    NotYet,
}

impl Keys {
    /// More has come.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        // nobody types this at once: it is an answer that was cut behind its first byte
        if std::mem::take(&mut self.has_cut_esc) && bytes.starts_with(&GROUND[1..]) {
            self.bytes.push(ESC);
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// How long to wait for the rest; `None` where nothing is waited for.
    pub(super) fn patience(&self) -> Option<Duration> {
        match self.bytes.as_slice() {
            [] => None,
            // a slow line must not make keys of an answer
            bytes if bytes.starts_with(PASTE) || bytes.starts_with(&GROUND[..2]) => {
                Some(REST_OF_PASTE)
            }
            _ => Some(REST),
        }
    }

    /// The next of what has come; with `is_all`, also of what is cut off, since the rest did not come in time.
    pub(super) fn next(&mut self, is_all: bool) -> Option<Typed> {
        while !self.bytes.is_empty() {
            let end = match self.end() {
                End::At(end) => end,
                End::NotYet if is_all => self.cut(),
                End::NotYet => return None,
            };
            let piece: Vec<u8> = self.bytes.drain(..end).collect();
            self.searched = 0;
            self.has_cut_esc = piece == [ESC] && self.bytes.is_empty();
            // what is no key is nothing that anybody has typed
            if let Some(typed) = typed(&piece) {
                return Some(typed);
            }
        }
        None
    }

    /// Where the first piece ends, if all of it is there.
    fn end(&mut self) -> End {
        let bytes = &self.bytes;
        if bytes.starts_with(PASTE) {
            let from = self.searched.max(PASTE.len());
            if let Some(at) = find(&bytes[from..], PASTED) {
                return End::At(from + at + PASTED.len());
            }
            self.searched = bytes.len().saturating_sub(PASTED.len());
            return End::NotYet;
        }
        if bytes.len() > 1 && GROUND.starts_with(&bytes[..bytes.len().min(GROUND.len())]) {
            let bell = bytes.iter().position(|byte| *byte == 0x07);
            let string = find(&bytes[1..], b"\x1b\\").map(|at| at + 2);
            return match bell.into_iter().chain(string).min() {
                Some(at) => End::At(at + 1),
                None if bytes.len() > LONGEST => End::At(bytes.len()),
                None => End::NotYet,
            };
        }
        match bytes.as_slice() {
            [ESC, ESC, ..] => End::At(1),
            [ESC, b'[', b'[', _, ..] => End::At(4),
            [ESC, b'[', rest @ ..] => {
                // parameters, and one byte that ends them; anything else breaks the sequence off
                let end = rest
                    .iter()
                    .position(|byte| !(0x20..0x40).contains(byte) && *byte != b'[');
                match end {
                    Some(at) if (0x40..0x7f).contains(&rest[at]) => End::At(at + 3),
                    Some(at) => End::At(at + 2),
                    None => End::NotYet,
                }
            }
            [ESC, b'O', third, ..] if b"ABCDFHMPQRSjklmnopqrstuvwxy".contains(third) => End::At(3),
            [ESC, b'O', _, ..] => End::At(2),
            [ESC, b'O'] | [ESC] => End::NotYet,
            [ESC, rest @ ..] => character(rest, 1),
            rest => character(rest, 0),
        }
    }

    /// How much is taken for a key where the rest did not come.
    fn cut(&self) -> usize {
        match self.bytes.as_slice() {
            [ESC, b'[' | b'O'] => 2,
            bytes => bytes.len(),
        }
    }
}

/// Where a character ends, of bytes behind so many others.
fn character(bytes: &[u8], before: usize) -> End {
    let len = match bytes.first() {
        Some(0xc2..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf4) => 4,
        _ => 1,
    };
    let rest = bytes.iter().skip(1).take(len - 1);
    match rest.clone().position(|byte| byte & 0xc0 != 0x80) {
        Some(broken) => End::At(before + 1 + broken),
        None if rest.len() + 1 < len => End::NotYet,
        None => End::At(before + len),
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// What a piece is; `None` for what is nothing that we know.
fn typed(piece: &[u8]) -> Option<Typed> {
    if let Some(text) = piece.strip_prefix(PASTE) {
        let text = text.strip_suffix(PASTED).unwrap_or(text);
        let text = String::from_utf8_lossy(text).into_owned();
        return Some(Typed::Event(Event::Paste(text)));
    }
    if let Some(answer) = answer(piece) {
        return Some(Typed::Answer(answer));
    }
    match piece {
        // cut off
        [ESC, b']', _, ..] => None,
        [ESC] | [ESC, b'[' | b'O', _, ..] => event(piece).map(Typed::Event),
        [ESC, rest @ ..] => match event(rest)? {
            Event::Key(key) => Some(Typed::AfterEsc(key)),
            _ => None,
        },
        _ => event(piece).map(Typed::Event),
    }
}

fn event(bytes: &[u8]) -> Option<Event> {
    // crossterm's Enter, whatever mode it believes the terminal to be in
    let bytes = if bytes == b"\n" { b"\r" } else { bytes };
    if is_nowhere(bytes) {
        return None;
    }
    let event = terminput::Event::parse_from(bytes).ok().flatten()?;
    to_crossterm(event).ok()
}

/// A report of the mouse at a place 0. They are counted from 1, and the parser panics at less.
fn is_nowhere(bytes: &[u8]) -> bool {
    let [ESC, b'[', report @ .., b'M' | b'm'] = bytes else {
        return false;
    };
    let places = report.split(|byte| *byte == b';').skip(1);
    places
        .filter_map(|place| str::from_utf8(place).ok()?.parse::<u16>().ok())
        .any(|place| place == 0)
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyModifiers};
    use proptest::prelude::*;

    use super::*;

    fn all(bytes: &[u8]) -> Vec<Typed> {
        let mut keys = Keys::default();
        keys.feed(bytes);
        let mut typed: Vec<_> = std::iter::from_fn(|| keys.next(false)).collect();
        typed.extend(std::iter::from_fn(|| keys.next(true)));
        assert!(keys.bytes.is_empty());
        typed
    }

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Typed {
        Typed::Event(Event::Key(KeyEvent::new(code, modifiers)))
    }

    fn plain(code: KeyCode) -> Typed {
        key(code, KeyModifiers::NONE)
    }

    fn after_esc(code: KeyCode, modifiers: KeyModifiers) -> Typed {
        Typed::AfterEsc(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn the_mouse_is_somewhere_or_ignored() {
        for report in [
            "\u{1b}[<0;0;0M",
            "\u{1b}[<0;5;0m",
            "\u{1b}[<35;+0;7M",
            "\u{1b}[35;0;1;M",
            "\u{1b}[35;1;0;M",
        ] {
            assert_eq!(all(report.as_bytes()), [], "{report:?}");
        }
        assert_eq!(all(b"\x1b[<0;1;1M").len(), 1);
    }

    #[test]
    fn every_key_is_known() {
        use KeyCode::{BackTab, Backspace, Char, Delete, Down, End, Enter, Esc, F, Home, Insert};
        use KeyCode::{Left, PageDown, PageUp, Right, Tab, Up};
        for (bytes, code) in [
            ("a", Char('a')),
            ("é", Char('é')),
            ("日", Char('日')),
            ("👩", Char('👩')),
            ("\r", Enter),
            ("\n", Enter),
            ("\t", Tab),
            ("\u{7f}", Backspace),
            ("\u{1b}", Esc),
            ("\u{1b}[27u", Esc),
            ("\u{1b}[A", Up),
            ("\u{1b}OB", Down),
            ("\u{1b}[C", Right),
            ("\u{1b}OD", Left),
            ("\u{1b}[H", Home),
            ("\u{1b}[1~", Home),
            ("\u{1b}[4~", End),
            ("\u{1b}OF", End),
            ("\u{1b}[5~", PageUp),
            ("\u{1b}[6~", PageDown),
            ("\u{1b}[2~", Insert),
            ("\u{1b}[3~", Delete),
            ("\u{1b}OP", F(1)),
            ("\u{1b}[[A", F(1)),
            ("\u{1b}[11~", F(1)),
            ("\u{1b}OS", F(4)),
            ("\u{1b}[15~", F(5)),
            ("\u{1b}[18~", F(7)),
            ("\u{1b}[19~", F(8)),
        ] {
            assert_eq!(all(bytes.as_bytes()), [plain(code)], "{bytes:?}");
        }
        let ctrl = KeyModifiers::CONTROL;
        assert_eq!(all(b"\x03"), [key(Char('c'), ctrl)]);
        assert_eq!(all(b"\x1f"), [key(Char('7'), ctrl)]);
        assert_eq!(all(b"\x1b[99;5u"), [key(Char('c'), ctrl)]);
        assert_eq!(all(b"\x1b[120;3u"), [key(Char('x'), KeyModifiers::ALT)]);
        assert_eq!(all(b"\x1b[1;3D"), [key(Left, KeyModifiers::ALT)]);
        assert_eq!(all(b"\x1b[Z"), [key(BackTab, KeyModifiers::SHIFT)]);
    }

    #[test]
    fn esc_and_a_key_in_one_piece_are_told_as_such() {
        use KeyCode::{Backspace, Char, Enter, Esc, Up};
        let none = KeyModifiers::NONE;
        assert_eq!(all(b"\x1bq"), [after_esc(Char('q'), none)]);
        assert_eq!(all("\u{1b}日".as_bytes()), [after_esc(Char('日'), none)]);
        assert_eq!(
            all(b"\x1b\x03"),
            [after_esc(Char('c'), KeyModifiers::CONTROL)]
        );
        assert_eq!(all(b"\x1b\x7f"), [after_esc(Backspace, none)]);
        assert_eq!(all(b"\x1b\r"), [after_esc(Enter, none)]);
        assert_eq!(all(b"\x1b\x1b[A"), [plain(Esc), plain(Up)]);
        assert_eq!(all(b"\x1b\x1b"), [plain(Esc), plain(Esc)]);
        assert_eq!(all(b"\x1b["), [after_esc(Char('['), none)]);
        assert_eq!(all(b"\x1bO"), [after_esc(Char('O'), KeyModifiers::SHIFT)]);
        let both = [after_esc(Char('O'), KeyModifiers::SHIFT), plain(Char('z'))];
        assert_eq!(all(b"\x1bOz"), both);
    }

    #[test]
    fn what_may_come_apart_is_waited_for_and_not_for_ever() {
        let mut keys = Keys::default();
        assert_eq!(keys.patience(), None);
        for byte in b"\x1b[1;3" {
            keys.feed(&[*byte]);
            assert_eq!(keys.next(false), None);
            assert_eq!(keys.patience(), Some(REST));
        }
        keys.feed(b"D");
        assert_eq!(
            keys.next(false),
            Some(key(KeyCode::Left, KeyModifiers::ALT))
        );
        keys.feed(&"日".as_bytes()[..2]);
        assert_eq!(keys.next(false), None);
        assert_eq!(keys.next(true), None);
        assert_eq!(keys.patience(), None, "it is given up");
    }

    #[test]
    fn an_answer_that_comes_apart_is_no_keys() {
        let bytes = b"\x1b]11;rgb:1d1d/2020/2626\x1b\\";
        let answer = Typed::Answer(Answer::Background(0x1d, 0x20, 0x26));
        for at in 2..bytes.len() {
            let (one, other) = bytes.split_at(at);
            let mut keys = Keys::default();
            keys.feed(one);
            assert_eq!(keys.next(false), None, "{at}");
            assert_eq!(keys.patience(), Some(REST_OF_PASTE), "{at}");
            keys.feed(other);
            assert_eq!(keys.next(false), Some(answer.clone()), "{at}");
        }
        // Esc can't wait so long
        let mut keys = Keys::default();
        keys.feed(&bytes[..1]);
        assert_eq!(keys.next(true), Some(plain(KeyCode::Esc)));
        keys.feed(&bytes[1..]);
        assert_eq!(keys.next(false), Some(answer));
    }

    #[test]
    fn a_paste_is_whole_whatever_it_holds() {
        let text = format!("one\x1b[A\r{}\x1b[20", "x".repeat(5000));
        let paste = |text: &str| Typed::Event(Event::Paste(text.to_owned()));
        let bytes = format!("a\x1b[200~{text}\x1b[201~b");
        let mut keys = Keys::default();
        let mut found = Vec::new();
        for piece in bytes.as_bytes().chunks(7) {
            keys.feed(piece);
            found.extend(std::iter::from_fn(|| keys.next(false)));
        }
        let char = |c| plain(KeyCode::Char(c));
        assert_eq!(found, [char('a'), paste(&text), char('b')]);
        assert_eq!(all(b"\x1b[200~cut"), [paste("cut")]);
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            all(&bytes);
        }

        #[test]
        fn any_sequence_ends(sequence in "\u{1b}[\\[O][<?>]?[0-9+;:]{0,12}[A-Za-z~^$]") {
            all(sequence.as_bytes());
        }

        #[test]
        fn nothing_is_lost_of_what_is_typed(text in "[a-zA-Z0-9 éß日👩]{0,20}", at in 0_usize..40) {
            let bytes = text.as_bytes();
            let (one, other) = bytes.split_at(at.min(bytes.len()));
            let mut keys = Keys::default();
            let mut found = Vec::new();
            for piece in [one, other] {
                keys.feed(piece);
                found.extend(std::iter::from_fn(|| keys.next(false)));
            }
            let found: String = found.into_iter().filter_map(|typed| match typed {
                Typed::Event(Event::Key(key)) => key.code.as_char(),
                _ => None,
            }).collect();
            prop_assert_eq!(found, text);
        }
    }
}
