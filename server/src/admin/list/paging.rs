//! The pages of a list.

use super::super::models::Model;
use super::super::pages::{PageLink, Paging};
use super::asked::Asked;
use super::links::with;
use super::rows::{MOST_AT_ONCE, PER_PAGE, Total};

/// The numbers of pages near this one and at both ends, and how many rows there are.
pub(super) fn paging(model: &Model, asked: &Asked, total: Total, shows_all: bool) -> Paging {
    let number = total.number();
    let last = number.div_ceil(PER_PAGE).max(1);
    let current = u64::try_from(asked.page).unwrap_or(1).max(1);
    // an estimate may be too low
    let last = last.max(current);
    let url = |page: u64| with(asked, &[("p", &page.to_string())], &["all"]);
    let has_pages = number > PER_PAGE && !shows_all;
    let mut pages = Vec::new();
    if has_pages {
        let near = current.saturating_sub(3).max(1)..=(current + 3).min(last);
        let mut numbers: Vec<u64> = [1, 2]
            .into_iter()
            .chain(near)
            .chain([last - 1, last])
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut before = 0;
        for page in numbers.into_iter().filter(|page| (1..=last).contains(page)) {
            if page > before + 1 {
                pages.push(PageLink::Gap);
            }
            before = page;
            pages.push(if page == current {
                PageLink::Current(page)
            } else {
                PageLink::Other {
                    number: page,
                    url: url(page),
                }
            });
        }
    }
    Paging {
        total: total.into(),
        one: model.singular.to_owned(),
        many: model.plural.to_owned(),
        previous: (has_pages && current > 1).then(|| url(current - 1)),
        next: (has_pages && current < last).then(|| url(current + 1)),
        pages,
        show_all: (has_pages && number <= MOST_AT_ONCE).then(|| with(asked, &[("all", "")], &[])),
    }
}
