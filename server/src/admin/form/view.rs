//! A form as its page shows it.

use super::asked::{Asked, Content, Contents};
use super::choices::{self, Choices};
use super::fields::{fields_in, fields_of};
use super::rows::Row;
use crate::admin::models::{self, Field, Fieldset, Kind, Model, Target, USER};
use crate::admin::pages::{
    self, Buttons, Choice, FormPage, Html, Link, Value, Widget, new_password, usable_password,
};
use crate::admin::rights::Right;
use crate::admin::visit::{Outcome, Visit};
use crate::admin::{dates, layout, password, preserved};
use crate::db::Id;

/// What the fields of a form may refer to, by the names of the fields.
type Offered = Vec<(&'static str, Choices)>;

/// What a form shows its fields with.
struct Shown<'s> {
    visit: &'s Visit<'s>,
    offered: Offered,
    contents: &'s Contents,
    asked: Option<&'s Asked>,
    /// Whether nothing can be changed.
    is_read_only: bool,
    /// The row, where there is one.
    row: Option<(Id, &'static Model)>,
}

/// The form of a new row.
pub(super) async fn add(visit: &mut Visit<'_>, model: &'static Model, asked: Asked) -> Outcome {
    let offered = offered(visit, model, model.add, &asked.contents, false).await?;
    let mut page = layout::of_model(visit, &format!("Add {}", model.singular), model);
    page.here = Some(page.title.clone());
    let shown = Shown {
        visit,
        offered,
        contents: &asked.contents,
        asked: Some(&asked),
        is_read_only: false,
        row: None,
    };
    let mut fieldsets = shown.fieldsets(model, model.add);
    if model.is(&USER)
        && let Some(fieldset) = fieldsets.first_mut()
    {
        fieldset.fields.extend(password_fields(visit, &asked));
    }
    let intro = model.is(&USER).then(|| {
        "After you’ve created a user, you’ll be able to edit more user options.".to_owned()
    });
    let form = FormPage {
        page,
        id: "item_form",
        intro,
        errors: Vec::new(),
        fieldsets,
        tools: Vec::new(),
        buttons: Buttons {
            save: true,
            add_another: true,
            go_on: visit.may_see(model).then(|| {
                if visit.may_change(model) {
                    "Save and continue editing"
                } else {
                    "Save and view"
                }
            }),
            delete: None,
            close: None,
        },
    };
    Ok(form.html())
}

/// The form of a row, as it stands there or as it was sent.
pub(super) async fn change(
    visit: &mut Visit<'_>,
    model: &'static Model,
    row: Row,
    asked: Option<Asked>,
) -> Outcome {
    let may_change = visit.may_change(model);
    let is_read_only = model.is_read_only || !may_change;
    // what was sent stands in the place of what is there
    let mut contents = row.contents.clone();
    for (field, content) in asked.iter().flat_map(|asked| &asked.contents) {
        match contents
            .iter_mut()
            .find(|(known, _)| known.name == field.name)
        {
            Some((_, old)) => *old = content.clone(),
            None => contents.push((field, content.clone())),
        }
    }
    let offered = offered(visit, model, model.change, &contents, is_read_only).await?;
    let verb = if may_change { "Change" } else { "View" };
    let mut page = layout::of_model(visit, &format!("{verb} {}", model.singular), model);
    page.subtitle = Some(row.text.clone());
    page.here = Some(row.text.clone());
    let shown = Shown {
        visit,
        offered,
        contents: &contents,
        asked: asked.as_ref(),
        is_read_only,
        row: Some((row.id, model)),
    };
    let fieldsets = shown.fieldsets(model, model.change);
    let url = |page| preserved::remembered(visit, &visit.row_url(model, row.id, page));
    let mut tools = vec![Link::new("History", url("history"))];
    if model.is(&USER) {
        tools.push(Link::new("Sessions", url("sessions")));
    }
    let form = FormPage {
        page,
        id: "item_form",
        intro: None,
        errors: Vec::new(),
        fieldsets,
        tools,
        buttons: Buttons {
            save: !is_read_only,
            add_another: !is_read_only && visit.may(Right::Add, model),
            go_on: (!is_read_only).then_some("Save and continue editing"),
            delete: visit.may(Right::Delete, model).then(|| url("delete")),
            close: is_read_only.then(|| preserved::after_change(visit, model)),
        },
    };
    Ok(form.html())
}

/// What the fields may refer to.
async fn offered(
    visit: &Visit<'_>,
    model: &'static Model,
    form: &'static [Fieldset],
    contents: &Contents,
    is_read_only: bool,
) -> crate::db::Result<Offered> {
    let mut wanted: Vec<(&'static str, &'static Target, Vec<Id>, bool)> = Vec::new();
    for field in fields_of(visit, model, form) {
        let (Kind::To(target) | Kind::Many(target)) = field.kind else {
            continue;
        };
        let content = contents.iter().find(|(known, _)| known.name == field.name);
        let chosen = match content {
            Some((_, Content::Key(key))) => key.iter().copied().collect(),
            Some((_, Content::Keys(keys))) => keys.clone(),
            _ => Vec::new(),
        };
        wanted.push((
            field.name,
            target,
            chosen,
            is_read_only || field.is_read_only,
        ));
    }
    let found = visit.app.db().read(move |conn| {
        Box::pin(async move {
            let mut offered = Offered::new();
            for (name, target, chosen, only_chosen) in wanted {
                let choices = choices::of(conn, target, &chosen, only_chosen).await?;
                offered.push((name, choices));
            }
            Ok(offered)
        })
    });
    found.await
}

fn password_fields(visit: &Visit<'_>, asked: &Asked) -> Vec<pages::Field> {
    let is_usable = visit.field("usable_password") != Some("false");
    let mut fields = vec![usable_password(is_usable, false)];
    fields.extend(new_password(
        ["password1", "password2"],
        ["Password", "Password confirmation"],
        password::rules(),
        false,
    ));
    for field in &mut fields {
        let wrong = asked.errors.iter().filter(|(name, _)| *name == field.name);
        field.errors = wrong.map(|(_, message)| message.clone()).collect();
    }
    fields
}

impl Shown<'_> {
    fn fieldsets(&self, model: &'static Model, form: &'static [Fieldset]) -> Vec<pages::Fieldset> {
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
            let label = if password::is_usable(hash) {
                "Reset password"
            } else {
                "Set password"
            };
            Link::new(label, self.visit.row_url(model, id, "password"))
        });
        Widget::PasswordSummary {
            parts: password::summary(hash),
            set,
        }
    }
}
