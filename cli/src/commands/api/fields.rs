//! The fields of a request: text or typed, a query or an object of JSON.

use std::io::{self, Read};
use std::path::Path;

use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use crate::errors::Failure;
use crate::values;

/// Fields in the order in which they were given, those of text first.
pub(super) struct Fields(Vec<Field>);

struct Field {
    name: String,
    /// As a query has it.
    text: String,
    value: Value,
}

impl Fields {
    /// Reads the fields, and the files that they name.
    pub(super) async fn of(texts: &[String], typed: &[String]) -> Result<Self, Failure> {
        let mut fields = Vec::new();
        for field in texts {
            let (name, text) = split(field)?;
            fields.push(Field {
                name,
                text: text.to_owned(),
                value: text.into(),
            });
        }
        for field in typed {
            let (name, text) = split(field)?;
            let value = match text.strip_prefix('@') {
                Some(file) => Value::from(contents(Path::new(file)).await?),
                None => value(text).ok_or_else(|| {
                    Failure::usage(format!("{name} is a number that JSON would round: {text}"))
                        .hint(format!("send it as text: -f {}", values::quoted(field)))
                })?,
            };
            let text = match &value {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                _ => text.to_owned(),
            };
            fields.push(Field { name, text, value });
        }
        Ok(Self(fields))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As a query: names as they were written.
    pub(super) fn query(&self) -> Vec<(String, String)> {
        let pairs = self.0.iter();
        pairs
            .map(|field| (field.name.clone(), field.text.clone()))
            .collect()
    }

    /// As an object: `a[b]=1` is an object in it, `a[]=1` an item of a list.
    pub(super) fn object(&self) -> Result<Value, Failure> {
        let mut object = Value::Object(Map::new());
        for Field { name, value, .. } in &self.0 {
            let conflict = || {
                Failure::usage(format!(
                    "{name} is given twice, or once as a value and once as what holds others"
                ))
                .hint("name[] is a list, name[key] an object")
            };
            let mut place = &mut object;
            for step in steps(name)? {
                if place.is_null() {
                    *place = if step.is_empty() {
                        Value::Array(Vec::new())
                    } else {
                        Value::Object(Map::new())
                    };
                }
                place = match place {
                    Value::Array(items) if step.is_empty() => {
                        items.push(Value::Null);
                        items.last_mut().ok_or_else(conflict)?
                    }
                    Value::Object(fields) if !step.is_empty() => {
                        fields.entry(step).or_insert(Value::Null)
                    }
                    _ => return Err(conflict()),
                };
            }
            if !place.is_null() {
                return Err(conflict());
            }
            *place = value.clone();
        }
        Ok(object)
    }
}

fn split(field: &str) -> Result<(String, &str), Failure> {
    let pair = field.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, text) = pair.ok_or_else(|| {
        Failure::usage(format!("the field {field:?} has no name and value"))
            .hint("write it as -f NAME=VALUE")
    })?;
    Ok((name.to_owned(), text))
}

/// The names that lead to a field: `a`, `b` and nothing of `a[b][]`.
fn steps(name: &str) -> Result<Vec<&str>, Failure> {
    let Some((first, rest)) = name.split_once('[') else {
        return Ok(vec![name]);
    };
    let rest = rest.strip_suffix(']').filter(|_| !first.is_empty());
    let steps = rest.map(|rest| {
        std::iter::once(first)
            .chain(rest.split("]["))
            .collect::<Vec<_>>()
    });
    steps
        .filter(|steps| steps.iter().all(|step| !step.contains(['[', ']'])))
        .ok_or_else(|| {
            Failure::usage(format!("the brackets of {name} do not fit"))
                .hint("write name[key] or name[]")
        })
}

/// What a text says; `None` for a number that could not be sent as it is.
fn value(text: &str) -> Option<Value> {
    match text {
        "true" => Some(true.into()),
        "false" => Some(false.into()),
        "null" => Some(Value::Null),
        text if is_number(text) => {
            let number = if text.contains(['.', 'e', 'E']) {
                Number::from_f64(text.parse().ok()?)?
            } else {
                serde_json::from_str(text).ok()?
            };
            let is_same = decimal(&number.to_string()) == decimal(text);
            is_same.then(|| number.into())
        }
        text => Some(text.into()),
    }
}

/// Whether a text is a number of JSON and nothing else; a zero below zero is no number of most servers.
fn is_number(text: &str) -> bool {
    let begins = text.starts_with(|char: char| char == '-' || char.is_ascii_digit());
    let raw = || serde_json::from_str::<&RawValue>(text);
    begins && text != "-0" && raw().is_ok_and(|raw| raw.get() == text)
}

