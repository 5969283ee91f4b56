//! A page as a browser has it: its forms with what stands in them, its links, and the text that is to be read.

use std::collections::{BTreeMap, BTreeSet};

use scraper::{ElementRef, Html, Node, Selector};
use serde_json::Value;

/// What the walk knows of a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    pub(crate) forms: Vec<Form>,
    /// Where its links lead, as they are written.
    pub(crate) links: Vec<String>,
    pub(crate) title: String,
    /// All that is to be read, with one space for whatever is between two words.
    pub(crate) text: String,
    /// What a window says to the page that opened it.
    pub(crate) popup: Option<Value>,
    /// What Django says at the places where it says it: messages, errors, headings, cells, options.
    pub(crate) said: Vec<String>,
}

/// A form, and what would be sent if its button was pressed now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) is_post: bool,
    /// Names and values in the page's order.
    pub(crate) values: Vec<(String, String)>,
    /// The names of all fields, each with the values that can be chosen.
    pub(crate) fields: BTreeMap<String, BTreeSet<String>>,
    pub(crate) buttons: Vec<(String, String)>,
}

/// Where Django's own pages hold what somebody must be able to read in ours.
const SAYS: &str = ".messagelist li, .errorlist li, .errornote, #content h1, #content option, .readonly, #result_list td, \
     #result_list tbody th, #result_list thead th .text, #deleted-objects li, #change-history td, .quiet, #changelist-filter a, \
     #changelist-filter summary, #content fieldset label, #content legend, fieldset h2, .object-tools a";

/// Tags that part no words.
const WITHIN_WORDS: [&str; 14] = [
    "a", "abbr", "b", "bdi", "cite", "code", "em", "i", "mark", "small", "span", "strong", "time",
    "u",
];

const UNREAD: [&str; 6] = ["script", "style", "template", "noscript", "svg", "datalist"];

/// What stands for nothing.
const UNSAID: [&str; 2] = ["-", "---------"];

impl Page {
    pub(crate) fn read(html: &str) -> Self {
        let page = Html::parse_document(html);
        let root = page.root_element();
        let all = |selector: &str| root.select(&select(selector)).collect::<Vec<_>>();
        Self {
            forms: all("form").into_iter().map(Form::read).collect(),
            links: all("a[href]")
                .iter()
                .filter_map(|link| link.attr("href"))
                .filter(|link| !link.starts_with('#'))
                .map(str::to_owned)
                .collect(),
            title: all("title")
                .first()
                .map(|title| text(*title))
                .unwrap_or_default(),
            text: text(root),
            popup: (all("[data-popup-response]").first())
                .and_then(|said| said.attr("data-popup-response"))
                .map(|said| serde_json::from_str(said).unwrap()),
            said: all(SAYS)
                .into_iter()
                .filter(|element| element.select(&select("li")).next().is_none())
                .map(text)
                .chain(all("#changelist .paginator").into_iter().map(count))
                .map(|text| text.trim_start_matches("✖ ").to_owned())
                .filter(|text| !text.is_empty() && !UNSAID.contains(&text.as_str()))
                .collect(),
        }
    }

    /// The form that has a field or a button of this name.
    pub(crate) fn form(&self, name: &str) -> Option<&Form> {
        self.forms.iter().find(|form| form.has(name))
    }
}

impl Form {
    fn read(form: ElementRef) -> Self {
        let is_post = form
            .attr("method")
            .is_some_and(|method| method.eq_ignore_ascii_case("post"));
        let mut read = Self {
            action: form.attr("action").unwrap_or_default().to_owned(),
            is_post,
            ..Self::default()
        };
        for control in form.select(&select("input, select, textarea, button")) {
            if let Some(name) = control
                .attr("name")
                .filter(|_| control.attr("disabled").is_none())
            {
                read.add(control, name);
            }
        }
        read
    }

    fn add(&mut self, control: ElementRef, name: &str) {
        let value = control.attr("value");
        let kind = match control.value().name() {
            "input" => control.attr("type").unwrap_or("text"),
            "button" => control.attr("type").unwrap_or("submit"),
            other => other,
        };
        let mut push = |value: &str| self.values.push((name.to_owned(), value.to_owned()));
        let mut offered = BTreeSet::new();
        match kind {
            "submit" | "image" => {
                let value = value.unwrap_or_default().to_owned();
                self.buttons.push((name.to_owned(), value));
                return;
            }
            "button" | "reset" => return,
            "checkbox" | "radio" => {
                let value = value.unwrap_or("on");
                if control.attr("checked").is_some() {
                    push(value);
                }
                offered.insert(value.to_owned());
            }
            "select" => {
                let options: Vec<_> = control.select(&select("option")).collect();
                let value = |option: &ElementRef| match option.attr("value") {
                    Some(value) => value.to_owned(),
                    None => text(*option),
                };
                let chosen = options
                    .iter()
                    .filter(|option| option.attr("selected").is_some());
                let chosen: Vec<_> = chosen.collect();
                if control.attr("multiple").is_some() {
                    for option in &chosen {
                        push(&value(option));
                    }
                } else if let Some(option) = chosen.last().copied().or(options.first()) {
                    push(&value(option));
                }
                offered.extend(options.iter().map(value));
            }
            "textarea" => push(&control.text().collect::<String>()),
            _ => push(value.unwrap_or_default()),
        }
        self.fields
            .entry(name.to_owned())
            .or_default()
            .extend(offered);
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name) || self.buttons.iter().any(|(button, _)| button == name)
    }
}

fn select(selector: &str) -> Selector {
    Selector::parse(selector).expect("a selector")
}

/// What is to be read in an element.
fn text(of: ElementRef) -> String {
    let mut read = String::new();
    gather(of, &mut read);
    read.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How many rows a list says that it has, without the numbers of its pages before it: `217 posts`.
fn count(paginator: ElementRef) -> String {
    let text = text(paginator);
    let words: Vec<_> = text.split(' ').collect();
    let is_number = |word: &&str| word.chars().all(|char| char.is_ascii_digit());
    let name = words.iter().rposition(is_number).unwrap_or_default();
    words[name..].join(" ").replace(" Show all", "")
}

fn gather(of: ElementRef, read: &mut String) {
    for child in of.children() {
        match child.value() {
            Node::Text(text) => read.push_str(text),
            Node::Element(element) if !UNREAD.contains(&element.name()) => {
                let parts = !WITHIN_WORDS.contains(&element.name());
                if parts {
                    read.push(' ');
                }
                gather(ElementRef::wrap(child).expect("an element"), read);
                if parts {
                    read.push(' ');
                }
            }
            _ => {}
        }
    }
}
