//! Re-indents compact JSON as it streams past: `json.dumps(indent=N, separators=(",", ": "))`.

/// What `Accept: application/json; indent=N` does to an answer whose compact text comes in chunks.
pub struct Indenter {
    width: usize,
    depth: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Between,
    /// Right after `[` or `{`: nothing between it and its end means no line break.
    Opened,
    InString,
    /// After a backslash in a string.
    Escaped,
}

impl Indenter {
    /// Starts a document, with so many spaces a level.
    pub fn new(width: usize) -> Self {
        Self {
            width,
            depth: 0,
            state: State::Between,
        }
    }

    /// Appends the indented text of one more chunk; where a chunk ends does not matter.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        let mut rest = chunk;
        while let [byte, tail @ ..] = rest {
            match self.state {
                State::InString => {
                    let special = |&byte: &u8| byte == b'"' || byte == b'\\';
                    let run = rest.iter().position(special);
                    let (taken, left) = rest.split_at(run.map_or(rest.len(), |run| run + 1));
                    out.extend_from_slice(taken);
                    rest = left;
                    if run.is_some() {
                        self.state = match taken {
                            [.., b'"'] => State::Between,
                            _ => State::Escaped,
                        };
                    }
                    continue;
                }
                State::Escaped => {
                    out.push(*byte);
                    self.state = State::InString;
                }
                State::Between | State::Opened => self.token(*byte, out),
            }
            rest = tail;
        }
    }

    /// One byte outside strings.
    fn token(&mut self, byte: u8, out: &mut Vec<u8>) {
        let opened = self.state == State::Opened;
        self.state = State::Between;
        if let b']' | b'}' = byte {
            self.depth = self.depth.saturating_sub(1);
            if !opened {
                self.new_line(out);
            }
            out.push(byte);
            return;
        }
        if opened {
            self.new_line(out);
        }
        out.push(byte);
        match byte {
            b'[' | b'{' => {
                self.depth += 1;
                self.state = State::Opened;
            }
            b',' => self.new_line(out),
            b':' => out.push(b' '),
            b'"' => self.state = State::InString,
            _ => {}
        }
    }

    fn new_line(&self, out: &mut Vec<u8>) {
        out.push(b'\n');
        out.resize(out.len() + self.width * self.depth, b' ');
    }
}
