//! The walks of a document: each names the files that it passes, in order.
//!
//! ```text
//! ## Walk: refresh
//!
//! Files: `routes/mod.rs` → `tokens/refresh.rs` → `django::pyjwt`
//! ```
//!
//! A path is one of the repository, or of `server/src/`; `django::pyjwt` is that module of `server/django`,
//! whether it is a file or a folder.

use super::graph::Graph;
use super::table::quoted;

/// The most files that the walk of this name may pass.
const LIMITS: [(&str, usize); 2] = [("refresh", 15), ("read a profile", 10)];

/// What it holds, every handler reaches through it by a method, which names no file. No walk lists it.
const APP: &str = "server/src/app.rs";

/// What is wrong with the walks of a document, each in a sentence.
pub(super) fn faults(document: &str, graph: &Graph) -> Vec<String> {
    let mut faults = Vec::new();
    let mut walked = Vec::new();
    for section in document.split("\n## ").skip(1) {
        let title = section.lines().next().unwrap_or_default();
        let Some(walk) = title.strip_prefix("Walk: ") else {
            continue;
        };
        walked.push(walk);
        let lists: Vec<&str> = section
            .lines()
            .filter_map(|line| line.strip_prefix("Files: "))
            .collect();
        let &[list] = &lists[..] else {
            faults.push(format!(
                "{walk}: {} lines begin with \"Files: \"",
                lists.len()
            ));
            continue;
        };
        let names: Vec<&str> = quoted(list).collect();
        let limit = LIMITS.iter().find(|(name, _)| *name == walk);
        if let Some((_, limit)) = limit
            && names.len() > *limit
        {
            faults.push(format!("{walk}: {} files, at most {limit}", names.len()));
        }
        let steps: Vec<Vec<&str>> = names.iter().map(|name| files_of(name, graph)).collect();
        for (at, name) in names.iter().enumerate() {
            if names[..at].contains(name) {
                faults.push(format!("{walk}: {name} comes twice"));
            }
            if steps[at].is_empty() {
                faults.push(format!("{walk}: {name} is no file of a crate"));
            } else if at > 0 && !is_named(&steps[at], &steps[..at], graph) {
                faults.push(format!("{walk}: no earlier file names an item of {name}"));
            }
        }
    }
    for (walk, _) in LIMITS {
        if !walked.contains(&walk) {
            faults.push(format!("there is no \"## Walk: {walk}\""));
        }
    }
    faults
}

/// The files that a name of a list means.
fn files_of<'g>(name: &str, graph: &'g Graph) -> Vec<&'g str> {
    let mut files: Vec<&str> = graph.files().into_iter().collect();
    match name.strip_prefix("django::") {
        Some(module) => {
            let module = format!("server/django/src/{}", module.replace("::", "/"));
            files.retain(|file| {
                let rest = file.strip_prefix(&module);
                rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
            });
        }
        None => {
            files.retain(|file| *file == name || file.strip_prefix("server/src/") == Some(name));
        }
    }
    files
}

/// Whether one of these files has an item that a file of an earlier step names. It need not be the step
/// before: a handler is named by the table of routes, and a value's methods where it is made.
fn is_named(files: &[&str], earlier: &[Vec<&str>], graph: &Graph) -> bool {
    let targets = (earlier.iter().flatten().copied())
        .chain([APP])
        .filter_map(|file| graph.arrows.get(file));
    targets
        .flat_map(|targets| targets.keys())
        .any(|to| files.contains(&to.as_str()))
}
