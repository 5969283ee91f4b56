//! The API's document, by OpenAPI 3.1: made of the table of routes, the serializers, and what stands beside the handlers.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::refusals;
use super::schemas::{Schemas, kind};
use crate::http::operation::{Answer, Operation, Parameter, Place, Shape};
use crate::routes::route::{Access, Called, Route};
use crate::settings::Settings;

const ABOUT: &str = "Accounts, tokens and posts, with the answers of Django REST framework and SimpleJWT.\n\nLog in with `obtainTokens`, and send the access token as `Authorization: Bearer …`. A body may also be a form, `application/x-www-form-urlencoded` or `multipart/form-data`. Each URL answers `OPTIONS`, and `HEAD` where it has `GET`; any other method is 405. A request that is none for HTTP is 400, 414, 431 or 501.";

/// The document of these routes.
pub(super) fn document(routes: &[Route], settings: &Settings) -> Value {
    let mut schemas = Schemas::default();
    let mut used = BTreeSet::new();
    let (mut paths, mut tags) = (Map::new(), Vec::new());
    for route in routes {
        let tag = tag(route.path);
        let mut methods = Map::new();
        for called in &route.methods {
            // a test says where one was forgotten
            let Some(operation) = &called.operation else {
                continue;
            };
            if !tags.contains(&tag) {
                tags.push(tag);
            }
            let told = Told {
                route,
                called,
                operation,
                routes,
                tag,
            };
            methods.insert(
                called.method.as_str().to_ascii_lowercase(),
                told.value(&mut schemas),
            );
            used.extend(
                refusals::told(route, called, operation)
                    .into_iter()
                    .map(|(status, _)| status),
            );
        }
        if !methods.is_empty() {
            paths.insert(shown_path(route.path), methods.into());
        }
    }
    let tags: Vec<_> = tags.iter().map(|tag| json!({"name": tag})).collect();
    let responses = refusals::components(&used, &mut schemas);
    let root = &settings.server.root_path;
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Gatepost",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
        },
        "servers": [{"url": if root.is_empty() { "/" } else { root }}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas.into_value(),
            "responses": responses,
            "securitySchemes": {"bearer": security(settings)},
        },
    })
}

/// A path as the document has it: the key is an id.
pub(super) fn shown_path(path: &str) -> String {
    path.replace("{pk}", "{id}")
}

/// What a call belongs to: what stands after `/api/`.
pub(super) fn tag(path: &'static str) -> &'static str {
    let below = path.strip_prefix("/api/").unwrap_or(path);
    let mut parts = below.split('/').filter(|part| !part.is_empty());
    parts.next().unwrap_or("api")
}

/// How a token is shown.
fn security(settings: &Settings) -> Value {
    let jwt = &settings.simple_jwt;
    let schemes = &jwt.auth_header_types;
    let is_usual = jwt.auth_header_name.as_str() == "authorization";
    if is_usual && schemes.iter().any(|scheme| scheme == "Bearer") {
        return json!({"type": "http", "scheme": "bearer", "bearerFormat": "JWT"});
    }
    let scheme = schemes.first().map_or("Bearer", String::as_str);
    json!({
        "type": "apiKey",
        "in": "header",
        "name": jwt.auth_header_name.as_str(),
        "description": format!("`{scheme} ` and the access token."),
    })
}

/// A method of a route, and what is told of it.
struct Told<'r> {
    route: &'r Route,
    called: &'r Called,
    operation: &'r Operation,
    routes: &'r [Route],
    tag: &'static str,
}

