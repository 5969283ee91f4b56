//! The explorer, `/api/docs/`: every call with its fields, a form to try it, and what it answers. Made of what the document is
//! made of.

use askama::Template;
use serde_json::{Map, Value};

use super::document::{shown_path, tag};
use super::frame::{EXPLORER, Frame};
use super::refusals;
use crate::app::App;
use crate::http::fields::{Field, Kind};
use crate::http::operation::{Operation, Parameter, Place};
use crate::routes::route::{Access, Called, Route};

#[derive(Template)]
#[template(path = "api/explorer.html")]
struct Explorer<'e> {
    frame: Frame<'e>,
    tags: Vec<Tag<'e>>,
}

struct Tag<'e> {
    name: &'static str,
    calls: Vec<Call<'e>>,
}

struct Call<'e> {
    id: &'static str,
    method: &'e str,
    path: String,
    summary: &'static str,
    details: String,
    signs_in: bool,
    has_body: bool,
    inputs: Vec<Input>,
    answers: Vec<(u16, String)>,
}

/// A field of the form.
struct Input {
    place: &'static str,
    name: &'static str,
    label: &'static str,
    kind: Kind,
    is_required: bool,
    most: Option<usize>,
    help: &'static str,
    example: String,
}

impl Input {
    fn of_parameter(parameter: &Parameter) -> Self {
        let place = match parameter.place {
            Place::Path => "path",
            Place::Query => "query",
            Place::Header => "header",
        };
        Self {
            place,
            name: parameter.name,
            label: parameter.name,
            kind: parameter.kind,
            is_required: parameter.place == Place::Path,
            most: None,
            help: parameter.help,
            example: String::new(),
        }
    }

    fn of_field(field: &Field, example: &Map<String, Value>, is_partial: bool) -> Self {
        let example = example.get(field.name).and_then(Value::as_str);
        Self {
            place: "body",
            name: field.name,
            label: field.label,
            kind: field.kind,
            is_required: field.required && !is_partial,
            most: field.max_length(),
            help: field.help.unwrap_or_default(),
            example: example.unwrap_or_default().to_owned(),
        }
    }

    /// What the form says of it.
    fn says(&self) -> String {
        let where_from = match self.place {
            "body" => "",
            place => place,
        };
        let need = if self.is_required {
            "required"
        } else {
            "optional"
        };
        let most = self.most.map(|most| format!("at most {most} characters"));
        let parts = [
            where_from.to_owned(),
            need.to_owned(),
            most.unwrap_or_default(),
        ];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(", ")
    }

    /// Whether its text may have lines.
    fn is_long(&self) -> bool {
        let is_text = self.place == "body" && self.kind == Kind::Text;
        is_text && self.most.is_none() && self.kind() == "text"
    }

    fn kind(&self) -> &'static str {
        match self.kind {
            _ if self.name.contains("password") || self.name == "refresh" => "password",
            Kind::Email => "email",
            Kind::Integer => "number",
            Kind::Text | Kind::Moment | Kind::Flag | Kind::Relation => "text",
        }
    }
}

/// The whole page.
pub(super) fn explorer(routes: &[Route], app: &App) -> String {
    let mut tags: Vec<Tag> = Vec::new();
    for route in routes {
        let name = tag(route.path);
        let told = route.methods.iter();
        let told = told.filter_map(|called| Some((called, called.operation.as_ref()?)));
        let calls = told.map(|(called, operation)| call(route, called, operation));
        match tags.iter_mut().find(|tag| tag.name == name) {
            Some(tag) => tag.calls.extend(calls),
            None => tags.push(Tag {
                name,
                calls: calls.collect(),
            }),
        }
    }
    let mut frame = Frame::new("Explorer", app, Some(&EXPLORER));
    let root = frame.root;
    frame.crumbs = vec![
        ("API".to_owned(), format!("{root}/api/")),
        ("Explorer".to_owned(), format!("{root}/api/docs/")),
    ];
    // a template into a text never fails
    Explorer { frame, tags }.render().unwrap_or_default()
}

fn call<'e>(route: &'e Route, called: &'e Called, operation: &'e Operation) -> Call<'e> {
    let method = called.method.as_str();
    let example = serde_json::from_str(operation.example).unwrap_or_default();
    let parameters = operation.all_parameters(route.path);
    let mut inputs: Vec<_> = parameters.iter().map(Input::of_parameter).collect();
    if let Some(fields) = called.fields {
        let taken = fields.0.iter().filter(|field| !field.read_only);
        inputs.extend(taken.map(|field| Input::of_field(field, &example, method == "PATCH")));
    }
    let answers = operation.answers.iter();
    let answers = answers.map(|answer| (answer.status, answer.when));
    let refusals = refusals::of(route, called, operation);
    let mut answers: Vec<_> = answers.chain(refusals).collect();
    answers.sort_by_key(|(status, _)| *status);
    // what the document has in Markdown
    let plain = |text: &str| text.replace('`', "");
    let answers = answers.into_iter();
    let answers = answers.map(|(status, when)| (status, plain(when)));
    Call {
        id: operation.id,
        method,
        path: shown_path(route.path),
        summary: operation.summary,
        details: plain(&operation.all_details(route.description)),
        signs_in: route.access == Access::SignedIn,
        has_body: called.fields.is_some(),
        inputs,
        answers: answers.collect(),
    }
}
