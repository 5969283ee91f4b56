//! Every command and option of the reference in docs/cli.md is used by a test.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The rows of a table of the reference, and the command that it is of; none where it is of all.
fn options(page: &str) -> Vec<(Vec<String>, Option<&str>)> {
    let (_, reference) = page.split_once("\n## Reference\n").unwrap();
    let mut command = None;
    let mut found = Vec::new();
    for line in reference.lines() {
        if let Some(title) = line.strip_prefix("### ") {
            command = title.strip_prefix("gatepost ");
        }
        let Some((option, _)) = line
            .strip_prefix("| `")
            .and_then(|rest| rest.split_once('`'))
        else {
            continue;
        };
        let names = option
            .split([' ', ','])
            .filter(|word| word.starts_with('-'));
        let names: Vec<String> = names.map(str::to_owned).collect();
        if !names.is_empty() {
            found.push((names, command));
        }
    }
    found
}

#[test]
fn every_command_and_option_is_used_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = fs::read_to_string(root.join("docs/cli.md")).unwrap();
    let mut text = String::new();
    let mut files = fs::read_dir(root.join("tests/it/cli")).unwrap();
    while let Some(Ok(file)) = files.next() {
        if file.file_name() != "named.rs" {
            text += &fs::read_to_string(file.path()).unwrap();
        }
    }
    let is_end = |char: char| !char.is_ascii_alphanumeric() && char != '-';
    let words: BTreeSet<&str> = text.split(is_end).collect();
    let options = options(&page);
    assert!(options.len() > 60, "{}", options.len());
    for (names, command) in options {
        // one that is repeated is another word
        let often = |name: &str| {
            name.len() == 2 && words.contains(format!("{name}{0}{0}", &name[1..]).as_str())
        };
        let is_used = names
            .iter()
            .any(|name| words.contains(name.as_str()) || often(name));
        assert!(
            is_used,
            "{names:?} of gatepost {}",
            command.unwrap_or("all")
        );
    }
    let commands = page
        .lines()
        .filter_map(|line| line.strip_prefix("### gatepost "));
    for command in commands {
        let listed = command.split(' ').map(|word| format!("{word:?}"));
        let listed = listed.collect::<Vec<_>>().join(", ");
        let line = format!("{command} ");
        assert!(
            text.contains(&listed) || text.contains(&line),
            "gatepost {command}"
        );
    }
}