/// A number however it is written: its sign, its digits from the first to the last that is not 0, and the power of ten
/// that they are multiplied by.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{}{part}", whole.trim_start_matches('-'));
    let digits = digits.trim_start_matches('0');
    let exact = digits.trim_end_matches('0');
    let power = power.parse::<i64>().ok()?;
    let power = power + i64::try_from(digits.len() - exact.len()).ok()?;
    let power = power - i64::try_from(part.len()).ok()?;
    let power = if exact.is_empty() { 0 } else { power };
    Some((whole.starts_with('-'), exact.to_owned(), power))
}

/// Refuses what would read standard input twice: the second time nothing is left of it.
pub(super) fn one_reader(typed: &[String], input: Option<&Path>) -> Result<(), Failure> {
    let files = typed.iter().filter_map(|field| field.split_once("=@"));
    let files = files.map(|(_, file)| Path::new(file)).chain(input);
    if files.filter(|file| is_stdin(file)).count() > 1 {
        return Err(Failure::usage("standard input can be read only once")
            .hint("write the rest into a file, and name that: @FILE"));
    }
    Ok(())
}

fn is_stdin(file: &Path) -> bool {
    let names = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
    names.iter().any(|name| file.as_os_str() == *name)
}

/// The text of a file; `-` is standard input.
async fn contents(file: &Path) -> Result<String, Failure> {
    let bytes = bytes(file).await?;
    String::from_utf8(bytes).map_err(|_| {
        Failure::usage(format!("{} is not text in UTF-8", file.display()))
            .hint("send it whole with --input")
    })
}

/// What is in a file; `-` is standard input, which may take for ever and can be interrupted.
pub(super) async fn bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    let is_stdin = file.as_os_str() == "-";
    let name = file.to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        if is_stdin {
            io::stdin().lock().read_to_end(&mut bytes)?;
        } else {
            std::fs::File::open(&name)?.read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    });
    let read = read
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)));
    let name = if is_stdin {
        "standard input".into()
    } else {
        file.display().to_string()
    };
    read.map_err(|error| unreadable(&name, &error))
}

/// Why a file can't be read.
fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::usage(format!("{name} can't be read: {}", values::why(error)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn fields_are_a_query_or_an_object() {
        let of = |texts: &[&str], typed: &[&str]| {
            let own = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
            let (texts, typed) = (own(texts), own(typed));
            async move { Fields::of(&texts, &typed).await }
        };
        let fields = of(
            &["a=1", "tags[]=x", "tags[]=y=z", "by[name]=ada"],
            &["n=1", "f=-1.5", "t=true", "z=null", "s=007", "by[age]=36"],
        );
        let fields = fields.await.ok().unwrap();
        assert_eq!(
            fields.object().ok().unwrap(),
            json!({"a": "1", "tags": ["x", "y=z"], "by": {"name": "ada", "age": 36},
                "n": 1, "f": -1.5, "t": true, "z": null, "s": "007"})
        );
        let query = fields.query();
        assert!(query.contains(&("tags[]".into(), "y=z".into())));
        assert!(query.contains(&("z".into(), String::new())));
        for (texts, typed) in [
            (&["a"][..], &[][..]),
            (&["=a"], &[]),
            (&[], &["n=123456789012345678901234567890"]),
            (&[], &["n=12345678901234567.89"]),
            (&[], &["n=0.12345678901234567890"]),
            (&[], &["n=1e400"]),
            (&[], &["n=1e99999999999999999999"]),
            (&[], &["n=@missing"]),
        ] {
            assert!(of(texts, typed).await.is_err(), "{texts:?} {typed:?}");
        }
        let exact = [
            "a=1.50",
            "b=1E2",
            "c=-0",
            "d= 1",
            "e=0.1",
            "f=18446744073709551615",
            "g=-0.0",
            "h=1e-7",
        ];
        let exact = of(&[], &exact).await.ok().unwrap();
        assert_eq!(exact.query()[0], ("a".into(), "1.50".into()));
        let exact = exact.object().ok().unwrap();
        assert_eq!(
            exact.to_string(),
            r#"{"a":1.5,"b":100.0,"c":"-0","d":" 1","e":0.1,"f":18446744073709551615,"g":-0.0,"h":1e-7}"#
        );
        for twice in [
            ["a=1", "a=2"],
            ["a=1", "a[b]=2"],
            ["a[]=1", "a[b]=2"],
            ["a[b=1", "c=2"],
        ] {
            let fields = of(&twice, &[]).await.ok().unwrap();
            assert!(fields.object().is_err(), "{twice:?}");
        }
    }
}
