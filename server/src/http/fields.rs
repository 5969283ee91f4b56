//! DRF's serializers: what each field of a resource is called, is made of, and must hold; and how a body is read.
//!
//! A [`Serializer`] is a list of [`Field`]s in the order of bodies. [`Serializer::read`] makes a text of each value, or
//! says why it is none. [`Form::validate`] then runs the validators of each field and collects every message. The
//! same list writes answers (`answer.rs`) and answers to OPTIONS (`metadata.rs`).

use django::json::{self, Object, Value};
use django::python;
use django::validators::{self, Message};

use super::error::Error;

/// The fields of one resource.
pub(crate) struct Serializer(pub(crate) &'static [Field]);

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Email,
    Integer,
    Moment,
    /// What another resource is called.
    Relation,
}

/// One field, as DRF's `CharField` and its kin.
#[expect(clippy::struct_excessive_bools, reason = "the flags of DRF's fields")]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) kind: Kind,
    pub(crate) help: Option<&'static str>,
    /// A body that lacks it is refused, but for a PATCH.
    pub(crate) required: bool,
    /// Only answers have it.
    pub(crate) read_only: bool,
    /// No answer has it.
    pub(crate) write_only: bool,
    pub(crate) may_be_blank: bool,
    pub(crate) validators: &'static [Validator],
}

/// One validator.
pub(crate) enum Validator {
    /// At most that many code points.
    MaxLength(usize),
    /// Nobody has it yet; the handler looks and says so by [`Form::taken`].
    Unique(&'static str),
    /// Django's `ProhibitNullCharactersValidator`.
    NoNull,
    /// DRF's `ProhibitSurrogateCharactersValidator`.
    NoSurrogate,
    /// A rule of Django's about the whole text.
    Rule(fn(&str) -> Vec<Message>),
}

/// What every text field without rules of its own checks.
pub(crate) const PLAIN: &[Validator] = &[Validator::NoNull, Validator::NoSurrogate];

impl Kind {
    /// What OPTIONS calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Email => "email",
            Self::Integer => "integer",
            Self::Moment => "datetime",
            Self::Relation => "field",
        }
    }
}

impl Field {
    /// A required text field.
    pub(crate) const fn text(
        name: &'static str,
        label: &'static str,
        validators: &'static [Validator],
    ) -> Self {
        Self {
            name,
            label,
            kind: Kind::Text,
            help: None,
            required: true,
            read_only: false,
            write_only: false,
            may_be_blank: false,
            validators,
        }
    }

    /// A required email field that may be blank.
    pub(crate) const fn email(
        name: &'static str,
        label: &'static str,
        validators: &'static [Validator],
    ) -> Self {
        Self {
            kind: Kind::Email,
            may_be_blank: true,
            ..Self::text(name, label, validators)
        }
    }

    /// A field that only answers have.
    pub(crate) const fn read_only(name: &'static str, label: &'static str, kind: Kind) -> Self {
        Self {
            kind,
            required: false,
            read_only: true,
            ..Self::text(name, label, &[])
        }
    }

    /// The same field, which no answer has.
    pub(crate) const fn write_only(self) -> Self {
        Self {
            write_only: true,
            ..self
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
        self.validators
            .iter()
            .find_map(|validator| match validator {
                Validator::MaxLength(length) => Some(*length),
                _ => None,
            })
    }

    fn read(&self, value: &Value) -> Slot {
        let text = match value {
            Value::Null => return Slot::Failed("This field may not be null."),
            Value::Bool(_) | Value::List(_) | Value::Object(_) => {
                return Slot::Failed(if self.kind == Kind::Email {
                    validators::EMAIL
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

/// A body's values on their way through the validators.
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
                        None if partial || !field.required => Slot::Absent,
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

    /// Runs all validators of all fields.
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
                        .validators
                        .iter()
                        .flat_map(|validator| validator.run(&input, taken))
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

impl Validator {
    fn run(&self, input: &Input, taken: bool) -> Vec<Message> {
        let message = match self {
            Self::MaxLength(length) => validators::max_length(&input.text, *length),
            Self::Unique(message) => taken.then_some((*message).into()),
            Self::NoNull => validators::no_null(&input.text),
            Self::NoSurrogate => input.surrogate.map(validators::surrogate),
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
