//! The small parts that pages share: links, texts, dates, values, counts, and which page of a list.

use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;

/// A page that can be sent.
pub(crate) trait Html: Template {
    /// The whole page.
    fn html(&self) -> String {
        self.render().expect("a String takes whatever is written")
    }
}

/// A label that leads somewhere; `url` is a path of the site, or a query of this page.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) label: String,
    pub(crate) url: String,
}

impl Link {
    pub(crate) fn new(label: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            url: url.into(),
        }
    }
}

/// A sentence of which a part may be a link: `The post “`, T, `” was added successfully.`
#[derive(Clone, Template)]
#[template(path = "admin/parts/text.html")]
pub(crate) struct Text {
    pub(crate) before: String,
    pub(crate) link: Option<Link>,
    pub(crate) after: String,
}

impl HtmlSafe for Text {}

impl Text {
    pub(crate) fn with_link(
        before: impl Into<String>,
        link: Link,
        after: impl Into<String>,
    ) -> Self {
        Self {
            before: before.into(),
            link: Some(link),
            after: after.into(),
        }
    }
}

impl<T: Into<String>> From<T> for Text {
    fn from(text: T) -> Self {
        Self {
            before: text.into(),
            link: None,
            after: String::new(),
        }
    }
}

/// A date for people, and for programs (`2026-11-24T09:22:11Z`).
#[derive(Clone)]
pub(crate) struct Time {
    pub(crate) shown: String,
    pub(crate) iso: String,
}

/// What stands in a cell of a list, or in a field that can't be changed.
#[derive(Clone, Template)]
#[template(path = "admin/parts/value.html")]
pub(crate) enum Value {
    /// Shown as `-`.
    Empty,
    Text(String),
    /// Text whose line ends are shown.
    Lines(String),
    /// An identifier that no person reads as words: a jti.
    Code(String),
    Link(Link),
    /// An icon, read as "Yes" or "No".
    Bool(bool),
    Time(Time),
}

impl HtmlSafe for Value {}

/// How many there are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    Exact(u64),
    /// Where counting would cost more than showing the page.
    About(u64),
    /// More than so many, beyond which nobody counted.
    Over(u64),
}

impl Count {
    pub(crate) fn is_one(self) -> bool {
        self == Self::Exact(1)
    }

    pub(crate) fn is_zero(self) -> bool {
        self == Self::Exact(0)
    }
}

/// `10,000`, or `about 1,000,000`.
impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = match self {
            Self::Exact(number) => number,
            Self::About(number) => {
                f.write_str("about ")?;
                number
            }
            Self::Over(number) => {
                f.write_str("over ")?;
                number
            }
        };
        let digits = number.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// Which page of how many, and what there is in all.
#[derive(Template)]
#[template(path = "admin/parts/paging.html")]
pub(crate) struct Paging {
    pub(crate) total: Count,
    /// What is counted: `user` and `users`, `entry` and `entries`.
    pub(crate) one: String,
    pub(crate) many: String,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
    /// None where all stands on one page.
    pub(crate) pages: Vec<PageLink>,
    /// The URL that shows all on one page.
    pub(crate) show_all: Option<String>,
}

impl HtmlSafe for Paging {}

/// A place in the row of pages.
pub(crate) enum PageLink {
    Other { number: u64, url: String },
    Current(u64),
    Gap,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (number, shown) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(Count::Exact(number).to_string(), shown);
        }
        assert_eq!(Count::About(1_000_000).to_string(), "about 1,000,000");
    }
}
