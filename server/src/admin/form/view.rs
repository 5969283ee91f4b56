//! A form as its page shows it.

use super::asked::{Asked, Content, Contents};
use super::choices;
use super::fields::fields_of;
use super::read_rows::Row;
use super::widgets::{Offered, Shown};
use crate::admin::models::{Fieldset, Kind, Model, Target, USER};
use crate::admin::pages::{self, Buttons, FormPage, Html, Link, new_password, usable_password};
use crate::admin::rights::Right;
use crate::admin::visit::{Outcome, Visit};
use crate::admin::{chosen_password, layout, popup, preserved};
use crate::db::Id;

/// The form of a new row.
pub(super) async fn add(visit: &mut Visit<'_>, model: &'static Model, asked: Asked) -> Outcome {
    let offered = offered(visit, model, model.add, &asked.contents, false).await?;
    let mut page = layout::of_model(visit, &format!("Add {}", model.singular), model);
    page.here = Some(page.title.clone());
    popup::narrow(visit, &mut page);
    let is_popup = page.is_popup;
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
        errors: asked.together.clone(),
        fieldsets,
        hidden: popup::hidden(visit),
        tools: Vec::new(),
        buttons: Buttons {
            save: true,
            add_another: !is_popup,
            go_on: (!is_popup && visit.may_see(model)).then(|| {
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
    popup::narrow(visit, &mut page);
    let is_popup = page.is_popup;
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
    let mut tools = Vec::new();
    if !is_popup {
        tools.push(Link::new("History", url("history")));
    }
    if model.is(&USER) && !is_popup {
        tools.push(Link::new("Sessions", url("sessions")));
    }
    let form = FormPage {
        page,
        id: "item_form",
        intro: None,
        errors: asked.map_or_else(Vec::new, |asked| asked.together),
        fieldsets,
        hidden: popup::hidden(visit),
        tools,
        buttons: Buttons {
            save: !is_read_only,
            add_another: !is_read_only && !is_popup && visit.may(Right::Add, model),
            go_on: (!is_read_only && !is_popup).then_some("Save and continue editing"),
            delete: (!is_popup && visit.may(Right::Delete, model)).then(|| url("delete")),
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
    let found = visit.app.admin_db().read(move |conn| {
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
        chosen_password::rules(),
        false,
    ));
    for field in &mut fields {
        let wrong = asked.errors.iter().filter(|(name, _)| *name == field.name);
        field.errors = wrong.map(|(_, message)| message.clone()).collect();
    }
    fields
}
