//! The page on which an object is added, changed or seen.

use askama::Template;

use super::base::Page;
use super::field::Field;
use super::parts::{Html, Link};

#[derive(Template)]
#[template(path = "admin/form.html")]
pub(crate) struct FormPage {
    pub(crate) page: Page,
    /// The form's id: `user_form`.
    pub(crate) id: &'static str,
    /// What stands above the fields.
    pub(crate) intro: Option<String>,
    /// What is wrong with the fields together.
    pub(crate) errors: Vec<String>,
    pub(crate) fieldsets: Vec<Fieldset>,
    /// What the form carries on.
    pub(crate) hidden: Vec<(String, String)>,
    /// Pages about the same object: `History`.
    pub(crate) tools: Vec<Link>,
    pub(crate) buttons: Buttons,
}

impl Html for FormPage {}

pub(crate) struct Fieldset {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) fields: Vec<Field>,
}

/// What can be done with a form.
#[derive(Default)]
pub(crate) struct Buttons {
    /// `_save`
    pub(crate) save: bool,
    /// `_addanother`
    pub(crate) add_another: bool,
    /// `_continue`, with its label: `Save and continue editing`, or `Save and view` for who may not change it after.
    pub(crate) go_on: Option<&'static str>,
    /// The URL that asks whether to delete it.
    pub(crate) delete: Option<String>,
    /// The URL of the list, for who may change nothing.
    pub(crate) close: Option<String>,
}

impl FormPage {
    /// What there is to correct: fields, and all of them together.
    pub(crate) fn wrong(&self) -> usize {
        usize::from(!self.errors.is_empty()) + self.wrong_fields().count()
    }

    pub(crate) fn wrong_fields(&self) -> impl Iterator<Item = &Field> {
        let fields = self.fieldsets.iter().flat_map(|set| &set.fields);
        fields.filter(|field| field.is_wrong())
    }
}
