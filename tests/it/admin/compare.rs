//! What of two answers must be the same, and what may differ.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Url;

use super::browser::Answer;
use super::page::{Form, Page};

/// Fields that stand on a page only where they may be used; all others are compared form by form.
const TELLING: [&str; 12] = [
    "_save",
    "_continue",
    "_addanother",
    "post",
    "action",
    "_selected_action",
    "set-password",
    "unset-password",
    "old_password",
    "q",
    "username",
    "usable_password",
];

const NOTHING_TO_SEE: &str = "You don’t have permission to view or edit anything.";

/// Fields that either site has in its own way: the secret, and what the page's script says of rows on other pages.
const OWN: [&str; 2] = ["csrfmiddlewaretoken", "select_across"];

/// What Django says and we say otherwise.
const UNSAID: [&str; 5] = [
    // the rows between two others go along without a name
    "relationship: ",
    // we count the lines of history that go along with whoever wrote them
    "Log entry: ",
    // we say what the choice of no group means
    "- (",
    // we show no actions where there are no rows
    "Delete selected ",
    // a random id
    "eyJ",
];

/// Sentences that either site says only where the other does, as often and in the same order.
const PHRASES: [&str; 40] = [
    "Please enter the correct username and password for a staff account. Note that both fields may be case-sensitive.",
    "Please correct the error",
    "This field is required.",
    "Null characters are not allowed.",
    "Ensure this value has at most",
    "Enter a valid username. This value may contain only",
    "Enter a valid email address.",
    "Enter a valid date.",
    "Enter a valid time.",
    "Enter a valid date/time.",
    "Select a valid choice.",
    "A user with that username already exists.",
    "Group with this Name already exists.",
    "Blacklisted Token with this Token already exists.",
    "The two password fields didn’t match.",
    "This password is too short.",
    "This password is too common.",
    "This password is entirely numeric.",
    "The password is too similar to the",
    "Your old password was entered incorrectly.",
    "was added successfully.",
    "was changed successfully.",
    "was deleted successfully.",
    "You may edit it again below.",
    "You may add another",
    "Successfully deleted",
    "No action selected.",
    "Items must be selected in order to perform actions on them. No items have been changed.",
    "doesn’t exist. Perhaps it was deleted?",
    "Password changed successfully.",
    "Password-based authentication was disabled.",
    "Conflicting form data submitted.",
    "Your password was changed.",
    "Logged out",
    "None available",
    NOTHING_TO_SEE,
    "Cannot delete",
    "Are you sure",
    "This object doesn’t have a change history.",
    "No password set.",
];

/// How the other's answer is not as Django's.
pub(crate) fn answers(
    path: &str,
    bases: [&str; 2],
    theirs: &Answer,
    ours: &Answer,
    recent: &[String; 2],
) -> Vec<String> {
    let mut found = Vec::new();
    let mut same = |what: &str, theirs: &dyn std::fmt::Debug, ours: &dyn std::fmt::Debug| {
        let [theirs, ours] = [format!("{theirs:?}"), format!("{ours:?}")];
        if theirs != ours {
            found.push(format!("{what}: Django {theirs}, the other {ours}"));
        }
    };
    same("status", &theirs.status, &ours.status);
    let location = |answer: &Answer, base: &str| {
        let location = answer.location.as_deref()?;
        Some(location.strip_prefix(base).unwrap_or(location).to_owned())
    };
    same(
        "Location",
        &location(theirs, bases[0]),
        &location(ours, bases[1]),
    );
    same("cookies", &cookies(theirs), &cookies(ours));
    same("Content-Type", &theirs.kind, &ours.kind);
    // an error's page is each site's own
    if theirs.status < 400 || ours.status < 400 {
        let [their_page, our_page] = [&theirs.page, &ours.page];
        same("popup", &their_page.popup, &our_page.popup);
        same(
            "phrases",
            &phrases(path, their_page),
            &phrases(path, our_page),
        );
        same(
            "buttons and fields",
            &telling(their_page),
            &telling(our_page),
        );
        let [theirs, ours] = [their_page, our_page].map(|page| links(path, page));
        let first = (0..theirs.len().max(ours.len())).find(|at| theirs.get(*at) != ours.get(*at));
        if let Some(at) = first {
            let from =
                |links: &[String]| links.iter().skip(at).take(3).cloned().collect::<Vec<_>>();
            let counts = [theirs.len(), ours.len()];
            same(
                &format!("links {counts:?} from {at}"),
                &from(&theirs),
                &from(&ours),
            );
        }
    }
    if theirs.status == ours.status && theirs.status < 400 {
        found.extend(forms(&theirs.page, &ours.page, recent));
        found.extend(said(&theirs.page, &ours.page, recent));
    }
    found
}

