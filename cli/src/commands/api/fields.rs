//! The fields of a request: text or typed, a query or an object of JSON.

use std::io::{self, Read};
use std::path::Path;

use serde_json::{Map, Number, Value};

use crate::errors::Failure;
use crate::values;

/// Fields in the order in which they were given, those of text first.
pub(super) struct Fields(Vec<(String, Value)>);

impl Fields {
    /// Reads the fields, and the files that they name.
    pub(super) async fn of(texts: &[String], typed: &[String]) -> Result<Self, Failure> {
        let mut fields = Vec::new();
        for field in texts {
            let (name, text) = split(field)?;
            fields.push((name, Value::from(text)));
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
            fields.push((name, value));
        }
        Ok(Self(fields))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As a query: names as they were written.
    pub(super) fn query(&self) -> Vec<(String, String)> {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            value => value.to_string(),
        };
        let pairs = self.0.iter();
        pairs
            .map(|(name, value)| (name.clone(), text(value)))
            .collect()
    }

    /// As an object: `a[b]=1` is an object in it, `a[]=1` an item of a list.
    pub(super) fn object(&self) -> Result<Value, Failure> {
        let mut object = Value::Object(Map::new());
        for (name, value) in &self.0 {
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
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match text {
        "true" => Some(true.into()),
        "false" => Some(false.into()),
        "null" => Some(Value::Null),
        _ => match serde_json::from_str::<Number>(text) {
            Ok(number) if is_whole && number.is_f64() => None,
            Ok(number) => Some(number.into()),
            Err(_) => Some(text.into()),
        },
    }
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
            (&[], &["n=@missing"]),
        ] {
            assert!(of(texts, typed).await.is_err(), "{texts:?} {typed:?}");
        }
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
