//! What is wanted of a command's JSON: which fields, and in which form. It is checked before anything is done.

use serde_json::{Map, Value};

use super::fields::named;
use super::jq::Jq;
use super::template::Template;
use crate::args::OutputOptions;
use crate::errors::Failure;

/// What is wanted of a command's JSON.
#[derive(Default)]
pub(super) struct Wanted {
    /// These fields alone, in this order.
    fields: Option<Vec<String>>,
    pub(super) form: Form,
}

/// The form that it is printed in.
#[derive(Default)]
pub(super) enum Form {
    #[default]
    Json,
    /// What an expression of jq makes of it.
    Jq(Jq),
    /// By a template.
    Template(Box<Template>),
}

impl Wanted {
    /// What the options ask for; `None` where they ask for no JSON.
    pub(super) fn of(options: &OutputOptions, known: &[&str]) -> Result<Option<Self>, Failure> {
        let fields = match options.json.as_deref() {
            Some("*") | None => None,
            Some(names) => Some(named(names, known)?),
        };
        let form = match (&options.jq, &options.template) {
            (None, None) if options.json.is_none() => return Ok(None),
            (None, None) => Form::Json,
            (Some(code), _) => Form::Jq(Jq::new(code)?),
            (None, Some(text)) => {
                let names: Vec<&str> = match &fields {
                    Some(fields) => fields.iter().map(String::as_str).collect(),
                    None => known.to_vec(),
                };
                Form::Template(Box::new(Template::new(text, &names)?))
            }
        };
        Ok(Some(Self { fields, form }))
    }

    /// What is wanted of an object, or of each in a list.
    pub(super) fn pick(&self, value: Value) -> Value {
        match (&self.fields, value) {
            (Some(names), Value::Object(all)) => {
                let field = |name: &String| all.get(name).cloned().unwrap_or_default();
                let picked = names.iter().map(|name| (name.clone(), field(name)));
                Value::Object(picked.collect::<Map<_, _>>())
            }
            (Some(_), Value::Array(items)) => {
                Value::Array(items.into_iter().map(|item| self.pick(item)).collect())
            }
            (_, value) => value,
        }
    }

    /// Whether all of it is wanted.
    pub(super) fn is_all(&self) -> bool {
        self.fields.is_none()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KNOWN: [&str; 3] = ["id", "title", "created_at"];

    fn wanted(json: Option<&str>, jq: Option<&str>, template: Option<&str>) -> OutputOptions {
        OutputOptions {
            json: json.map(str::to_owned),
            jq: jq.map(str::to_owned),
            template: template.map(str::to_owned),
            ..OutputOptions::default()
        }
    }

    #[test]
    fn the_fields_that_are_named_come_in_that_order() {
        let options = wanted(Some("title, id,id,"), None, None);
        let wanted = Wanted::of(&options, &KNOWN).unwrap().unwrap();
        let value = json!({"id": 1, "title": "T", "created_at": "x"});
        assert_eq!(wanted.pick(value).to_string(), r#"{"title":"T","id":1}"#);
        assert_eq!(wanted.pick(json!([1])), json!([1]));
    }

    #[test]
    fn nothing_is_wanted_of_json_where_no_option_says_so() {
        assert!(
            Wanted::of(&wanted(None, None, None), &KNOWN)
                .unwrap()
                .is_none()
        );
        for options in [
            wanted(Some("*"), None, None),
            wanted(None, Some(".id"), None),
            wanted(None, None, Some("{{ id }}")),
        ] {
            assert!(Wanted::of(&options, &KNOWN).unwrap().is_some());
        }
    }

    #[test]
    fn a_wrong_name_is_said_with_the_nearest() {
        let message = |options: &OutputOptions| {
            let failure = Wanted::of(options, &KNOWN).err().unwrap();
            failure.message().to_owned()
        };
        assert_eq!(
            message(&wanted(Some("id,Titel"), None, None)),
            "--json names Titel, and there is no such field; did you mean title?"
        );
        assert_eq!(
            message(&wanted(Some("xyz"), None, None)),
            "--json names xyz, and there is no such field"
        );
        assert_eq!(
            message(&wanted(Some(","), None, None)),
            "--json= names no field"
        );
        // what is not picked is not there for a template
        assert_eq!(
            message(&wanted(Some("id"), None, Some("{{ title }}"))),
            "--template names title, and there is no such field"
        );
        // of an answer of which nothing is known, anything may be wanted
        assert!(Wanted::of(&wanted(Some("any"), None, None), &[]).is_ok());
    }
}
