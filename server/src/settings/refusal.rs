//! What is wrong with a value, in words for a person: what serde says of it is for programmers.

use toml::Value;

use super::error::reason;

/// What a value is, and what to write instead. `ask` reads the setting with another value.
pub(super) fn words(
    value: &Value,
    error: &toml::de::Error,
    ask: impl FnOnce(Value) -> Option<toml::de::Error>,
) -> String {
    let mut message = reason(error);
    let shown = shown(value);
    if message.contains("unit variant") || message.contains("string only") {
        // of what is no text it is not told which there are
        message = ask(Value::String(String::new())).map_or(message, |error| reason(&error));
    }
    let mut of_kind = ["invalid type: ", "invalid value: "].iter();
    let wrong = of_kind.find_map(|kind| message.strip_prefix(kind)?.split_once(", expected "));
    if let Some((found, expected)) = wrong {
        let expected = kind(expected);
        return match value {
            Value::Array(_) | Value::Table(_) if !["sequence", "map"].contains(&found) => {
                format!("{} is in it; write {expected}", item(found))
            }
            _ => format!("it is {shown}; write {expected}"),
        };
    }
    if let Some(rest) = message.strip_prefix("unknown variant ")
        && let Some((_, known)) = rest.split_once(", expected ")
    {
        return format!("it is {shown}; write {}", known.replace('`', "\""));
    }
    if let Some(rest) = message.strip_prefix("unknown field ")
        && let Some((name, known)) = rest.split_once(", expected ")
    {
        return format!("it has no {}; write {}", plain(name), plain(known));
    }
    if let Some(name) = message.strip_prefix("missing field ") {
        return format!("{} is missing in it", plain(name));
    }
    message
}

fn plain(text: &str) -> String {
    text.replace('`', "")
}

/// A value as it may be shown, short.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Table(_) => "a table".to_owned(),
        Value::Datetime(_) => "a date".to_owned(),
        value => value.to_string(),
    }
}

/// A part of a value, as serde names it: integer `1`, string "x".
fn item(found: &str) -> String {
    match found {
        "sequence" => "a list".to_owned(),
        "map" => "a table".to_owned(),
        found => {
            let kinds = ["integer ", "string ", "boolean ", "floating point "];
            let value = kinds.iter().find_map(|kind| found.strip_prefix(kind));
            plain(value.unwrap_or(found))
        }
    }
}

/// What is to be written, from serde's name of it.
fn kind(expected: &str) -> String {
    let range = |most: u64| format!("a whole number from 0 to {most}");
    match expected {
        "a string" | "path string" => "a text in quotes".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a table".to_owned(),
        "u8" => range(u8::MAX.into()),
        "u16" => range(u16::MAX.into()),
        "u32" => range(u32::MAX.into()),
        "u64" | "usize" => "a whole number, 0 or more".to_owned(),
        "i64" => "a whole number".to_owned(),
        expected if expected.starts_with("struct ") => "a table".to_owned(),
        expected => expected.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::super::known::{default_table, keys};

    fn refused(toml: &str) -> Option<String> {
        Settings::from_toml(toml)
            .err()
            .map(|error| error.to_string())
    }

    #[test]
    fn every_refusal_of_a_value_is_for_people() {
        const VALUES: [&str; 10] = [
            "1",
            "-1",
            "true",
            "1.5",
            "'x'",
            "['x']",
            "[1]",
            "{ x = 1 }",
            "[{ x = 1 }]",
            "2027-01-31",
        ];
        const OURS: [&str; 14] = [
            "u8", "u16", "u32", "u64", "usize", "i64", "invalid", "variant", "expected",
            "sequence", "map", "struct", "boolean", "field",
        ];
        for key in keys(&default_table()) {
            for value in VALUES {
                if let Some(why) = refused(&format!("{key} = {value}")) {
                    let mut words =
                        why.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
                    let bad = words.find(|word| OURS.contains(word));
                    assert_eq!(bad, None, "{why}");
                }
            }
        }
    }

    #[test]
    fn what_is_of_the_wrong_kind_is_shown_beside_what_to_write() {
        for (toml, why) in [
            (
                "server.log_format = 1",
                "it is 1; write \"text\" or \"json\"",
            ),
            (
                "server.log = 'loud'",
                "it is \"loud\"; write one of \"error\", \"warn\", \"info\", \"debug\", \"trace\"",
            ),
            (
                "database.connections = -1",
                "it is -1; write a whole number from 0 to 4294967295",
            ),
            (
                "database.connections = 'x'",
                "it is \"x\"; write a whole number from 0 to 4294967295",
            ),
            ("server.bind = true", "it is true; write a text in quotes"),
            (
                "throttle.enabled = [1]",
                "it is a list; write true or false",
            ),
            (
                "limits.memory = '2000GiB'",
                "it is 2147483648000; set 16MiB to 1024GiB, and no less than limits.body",
            ),
        ] {
            let key = toml.split(' ').next().unwrap();
            assert_eq!(
                refused(toml).unwrap(),
                format!("{key} from the given TOML is not usable: {why}")
            );
        }
    }
}
