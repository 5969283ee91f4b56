//! Rules about the tree itself: one cryptography, one of a kind, licences, and few statements that need two texts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The packages that a crate is built with, a line each: name and version.
fn packages(of: &[&str]) -> String {
    let output = Command::new(option_env!("CARGO").unwrap_or("cargo"))
        .args(["tree", "--offline", "--prefix=none"])
        .args(of)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo tree {of:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn django_s_rules_know_no_server_and_no_database() {
    let tree = packages(&["--package=gatepost-django", "--edges=normal"]);
    let names: Vec<_> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(names.contains(&"indexmap"), "{tree}");
    for unwanted in ["axum", "http", "tokio", "sqlx", "chrono"] {
        assert!(
            !names.contains(&unwanted),
            "gatepost-django needs {unwanted}"
        );
    }
}

#[test]
fn there_is_one_cryptography_and_one_of_a_kind() {
    let tree = packages(&["--workspace", "--all-features", "--edges=normal,build"]);
    let packages: BTreeSet<(&str, &str)> = tree
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, rest)| (name, rest.split(' ').next().unwrap_or_default()))
        .collect();
    let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, _) in packages {
        *versions.entry(name).or_default() += 1;
    }
    for unwanted in ["openssl", "openssl-sys", "ring", "rsa", "native-tls"] {
        assert!(
            !versions.contains_key(unwanted),
            "{unwanted} is in the tree"
        );
    }
    for single in ["sqlx", "libsqlite3-sys", "tokio", "hyper", "aws-lc-rs"] {
        assert_eq!(versions.get(single), Some(&1), "{single}");
    }
    for at_most in ["rustls", "crossterm"] {
        assert!(
            versions.get(at_most).is_none_or(|count| *count == 1),
            "{at_most}"
        );
    }
}

/// What the licence of a crate that anything is built with may ask for: to be named, and no more. What only tests are
/// built with is handed out to nobody.
const LICENCES: [&str; 8] = [
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CDLA-Permissive-2.0", // the authorities of webpki-roots are data
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// Whether of each part one choice is among them.
fn is_allowed(licence: &str) -> bool {
    // an older form: MIT/Apache-2.0
    let licence = licence.replace('/', " OR ");
    let mut parts = licence.split(" AND ");
    parts.all(|part| {
        let part = part.trim_matches(['(', ')']);
        let mut choices = part.split(" OR ").map(str::trim);
        choices.any(|choice| LICENCES.contains(&choice))
    })
}

#[test]
fn every_crate_has_a_licence_that_asks_for_no_more_than_its_name() {
    for wanted in ["MIT/Apache-2.0", "(MIT OR GPL-3.0) AND Unicode-3.0"] {
        assert!(is_allowed(wanted), "{wanted}");
    }
    for unwanted in ["", "GPL-3.0", "MIT AND MPL-2.0", "AGPL-3.0 OR MPL-2.0"] {
        assert!(!is_allowed(unwanted), "{unwanted}");
    }
    let tree = packages(&[
        "--workspace",
        "--all-features",
        "--edges=normal,build",
        "--format={p}\t{l}",
    ]);
    let mut crates = BTreeSet::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let (name, licence) = line.split_once('\t').unwrap();
        // the second time it is marked as one that was shown
        let licence = licence.trim_end_matches(" (*)");
        assert!(is_allowed(licence), "{name}: {licence:?}");
        crates.insert(name);
    }
    assert!(crates.len() > 300, "only {} crates", crates.len());
}

/// Which crates the programs have twice, and which of them waits for the newer one. Whether a version was withdrawn, or
/// has a known weakness, no tree tells: that is asked of crates.io and RustSec, by `cargo deny check advisories`.
const TWICE: [(&str, &str); 9] = [
    ("base64", "sqlx"),
    ("block-buffer", "sha2 of sqlx"),
    ("cpufeatures", "sha2 of sqlx"),
    ("crypto-common", "sha2 of sqlx"),
    ("digest", "sha2 of sqlx"),
    ("foldhash", "jaq-json"),
    ("hashbrown", "sqlx"),
    ("sha2", "sqlx"),
    ("syn", "macros that nothing of is in the programs"),
];

