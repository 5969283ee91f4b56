//! The page that asks whether to delete, with what goes along.

use super::super::layout::capitalised;
use super::super::models::{Along, Model};
use super::super::pages::{Count, DeletePage, Deleted, Html, Link, Node, Page, Text, Verdict};
use super::super::visit::Visit;
use super::rows::{Found, SHOWN};
use crate::db::Id;

/// What the two pages do not share.
pub(super) struct Shown {
    pub(super) deleted: Deleted,
    pub(super) stays: Vec<Text>,
    pub(super) hidden: Vec<(String, String)>,
    pub(super) back: String,
}

impl Shown {
    pub(super) fn page(
        self,
        visit: &Visit<'_>,
        page: Page,
        model: &'static Model,
        chosen: &[(Id, String)],
        along: &[(&'static Along, Found)],
        needed: Vec<String>,
    ) -> String {
        let mut summary = vec![(capitalised(model.plural), Count::Exact(chosen.len() as u64))];
        let counts = along.iter().filter(|(_, found)| found.count > 0);
        summary.extend(
            counts.map(|(along, found)| (capitalised(along.plural), Count::Exact(found.count))),
        );
        let objects = chosen.iter().take(SHOWN).map(|(id, text)| {
            let below = along.iter().flat_map(|(along, found)| {
                let own = found.rows.iter().filter(|(owner, ..)| owner == id);
                own.map(|(_, key, text)| Node {
                    text: named(visit, along.model, along.singular, *key, text),
                    below: Vec::new(),
                })
            });
            Node {
                text: named(visit, Some(model), model.singular, *id, text),
                below: below.collect(),
            }
        });
        let objects = objects.collect();
        DeletePage {
            page,
            deleted: self.deleted,
            verdict: if needed.is_empty() {
                Verdict::Ask
            } else {
                Verdict::Forbidden(needed)
            },
            summary,
            objects,
            stays: self.stays,
            hidden: self.hidden,
            back: self.back,
        }
        .html()
    }
}

/// `Post: T`, with a link where there is a page of it.
fn named(
    visit: &Visit<'_>,
    model: Option<&'static Model>,
    singular: &str,
    id: Id,
    text: &str,
) -> Text {
    let singular = capitalised(singular);
    match model {
        Some(model) => {
            let link = Link::new(text, visit.row_url(model, id, "change"));
            Text::with_link(format!("{singular}: "), link, "")
        }
        None => format!("{singular}: {text}").into(),
    }
}
