//! The fields of a form as its page shows them.

use super::asked::{Asked, Content, Contents};
use super::choices::Choices;
use super::fields::fields_in;
use crate::admin::models::{self, Field, Fieldset, Kind, Model, Target};
use crate::admin::pages::{self, Choice, Link, Value, Widget};
use crate::admin::visit::Visit;
use crate::admin::{dates, password_summary, popup};
use crate::db::Id;

/// What the fields of a form may refer to, by the names of the fields.
pub(super) type Offered = Vec<(&'static str, Choices)>;

/// What a form shows its fields with.
pub(super) struct Shown<'s> {
    pub(super) visit: &'s Visit<'s>,
    pub(super) offered: Offered,
    pub(super) contents: &'s Contents,
    pub(super) asked: Option<&'s Asked>,
    /// Whether nothing can be changed.
    pub(super) is_read_only: bool,
    /// The row, where there is one.
    pub(super) row: Option<(Id, &'static Model)>,
}

impl Shown<'_> {
    /// The fieldsets of a form.
    pub(super) fn fieldsets(
        &self,
        model: &'static Model,
        form: &'static [Fieldset],
    ) -> Vec<pages::Fieldset> {
        let shown = |fieldset: &'static Fieldset| pages::Fieldset {
            name: (!fieldset.heading.is_empty()).then(|| fieldset.heading.to_owned()),
            description: None,
            fields: fields_in(self.visit, model, fieldset)
                .into_iter()
                .map(|field| self.field(field))
                .collect(),
        };
        form.iter().map(shown).collect()
    }

    fn field(&self, field: &'static Field) -> pages::Field {
        let content = self
            .contents
            .iter()
            .find(|(known, _)| known.name == field.name);
        let content = content.map(|(_, content)| content);
        let is_shown = self.is_read_only || field.is_read_only;
        let widget = match field.kind {
            Kind::Password => self.summary(content),
            _ if is_shown => Widget::Shown(self.value(field, content)),
            _ => self.widget(field, content),
        };
        let has_no_password = matches!(content, Some(Content::Text(hash)) if hash.starts_with('!') || hash.is_empty());
        let help = match field.kind {
            Kind::Password if has_no_password => {
                "Enable password-based authentication for this user by setting a password."
            }
            _ => field.help,
        };
        let errors = self.asked.iter().flat_map(|asked| &asked.errors);
        let errors = errors.filter(|(name, _)| *name == field.name);
        pages::Field {
            name: field.name,
            label: field.label.to_owned(),
            has_focus: false,
            is_required: field.is_required && field.kind != Kind::Flag && !is_shown,
            help: (!help.is_empty())
                .then(|| help.to_owned())
                .into_iter()
                .collect(),
            errors: errors.map(|(_, message)| message.clone()).collect(),
            widget,
            add: self.add(field).filter(|_| !is_shown),
        }
    }

    fn widget(&self, field: &'static Field, content: Option<&Content>) -> Widget {
        let text = || match content {
            Some(Content::Text(text)) => text.clone(),
            _ => String::new(),
        };
        match field.kind {
            Kind::Flag => Widget::CheckBox {
                is_checked: match content {
                    Some(Content::Flag(flag)) => *flag,
                    _ => false,
                },
            },
            Kind::Lines => Widget::TextArea { value: text() },
            Kind::Email => Widget::Email {
                value: text(),
                max_length: Some(254),
            },
            Kind::Moment | Kind::MaybeMoment => self.moment(field, content),
            Kind::To(target) => self.key(field, target, content),
            Kind::Many(_) => Widget::Multiple {
                what: field.label.to_lowercase(),
                choices: self.choices(field, content),
            },
            kind => Widget::Text {
                value: text(),
                max_length: match kind {
                    Kind::Line(most) => Some(most),
                    Kind::Username => Some(150),
                    _ => None,
                },
                autocomplete: "off",
            },
        }
    }

    fn raw(&self, name: &str) -> Option<&[String; 2]> {
        let raw = self.asked.iter().flat_map(|asked| &asked.raw);
        let mut raw = raw.filter(|(known, _)| *known == name);
        raw.next().map(|(_, texts)| texts)
    }

    fn moment(&self, field: &Field, content: Option<&Content>) -> Widget {
        let dates = self.visit.app.dates();
        let (date, time) = match (self.raw(field.name), content) {
            (Some([date, time]), _) => (date.clone(), time.clone()),
            (None, Some(Content::Moment(Some(at)))) => dates::for_form(dates, *at),
            _ => (String::new(), String::new()),
        };
        Widget::DateTime {
            date,
            time,
            offset: dates::ahead(dates, self.visit.now),
        }
    }

    fn choices(&self, field: &Field, content: Option<&Content>) -> Vec<Choice> {
        let is_selected = |id: &Id| match content {
            Some(Content::Keys(keys)) => keys.contains(id),
            Some(Content::Key(key)) => *key == Some(*id),
            _ => false,
        };
        let choice = |(id, label): &(Id, String)| Choice {
            value: id.to_string(),
            label: label.clone(),
            is_selected: is_selected(id),
        };
        self.rows(field.name).iter().map(choice).collect()
    }

    fn rows(&self, name: &str) -> &[(Id, String)] {
        let offered = self.offered.iter().find(|(known, _)| *known == name);
        match offered {
            Some((_, Choices::Rows(rows) | Choices::TooMany(rows))) => rows,
            None => &[],
        }
    }

    /// A select, or a key where there are too many rows.
    fn key(&self, field: &Field, target: &'static Target, content: Option<&Content>) -> Widget {
        let offered = self.offered.iter().find(|(known, _)| *known == field.name);
        let key = match content {
            Some(Content::Key(key)) => *key,
            _ => None,
        };
        if !matches!(offered, Some((_, Choices::TooMany(_)))) {
            let mut choices = vec![Choice::nothing(key.is_none())];
            choices.extend(self.choices(field, content));
            return Widget::Select(choices);
        }
        let value = match (self.raw(field.name), key) {
            (Some([sent, _]), _) => sent.clone(),
            (None, Some(key)) => key.to_string(),
            (None, None) => String::new(),
        };
        let model = models::target(target);
        let list = model
            .filter(|model| self.visit.may_see(model))
            .map(|model| {
                Link::new(
                    format!("Find a {}", model.singular),
                    self.visit.list_url(model),
                )
            });
        Widget::Key {
            value,
            object: key.and_then(|key| self.object(field, target, key)),
            list,
        }
    }

    /// Where whoever may adds a row that a field may refer to, in a window of its own.
    fn add(&self, field: &Field) -> Option<Link> {
        let (Kind::To(target) | Kind::Many(target)) = field.kind else {
            return None;
        };
        let model = models::target(target).filter(|model| self.visit.may_add(model))?;
        let list = self.visit.list_url(model);
        let url = format!("{list}add/?_to_field=id&{}=1", popup::POPUP);
        Some(Link::new(format!("Add a {}", model.singular), url))
    }

    /// A row that is referred to, with a link for whoever may see it.
    fn object(&self, field: &Field, target: &'static Target, key: Id) -> Option<Link> {
        let (_, label) = self.rows(field.name).iter().find(|(id, _)| *id == key)?;
        let model = models::target(target)?;
        Some(Link::new(label, self.visit.row_url(model, key, "change")))
    }

    fn value(&self, field: &'static Field, content: Option<&Content>) -> Value {
        match (field.kind, content) {
            (Kind::Secret, _) => Value::Text("Not shown: whoever has it is signed in.".to_owned()),
            (_, Some(Content::Text(text))) if text.is_empty() => Value::Empty,
            (Kind::Lines, Some(Content::Text(text))) => Value::Lines(text.clone()),
            (_, Some(Content::Text(text))) => Value::Text(text.clone()),
            (_, Some(Content::Flag(flag))) => Value::Bool(*flag),
            (_, Some(Content::Moment(Some(at)))) => Value::Time(self.visit.time(*at)),
            (Kind::To(target), Some(Content::Key(Some(key)))) => {
                let may_see = models::target(target).is_some_and(|model| self.visit.may_see(model));
                match self.object(field, target, *key) {
                    Some(link) if may_see => Value::Link(link),
                    Some(link) => Value::Text(link.label),
                    None => Value::Text(key.to_string()),
                }
            }
            (_, Some(Content::Keys(keys))) => {
                let rows = self.rows(field.name).iter();
                let chosen = rows.filter(|(id, _)| keys.contains(id));
                let names: Vec<_> = chosen.map(|(_, label)| label.as_str()).collect();
                if names.is_empty() {
                    Value::Empty
                } else {
                    Value::Lines(names.join("\n"))
                }
            }
            _ => Value::Empty,
        }
    }

    /// What is known of a password.
    fn summary(&self, content: Option<&Content>) -> Widget {
        let hash = match content {
            Some(Content::Text(hash)) => hash.as_str(),
            _ => "",
        };
        let set = self.row.filter(|_| !self.is_read_only).map(|(id, model)| {
            let label = if password_summary::is_usable(hash) {
                "Reset password"
            } else {
                "Set password"
            };
            Link::new(label, self.visit.row_url(model, id, "password"))
        });
        Widget::PasswordSummary {
            parts: password_summary::summary(hash),
            set,
        }
    }
}
