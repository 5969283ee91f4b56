//! The grammar of JSON as CPython 3.11's C scanner reads it, with its messages, positions and limits. It builds nothing:
//! what it reads it shows to a [`Sink`].

use super::raw::{Raw, RawText};

/// How many arrays and objects may be open at once; CPython's own limit is its stack's (945 and more).
const MAX_DEPTH: usize = 994;

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

/// What becomes of a text that is read.
pub(super) trait Sink<'t> {
    /// An array or an object, whose members come next.
    fn begin(&mut self, is_object: bool);
    /// The array or object that began last is complete.
    fn end(&mut self);
    /// A key, whose value comes next, and where it stands.
    fn key(&mut self, key: RawText<'t>, at: usize);
    /// A value that is neither array nor object.
    fn scalar(&mut self, value: Raw<'t>);
}

/// Nothing: the text is only checked.
impl Sink<'_> for () {
    fn begin(&mut self, _: bool) {}
    fn end(&mut self) {}
    fn key(&mut self, _: RawText<'_>, _: usize) {}
    fn scalar(&mut self, _: Raw<'_>) {}
}

pub(super) struct Parser<'t> {
    bytes: &'t [u8],
    /// The next byte.
    pub(super) at: usize,
    pub(super) constants: Constants,
}

impl<'t> Parser<'t> {
    pub(super) fn new(bytes: &'t [u8], constants: Constants) -> Self {
        Self {
            bytes,
            at: 0,
            constants,
        }
    }

    /// The whole text: one value with space around it.
    pub(super) fn document(mut self, sink: &mut impl Sink<'t>) -> Result<(), Failure> {
        self.skip_space();
        self.value(sink)?;
        self.skip_space();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(Failure::At("Extra data", self.at)),
        }
    }

    /// One value. Without recursion, so that nesting costs no stack.
    pub(super) fn value(&mut self, sink: &mut impl Sink<'t>) -> Result<(), Failure> {
        // of what is open, which are objects
        let mut objects = [false; MAX_DEPTH];
        let mut open = 0;
        'value: loop {
            match self.peek() {
                Some(b'[') => {
                    check_depth(open, "array")?;
                    self.step();
                    sink.begin(false);
                    if self.peek() != Some(b']') {
                        objects[open] = false;
                        open += 1;
                        continue;
                    }
                    self.at += 1;
                    sink.end();
                }
                Some(b'{') => {
                    check_depth(open, "object")?;
                    self.step();
                    sink.begin(true);
                    if self.peek() != Some(b'}') {
                        self.key(sink)?;
                        objects[open] = true;
                        open += 1;
                        continue;
                    }
                    self.at += 1;
                    sink.end();
                }
                _ => sink.scalar(self.scalar()?),
            }
            // A value is complete, and what is open may be complete with it.
            while open > 0 {
                let in_object = objects[open - 1];
                self.skip_space();
                if self.peek() == Some(b',') {
                    self.step();
                    if in_object {
                        self.key(sink)?;
                    }
                    continue 'value;
                }
                let close = if in_object { b'}' } else { b']' };
                self.expect(close, "Expecting ',' delimiter")?;
                open -= 1;
                sink.end();
            }
            return Ok(());
        }
    }

    /// A key and its colon.
    fn key(&mut self, sink: &mut impl Sink<'t>) -> Result<(), Failure> {
        let at = self.at;
        self.expect(b'"', "Expecting property name enclosed in double quotes")?;
        let key = self.string()?;
        self.skip_space();
        self.expect(b':', "Expecting ':' delimiter")?;
        self.skip_space();
        sink.key(key, at);
        Ok(())
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &'t [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Past one byte and the space after it.
    fn step(&mut self) {
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

fn check_depth(open: usize, what: &str) -> Result<(), Failure> {
    if open < MAX_DEPTH {
        return Ok(());
    }
    Err(Failure::Whole(format!(
        "maximum recursion depth exceeded while decoding a JSON {what} from a unicode string"
    )))
}
