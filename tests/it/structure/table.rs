//! The tables "may import" of a document: which folder or file of a crate may import which.
//!
//! ```text
//! | `server/src/` | may import |
//! |---|---|
//! | `http/` | `clock.rs`, `server/django` |
//! ```
//!
//! The first column names folders and files of the crate; the second, those and other crates by their folders.
//! What is not in backticks is for people. A file belongs to the longest name that it stands under.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::Graph;

/// From the name of a row, with its crate's folder, to what it may import.
type Rows = BTreeMap<String, BTreeSet<String>>;

/// What the tables of a document and the imports disagree on, each in a sentence.
pub(super) fn faults(document: &str, graph: &Graph) -> BTreeSet<String> {
    let rows = rows(document);
    let files = graph.files();
    let mut faults = BTreeSet::new();
    for file in &files {
        if row_of(&rows, file).is_none() {
            faults.insert(format!("{} has no row", top(file)));
        }
    }
    let mut unused = rows.clone();
    for (from, targets) in &graph.arrows {
        let Some(row) = row_of(&rows, from) else {
            continue;
        };
        for (to, items) in targets {
            let target = if crate_of(to) == crate_of(from) {
                row_of(&rows, to)
            } else {
                Some(crate_of(to))
            };
            let Some(target) = target.filter(|target| *target != row) else {
                continue;
            };
            if rows[row].contains(target) {
                unused.entry(row.to_owned()).or_default().remove(target);
            } else {
                let items: Vec<&str> = items.iter().map(String::as_str).collect();
                faults.insert(format!(
                    "{row} may not import {target}, but {from} imports {} from {to}",
                    items.join(", ")
                ));
            }
        }
    }
    for (row, targets) in unused {
        if !files.iter().any(|file| row_of(&rows, file) == Some(&row)) {
            faults.insert(format!("there is no {row} for its row"));
        }
        for target in targets {
            faults.insert(format!("{row} may import {target}, but does not"));
        }
    }
    faults
}

fn rows(document: &str) -> Rows {
    let mut rows = Rows::new();
    let mut folder = None;
    for line in document.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let &[_, name, may_import, _] = &cells[..] else {
            folder = None;
            continue;
        };
        let name = quoted(name).next();
        match (folder, name) {
            (_, Some(name)) if may_import == "may import" => folder = Some(name),
            (Some(folder), Some(name)) => {
                let targets = quoted(may_import).map(|target| (folder, target));
                let row = rows.entry(format!("{folder}{name}")).or_default();
                row.extend(targets.map(|(folder, target)| format!("{folder}{target}")));
            }
            _ => {}
        }
    }
    // a name that is no row of this crate is another crate's
    let names: BTreeSet<String> = rows.keys().cloned().collect();
    for (row, targets) in &mut rows {
        let folder = format!("{}/src/", crate_of(row));
        let own = std::mem::take(targets).into_iter();
        *targets = own
            .map(|target| match target.strip_prefix(&folder) {
                Some(other) if !names.contains(&target) => other.to_owned(),
                _ => target,
            })
            .collect();
    }
    rows
}

/// What stands in backticks.
pub(super) fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn row_of<'r>(rows: &'r Rows, file: &str) -> Option<&'r str> {
    let names = rows.keys().map(String::as_str);
    names
        .filter(|name| file == *name || name.ends_with('/') && file.starts_with(name))
        .max_by_key(|name| name.len())
}

/// The file, or the folder of it that stands at the top of its crate.
fn top(file: &str) -> &str {
    let inside = crate_of(file).len() + "/src/".len();
    let end = file[inside..].find('/');
    end.map_or(file, |end| &file[..=inside + end])
}

/// The folder of a file's crate.
fn crate_of(file: &str) -> &str {
    file.split_once("/src/").map_or(file, |(folder, _)| folder)
}
