//! A Unix socket to listen on: its file, its rights, and whom its clients are taken for.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use gatepost_tests::Program;

use crate::process::refusal;

struct Place {
    folder: tempfile::TempDir,
    socket: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        Self { folder, socket }
    }

    fn bind(&self) -> String {
        format!("unix:{}", self.socket.display())
    }

    fn serve(&self, variables: &[(&str, &str)]) -> Program {
        let mut command = Program::command(self.folder.path(), &[]);
        command
            .env("GATEPOST_PASSWORDS__ITERATIONS", "1")
            .envs(variables.iter().copied());
        let program = Program::serve_at(&self.bind(), &mut command);
        assert_eq!(program.base, self.bind());
        program
    }

    fn refused(&self) -> String {
        refusal(&Program::run(self.folder.path(), &["--bind", &self.bind()]))
    }
}

/// The answer to a request.
fn ask(socket: &Path, request: &str) -> String {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

const LIVE: &str = "GET /-/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

#[test]
fn it_is_made_for_owner_and_group_and_goes_with_the_server() {
    let place = Place::new();
    let program = place.serve(&[]);
    assert!(ask(&place.socket, LIVE).ends_with("live\n"));
    let found = fs::symlink_metadata(&place.socket).unwrap();
    assert!(found.file_type().is_socket());
    assert_eq!(found.permissions().mode() & 0o777, 0o660);
    // without a host it is this machine, as with every answer to HTTP/1.0
    assert!(ask(&place.socket, "GET /api/posts/ HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 401 "));
    let no_host = "GET /api/posts/ HTTP/1.1\r\nConnection: close\r\n\r\n";
    assert!(ask(&place.socket, no_host).starts_with("HTTP/1.1 400 "));
    assert_eq!(program.terminate(), Some(0));
    assert!(!place.socket.exists());
    let left = fs::read_dir(place.folder.path()).unwrap();
    let left: Vec<_> = left.flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["gatepost-data"]);
}

#[test]
fn the_settings_say_who_may_connect() {
    let place = Place::new();
    let _program = place.serve(&[("GATEPOST_SERVER__SOCKET_MODE", "0600")]);
    let mode = fs::metadata(&place.socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for wrong in ["660x", "0o660", "9", "07777", "-1", ""] {
        let mut command = Program::command(place.folder.path(), &["check"]);
        command.env("GATEPOST_SERVER__SOCKET_MODE", wrong);
        let said = refusal(&Program::ended(&mut command));
        assert!(said.contains("as chmod has them"), "{wrong}: {said}");
    }
}

#[test]
fn a_dead_server_s_socket_is_taken_over_and_a_live_one_s_is_not() {
    let place = Place::new();
    place.serve(&[]).kill();
    assert!(place.socket.exists(), "it was killed");
    let program = place.serve(&[]);
    let bind = place.bind();
    assert_eq!(
        place.refused(),
        format!(
            "can't listen on {bind}: another program listens there; stop it or choose another path with --bind"
        )
    );
    // which leaves it to the first
    assert!(ask(&place.socket, LIVE).ends_with("live\n"));
    // one that took its place keeps it when the first ends
    fs::remove_file(&place.socket).unwrap();
    let _other = UnixListener::bind(&place.socket).unwrap();
    assert_eq!(program.terminate(), Some(0));
    assert!(place.socket.exists());
}

#[test]
fn what_is_no_socket_is_left_alone() {
    let place = Place::new();
    fs::write(&place.socket, "a text").unwrap();
    assert!(
        place
            .refused()
            .contains("there is something else at this path")
    );
    assert_eq!(fs::read_to_string(&place.socket).unwrap(), "a text");
    let run = |bind: &str| refusal(&Program::run(place.folder.path(), &["--bind", bind]));
    assert!(run("unix:nowhere/socket").contains("its folder does not exist"));
    assert!(run(&format!("unix:{}", "x".repeat(200))).contains("too long for a socket"));
    assert!(run("unix:").contains("unix:/run/gatepost/socket"));
}

#[test]
fn whoever_connects_is_a_trusted_proxy_only_where_the_settings_say_so() {
    let login = r#"{"username":"ann","password":"wrong"}"#;
    let request = format!(
        "POST /api/token/ HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 198.51.100.7\r\nX-Request-Id: edge-42\r\nX-Forwarded-Proto: https\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{login}",
        login.len()
    );
    for (trusted, is_trusted) in [("unix", true), ("127.0.0.1,0.0.0.0/0,::/0", false)] {
        let place = Place::new();
        let program = place.serve(&[
            ("GATEPOST_SERVER__TRUSTED_PROXIES", trusted),
            ("GATEPOST_SERVER__HSTS", "1d"),
        ]);
        let answer = ask(&place.socket, &request);
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
        assert_eq!(
            answer.contains("x-request-id: edge-42"),
            is_trusted,
            "{answer}"
        );
        assert_eq!(
            answer.contains("strict-transport-security: max-age=86400\r"),
            is_trusted,
            "{answer}"
        );
        let log = program.log();
        assert!(log.contains("a login failed"), "{log}");
        assert_eq!(
            log.contains("client.address=198.51.100.7"),
            is_trusted,
            "{log}"
        );
    }
}
