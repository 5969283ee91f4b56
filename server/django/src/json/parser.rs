//! Where a JSON parser stands in its text, and what it says when it can't go on.

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Constants {
    Refused,
    Accepted,
}

pub(super) enum Failure {
    /// A message and the byte it points at.
    At(&'static str, usize),
    Whole(String),
}

impl Failure {
    /// Python's text: positions in code points, lines by `\n` alone.
    pub(super) fn explain(self, bytes: &[u8]) -> String {
        let (what, at) = match self {
            Self::Whole(message) => return message,
            Self::At(what, at) => (what, at),
        };
        let before = &bytes[..at.min(bytes.len())];
        let mut lines = before.rsplit(|&byte| byte == b'\n');
        let column = 1 + code_points(lines.next().unwrap_or_default());
        let line = 1 + lines.count();
        let char = code_points(before);
        format!("{what}: line {line} column {column} (char {char})")
    }
}

fn code_points(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count()
}

pub(super) struct Parser<'a> {
    bytes: &'a [u8],
    /// The next byte.
    pub(super) at: usize,
    pub(super) constants: Constants,
}

impl<'a> Parser<'a> {
    pub(super) fn new(bytes: &'a [u8], constants: Constants) -> Self {
        Self {
            bytes,
            at: 0,
            constants,
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Past one byte and the space after it.
    pub(super) fn step(&mut self) {
        self.at += 1;
        self.skip_space();
    }

    pub(super) fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), Failure> {
        if self.peek() != Some(byte) {
            return Err(Failure::At(what, self.at));
        }
        self.at += 1;
        Ok(())
    }
}
