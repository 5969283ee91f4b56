//! The scripts that the server's package runs when it comes and goes, on folders of the test.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use super::{done, text};

/// What would change the machine is said instead. `rmdir` fails as it does for a mount.
const PLAYED: &str = r#"
chown() { echo "<chown $*>"; }
chgrp() { echo "<chgrp $*>"; }
chmod() { echo "<chmod $*>"; }
rmdir() { echo "rmdir: Device or resource busy" >&2; return 1; }
stat() { echo root; }
getent() { return 2; }
systemd-sysusers() { :; }
"#;

/// Runs a script in this folder; gives what it said.
fn run(name: &str, arguments: &[&str], here: &Path) -> String {
    let mut script = PLAYED.to_owned() + &text(&format!("packaging/server/{name}"));
    for folder in ["/var/lib/", "/etc/", "/usr/local/"] {
        script = script.replace(folder, &format!("{}{folder}", here.display()));
    }
    let mut bash = Command::new("bash");
    bash.args(["-c", &format!("exec 2>&1\n{script}"), name]);
    done(bash.args(arguments)).replace(here.to_str().unwrap(), "")
}

#[test]
fn a_purge_hands_what_is_left_to_root_through_links_and_mounts() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for made in ["srv/data", "var/lib", "etc/gatepost/tls"] {
        fs::create_dir_all(here.join(made)).unwrap();
    }
    symlink(here.join("srv/data"), here.join("var/lib/gatepost")).unwrap();
    let said = run("postrm", &["purge"], here);
    for folder in ["/srv/data", "/etc/gatepost"] {
        let expected = format!("<chown --recursive --no-dereference root:root {folder}>\n");
        assert!(said.contains(&expected), "{said}");
    }
    assert!(!said.contains("busy"), "{said}");

    // and whoever comes back gets them
    let said = run("postinst", &["configure", "1"], here);
    let expected = "<chown --recursive --no-dereference gatepost:gatepost /srv/data>\n";
    assert_eq!(said, expected);
}

#[test]
fn a_purge_of_nothing_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run("postrm", &["purge"], folder.path()), "");
}

#[test]
fn what_would_go_before_the_package_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for made in ["var/lib/gatepost", "usr/local/bin", "etc/systemd/system"] {
        fs::create_dir_all(here.join(made)).unwrap();
    }
    for file in [
        "/usr/local/bin/gatepost-server",
        "/etc/systemd/system/gatepost.service",
    ] {
        assert!(!run("postinst", &["configure", "1"], here).contains(file));
        fs::write(here.join(&file[1..]), "").unwrap();
        let said = run("postinst", &["configure", "1"], here);
        assert!(
            said.contains(&format!("gatepost-server: {file} ")),
            "{said}"
        );
    }
}
