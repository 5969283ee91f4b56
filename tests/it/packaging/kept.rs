//! What the files of packaging/ and .github/ promise, as far as reading them tells.

use std::fs;
use std::process::Command;

use gatepost_tests::Program;

use super::links::matching;
use super::{done, root, text};

/// The highest exposure that the unit may have, by systemd's own measure.
const EXPOSURE: &str = "20";

#[test]
fn everything_that_a_package_is_made_of_is_there_or_made_by_the_script() {
    let made = text("scripts/package");
    for (folder, command) in [("server", "gatepost-server"), ("cli", "gatepost")] {
        let manifest: toml::Table = text(&format!("{folder}/Cargo.toml")).parse().unwrap();
        let deb = &manifest["package"]["metadata"]["deb"];
        for asset in deb["assets"].as_array().unwrap() {
            let source = asset[0].as_str().unwrap();
            let Some(name) = source.strip_prefix("target/release/") else {
                let is_there = !matching(&root().join(folder).join(source)).is_empty();
                assert!(is_there, "{folder}/Cargo.toml packs {source}");
                continue;
            };
            let first = name.split('/').next().unwrap();
            let is_made = name == command || made.contains(first);
            assert!(is_made, "scripts/package makes no {name}");
        }
        if let Some(script) = deb.get("maintainer-scripts") {
            let scripts = root().join(folder).join(script.as_str().unwrap());
            for name in ["postinst", "postrm"] {
                let script = fs::read_to_string(scripts.join(name)).unwrap();
                assert!(
                    script.contains("\n#DEBHELPER#\n"),
                    "{name} starts and stops nothing"
                );
                done(Command::new("sh").arg("-n").arg(scripts.join(name)));
            }
        }
    }
}

#[test]
fn the_settings_of_the_package_are_good_ones_with_and_without_what_is_proposed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = text("packaging/gatepost.toml");
    let data = format!("data_dir = \"{}\"", folder.path().join("data").display());
    let settings = settings.replace("data_dir = \"/var/lib/gatepost\"", &data);
    assert!(settings.contains(&data));
    // a proposal has no blank after its sign, a sentence has one
    let all: Vec<_> = settings
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(proposed) if !proposed.starts_with(' ') => proposed,
            _ => line,
        })
        .collect();
    let all = all.join("\n").replace("db.example.com", "127.0.0.1:9");
    assert!(all.matches("\n[").count() >= 3 && all.contains("\nurl = "));
    for (name, text) in [("plain.toml", settings), ("all.toml", all)] {
        fs::write(folder.path().join(name), text).unwrap();
        let output = Program::run(folder.path(), &["check", "--config", name]);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            said.starts_with("The settings are valid."),
            "{name}: {output:?}"
        );
    }
}

#[test]
fn the_unit_takes_away_what_the_server_does_not_need() {
    let unit = root().join("packaging/gatepost.service");
    let Ok(analyze) = Command::new("systemd-analyze")
        .args([
            "security",
            "--offline=yes",
            "--no-pager",
            "--threshold",
            EXPOSURE,
        ])
        .arg(&unit)
        .output()
    else {
        return; // a system without systemd
    };
    assert!(analyze.status.success(), "{analyze:?}");
    let unit = text("packaging/gatepost.service");
    let page = text("docs/deploying.md");
    let said = String::from_utf8_lossy(&analyze.stdout);
    let (_, level) = said
        .rsplit_once("Overall exposure level for gatepost.service: ")
        .unwrap();
    let level = level.split(' ').next().unwrap();
    assert!(
        page.contains(&format!("gives it {level},")),
        "it is {level}"
    );
    let (head, _) = unit.split_once("[Service]").unwrap();
    assert!(head.contains("\nStartLimitIntervalSec="), "{head}");
    // where the program looks for its files
    for line in [
        "StateDirectory=gatepost",
        "RuntimeDirectory=gatepost",
        "User=gatepost",
        // whatever lies in /usr/local/bin
        "ExecStart=/usr/bin/gatepost-server --config /etc/gatepost/gatepost.toml",
        // it outlasts a database that comes late
        "Restart=on-failure",
        "RestartSec=2s",
        "StartLimitIntervalSec=0",
    ] {
        assert!(unit.lines().any(|one| one == line), "{line}");
    }
    let user = text("packaging/gatepost.sysusers");
    assert!(user.contains("\nu gatepost - "), "{user}");
}

#[test]
fn what_runs_for_others_is_pinned() {
    let workflow = text(".github/workflows/release.yml");
    let mut pinned = 0;
    for line in workflow.lines().filter(|line| line.contains("uses: ")) {
        let (_, action) = line.split_once('@').unwrap();
        let (hash, version) = action.split_once(" # v").unwrap_or_default();
        let is_hash = hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_hash && !version.is_empty(), "{line}");
        pinned += 1;
    }
    assert!(pinned > 5, "only {pinned} actions");
    for script in ["scripts/package", ".ci/run", "packaging/Dockerfile"] {
        assert!(
            workflow.contains(script),
            "the release does not use {script}"
        );
        assert!(root().join(script).is_file(), "{script}");
    }
    let compose = text("packaging/compose.yaml");
    for said in [
        "read_only: true",
        "cap_drop:",
        "/run/secrets/secret_key",
        "- data:/var/lib/gatepost\n",
        "condition: service_healthy",
    ] {
        assert!(compose.contains(said), "{said}");
    }
}

/// By the parsers of others, where they are: `scripts/test --full`.
#[test]
fn the_files_for_others_are_what_they_read() {
    if !gatepost_tests::is_full() {
        return;
    }
    let python = root().join("target/openapi-venv/bin/python");
    for path in [
        ".github/workflows/release.yml",
        ".github/ISSUE_TEMPLATE/config.yml",
        ".github/ISSUE_TEMPLATE/fault.yml",
        ".github/ISSUE_TEMPLATE/wish.yml",
        "packaging/compose.yaml",
    ] {
        let script = "import sys, yaml; assert isinstance(yaml.safe_load(open(sys.argv[1])), dict)";
        done(
            Command::new(&python)
                .args(["-c", script])
                .arg(root().join(path)),
        );
    }
}
