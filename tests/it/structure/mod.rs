//! The structure of all crates: no circle of imports between files, and `docs/ARCHITECTURE.md` says truly
//! who may import whom and which files a request passes.

mod circles;
mod graph;
mod reader;
mod table;
mod tests;
mod walks;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use circles::circles;
use graph::{Files, Graph};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn architecture() -> String {
    fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap()
}

/// The graph of this repository; a file that no crate declares is in no crate's graph.
fn graph() -> Graph {
    let manifest = |folder: &str| -> toml::Table {
        let text = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        text.parse().unwrap()
    };
    let workspace = &manifest("")["workspace"];
    let mut crates = BTreeMap::new();
    let mut files = Files::new();
    for member in workspace["members"].as_array().unwrap() {
        let folder = member.as_str().unwrap();
        if folder != "tests" {
            let name = manifest(folder)["package"]["name"]
                .as_str()
                .unwrap()
                .to_owned();
            crates.insert(name.replace('-', "_"), folder.to_owned());
            add_files(&root().join(folder).join("src"), &mut files);
        }
    }
    // a dependency may have another name than its package
    for (name, dependency) in workspace["dependencies"].as_table().unwrap() {
        if let Some(folder) = dependency.get("path") {
            crates.insert(name.replace('-', "_"), folder.as_str().unwrap().to_owned());
        }
    }
    let graph = Graph::new(&files, &crates);
    assert!(
        graph.unknown.is_empty(),
        "these paths lead to nothing that the test can read:\n{:#?}",
        graph.unknown
    );
    graph
}

fn add_files(folder: &Path, files: &mut Files) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let circles = circles(&graph());
    let list: Vec<&str> = circles.iter().map(String::as_str).collect();
    assert!(
        list.is_empty(),
        "{} circles; what stands in brackets is what the file before the arrow names of the file after it:\n{}",
        list.len(),
        list.join("\n")
    );
}

#[test]
fn each_import_is_allowed_by_the_tables_of_the_architecture() {
    let faults: Vec<String> = table::faults(&architecture(), &graph())
        .into_iter()
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn each_walk_of_the_architecture_names_its_files() {
    let faults = walks::faults(&architecture(), &graph());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
