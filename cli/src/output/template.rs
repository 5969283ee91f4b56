//! `--template`: a command's JSON by a template of minijinja, a list item by item.

use chrono::DateTime;
use gatepost_sdk::Clock;
use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, escape_formatter};
use serde_json::Value;

use super::fields::check;
use super::text::shown_text;
use crate::ago::ago;
use crate::errors::Failure;

/// The name of the one template.
const NAME: &str = "--template";

/// How many steps one item may take: loops in loops come to an end.
const STEPS: u64 = 10_000_000;

/// How much of a template is shown where it is wrong.
const SHOWN: usize = 40;

/// A template that was read.
pub(super) struct Template {
    environment: Environment<'static>,
    source: String,
}

impl Template {
    /// Reads a template that may name these fields, and any where none are known.
    pub(super) fn new(source: &str, known: &[&str]) -> Result<Self, Failure> {
        let mut environment = Environment::new();
        environment.set_debug(true);
        environment.set_fuel(Some(STEPS));
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // null is nothing
        environment.set_formatter(|out, state, value| {
            if value.is_none() {
                return Ok(());
            }
            escape_formatter(out, state, value)
        });
        environment.add_filter("ago", since);
        let template = Self {
            source: source.to_owned(),
            environment,
        };
        template.checked(known)
    }

    fn checked(mut self, known: &[&str]) -> Result<Self, Failure> {
        let source = self.source.clone();
        let added = self.environment.add_template_owned(NAME, source);
        added.map_err(|error| self.wrong(&error))?;
        let template = self.environment.get_template(NAME);
        let template = template.map_err(|error| self.wrong(&error))?;
        let mut named: Vec<_> = template.undeclared_variables(false).into_iter().collect();
        named.sort_unstable();
        for name in named {
            let is_global = self.environment.globals().any(|(global, _)| global == name);
            if !is_global {
                check(NAME, &name, known)?;
            }
        }
        // names of filters are only looked up when they are used: so it is tried on something that is like an answer
        let like = |name: &&str| ((*name).to_owned(), Value::from("2000-01-01T00:00:00Z"));
        let sample: Value = known.iter().map(like).collect();
        match template.render(Serde(&sample)) {
            Err(error) if is_unknown(error.kind()) => Err(self.wrong(&error)),
            _ => Ok(self),
        }
    }

    /// What the template makes of one value, and the end of a line.
    pub(super) fn line(&self, value: &Value, is_terminal: bool) -> Result<String, Failure> {
        let template = self.environment.get_template(NAME);
        let shown = is_terminal.then(|| shown(value));
        let context = Serde(shown.as_ref().unwrap_or(value));
        let text = template.and_then(|template| template.render(context));
        Ok(text.map_err(|error| self.wrong(&error))? + "\n")
    }

    /// What is wrong with it, and where.
    fn wrong(&self, error: &Error) -> Failure {
        let what = match (error.kind(), error.detail()) {
            (ErrorKind::SyntaxError | ErrorKind::UnknownFilter, Some(detail)) => detail.to_owned(),
            (ErrorKind::OutOfFuel, _) => "it takes too many steps".to_owned(),
            (kind, Some(detail)) => format!("{kind}: {detail}"),
            (kind, None) => kind.to_string(),
        };
        let place = error.range().and_then(|range| {
            let (before, rest) = (
                self.source.get(..range.start)?,
                self.source.get(range.start..)?,
            );
            let number = before.chars().count() + 1;
            let line = rest.lines().next().unwrap_or_default();
            let shown: String = line.chars().take(SHOWN).collect();
            Some(if shown.is_empty() {
                " at its end".to_owned()
            } else {
                format!(" at character {number}, {shown}")
            })
        });
        Failure::usage(format!(
            "the template of {NAME} is wrong{}: {what}",
            place.unwrap_or_default()
        ))
        .hint("for example '{{ id }} {{ title }}'; the language is that of Jinja")
    }
}

/// Whether a template is wrong whatever it is given.
fn is_unknown(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction
    )
}

/// How long ago a moment of the API was.
fn since(moment: &str) -> Result<String, Error> {
    let then = DateTime::parse_from_rfc3339(moment).map_err(|_| {
        let what = "ago is for a moment, as created_at is";
        Error::new(ErrorKind::InvalidOperation, what)
    })?;
    Ok(ago(Clock::system().now(), then.timestamp()))
}

/// A value without what a terminal would obey.
fn shown(value: &Value) -> Value {
    match value {
        Value::String(text) => shown_text(text).into(),
        Value::Array(items) => items.iter().map(shown).collect(),
        Value::Object(fields) => {
            let fields = fields.iter();
            fields
                .map(|(name, value)| (name.clone(), shown(value)))
                .collect()
        }
        value => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KNOWN: [&str; 4] = ["id", "title", "last", "created_at"];

    fn line(source: &str) -> Result<String, String> {
        let value = json!({
            "id": 7, "title": "<b> & \u{1b}", "last": null, "created_at": "2000-01-01T00:00:00Z",
        });
        let template = Template::new(source, &KNOWN);
        let line = template.and_then(|template| template.line(&value, true));
        line.map_err(|failure| failure.message().to_owned())
    }

    #[test]
    fn a_value_is_printed_by_it() {
        for (source, text) in [
            ("{{ id }} {{ title }}", "7 <b> & \\u{1b}\n"),
            ("[{{ last }}]", "[]\n"),
            (
                "{{ title|upper }}{% if id > 5 %}!{% endif %}",
                "<B> & \\U{1B}!\n",
            ),
            ("{% for i in range(3) %}{{ i }}{% endfor %}", "012\n"),
            (
                "{{ [id, title]|tojson }}",
                "[7, \"\\u003cb\\u003e \\u0026 \\\\u{1b}\"]\n",
            ),
            ("", "\n"),
        ] {
            assert_eq!(line(source).as_deref(), Ok(text), "{source}");
        }
        let ago = line("{{ created_at|ago }}").unwrap();
        assert!(ago.ends_with(" years ago\n"), "{ago}");
    }

    #[test]
    fn a_wrong_template_is_one_sentence_with_its_place() {
        for (source, message) in [
            (
                "{{ id",
                "is wrong at character 4, id: unexpected end of input",
            ),
            ("{{ id }} {% for %}", "is wrong at character "),
            (
                "{{ id|nosuch }}",
                "is wrong at character 7, nosuch }}: filter nosuch is unknown",
            ),
            ("{{ created_at|ago|ago }}", "is wrong at character "),
            (
                "{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}",
                "is wrong: it takes too many steps",
            ),
        ] {
            let said = line(source).unwrap_err();
            let start = format!("the template of --template {message}");
            assert!(said.starts_with(&start), "{source}: {said}");
        }
        // before there is a value
        assert!(Template::new("{{ id|nosuch }}", &KNOWN).is_err());
        assert!(Template::new("{{ nosuch(id) }}", &[]).is_err());
        assert!(Template::new("{{ id + 1 }} {{ any.thing }}", &[]).is_ok());
        assert_eq!(
            line("{{ titel }}").unwrap_err(),
            "--template names titel, and there is no such field; did you mean title?"
        );
    }
}
