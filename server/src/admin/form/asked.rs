//! What a form holds, field by field, and what is wrong with it: `django.forms`.

use django::validators;
use unicode_normalization::UnicodeNormalization;

use super::fields::fields_of;
use crate::admin::models::{Field, Fieldset, Kind, Model};
use crate::admin::visit::Visit;
use crate::admin::words::{NO_NULL, REQUIRED};
use crate::admin::{dates, object};
use crate::db::{Id, Moment};

pub(super) const NOT_AVAILABLE: &str =
    "Select a valid choice. That choice is not one of the available choices.";

/// What a field holds.
#[derive(Clone, PartialEq)]
pub(super) enum Content {
    Text(String),
    Flag(bool),
    Moment(Option<Moment>),
    /// The key of a row.
    Key(Option<Id>),
    /// Keys of rows, in their order.
    Keys(Vec<Id>),
}

/// What the fields of a row hold.
pub(super) type Contents = Vec<(&'static Field, Content)>;

/// A form that was sent, or that is begun.
pub(super) struct Asked {
    /// What the fields hold that hold something.
    pub(super) contents: Contents,
    /// What was sent of fields that can't be read.
    pub(super) raw: Vec<(&'static str, [String; 2])>,
    /// Names of fields, and what is wrong with them.
    pub(super) errors: Vec<(&'static str, String)>,
    /// What is wrong with the fields together.
    pub(super) together: Vec<String>,
}

impl Asked {
    /// A form that nobody has filled in: fields may be named in the address.
    pub(super) fn initial(visit: &Visit<'_>, model: &'static Model) -> Self {
        let mut asked = Self {
            contents: Vec::new(),
            raw: Vec::new(),
            errors: Vec::new(),
            together: Vec::new(),
        };
        for field in fields_of(visit, model, model.add) {
            let Some(text) = visit.parameter(field.name) else {
                continue;
            };
            let content = match field.kind {
                Kind::Flag => Content::Flag(!["", "False", "0"].contains(&text)),
                Kind::To(_) => Content::Key(object::key(text)),
                Kind::Many(_) => Content::Keys(text.split(',').filter_map(object::key).collect()),
                Kind::Line(_) | Kind::Lines | Kind::Username | Kind::Email => {
                    Content::Text(text.to_owned())
                }
                _ => continue,
            };
            asked.contents.push((field, content));
        }
        asked
    }

    /// Reads a form that was sent.
    pub(super) fn read(
        visit: &Visit<'_>,
        model: &'static Model,
        form: &'static [Fieldset],
    ) -> Self {
        let mut asked = Self {
            contents: Vec::new(),
            raw: Vec::new(),
            errors: Vec::new(),
            together: Vec::new(),
        };
        for field in fields_of(visit, model, form) {
            if !field.is_read_only {
                asked.read_field(visit, field);
            }
        }
        asked
    }

    /// What the fields hold in which nothing is wrong.
    pub(super) fn right(&self) -> Vec<(&'static Field, Content)> {
        let is_right = |name: &str| self.errors.iter().all(|(wrong, _)| *wrong != name);
        let right = self
            .contents
            .iter()
            .filter(|(field, _)| is_right(field.name));
        right.cloned().collect()
    }

    pub(super) fn is_wrong(&self) -> bool {
        !self.errors.is_empty()
    }

    pub(super) fn wrong(&mut self, name: &'static str, message: impl Into<String>) {
        self.errors.push((name, message.into()));
    }

    /// What a field holds.
    pub(super) fn content(&self, name: &str) -> Option<&Content> {
        let found = self.contents.iter().find(|(field, _)| field.name == name);
        found.map(|(_, content)| content)
    }

    /// The text of a field.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.content(name)? {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    fn read_field(&mut self, visit: &Visit<'_>, field: &'static Field) {
        let sent = visit.field(field.name).unwrap_or_default();
        let content = match field.kind {
            Kind::Flag => {
                let is_set = visit.field(field.name).is_some();
                Content::Flag(is_set && !sent.is_empty() && !sent.eq_ignore_ascii_case("false"))
            }
            Kind::Moment | Kind::MaybeMoment => match self.moment(visit, field) {
                Some(moment) => Content::Moment(moment),
                None => return,
            },
            Kind::To(_) => match self.key(field, sent) {
                Some(key) => Content::Key(key),
                None => return,
            },
            Kind::Many(_) => {
                let mut keys = Vec::new();
                for sent in visit.fields(field.name) {
                    match object::key(sent) {
                        Some(key) => keys.push(key),
                        None => self.wrong(field.name, format!("“{sent}” is not a valid value.")),
                    }
                }
                keys.sort_unstable();
                keys.dedup();
                Content::Keys(keys)
            }
            _ => Content::Text(self.line(field, sent)),
        };
        self.contents.push((field, content));
    }

    /// A text without the space around it, and what is wrong with it.
    fn line(&mut self, field: &'static Field, sent: &str) -> String {
        let mut text = django::python::strip(sent).to_owned();
        let most = match field.kind {
            Kind::Line(most) => Some(most),
            Kind::Username => Some(150),
            Kind::Email => Some(254),
            _ => None,
        };
        let length = text.chars().count();
        let is_long = most.is_some_and(|most| length > most);
        if field.kind == Kind::Username && !is_long {
            text = text.nfkc().collect();
        }
        if text.is_empty() {
            if field.is_required {
                self.wrong(field.name, REQUIRED);
            }
            return text;
        }
        let before = self.errors.len();
        if field.kind == Kind::Email {
            for message in validators::email(&text) {
                self.wrong(field.name, message.into_owned());
            }
        }
        if let Some(most) = most.filter(|_| is_long) {
            self.wrong(
                field.name,
                format!("Ensure this value has at most {most} characters (it has {length})."),
            );
        }
        if text.contains('\0') {
            self.wrong(field.name, NO_NULL);
        }
        // `normalize_email`: a domain is the same in any case
        if field.kind == Kind::Email
            && self.errors.len() == before
            && let Some((name, domain)) = text.rsplit_once('@')
        {
            text = format!("{name}@{}", domain.to_lowercase());
        }
        if field.kind == Kind::Username && self.errors.len() == before {
            for message in validators::username(&text) {
                self.wrong(field.name, message.into_owned());
            }
        }
        text
    }

    /// None where it can't be read.
    #[expect(
        clippy::option_option,
        reason = "what can't be read, and no moment, are two things"
    )]
    fn moment(&mut self, visit: &Visit<'_>, field: &'static Field) -> Option<Option<Moment>> {
        let part = |number: u8| {
            let name = format!("{}_{number}", field.name);
            visit.field(&name).unwrap_or_default().trim().to_owned()
        };
        let (date, time) = (part(0), part(1));
        let is_required = field.kind == Kind::Moment;
        if date.is_empty() && time.is_empty() && !is_required {
            return Some(None);
        }
        let read = dates::read(visit.app.dates(), &date, &time);
        if is_required && (date.is_empty() || time.is_empty()) {
            self.wrong(field.name, REQUIRED);
        } else if let Err((wrong_date, wrong_time)) = read {
            for (is_wrong, what) in [(wrong_date, "date"), (wrong_time, "time")] {
                if is_wrong {
                    self.wrong(field.name, format!("Enter a valid {what}."));
                }
            }
        } else if let Ok(at) = read {
            return Some(Some(at));
        }
        self.raw.push((field.name, [date, time]));
        None
    }

    #[expect(
        clippy::option_option,
        reason = "what can't be read, and no key, are two things"
    )]
    fn key(&mut self, field: &'static Field, sent: &str) -> Option<Option<Id>> {
        let key = object::key(sent);
        if sent.trim().is_empty() {
            if field.is_required {
                self.wrong(field.name, REQUIRED);
            }
            return Some(None);
        }
        if key.is_none() {
            self.wrong(field.name, NOT_AVAILABLE);
            self.raw
                .push((field.name, [sent.to_owned(), String::new()]));
            return None;
        }
        Some(key)
    }
}
