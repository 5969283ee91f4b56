//! The first page, and that of one app: models, the person's last actions, and how passwords are kept.

use askama::Template;

use super::base::{App, Page};
use super::parts::{Count, Html, Text, Time};

#[derive(Template)]
#[template(path = "admin/index.html")]
pub(crate) struct IndexPage {
    pub(crate) page: Page,
    /// The name of the only app that is shown.
    pub(crate) only_app: Option<String>,
    /// `None` on the page of an app.
    pub(crate) recent: Option<Vec<RecentAction>>,
    /// `None` for those who may not see users.
    pub(crate) passwords: Option<Passwords>,
}

impl Html for IndexPage {}

impl IndexPage {
    pub(crate) fn apps(&self) -> impl Iterator<Item = &App> {
        let is_shown = |app: &&App| self.only_app.as_ref().is_none_or(|only| *only == app.name);
        self.page.apps.iter().filter(is_shown)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.apps().next().is_none()
    }
}

/// Something that the person did.
pub(crate) struct RecentAction {
    pub(crate) done: Done,
    /// The object's name, a link where it is still there.
    pub(crate) object: Text,
    /// `User`, or `None` where the model is unknown.
    pub(crate) model: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    Added,
    Changed,
    Deleted,
}

impl Done {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Added => "Added",
            Self::Changed => "Changed",
            Self::Deleted => "Deleted",
        }
    }

    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
        }
    }
}

/// How the users' passwords are kept.
pub(crate) struct Passwords {
    pub(crate) formats: Vec<PasswordFormat>,
    /// Users whose hash nobody can read: they can't log in.
    pub(crate) unreadable: Count,
    pub(crate) counted: Time,
}

pub(crate) struct PasswordFormat {
    /// `pbkdf2_sha256, 1,000,000 iterations`
    pub(crate) name: String,
    pub(crate) users: Count,
    /// What follows from it: `renewed at the next login`.
    pub(crate) note: Option<String>,
}
