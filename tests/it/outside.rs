//! What is in the way of the server's commands outside of them: a full disk, a limit, a link to nothing, a file without an end.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use gatepost_tests::{Program, server_binary};

use crate::process::refusal;

/// A shell's line in a folder, with the server as `$0`.
fn shell(folder: &Path, line: &str) -> Output {
    let mut command = Command::new("bash");
    command.args(["-c", line]).arg(server_binary());
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    Program::ended(&mut command)
}

/// What a command prints may be all that it does: a script must not go on with half of it.
#[test]
fn what_can_not_be_printed_is_a_failure_but_for_a_reader_who_has_gone() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["completions bash", "settings", "man", "check", "migrate"] {
        let why = refusal(&shell(
            folder.path(),
            &format!("\"$0\" {command} >/dev/full"),
        ));
        assert_eq!(
            why,
            "what this command prints could not be written: No space left on device (os error 28); run it again where its output can be written",
            "{command}"
        );
        let line = format!("\"$0\" {command} | true; exit ${{PIPESTATUS[0]}}");
        let gone = shell(folder.path(), &line);
        assert_eq!(gone.status.code(), Some(0), "{command}");
        assert!(gone.stderr.is_empty(), "{command}");
    }
}

/// A link that leads nowhere was to lead to settings.
#[test]
fn a_default_file_that_is_a_link_to_nothing_is_not_none() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("nowhere.toml", folder.path().join("gatepost.toml")).unwrap();
    for arguments in [&["check"][..], &["migrate"], &["--bind", "127.0.0.1:0"]] {
        assert_eq!(
            refusal(&Program::run(folder.path(), arguments)),
            "the settings file gatepost.toml is a symbolic link to nowhere.toml, which is not there; put that file there, or remove the link"
        );
    }
    assert!(!folder.path().join("gatepost-data").exists());
}

/// What has no end, or nobody who writes into it, is not waited for.
#[test]
fn files_without_an_end_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let told = |line: &str| refusal(&shell(folder.path(), &format!("ulimit -v 4000000; {line}")));
    for (line, why) in [
        (
            "\"$0\" check --config /dev/zero",
            "the settings file /dev/zero can't be read: it is longer than 1 MiB; name another with --config",
        ),
        (
            "mkfifo gatepost.toml; \"$0\" check",
            "the settings file gatepost.toml can't be read: it is a named pipe; name another with --config",
        ),
        (
            "GATEPOST_SERVER__SECRET_KEY_FILE=/dev/zero \"$0\" check --config <(true)",
            "the secret key file /dev/zero can't be read: it is longer than 1 MiB; check server.secret_key_file",
        ),
        (
            "GATEPOST_SECRET_KEY_FILE=/dev/zero \"$0\" check --config <(true)",
            "the file /dev/zero that GATEPOST_SECRET_KEY_FILE names can't be read: it is longer than 1 MiB; check its path and its permissions",
        ),
        (
            "rm gatepost.toml; \"$0\" migrate >/dev/null; DJANGO_SUPERUSER_PASSWORD=Correct-Horse-9 \"$0\" createsuperuser --noinput --username ann --email a@example.com >/dev/null; \"$0\" changepassword --password-stdin ann </dev/zero",
            "the answer is longer than 64 KiB; give one line",
        ),
    ] {
        assert_eq!(told(line), why, "{line}");
    }
    let said = shell(
        folder.path(),
        "\"$0\" settings --config <(echo '[server]'; echo 'log = \"warn\"')",
    );
    assert!(
        String::from_utf8_lossy(&said.stdout).contains("/dev/fd/"),
        "{said:?}"
    );
}

/// What is wrong with a limit is not told as a lack of rights, and nothing is left of what could not be written.
#[test]
fn a_limit_is_told_as_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let why = refusal(&shell(folder.path(), "ulimit -n 12; \"$0\" migrate"));
    assert!(
        why.ends_with(
            "; this process may open no more files: raise its limit (ulimit -n, LimitNOFILE)"
        ),
        "{why}"
    );
    let folder = tempfile::tempdir().unwrap();
    let key = "GATEPOST_SECRET_KEY=0123456789abcdef0123456789abcdef";
    let line = format!("ulimit -f 0; {key} \"$0\" keys new");
    for _ in 0..2 {
        assert_eq!(
            refusal(&shell(folder.path(), &line)),
            "the keys can't be kept in gatepost-data/keys.toml: File too large (os error 27); raise the limit of a file's size (ulimit -f, LimitFSIZE)"
        );
        let data = folder.path().join("gatepost-data");
        assert_eq!(fs::read_dir(data).unwrap().count(), 0);
    }
}
