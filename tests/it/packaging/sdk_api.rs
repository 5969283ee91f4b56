//! The sdk's public API is the one of docs/sdk-api.txt: whoever changes it sees that he does.

use std::process::Command;

use super::{done, root, text};

#[test]
fn the_sdk_s_api_is_the_one_that_is_written_down() {
    if !gatepost_tests::is_full() {
        return;
    }
    let now = done(&mut Command::new(root().join("scripts/sdk-api")));
    let written = text("docs/sdk-api.txt");
    assert!(now.lines().count() > 300, "{now}");
    let changed: Vec<_> = [("+", &now, &written), ("-", &written, &now)]
        .into_iter()
        .flat_map(|(sign, from, to)| {
            let lines = from
                .lines()
                .filter(move |line| !to.lines().any(|other| other == *line));
            lines.map(move |line| format!("{sign} {line}"))
        })
        .collect();
    assert!(
        changed.is_empty(),
        "docs/versioning.md says what a version may change, and how docs/sdk-api.txt is written anew:\n{}",
        changed.join("\n")
    );
}
