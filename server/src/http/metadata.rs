//! DRF's answer to OPTIONS: what an endpoint is called, renders, parses and takes.

use axum::http::Method;

use super::fields::{Field, Serializer};
use django::json::write_string;

/// The document of an endpoint; `actions` are the methods that take a body, with their fields.
pub(crate) fn document(
    name: &str,
    description: &str,
    actions: &[(Method, &Serializer)],
) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(b"{\"name\":");
    write_string(&mut out, name);
    out.extend_from_slice(b",\"description\":");
    write_string(&mut out, description);
    out.extend_from_slice(br#","renders":["application/json","text/html"],"parses":["application/json","application/x-www-form-urlencoded","multipart/form-data"]"#);
    for (at, (method, serializer)) in actions.iter().enumerate() {
        out.extend_from_slice(if at == 0 { b",\"actions\":{" } else { b"," });
        write_string(&mut out, method.as_str());
        out.push(b':');
        write_fields(&mut out, serializer);
    }
    out.extend_from_slice(if actions.is_empty() { b"}" } else { b"}}" });
    out
}

fn write_fields(out: &mut Vec<u8>, serializer: &Serializer) {
    out.push(b'{');
    for (at, field) in serializer.0.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_field(out, field);
    }
    out.push(b'}');
}

fn write_field(out: &mut Vec<u8>, field: &Field) {
    write_string(out, field.name);
    out.extend_from_slice(b":{\"type\":");
    write_string(out, field.kind.name());
    out.extend_from_slice(
        format!(
            ",\"required\":{},\"read_only\":{},\"label\":",
            field.required, field.read_only
        )
        .as_bytes(),
    );
    write_string(out, field.label);
    if let Some(help) = field.help {
        out.extend_from_slice(b",\"help_text\":");
        write_string(out, help);
    }
    if let Some(length) = field.max_length() {
        out.extend_from_slice(format!(",\"max_length\":{length}").as_bytes());
    }
    out.push(b'}');
}
