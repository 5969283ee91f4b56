//! What comes of the requests of an HTTP/1 connection, as far as it tells where a head ends and whether another begins.

use memchr::memchr;

/// The head of a request as it comes, and what follows it. A line that ends without a carriage return is read by some
/// servers as one line and by others as two: it is refused.
#[derive(Default)]
pub(super) struct Head {
    /// What came last.
    last: [u8; 4],
    /// Empty lines may come before it, and are none of it.
    has_begun: bool,
    /// It begins as no request does, such as one of TLS: hyper answers 400.
    is_none: bool,
    is_over: bool,
    /// How many bytes came after its end.
    after: u64,
    /// How many of these are the request's body, where that is known.
    body: Option<u64>,
}

impl Head {
    /// Takes what comes next of a head; `false` where a line ends as it may not.
    pub(super) fn takes(&mut self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        while !self.is_over {
            let end = memchr(b'\n', rest);
            let line = &rest[..end.unwrap_or(rest.len())];
            if let (false, Some(first)) = (self.has_begun, line.iter().find(|byte| **byte != b'\r'))
            {
                self.has_begun = true;
                self.is_none = !first.is_ascii_graphic();
            }
            if self.is_none {
                return true;
            }
            self.came(line);
            let Some(end) = end else {
                return true;
            };
            let [.., before, last] = self.last;
            if last != b'\r' {
                return false;
            }
            self.is_over = self.has_begun && before == b'\n';
            self.came(b"\n");
            rest = &rest[end + 1..];
        }
        self.goes_on(rest);
        true
    }

    /// Takes what comes after the head, of its body or of another request.
    pub(super) fn goes_on(&mut self, bytes: &[u8]) {
        self.after += bytes.len() as u64;
        self.came(bytes);
    }

    /// A request was read, with a body of so many bytes where that is known.
    pub(super) fn is_of_a_request(&mut self, body: Option<u64>) {
        // of one that came together with an earlier one it is not seen where its head ends
        self.body = body.filter(|_| self.is_over);
    }

    /// The request is over: whether the head of another one has begun to come. What is a whole request is taken for none.
    pub(super) fn begins_another(&mut self) -> bool {
        let begins = match self.body {
            // some send an empty line after a body
            Some(body) if self.after == body + 2 => !self.last.ends_with(b"\r\n"),
            Some(body) => self.after > body,
            // neither a head alone nor chunks end otherwise
            None => self.last != *b"\r\n\r\n",
        };
        let last = if begins { self.last } else { [0; 4] };
        *self = Self {
            last,
            has_begun: begins,
            ..Self::default()
        };
        begins
    }

    fn came(&mut self, bytes: &[u8]) {
        let newest = bytes.len().saturating_sub(self.last.len());
        for byte in &bytes[newest..] {
            self.last.rotate_left(1);
            self.last[3] = *byte;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(parts: &[&str]) -> bool {
        let mut head = Head::default();
        parts.iter().all(|part| head.takes(part.as_bytes()))
    }

    #[test]
    fn the_lines_of_a_head_end_with_both_characters() {
        assert!(takes(&["GET / HTTP/1.1\r\nHost: x\r\n\r\n"]));
        assert!(takes(&["GET / HTTP/1.1\r", "\nHost: x\r\n\r", "\n"]));
        assert!(takes(&["\r\nGET / HTTP/1.1\r\n\r\n"]));
        // what follows is its body
        assert!(takes(&["POST / HTTP/1.1\r\nHost: x\r\n\r\na\nb\n\n"]));
        for bare in [
            "GET / HTTP/1.1\nHost: x\n\n",
            "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\n\n",
            "\nGET / HTTP/1.1\r\n\r\n",
            "\r\n\r\nGET / HTTP/1.1\n\r\n\r\n",
        ] {
            assert!(!takes(&[bare]), "{bare:?}");
            let (first, rest) = bare.split_at(bare.find('\n').unwrap());
            assert!(!takes(&[first, rest]), "{bare:?} in two");
        }
    }

    #[test]
    fn what_begins_as_no_request_is_left_to_hyper() {
        assert!(takes(&["\u{16}\u{3}\u{1}\n\n", "\n\n"]));
        assert!(!takes(&["\n\u{16}"]));
    }

    const HEAD: &str = "POST / HTTP/1.1\r\nHost: x\r\n\r\n";

    #[test]
    fn another_head_is_seen_behind_a_request() {
        let begins = |parts: &[&str], body: Option<u64>| {
            let mut head = Head::default();
            assert!(head.takes(parts[0].as_bytes()));
            head.is_of_a_request(body);
            for part in &parts[1..] {
                head.goes_on(part.as_bytes());
            }
            head.begins_another()
        };
        let with = |rest: &str| format!("{HEAD}{rest}");
        for (body, length) in [("", Some(0)), ("{}", Some(2)), ("0\r\n\r\n", None)] {
            assert!(!begins(&[&with(body)], length), "{body:?}");
            assert!(!begins(&[HEAD, body], length), "{body:?}");
            let more = format!("{body}GET /");
            assert!(begins(&[&with(&more)], length), "{body:?}");
            assert!(begins(&[HEAD, &more], length), "{body:?}");
            assert!(
                begins(&[&with(body), "GET / HTTP/1.1\r\n"], length),
                "{body:?}"
            );
        }
        assert!(!begins(&[&with("0\r"), "\n\r", "\n"], None));
        assert!(!begins(&[&with("{}\r\n")], Some(2)));
        assert!(begins(&[&with("{}GE")], Some(2)));
    }

    #[test]
    fn another_head_goes_on_where_it_was() {
        let mut head = Head::default();
        assert!(head.takes(format!("{HEAD}{HEAD}GET / HTTP/1.1\r").as_bytes()));
        head.is_of_a_request(Some(0));
        // the second is whole, and read next
        assert!(head.begins_another());
        head.is_of_a_request(Some(0));
        assert!(head.begins_another());
        assert!(head.takes(b"\nHost: x\r\n\r\n"));
        head.is_of_a_request(Some(0));
        assert!(!head.begins_another());
    }
}
