//! A body's values on their way into a handler: each read as its field's kind of text, then validated, every message
//! collected.

use django::json::{self, Raw};
use django::parsers::Fields;
use django::python;
use django::validators::{self, Message};

use super::error::Error;
use super::fields::{Field, Kind, Serializer, Validator};
use super::room::Room;

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
pub(crate) struct Form {
    slots: Vec<(&'static Field, Slot)>,
    /// What they take of the memory for large bodies.
    room: Option<Room>,
}

/// The accepted values.
pub(crate) struct Values {
    values: Vec<(&'static str, String)>,
    _room: Option<Room>,
}

impl Serializer {
    /// Reads each field's value as text. With `partial` (PATCH) an absent field is no error.
    pub(super) fn read(&self, data: &Fields<'_>, partial: bool) -> Form {
        let slot = |field: &Field| match data.get(field.name) {
            Some(value) => field.read(value),
            None if partial || !field.required => Slot::Absent,
            None => Slot::Failed("This field is required."),
        };
        let writable = self.0.iter().filter(|field| !field.read_only);
        Form {
            slots: writable.map(|field| (field, slot(field))).collect(),
            room: None,
        }
    }
}

impl Form {
    /// The same values, which keep this room for as long as they are there.
    pub(super) fn in_room(self, room: Option<Room>) -> Self {
        Self { room, ..self }
    }

    /// The text of a field that was read, before its checks; to look for it in the database.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.slots.iter().find_map(|(field, slot)| match slot {
            Slot::Filled(input, _) if field.name == name => Some(input.text.as_str()),
            _ => None,
        })
    }

    /// Says that somebody has this field's value already.
    pub(crate) fn taken(&mut self, name: &str) {
        for (field, slot) in &mut self.slots {
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
        for (field, slot) in self.slots {
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
            Ok(Values {
                values,
                _room: self.room,
            })
        } else {
            Err(Error::Invalid(failed))
        }
    }
}

impl Field {
    fn read(&self, value: Raw<'_>) -> Slot {
        let text = match value {
            Raw::Null => return Slot::Failed("This field may not be null."),
            Raw::Bool(_) | Raw::List(_) | Raw::Object(_) => {
                return Slot::Failed(if self.kind == Kind::Email {
                    validators::EMAIL
                } else {
                    "Not a valid string."
                });
            }
            Raw::Int(digits) => Input::new(digits, None),
            Raw::Float(literal) => Input::new(&json::float_repr(json::float(literal)), None),
            Raw::Text(text) => {
                if let Some(text) = text.as_str() {
                    Input::new(&text, None)
                } else {
                    let text = text.to_text();
                    Input::new(&text.to_lossy(), text.first_surrogate())
                }
            }
        };
        match text.text.is_empty() {
            true if self.may_be_blank => Slot::Blank,
            true => Slot::Failed("This field may not be blank."),
            false => Slot::Filled(text, false),
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
        let at = self.values.iter().position(|(field, _)| *field == name)?;
        Some(self.values.swap_remove(at).1)
    }

    /// The value of a required field.
    pub(crate) fn required(&mut self, name: &str) -> Result<String, Error> {
        self.take(name)
            .ok_or_else(|| Error::internal(format!("the serializer has no field {name}")))
    }
}
