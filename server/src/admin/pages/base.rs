//! What every page has: the person, the way to here, what there is to say, and the models that he may see.

use super::assets::{SCRIPT, STYLE};
use super::parts::{Link, Text};

/// What every page has.
#[derive(Clone, Default)]
pub(crate) struct Page {
    /// The heading, and the first part of the window's title: `Select user to change`.
    pub(crate) title: String,
    /// The object's name, where the page is about one.
    pub(crate) subtitle: Option<String>,
    /// The site's root, with a slash at its end: `/admin/`, or `/service/admin/`.
    pub(crate) root: String,
    /// `None` where nobody is signed in, or where it isn't known.
    pub(crate) user: Option<SignedIn>,
    /// The value of `csrfmiddlewaretoken`.
    pub(crate) csrf_token: String,
    pub(crate) messages: Vec<Message>,
    /// From below "Home" to the parent of this page; empty on the index.
    pub(crate) breadcrumbs: Vec<Link>,
    /// What this page is called at the end of its breadcrumbs.
    pub(crate) here: Option<String>,
    /// What he may see: the index shows it, and every other page has it beside it.
    pub(crate) apps: Vec<App>,
    /// Whether it stands in a window that another page opened, and leads nowhere else.
    pub(crate) is_popup: bool,
}

/// The person.
#[derive(Clone)]
pub(crate) struct SignedIn {
    pub(crate) name: String,
    /// False for one without a password that can be used.
    pub(crate) may_change_password: bool,
}

/// What happened just before.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) level: Level,
    pub(crate) text: Text,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Success,
    Warning,
    Error,
}

impl Level {
    /// Its word, for those who don't see its colour.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::Warning => "Warning",
            Self::Error => "Error",
        }
    }

    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Models that belong together.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) models: Vec<Model>,
}

/// A model that the person may see or add to.
#[derive(Clone)]
pub(crate) struct Model {
    /// `Users`
    pub(crate) name: String,
    /// `None` for one who may only add.
    pub(crate) list: Option<String>,
    pub(crate) add: Option<String>,
    /// "Change", otherwise "View".
    pub(crate) may_change: bool,
    /// Whether the page is about this model.
    pub(crate) is_current: bool,
}

impl Page {
    pub(crate) fn style_url(&self) -> String {
        STYLE.url(&self.root)
    }

    pub(crate) fn script_url(&self) -> String {
        SCRIPT.url(&self.root)
    }
}
