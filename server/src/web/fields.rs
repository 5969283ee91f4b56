//! DRF's serializer fields: reading a body's values, the order of checks, and each message.
//!
//! A [`Serializer`] is a list of [`Field`]s in the order of error bodies. [`Serializer::read`] takes each value
//! as far as text (absent, null, blank, no text); [`Form::validate`] then runs the checks of each field in
//! their order and collects every message. The same list describes the endpoint in answers to OPTIONS.

use std::borrow::Cow;

use super::error::Error;
use super::json::{self, Object, Value};
use super::python;

/// A message to the client under a field.
pub(crate) type Message = Cow<'static, str>;

/// The fields of one endpoint.
pub(crate) struct Serializer(pub(crate) &'static [Field]);

/// One field, as DRF's `CharField` and its kin.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// What OPTIONS calls it: `string`, `email`, `integer`, `datetime`, `field`.
    pub(crate) kind: &'static str,
    pub(crate) help: Option<&'static str>,
    pub(crate) read_only: bool,
    pub(crate) may_be_blank: bool,
    pub(crate) checks: &'static [Check],
}

/// One validator.
pub(crate) enum Check {
    /// At most that many code points.
    MaxLength(usize),
    /// Nobody has it yet; the handler looks and says so by [`Form::taken`].
    Unique(&'static str),
    /// Django's `ProhibitNullCharactersValidator`.
    NoNull,
    /// DRF's `ProhibitSurrogateCharactersValidator`.
    NoSurrogate,
    /// A rule of the feature's own.
    Rule(fn(&str) -> Vec<Message>),
}

/// What every text field without rules of its own checks.
pub(crate) const PLAIN: &[Check] = &[Check::NoNull, Check::NoSurrogate];

impl Field {
    /// A required text field.
    pub(crate) const fn text(
        name: &'static str,
        label: &'static str,
        checks: &'static [Check],
    ) -> Self {
        Self {
            name,
            label,
            kind: "string",
            help: None,
            read_only: false,
            may_be_blank: false,
            checks,
        }
    }

    /// A required email field that may be blank.
    pub(crate) const fn email(
        name: &'static str,
        label: &'static str,
        checks: &'static [Check],
    ) -> Self {
        Self {
            kind: "email",
            may_be_blank: true,
            ..Self::text(name, label, checks)
        }
    }

    /// A field that only answers have.
    pub(crate) const fn read_only(
        name: &'static str,
        label: &'static str,
        kind: &'static str,
    ) -> Self {
        Self {
            kind,
            read_only: true,
            ..Self::text(name, label, &[])
        }
    }

    /// The same field, required but possibly `""`.
    pub(crate) const fn or_blank(self) -> Self {
        Self {
            may_be_blank: true,
            ..self
        }
    }

    /// The same field with a sentence for people.
    pub(crate) const fn help(self, help: &'static str) -> Self {
        Self {
            help: Some(help),
            ..self
        }
    }

    /// The limit that OPTIONS shows.
    pub(crate) fn max_length(&self) -> Option<usize> {
        self.checks.iter().find_map(|check| match check {
            Check::MaxLength(length) => Some(*length),
            _ => None,
        })
    }

    fn read(&self, value: &Value) -> Slot {
        let text = match value {
            Value::Null => return Slot::Failed("This field may not be null."),
            Value::Bool(_) | Value::List(_) | Value::Object(_) => {
                return Slot::Failed(if self.kind == "email" {
                    "Enter a valid email address."
                } else {
                    "Not a valid string."
                });
            }
            Value::Int(digits) => Input::new(digits, None),
            Value::Float(float) => Input::new(&json::float_repr(*float), None),
            Value::Text(text) => Input::new(&text.to_lossy(), text.first_surrogate()),
        };
        match text.text.is_empty() {
            true if self.may_be_blank => Slot::Blank,
            true => Slot::Failed("This field may not be blank."),
            false => Slot::Filled(text, false),
        }
    }
}

/// A trimmed text. A lone surrogate, which Rust's text cannot hold, stands as U+FFFD and is remembered.
struct Input {
    text: String,
    surrogate: Option<u16>,
}

impl Input {
    fn new(text: &str, surrogate: Option<u16>) -> Self {
        Self {
            text: python::strip(text).to_owned(),
            surrogate,
        }
    }
}

enum Slot {
    Absent,
    Failed(&'static str),
    Blank,
    /// The text, and whether somebody has it already.
    Filled(Input, bool),
}

/// A body's values on their way through the checks.
pub(crate) struct Form(Vec<(&'static Field, Slot)>);

/// The accepted values.
pub(crate) struct Values(Vec<(&'static str, String)>);

impl Serializer {
    /// Reads each field's value as text. With `partial` (PATCH) an absent field is no error.
    pub(crate) fn read(&self, data: &Object, partial: bool) -> Form {
        let writable = self.0.iter().filter(|field| !field.read_only);
        Form(
            writable
                .map(|field| {
                    let slot = match data.get(field.name) {
                        Some(value) => field.read(value),
                        None if partial => Slot::Absent,
                        None => Slot::Failed("This field is required."),
                    };
                    (field, slot)
                })
                .collect(),
        )
    }
}

impl Form {
    /// The text of a field that was read, before its checks; to look for it in the database.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|(field, slot)| match slot {
            Slot::Filled(input, _) if field.name == name => Some(input.text.as_str()),
            _ => None,
        })
    }

    /// Says that somebody has this field's value already.
    pub(crate) fn taken(&mut self, name: &str) {
        for (field, slot) in &mut self.0 {
            if let Slot::Filled(_, taken) = slot
                && field.name == name
            {
                *taken = true;
            }
        }
    }

    /// Runs all checks of all fields.
    ///
    /// # Errors
    /// 400 with every message, if there is any.
    pub(crate) fn validate(self) -> Result<Values, Error> {
        let mut failed = Vec::new();
        let mut values = Vec::new();
        for (field, slot) in self.0 {
            match slot {
                Slot::Absent => {}
                Slot::Failed(message) => failed.push((field.name.into(), vec![message.into()])),
                Slot::Blank => values.push((field.name, String::new())),
                Slot::Filled(input, taken) => {
                    let messages: Vec<Message> = field
                        .checks
                        .iter()
                        .flat_map(|check| check.run(&input, taken))
                        .collect();
                    if messages.is_empty() {
                        values.push((field.name, input.text));
                    } else {
                        failed.push((field.name.into(), messages));
                    }
                }
            }
        }
        if failed.is_empty() {
            Ok(Values(values))
        } else {
            Err(Error::Invalid(failed))
        }
    }
}

impl Check {
    fn run(&self, input: &Input, taken: bool) -> Vec<Message> {
        let message: Option<Message> = match self {
            Self::MaxLength(length) => (input.text.chars().count() > *length)
                .then(|| format!("Ensure this field has no more than {length} characters.").into()),
            Self::Unique(message) => taken.then_some((*message).into()),
            Self::NoNull => input
                .text
                .contains('\0')
                .then_some("Null characters are not allowed.".into()),
            Self::NoSurrogate => input.surrogate.map(|surrogate| {
                format!("Surrogate characters are not allowed: U+{surrogate:04X}.").into()
            }),
            Self::Rule(rule) => return rule(&input.text),
        };
        message.into_iter().collect()
    }
}

impl Values {
    /// The value of a field that is required, or that a PATCH named.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(field, _)| *field == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// The value of a required field.
    pub(crate) fn required(&mut self, name: &str) -> Result<String, Error> {
        self.take(name)
            .ok_or_else(|| Error::internal(format!("the serializer has no field {name}")))
    }
}