#[test]
fn no_crate_is_twice_in_the_programs_but_where_it_is_said_why() {
    let tree = packages(&[
        "--package=gatepost-server",
        "--package=gatepost-cli",
        "--edges=normal,build",
    ]);
    let crates: BTreeSet<(&str, &str)> = tree
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, rest)| (name, rest.split(' ').next().unwrap_or_default()))
        .collect();
    let mut twice = BTreeSet::new();
    for (one, other) in crates.iter().zip(crates.iter().skip(1)) {
        if one.0 == other.0 {
            twice.insert(one.0);
        }
    }
    let known: BTreeSet<_> = TWICE.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        twice, known,
        "one that is there once need not be named any more"
    );
}

/// Each Rust file of a folder and what stands in it.
fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((
                path.strip_prefix(root()).unwrap().display().to_string(),
                fs::read_to_string(&path).unwrap(),
            ));
        }
    }
}

#[test]
fn sql_stands_where_it_belongs_and_rarely_twice() {
    let mut files = Vec::new();
    sources(&root().join("server/src"), &mut files);
    let two_texts: usize = files
        .iter()
        .map(|(_, text)| {
            text.matches("sqlite: \"").count() + text.matches("sqlite: concat!").count()
        })
        .sum();
    assert_eq!(
        two_texts, 12,
        "statements that differ between the databases: each is a place to forget one of them"
    );
    for (path, text) in &files {
        let may = path.ends_with("rows.rs")
            || path.contains("/db/")
            || path.ends_with("startup/keys.rs")
            || path.ends_with("health.rs");
        assert!(may || !text.contains("sql!("), "{path} has SQL");
        assert!(
            text.starts_with("//! "),
            "{path} does not say its purpose in its first line"
        );
    }
}

/// What borrows SQLite's handle, and says why that is sound; all others are `deny`. And the disk of tests, which no
/// program is built with.
#[test]
fn what_is_unsafe_stands_in_one_file() {
    let mut files = Vec::new();
    for folder in ["server", "sdk", "cli", "terminal", "tui", "tests"] {
        sources(&root().join(folder), &mut files);
    }
    files.retain(|(path, _)| path != "tests/faulty_disk/src/lib.rs");
    let programs = packages(&[
        "--workspace",
        "--edges=normal,build",
        "--invert=gatepost-faulty-disk",
    ]);
    assert_eq!(programs.lines().count(), 1, "{programs}");
    // in two pieces, so that this file has none of them
    let with = |first: &str, rest: &str| -> Vec<(&str, usize)> {
        let word = format!("unsafe{first}{rest}");
        let counts = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.matches(&word).count()));
        counts.filter(|(_, count)| *count > 0).collect()
    };
    let handle = "server/src/db/sqlite/handle.rs";
    assert_eq!(with(" ", "{"), [(handle, 1)]);
    assert_eq!(with("_", "code"), [(handle, 1)]);
    for word in ["fn", "impl", "trait", "extern"] {
        assert_eq!(with(" ", word), []);
    }
}

#[test]
fn the_tests_that_docs_name_exist() {
    let docs = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let mut named = 0;
    // `file::test` or `folder::file::test`
    for name in docs.split('`').skip(1).step_by(2) {
        let Some((path, test)) = name.rsplit_once("::") else {
            continue;
        };
        let place = root().join("tests/it").join(path.replace("::", "/"));
        let source = fs::read_to_string(place.with_extension("rs"))
            .or_else(|_| fs::read_to_string(place.join("mod.rs")));
        let is_there = source.is_ok_and(|source| source.contains(&format!("fn {test}(")));
        assert!(is_there || test == "test", "docs/security.md names {name}");
        named += 1;
    }
    assert!(named > 20, "only {named} tests are named");
}
