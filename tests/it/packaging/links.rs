//! The links of the documents that are handed out lead to what is handed out with them.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::{root, text};

/// What only the repository has: the sources.
const SOURCES: [&str; 4] = [".github/", "sdk/", "server/", "tests/"];

/// The links of the documents below this folder that lead to no file in it.
pub(super) fn broken(folder: &Path) -> Vec<String> {
    let mut broken = Vec::new();
    let mut documents = 0;
    for document in below(folder) {
        if document.extension().is_none_or(|end| end != "md") {
            continue;
        }
        documents += 1;
        let markdown = fs::read_to_string(&document).unwrap();
        for link in links(&markdown) {
            let target = plain(&document.parent().unwrap().join(link));
            let is_source = target.strip_prefix(folder).is_ok_and(|target| {
                let target = target.to_str().unwrap();
                SOURCES.iter().any(|source| target.starts_with(source))
            });
            let is_there = target.starts_with(folder) && target.exists();
            if !(is_source || is_there) {
                broken.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(documents > 1, "no documents in {}", folder.display());
    broken
}

/// The files that links of this text name, without those of other machines.
fn links(markdown: &str) -> impl Iterator<Item = &str> {
    let prose = markdown.split("```").step_by(2);
    let links = prose.flat_map(|prose| prose.split("](").skip(1));
    let links = links.filter_map(|link| link.split_once(')').map(|(link, _)| link));
    let links = links.map(|link| link.split('#').next().unwrap());
    links.filter(|link| !link.is_empty() && !link.contains(':'))
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| {
        if path.is_dir() {
            below(&path)
        } else {
            vec![path]
        }
    });
    files.collect()
}

/// The path without `..` in it.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}

#[test]
fn the_documents_of_the_packages_lead_to_each_other() {
    for (folder, package) in [("server", "gatepost-server"), ("cli", "gatepost")] {
        let place = tempfile::tempdir().unwrap();
        let documents = format!("usr/share/doc/{package}/");
        let manifest: toml::Table = text(&format!("{folder}/Cargo.toml")).parse().unwrap();
        let assets = manifest["package"]["metadata"]["deb"]["assets"].as_array();
        for asset in assets.unwrap() {
            let (from, to) = (asset[0].as_str().unwrap(), asset[1].as_str().unwrap());
            let Some(to) = to.strip_prefix(&documents) else {
                continue;
            };
            let to = place.path().join(to);
            fs::create_dir_all(&to).unwrap();
            for file in matching(&root().join(folder).join(from)) {
                fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
            }
        }
        assert_eq!(broken(place.path()), [""; 0], "{folder}/Cargo.toml");
    }
}

/// The files of a pattern with one `*` in its last part.
pub(super) fn matching(pattern: &Path) -> Vec<PathBuf> {
    let name = pattern.file_name().unwrap().to_str().unwrap();
    let Ok(files) = pattern.parent().unwrap().read_dir() else {
        return Vec::new(); // what a build makes
    };
    let (begin, end) = name.split_once('*').unwrap_or((name, ""));
    let is_it = |path: &PathBuf| {
        let found = path.file_name().unwrap().to_str().unwrap();
        let fits = found.starts_with(begin) && found.ends_with(end);
        path.is_file() && fits && (name.contains('*') || found == name)
    };
    files
        .map(|file| file.unwrap().path())
        .filter(is_it)
        .collect()
}

#[test]
fn a_link_that_leads_nowhere_is_told() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("docs")).unwrap();
    fs::write(
        place.path().join("README.md"),
        "[a](docs/a.md#b) [s](sdk/x) [w](https://w)",
    )
    .unwrap();
    fs::write(
        place.path().join("docs/a.md"),
        "[r](../README.md) [n](no.md) [o](../../out)",
    )
    .unwrap();
    let told = broken(place.path());
    assert!(
        told.len() == 2 && told[0].ends_with(": no.md") && told[1].ends_with(": ../../out"),
        "{told:?}"
    );
}
