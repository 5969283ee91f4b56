//! The fields of a serializer as JSON Schema: of a body, of an answer, and of the messages about them.

use serde_json::{Map, Value, json};

use crate::http::fields::{Field, Kind, Serializer};
use crate::http::operation::{Answer, Shape};

/// The named schemas of a document, in the order in which they are needed.
#[derive(Default)]
pub(super) struct Schemas(Map<String, Value>);

impl Schemas {
    /// Keeps a schema, and gives what refers to it.
    pub(super) fn keep(&mut self, name: &str, schema: Value) -> Value {
        self.0.entry(name).or_insert(schema);
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    pub(super) fn into_value(self) -> Value {
        self.0.into()
    }

    /// A body of these fields. With `is_partial` (PATCH) none has to be there.
    pub(super) fn body(&mut self, name: &str, fields: &Serializer, is_partial: bool) -> Value {
        let taken = || fields.0.iter().filter(|field| !field.read_only);
        let properties: Map<_, _> = taken()
            .map(|field| (field.name.to_owned(), taken_field(field)))
            .collect();
        let required: Vec<_> = taken()
            .filter(|field| field.required && !is_partial)
            .map(|field| field.name)
            .collect();
        let before = if is_partial { "Patched" } else { "" };
        let schema = object(&properties, &required);
        self.keep(&format!("{before}{name}Request"), schema)
    }

    /// The messages about a body of these fields: a list for each that is wrong.
    pub(super) fn messages(&mut self, name: &str, fields: &Serializer) -> Value {
        let messages = json!({"type": "array", "items": {"type": "string"}, "minItems": 1});
        let taken = fields.0.iter().filter(|field| !field.read_only);
        let names = taken.map(|field| field.name).chain(["non_field_errors"]);
        let properties: Map<_, _> = names
            .map(|name| (name.to_owned(), messages.clone()))
            .collect();
        let schema = json!({
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
            "minProperties": 1,
        });
        self.keep(&format!("{name}Errors"), schema)
    }

    /// What is in an answer; none where nothing is.
    pub(super) fn answer(&mut self, answer: &Answer) -> Option<Value> {
        match answer.shape {
            Shape::Nothing => None,
            Shape::Empty => Some(json!({"type": "object", "maxProperties": 0})),
            Shape::One(name, fields) => Some(self.resource(name, fields, answer)),
            Shape::Many(name, fields) => {
                Some(json!({"type": "array", "items": self.resource(name, fields, answer)}))
            }
        }
    }

    fn resource(&mut self, name: &str, fields: &Serializer, answer: &Answer) -> Value {
        let shown = || {
            let shown = fields.0.iter().filter(|field| !field.write_only);
            shown.filter(|field| !answer.without.contains(&field.name))
        };
        let properties: Map<_, _> = shown()
            .map(|field| {
                let schema = if answer.is_loose {
                    json!({"title": field.label})
                } else {
                    shown_field(field)
                };
                (field.name.to_owned(), schema)
            })
            .collect();
        let required: Vec<_> = shown()
            .map(|field| field.name)
            .filter(|name| !answer.at_times.contains(name))
            .collect();
        self.keep(name, object(&properties, &required))
    }
}

fn object(properties: &Map<String, Value>, required: &[&str]) -> Value {
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// What a body's field has to be.
fn taken_field(field: &Field) -> Value {
    let mut schema = kind(field.kind);
    schema["title"] = field.label.into();
    if let Some(help) = field.help {
        schema["description"] = help.into();
    }
    if !field.may_be_blank {
        schema["minLength"] = 1.into();
    } else if field.kind == Kind::Email {
        // "" is no address
        schema = json!({"anyOf": [schema, {"type": "string", "maxLength": 0}]});
    }
    if let Some(length) = field.max_length() {
        schema["maxLength"] = length.into();
    }
    if field.name.starts_with("password") {
        schema["format"] = "password".into();
    }
    schema
}

/// What an answer's field is.
fn shown_field(field: &Field) -> Value {
    let mut schema = kind(field.kind);
    if field.kind == Kind::Email {
        // a row may hold anything
        schema = json!({"type": "string"});
    }
    schema["title"] = field.label.into();
    schema
}

/// What a kind of field is in JSON.
pub(super) fn kind(kind: Kind) -> Value {
    match kind {
        Kind::Text => json!({"type": "string"}),
        Kind::Email => json!({"type": "string", "format": "email"}),
        Kind::Integer => json!({"type": "integer"}),
        Kind::Moment => json!({"type": "string", "format": "date-time"}),
        // users of a project's own model may have no name
        Kind::Relation => json!({"type": ["string", "null"]}),
    }
}