impl Told<'_> {
    fn value(&self, schemas: &mut Schemas) -> Value {
        let operation = self.operation;
        let mut told = json!({
            "operationId": operation.id,
            "summary": operation.summary,
        });
        let details = operation.all_details(self.route.description);
        if !details.is_empty() {
            told["description"] = details.into();
        }
        told["tags"] = json!([self.tag]);
        told["security"] = match self.route.access {
            Access::SignedIn => json!([{"bearer": []}]),
            Access::Open | Access::Anyone => json!([]),
        };
        let parameters = operation.all_parameters(self.route.path);
        if !parameters.is_empty() {
            let parameters: Vec<_> = parameters.iter().map(parameter).collect();
            told["parameters"] = parameters.into();
        }
        if let Some(body) = self.body(schemas) {
            told["requestBody"] = body;
        }
        told["responses"] = self.responses(schemas);
        told
    }

    fn body(&self, schemas: &mut Schemas) -> Option<Value> {
        let fields = self.called.fields?;
        let is_partial = self.called.method == Method::PATCH;
        let schema = schemas.body(self.operation.takes, fields, is_partial);
        let mut content = json!({"schema": schema});
        if let Ok(example) = serde_json::from_str::<Value>(self.operation.example) {
            content["example"] = example;
        }
        // the other parsers are told of once: generators make a client of each, or a wrong one
        let content = json!({"application/json": content});
        let is_needed = !is_partial && fields.0.iter().any(|field| field.required);
        Some(json!({"required": is_needed, "content": content}))
    }

    fn responses(&self, schemas: &mut Schemas) -> Value {
        let mut responses: Vec<(u16, Value)> = Vec::new();
        for answer in &self.operation.answers {
            let told = self.answer(answer, schemas);
            match responses
                .iter_mut()
                .find(|(status, _)| *status == answer.status)
            {
                Some((_, first)) => join(first, &told),
                None => responses.push((answer.status, told)),
            }
        }
        if let Some(fields) = self.called.fields {
            let messages = schemas.messages(self.operation.takes, fields);
            let schema = json!({"anyOf": [messages, refusals::detail(schemas)]});
            let told = json!({
                "description": refusals::WRONG.1,
                "content": refusals::json_or_page(&schema),
            });
            responses.push((refusals::WRONG.0, told));
        }
        for (status, when) in refusals::told(self.route, self.called, self.operation) {
            let Some(name) = refusals::name(status) else {
                continue;
            };
            let shared = format!("#/components/responses/{name}");
            let told = match when {
                None => json!({"$ref": shared}),
                Some(when) => json!({"$ref": shared, "description": when}),
            };
            responses.push((status, told));
        }
        responses.sort_by_key(|(status, _)| *status);
        let responses = responses.into_iter();
        responses
            .map(|(status, told)| (status.to_string(), told))
            .collect::<Map<_, _>>()
            .into()
    }

    fn answer(&self, answer: &Answer, schemas: &mut Schemas) -> Value {
        let mut told = json!({"description": answer.when});
        if !answer.headers.is_empty() {
            let headers = answer.headers.iter().map(|(name, says)| {
                let header = json!({"description": says, "schema": {"type": "string"}});
                ((*name).to_owned(), header)
            });
            told["headers"] = headers.collect::<Map<_, _>>().into();
        }
        if let Some(schema) = schemas.answer(answer) {
            let mut content = json!({"schema": schema});
            if let Ok(mut example) = serde_json::from_str::<Value>(answer.example) {
                if let Value::Object(fields) = &mut example {
                    fields.retain(|name, _| !answer.without.contains(&name.as_str()));
                }
                content["example"] = match answer.shape {
                    Shape::Many(..) => json!([example]),
                    Shape::Page(..) => {
                        json!({"next": null, "previous": null, "results": [example]})
                    }
                    _ => example,
                };
            }
            told["content"] = json!({"application/json": content});
        }
        let links = self.links(answer);
        if !links.is_empty() {
            told["links"] = links.into();
        }
        told
    }

    /// What may follow on something new: the calls of its own URL.
    fn links(&self, answer: &Answer) -> Map<String, Value> {
        let instance = format!("{}{{pk}}/", self.route.path);
        let instance = self.routes.iter().find(|route| route.path == instance);
        let Some(instance) = instance.filter(|_| answer.status == 201) else {
            return Map::new();
        };
        let operations = instance.methods.iter();
        let operations = operations.filter_map(|called| called.operation.as_ref());
        operations
            .map(|operation| {
                let link = json!({
                    "operationId": operation.id,
                    "parameters": {"id": "$response.body#/id"},
                });
                (operation.id.to_owned(), link)
            })
            .collect()
    }
}

fn parameter(parameter: &Parameter) -> Value {
    let place = match parameter.place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Header => "header",
    };
    let mut schema = kind(parameter.kind);
    if let Some((least, most)) = parameter.range {
        schema["minimum"] = least.into();
        schema["maximum"] = most.into();
    }
    if let Some(pattern) = parameter.pattern {
        schema["pattern"] = pattern.into();
    }
    json!({
        "name": parameter.name,
        "in": place,
        "description": parameter.help,
        "required": parameter.place == Place::Path,
        "schema": schema,
    })
}

/// Two forms that an answer of one status may have.
fn join(first: &mut Value, second: &Value) {
    const JSON: &str = "application/json";
    let description = |told: &Value| told["description"].as_str().unwrap_or_default().to_owned();
    first["description"] = format!("{} {}", description(first), description(second)).into();
    let other = second["content"][JSON]["schema"].clone();
    let schema = &mut first["content"][JSON]["schema"];
    // an index would write a null
    match schema.get_mut("oneOf").and_then(Value::as_array_mut) {
        Some(forms) => forms.push(other),
        None => *schema = json!({"oneOf": [schema.take(), other]}),
    }
}