/// The cookies that were set; the page of an error renews none at Django, and at ours those of who is signed in.
fn cookies(answer: &Answer) -> Vec<&str> {
    let renewed = |cookie: &&str| {
        answer.status >= 400
            && ["csrftoken", "messages"]
                .iter()
                .any(|name| cookie.starts_with(name))
    };
    let all = answer.cookies.iter().map(String::as_str);
    all.filter(|cookie| !renewed(cookie)).collect()
}

fn phrases<'p>(path: &str, page: &'p Page) -> Vec<&'p str> {
    // elsewhere Django says it beside the page
    let is_apart = |phrase: &&&str| **phrase == NOTHING_TO_SEE && path != "/admin/";
    let mut found: Vec<(usize, &str)> = PHRASES
        .iter()
        .filter(|phrase| !is_apart(phrase))
        .flat_map(|phrase| page.text.match_indices(phrase))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, phrase)| phrase).collect()
}

fn telling(page: &Page) -> BTreeSet<&str> {
    let has_rows = page.form("_selected_action").is_some();
    let is_told = |name: &&str| match *name {
        "action" => has_rows && !confirms(page),
        "_selected_action" => !confirms(page),
        _ => true,
    };
    let has = |name: &&str| page.form(name).is_some() && is_told(name);
    TELLING.into_iter().filter(has).collect()
}

/// Where the page leads, as far as its address decides it: the rows of a list in their order, what can be done with
/// a row, the models of an index.
fn links(path: &str, page: &Page) -> Vec<String> {
    let here = Url::parse("http://site")
        .and_then(|site| site.join(path))
        .unwrap();
    let parts: Vec<_> = path.trim_matches('/').split('/').collect();
    let all = page.links.iter().filter_map(|link| here.join(link).ok());
    let all = all.filter(|link| link.host_str() == Some("site"));
    let all = all.map(|link| link.path().to_owned());
    // of a row's pages it's enough that they are there: its key is a number, written in whatever way
    let plain = |link: String| match link.rsplit('/').nth(1) {
        Some(page) if parts.len() > 3 => format!("/{page}/"),
        _ => link,
    };
    let is_wanted = |link: &String| match parts[..] {
        ["admin"] | ["admin", "auth" | "posts" | "token_blacklist"] => {
            link.matches('/').count() > 3 && link.starts_with("/admin/")
        }
        ["admin", _, _] => {
            let within = link.strip_prefix(path);
            let is_add = |rest: &str| rest == "add/" && !confirms(page);
            within.is_some_and(|rest| is_add(rest) || rest.ends_with("/change/"))
        }
        ["admin", app, model, ..] => {
            let within = link.strip_prefix(&format!("/admin/{app}/{model}/"));
            within.is_some_and(|rest| {
                ["/history/", "/delete/", "/password/"]
                    .iter()
                    .any(|end| rest.ends_with(end))
            })
        }
        _ => false,
    };
    let mut seen = BTreeSet::new();
    let mut wanted: Vec<_> = all
        .filter(is_wanted)
        .map(plain)
        .filter(|link| seen.insert(link.clone()))
        .collect();
    // beside the rows of a list, their order is a matter of looks
    let is_row = |link: &str| parts.len() == 3 && link.ends_with("/change/");
    wanted.sort_by(|one, other| match (is_row(one), is_row(other)) {
        (false, false) => one.cmp(other),
        (one, other) => one.cmp(&other),
    });
    if confirms(page) {
        wanted.truncate(100); // we name no more
    }
    wanted
}

/// Whether it asks whether several rows are to be deleted.
fn confirms(page: &Page) -> bool {
    page.form("post").is_some() && page.form("_save").is_none()
}

/// How the forms of Django's page are not on the other's: the one for each that has most of its fields.
fn forms(theirs: &Page, ours: &Page, recent: &[String; 2]) -> Vec<String> {
    let mut found = Vec::new();
    for form in &theirs.forms {
        let names: BTreeSet<_> = names(form).collect();
        // logging out needs none, and with no rows nothing can be done
        let is_of_no_rows = form.has("action") && !form.has("_selected_action");
        if names.is_empty() || is_of_no_rows {
            continue;
        }
        let common = |other: &&Form| {
            self::names(other)
                .filter(|name| names.contains(name))
                .count()
        };
        let Some(other) = ours
            .forms
            .iter()
            .max_by_key(common)
            .filter(|form| common(form) > 0)
        else {
            found.push(format!("there is no form with {names:?}"));
            continue;
        };
        let others: BTreeSet<_> = self::names(other).collect();
        if names != others {
            let [less, more] = [names.difference(&others), others.difference(&names)];
            let [less, more] = [less, more].map(Iterator::collect::<Vec<_>>);
            found.push(format!("a form has no {less:?}, but {more:?}"));
        }
        let [their_values, our_values] = [form, other].map(|form| values(form, recent));
        for name in names.intersection(&others) {
            if their_values.get(name) != our_values.get(name) {
                let [theirs, ours] = [&their_values, &our_values].map(|values| values.get(name));
                found.push(format!(
                    "the field {name}: Django {theirs:?}, the other {ours:?}"
                ));
            }
            let [theirs, ours] = [form, other].map(|form| form.fields.get(*name));
            let [Some(theirs), Some(ours)] = [theirs, ours] else {
                continue;
            };
            let differ: Vec<_> = theirs.symmetric_difference(ours).collect();
            if !differ.is_empty() {
                found.push(format!("one of the sites alone offers {name}: {differ:?}"));
            }
        }
    }
    found
}

