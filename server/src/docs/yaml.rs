//! JSON as YAML 1.2, which a person likes better to read: blocks, and texts in JSON's own quotes.

use std::fmt::Write;

use serde_json::Value;

/// The same document in YAML.
pub(super) fn yaml(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0);
    out
}

/// Writes what stands in a block, each line with this indent and a line break at its end.
fn write(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let _ = write!(out, "{:indent$}{}:", "", key(name));
                below(out, value, indent);
            }
        }
        Value::Array(values) => {
            for value in values {
                let _ = write!(out, "{:indent$}-", "");
                below(out, value, indent);
            }
        }
        flat => {
            let _ = writeln!(out, "{flat}");
        }
    }
}

/// What stands after a key or a dash: on the same line where it is short.
fn below(out: &mut String, value: &Value, indent: usize) {
    let is_empty = match value {
        Value::Object(fields) => fields.is_empty(),
        Value::Array(values) => values.is_empty(),
        _ => true,
    };
    if is_empty {
        // every text of JSON is one of YAML
        let _ = writeln!(out, " {value}");
    } else {
        out.push('\n');
        write(out, value, indent + 2);
    }
}

/// A key, in quotes where YAML could take it for something else.
fn key(name: &str) -> String {
    let is_word = |char: char| char.is_ascii_alphanumeric() || "_-/{}".contains(char);
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/');
    let means = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if begins && name.chars().all(is_word) && !means.contains(&name) {
        name.to_owned()
    } else {
        Value::from(name).to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn blocks_have_their_indent_and_texts_their_quotes() {
        let document =
            json!({"a": {"on": [1, {"b": "x: \"y\"\n"}, []], "/c/{id}/": null}, "200": true});
        let text = "a:\n  \"on\":\n    - 1\n    -\n      b: \"x: \\\"y\\\"\\n\"\n    - []\n  /c/{id}/: null\n\"200\": true\n";
        assert_eq!(yaml(&document), text);
    }
}
