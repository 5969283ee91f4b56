//! The JSON parser: CPython 3.11's `json` (its C scanner), with its messages, positions and limits.

use super::detect::decode;
use super::parser::{Constants, Failure, Parser};
use super::{Object, Text, Value};

/// How many arrays and objects may be open at once; CPython's own limit is its stack's (945 and more).
const MAX_DEPTH: usize = 994;

/// Parses a request body as DRF's strict `JSONParser` does: NaN and Infinity are refused.
///
/// # Errors
/// Python's message, with the place.
pub fn parse_body(text: &str) -> Result<Value, String> {
    let bytes = text.as_bytes();
    if text.starts_with('\u{FEFF}') {
        let what = "Unexpected UTF-8 BOM (decode using utf-8-sig)";
        return Err(Failure::At(what, 0).explain(bytes));
    }
    Parser::new(bytes, Constants::Refused)
        .document()
        .map_err(|failure| failure.explain(bytes))
}

/// Parses a part of a token as `json.loads(bytes)` does: any UTF encoding, NaN and Infinity accepted.
pub fn parse_token(bytes: &[u8]) -> Option<Value> {
    let text = decode(bytes)?;
    Parser::new(&text, Constants::Accepted).document().ok()
}

/// An array or object whose end is still to come.
enum Open {
    List(Vec<Value>),
    /// With the key whose value comes next.
    Object(Object, Text),
}

impl Parser<'_> {
    /// Without recursion, so that nesting costs no stack.
    fn document(mut self) -> Result<Value, Failure> {
        let mut open: Vec<Open> = Vec::new();
        self.skip_space();
        'value: loop {
            let mut value = match self.peek() {
                Some(b'[') => {
                    check_depth(open.len(), "array")?;
                    self.step();
                    if self.peek() != Some(b']') {
                        open.push(Open::List(Vec::new()));
                        continue;
                    }
                    self.at += 1;
                    Value::List(Vec::new())
                }
                Some(b'{') => {
                    check_depth(open.len(), "object")?;
                    self.step();
                    if self.peek() != Some(b'}') {
                        let key = self.key()?;
                        open.push(Open::Object(Object::new(), key));
                        continue;
                    }
                    self.at += 1;
                    Value::Object(Object::new())
                }
                _ => self.scalar()?,
            };
            // A value is complete: it goes into what is open, which may be complete with it.
            loop {
                self.skip_space();
                let next = self.peek();
                let comma = next == Some(b',');
                match open.pop() {
                    None if next.is_none() => return Ok(value),
                    None => return Err(Failure::At("Extra data", self.at)),
                    Some(Open::List(mut items)) => {
                        items.push(value);
                        if comma {
                            self.step();
                            open.push(Open::List(items));
                            continue 'value;
                        }
                        self.expect(b']', "Expecting ',' delimiter")?;
                        value = Value::List(items);
                    }
                    Some(Open::Object(mut pairs, key)) => {
                        pairs.insert(key, value);
                        if comma {
                            self.step();
                            let key = self.key()?;
                            open.push(Open::Object(pairs, key));
                            continue 'value;
                        }
                        self.expect(b'}', "Expecting ',' delimiter")?;
                        value = Value::Object(pairs);
                    }
                }
            }
        }
    }

    /// A key and its colon.
    fn key(&mut self) -> Result<Text, Failure> {
        self.expect(b'"', "Expecting property name enclosed in double quotes")?;
        let key = self.string()?;
        self.skip_space();
        self.expect(b':', "Expecting ':' delimiter")?;
        self.skip_space();
        Ok(key)
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