/// The names of fields and buttons, but for those that are each site's own.
fn names(form: &Form) -> impl Iterator<Item = &str> {
    let buttons = form.buttons.iter().map(|(name, _)| name.as_str());
    let fields = form.fields.keys().map(String::as_str).chain(buttons);
    let is_own = |name: &&str| OWN.contains(name) || name.starts_with("initial-");
    fields.filter(move |name| !is_own(name))
}

/// What would be sent, but for moments of these days.
fn values<'f>(form: &'f Form, recent: &[String; 2]) -> BTreeMap<&'f str, Vec<&'f str>> {
    let mut values: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (name, value) in &form.values {
        values
            .entry(name.as_str())
            .or_default()
            .push(value.as_str());
    }
    for stem in ["date_joined", "last_login"] {
        let [date, time] = ["_0", "_1"].map(|end| format!("{stem}{end}"));
        if values
            .get(date.as_str())
            .is_some_and(|values| recent.iter().any(|day| values[..] == [day]))
        {
            values.remove(time.as_str());
        }
    }
    for values in values.values_mut() {
        values.sort_unstable();
    }
    values
}

/// What Django says and the other does not.
fn said(theirs: &Page, ours: &Page, recent: &[String; 2]) -> Vec<String> {
    let text = ours.text.to_lowercase();
    let title = theirs.title.split(" | ").next().unwrap_or_default();
    let mut missing = Vec::new();
    if !ours.title.contains(title) {
        missing.push(format!(
            "the title is {:?} in place of {:?}",
            ours.title, theirs.title
        ));
    }
    let recent = recent.each_ref().map(|day| as_shown(day));
    let silent: BTreeSet<_> = theirs
        .said
        .iter()
        .filter(|said| !UNSAID.iter().any(|unsaid| said.contains(unsaid)))
        .filter(|said| !recent.iter().any(|day| said.contains(day)) && !is_random(said))
        .filter(|said| {
            let said = said.to_lowercase();
            // several groups or rights in one line, or a line each
            let mut parts = said.trim_end_matches(':').split(", ");
            !parts.all(|part| text.contains(part))
        })
        .collect();
    if !silent.is_empty() {
        missing.push(format!("nowhere is said {silent:?}"));
    }
    missing
}

/// Whether it has a token, or the id of one that was made since: those of before begin with zeros.
fn is_random(said: &str) -> bool {
    let mut words = said.split(|c: char| !c.is_ascii_hexdigit());
    said.contains("eyJ") || words.any(|word| word.len() == 32 && !word.starts_with("00000000"))
}

/// `2026-11-29` as Django shows it: `Nov. 29, 2026`.
fn as_shown(day: &str) -> String {
    let mut parts = day.split('-');
    let [year, month, day] = [(); 3].map(|()| parts.next().unwrap());
    let months = [
        "Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.",
        "Dec.",
    ];
    let month = months[month.parse::<usize>().unwrap() - 1];
    format!("{month} {}, {year}", day.trim_start_matches('0'))
}

/// How the rows of one database are not the other's.
pub(crate) fn rows(theirs: &[String], ours: &[String]) -> BTreeSet<String> {
    let count = |rows: &[String]| {
        let mut count: BTreeMap<String, i64> = BTreeMap::new();
        for row in rows {
            *count.entry(row.clone()).or_default() += 1;
        }
        count
    };
    let [theirs, ours] = [theirs, ours].map(count);
    let all: BTreeSet<_> = theirs.keys().chain(ours.keys()).collect();
    let more = all.into_iter().filter_map(|row| {
        let [theirs, ours] = [&theirs, &ours].map(|count| count.get(row).copied().unwrap_or(0));
        let whose = if theirs > ours { "Django" } else { "the other" };
        (theirs != ours).then(|| format!("rows of {whose} alone: {row}"))
    });
    more.collect()
}
