//! A field of a form, with its label, its help and what is wrong with it.

use askama::Template;
use askama::filters::HtmlSafe;

use super::parts::{Link, Value};

/// A field of a form. Its input has the id `id_NAME`.
#[derive(Template)]
#[template(path = "admin/parts/field.html")]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: String,
    pub(crate) is_required: bool,
    /// Whether one writes here first.
    pub(crate) has_focus: bool,
    /// Several are a list.
    pub(crate) help: Vec<String>,
    pub(crate) errors: Vec<String>,
    pub(crate) widget: Widget,
    /// Where a row is added that the field may refer to: `Add a user`.
    pub(crate) add: Option<Link>,
}

impl HtmlSafe for Field {}

/// What a field is filled in with.
pub(crate) enum Widget {
    Text {
        value: String,
        max_length: Option<usize>,
        /// `off`, or what browsers may fill in.
        autocomplete: &'static str,
    },
    Email {
        value: String,
        max_length: Option<usize>,
    },
    Password {
        /// `current-password` or `new-password`
        autocomplete: &'static str,
    },
    TextArea {
        value: String,
    },
    CheckBox {
        is_checked: bool,
    },
    Select(Vec<Choice>),
    Radio(Vec<Choice>),
    /// Any number of choices.
    Multiple {
        /// What is chosen: `groups`.
        what: String,
        choices: Vec<Choice>,
    },
    /// The key of an object, where there are too many for a select.
    Key {
        value: String,
        /// The object that has this key.
        object: Option<Link>,
        /// Where keys are found: `Find a user`.
        list: Option<Link>,
    },
    /// `NAME_0` and `NAME_1`: `2026-11-24` and `09:22:11`.
    DateTime {
        date: String,
        time: String,
        /// Seconds by which the times of this form are ahead of UTC now.
        offset: i32,
    },
    Shown(Value),
    /// What is known of a password: `algorithm`, `pbkdf2_sha256`.
    PasswordSummary {
        /// A label with its value, or alone: `No password set.`
        parts: Vec<(String, Option<String>)>,
        /// `Reset password` or `Set password`
        set: Option<Link>,
    },
}

/// What a select offers.
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) is_selected: bool,
}

impl Choice {
    /// The one that stands for nothing.
    pub(crate) fn nothing(is_selected: bool) -> Self {
        Self {
            value: String::new(),
            label: "---------".to_owned(),
            is_selected,
        }
    }
}

impl Field {
    pub(crate) fn new(name: &'static str, label: impl Into<String>, widget: Widget) -> Self {
        Self {
            name,
            label: label.into(),
            is_required: false,
            has_focus: false,
            help: Vec::new(),
            errors: Vec::new(),
            widget,
            add: None,
        }
    }

    pub(crate) fn required(name: &'static str, label: impl Into<String>, widget: Widget) -> Self {
        Self {
            is_required: true,
            ..Self::new(name, label, widget)
        }
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    pub(crate) fn with_focus(mut self) -> Self {
        self.has_focus = true;
        self
    }

    /// How many fields are wrong.
    pub(crate) fn wrong<'f>(fields: impl IntoIterator<Item = &'f Self>) -> usize {
        fields.into_iter().filter(|field| field.is_wrong()).count()
    }

    pub(crate) fn is_wrong(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The id of what one goes to in order to correct it.
    pub(crate) fn input_id(&self) -> String {
        let name = self.name;
        match self.widget {
            Widget::DateTime { .. } | Widget::Radio(_) => format!("id_{name}_0"),
            _ => format!("id_{name}"),
        }
    }

    /// The ids of what describes it.
    pub(crate) fn described_by(&self) -> String {
        let name = self.name;
        let mut ids = Vec::new();
        if self.is_wrong() {
            ids.push(format!("id_{name}_error"));
        }
        if !self.help.is_empty() {
            ids.push(format!("id_{name}_helptext"));
        }
        ids.join(" ")
    }
}
