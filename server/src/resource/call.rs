//! What the API's document says of a method of a resource, and the fields of its bodies.

use crate::http::fields::{Field, Kind, Serializer};
use crate::http::operation::{Answer, Operation, Parameter};

/// The fields of a resource, in the order of its bodies: those that are sent, and those that only answers have.
pub struct Fields {
    name: &'static str,
    serializer: Serializer,
}

impl Fields {
    /// Their name together, such as `Bookmark`, and the fields.
    pub const fn new(name: &'static str, fields: &'static [Field]) -> Self {
        let serializer = Serializer(fields);
        Self { name, serializer }
    }
}

/// A method of a resource, as the API's document tells of it.
pub struct Call {
    pub(super) operation: Operation,
    pub(super) fields: Option<&'static Serializer>,
}

impl Call {
    /// The name by which programs call it, such as `createBookmark`, and what it does, in a few words.
    pub fn new(id: &'static str, summary: &'static str) -> Self {
        Self {
            operation: Operation::new(id, summary),
            fields: None,
        }
    }

    /// The body has these fields, which the handler gets as [`Values`](super::Values).
    #[must_use]
    pub fn takes(self, fields: &'static Fields) -> Self {
        Self {
            operation: self.operation.takes(fields.name, ""),
            fields: Some(&fields.serializer),
        }
    }

    /// It answers with one of these.
    #[must_use]
    pub fn gives(self, status: u16, fields: &'static Fields) -> Self {
        self.answers(Answer::one(
            status,
            "Done.",
            (fields.name, &fields.serializer),
            "",
        ))
    }

    /// It answers with an array of these.
    #[must_use]
    pub fn gives_many(self, status: u16, fields: &'static Fields) -> Self {
        self.answers(Answer::many(
            status,
            "All of them.",
            (fields.name, &fields.serializer),
            "",
        ))
    }

    /// It answers with nothing.
    #[must_use]
    pub fn gives_nothing(self, status: u16) -> Self {
        self.answers(Answer::nothing(status, "Done."))
    }

    /// It may refuse with this status and DRF's `detail`, and when. What follows from the route is told by itself.
    #[must_use]
    pub fn refuses(self, status: u16, when: &'static str) -> Self {
        let operation = self.operation.refuses(status, when);
        Self { operation, ..self }
    }

    /// It heeds `?name=…`, and what that does.
    #[must_use]
    pub fn query(self, name: &'static str, kind: Kind, help: &'static str) -> Self {
        self.parameter(Parameter::query(name, kind, help))
    }

    /// The same for a whole number between two others.
    #[must_use]
    pub fn number(self, name: &'static str, (least, most): (i64, i64), help: &'static str) -> Self {
        self.parameter(Parameter::query(name, Kind::Integer, help).range(least, most))
    }

    fn parameter(self, parameter: Parameter) -> Self {
        let operation = self.operation.parameter(parameter);
        Self { operation, ..self }
    }

    fn answers(self, answer: Answer) -> Self {
        let operation = self.operation.answers(answer);
        Self { operation, ..self }
    }
}
