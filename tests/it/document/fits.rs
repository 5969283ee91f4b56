//! Whether a value fits a schema of the document: the keywords of JSON Schema that it uses, and no others.

use serde_json::Value;

/// What a `$ref` leads to, or the value itself.
pub(super) fn followed<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value["$ref"].as_str() {
        Some(place) => document
            .pointer(&place[1..])
            .unwrap_or_else(|| panic!("{place}")),
        None => value,
    }
}

/// What of a value does not fit; nothing where all does.
pub(super) fn misfit(document: &Value, schema: &Value, value: &Value) -> Option<String> {
    let schema = followed(document, schema);
    let wrong = |keyword: &str| Some(format!("{keyword} of {schema}: {value}"));
    let fits = |schema: &&Value| misfit(document, schema, value).is_none();
    for (keyword, rule) in schema.as_object().unwrap() {
        let count = || rule.as_array().unwrap().iter().filter(fits).count();
        let is_right = match keyword.as_str() {
            "title" | "description" | "format" => true,
            "type" => match rule {
                Value::Array(kinds) => kinds.iter().any(|kind| is_of(kind, value)),
                kind => is_of(kind, value),
            },
            "anyOf" => count() > 0,
            "oneOf" => count() == 1,
            "properties" => {
                let properties = rule.as_object().unwrap().iter();
                let found =
                    properties.filter_map(|(name, schema)| Some((schema, value.get(name)?)));
                for (schema, value) in found {
                    if let Some(why) = misfit(document, schema, value) {
                        return Some(why);
                    }
                }
                true
            }
            "required" => {
                let mut names = rule.as_array().unwrap().iter();
                names.all(|name| value.get(name.as_str().unwrap()).is_some())
            }
            "additionalProperties" => {
                let mut names = value.as_object().unwrap().keys();
                names.all(|name| schema["properties"].get(name).is_some())
            }
            "items" => {
                let mut items = value.as_array().unwrap().iter();
                return items.find_map(|item| misfit(document, rule, item));
            }
            "minItems" => value.as_array().unwrap().len() as u64 >= rule.as_u64().unwrap(),
            "minProperties" => value.as_object().unwrap().len() as u64 >= rule.as_u64().unwrap(),
            "maxProperties" => value.as_object().unwrap().len() as u64 <= rule.as_u64().unwrap(),
            other => panic!("the test does not know {other}"),
        };
        if !is_right {
            return wrong(keyword);
        }
    }
    None
}

fn is_of(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "null" => value.is_null(),
        other => panic!("the test does not know {other}"),
    }
}

#[test]
fn what_does_not_fit_is_seen() {
    let document: Value = serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap();
    let schema = serde_json::json!({"$ref": "#/components/schemas/Post"});
    let example = &document["paths"]["/api/posts/"]["post"]["responses"]["201"];
    let mut post = example["content"]["application/json"]["example"].clone();
    assert_eq!(misfit(&document, &schema, &post), None);
    post["id"] = "1".into();
    assert!(
        misfit(&document, &schema, &post)
            .unwrap()
            .starts_with("type")
    );
    post.as_object_mut().unwrap().remove("id");
    assert!(
        misfit(&document, &schema, &post)
            .unwrap()
            .starts_with("required")
    );
}
