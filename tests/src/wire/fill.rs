//! Variables: what earlier rows saved or forged, and the filling of `${name}` and `{"$repeat": [text, times]}` with them.

use std::collections::HashMap;

use super::json::{Json, SPACED};

/// The variables of one replay.
#[derive(Default)]
pub(super) struct Variables(HashMap<String, Json>);

impl Variables {
    pub(super) fn set(&mut self, name: &str, value: Json) {
        self.0.insert(name.to_owned(), value);
    }

    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }

    /// Fills every text of a value; one that is a single variable becomes that variable's value, whatever its type.
    pub(super) fn fill(&self, value: &Json) -> Json {
        match value {
            Json::Text(text) => match whole(text).and_then(|name| self.get(name)) {
                Some(found) => found.clone(),
                None => Json::Text(self.fill_text(text)),
            },
            Json::List(items) => Json::List(items.iter().map(|item| self.fill(item)).collect()),
            Json::Object(pairs) => match repeated(pairs) {
                Some(long) => Json::Text(long),
                None => Json::Object(
                    pairs
                        .iter()
                        .map(|(key, item)| (key.clone(), self.fill(item)))
                        .collect(),
                ),
            },
            other => other.clone(),
        }
    }

    /// Fills a text; a variable that is not set stays as it is written.
    pub(super) fn fill_text(&self, text: &str) -> String {
        let (mut out, mut rest) = (String::new(), text);
        while let Some(start) = rest.find("${") {
            out.push_str(&rest[..start]);
            rest = &rest[start..];
            let end = 2 + name_length(&rest[2..]);
            let found = if end > 2 && rest[end..].starts_with('}') {
                self.get(&rest[2..end])
            } else {
                None
            };
            if let Some(value) = found {
                out.push_str(&spelled(value));
                rest = &rest[end + 1..];
            } else {
                out.push_str("${");
                rest = &rest[2..];
            }
        }
        out + rest
    }
}

/// The name, if the text is one variable and nothing else.
fn whole(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    (!name.is_empty() && name_length(name) == name.len()).then_some(name)
}

fn name_length(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
        .unwrap_or(text.len())
}

/// Python's `str(value)`; a list or an object, which no row puts into a text, as JSON.
fn spelled(value: &Json) -> String {
    match value {
        Json::Text(text) => text.clone(),
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        other => other.dump(SPACED),
    }
}

fn repeated(pairs: &[(String, Json)]) -> Option<String> {
    match pairs {
        [(key, Json::List(items))] if key == "$repeat" => match items.as_slice() {
            [Json::Text(text), Json::Number(times)] => Some(text.repeat(times.parse().ok()?)),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> String {
        let mut variables = Variables::default();
        variables.set("a", "x".into());
        variables.set("id", Json::Number("7".to_owned()));
        variables.fill(&Json::parse(text).unwrap()).dump(SPACED)
    }

    #[test]
    fn variables_are_filled_wherever_they_stand() {
        assert_eq!(
            filled(r#"{"t": ["Bearer ${a}", "+${id}/", "${a}${id}${a}"]}"#),
            r#"{"t": ["Bearer x", "+7/", "x7x"]}"#
        );
    }

    #[test]
    fn a_whole_text_keeps_the_type() {
        assert_eq!(filled(r#"["${id}", " ${id}"]"#), r#"[7, " 7"]"#);
    }

    #[test]
    fn what_is_not_set_stays() {
        for text in [
            r#""${b}""#,
            r#""x ${b.c} y""#,
            r#""${}""#,
            r#""${a""#,
            r#""${a b}""#,
            r#""$a""#,
        ] {
            assert_eq!(filled(text), text);
        }
        assert_eq!(filled(r#""${${a}""#), r#""${x""#);
    }

    #[test]
    fn long_texts_are_written_out() {
        assert_eq!(
            filled(r#"{"c": {"$repeat": ["ab", 3]}}"#),
            r#"{"c": "ababab"}"#
        );
        assert_eq!(filled(r#"{"$repeat": 5}"#), r#"{"$repeat": 5}"#);
    }
}
