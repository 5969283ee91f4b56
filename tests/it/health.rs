//! `gatepost-server health`: by which ways the binary reaches its own server, and what it says where it is not well.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Output;
use std::thread;
use std::time::{Duration, Instant};

use gatepost_tests::{Program, free_port};

use crate::process::refusal;
use crate::tls::Pair;

fn asked(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Program::command(folder, &["health"]);
    Program::ended(command.args(arguments).envs(variables.iter().copied()))
}

#[track_caller]
fn said(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(errors.is_empty(), "{errors}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn it_asks_the_server_of_the_same_settings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for (host, name) in [
        ("127.0.0.1", "one"),
        ("0.0.0.0", "all"),
        ("[::]", "all of both"),
    ] {
        let bind = format!("{host}:{}", free_port());
        let settings = [("GATEPOST_BIND", &*bind)];
        let why = refusal(&asked(path, &settings, &[]));
        assert!(
            why.starts_with(&format!("nobody answers at {bind}: ")) && why.contains("--bind"),
            "{name}: {why}"
        );
        let program = Program::serve_at(&bind, &mut Program::command(path, &[]));
        let ready = format!("The server at {bind} is ready.\n");
        assert_eq!(said(&asked(path, &settings, &[])), ready, "{name}");
        // a proxy of the environment is not asked
        let proxied = [settings[0], ("http_proxy", "http://127.0.0.1:1")];
        assert_eq!(said(&asked(path, &proxied, &[])), ready);
        assert_eq!(program.terminate(), Some(0));
    }
}

#[test]
fn it_speaks_tls_with_a_certificate_of_any_name() {
    let pair = Pair::new();
    let bind = format!("127.0.0.1:{}", free_port());
    let (cert, key) = (pair.path("cert.pem"), pair.path("key.pem"));
    let settings = [
        ("GATEPOST_SERVER__TLS_CERT", &*cert),
        ("GATEPOST_SERVER__TLS_KEY", &*key),
        ("GATEPOST_BIND", &*bind),
    ];
    let folder = pair.folder.path();
    let mut command = Program::command(folder, &[]);
    let program = Program::serve_at(&bind, command.envs(settings));
    assert!(program.base.starts_with("https://"));
    assert!(said(&asked(folder, &settings, &[])).ends_with("is ready.\n"));
}

#[test]
fn it_goes_by_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let bind = format!("unix:{}", folder.path().join("socket").display());
    let why = refusal(&asked(folder.path(), &[], &["--bind", &bind]));
    assert!(why.starts_with("nobody answers at unix:"), "{why}");
    let program = Program::serve_at(&bind, &mut Program::command(folder.path(), &[]));
    let ready = said(&asked(folder.path(), &[], &["--bind", &bind]));
    assert_eq!(ready, format!("The server at {bind} is ready.\n"));
    drop(program);
}

#[test]
fn a_server_whose_database_is_gone_lives_and_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let bind = format!("127.0.0.1:{}", free_port());
    let program = Program::serve_at(&bind, &mut Program::command(folder.path(), &[]));
    let database = folder.path().join("gatepost-data/gatepost.sqlite3");
    fs::rename(&database, folder.path().join("elsewhere")).unwrap();
    let why = refusal(&asked(folder.path(), &[], &["--bind", &bind]));
    assert_eq!(
        why,
        format!(
            "the server at {bind} is not ready: the database does not answer (503 Service Unavailable)"
        )
    );
    let live = said(&asked(folder.path(), &[], &["--live", "--bind", &bind]));
    assert_eq!(live, format!("The server at {bind} is live.\n"));
    drop(program);
}

#[test]
fn it_waits_no_longer_than_it_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let bind = listener.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let arguments = ["--wait", "300ms", "--bind", &bind];
    let why = refusal(&asked(folder.path(), &[], &arguments));
    assert_eq!(
        why,
        format!("the server at {bind} has not answered within 300ms")
    );
    assert!(begun.elapsed() < Duration::from_secs(5));
}

/// Another program's answer is not taken for the server's.
#[test]
fn an_answer_of_another_program_is_no_health() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let elsewhere = format!("127.0.0.1:{}", free_port());
    let server = Program::serve_at(&elsewhere, &mut Program::command(folder, &[]));
    let redirect = format!(
        "HTTP/1.1 302 Found\r\nLocation: http://{elsewhere}/-/ready\r\nContent-Length: 0\r\n\r\n"
    );
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(1 << 20));
    for (answer, says) in [
        (
            &*redirect,
            "does not say that it is ready: \"\" (302 Found); see whether another program",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "does not say that it is ready: \"ok\" (200 OK)",
        ),
        (
            "HTTP/1.1 204 No Content\r\n\r\n",
            "does not say that it is ready: \"\" (204 No Content)",
        ),
        // it ends too early
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nready\n",
            " broke off: ",
        ),
        (&endless, "does not say that it is ready: \"xxx"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let bind = listener.local_addr().unwrap().to_string();
        let answer = answer.to_owned();
        let answered = thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let _ = client.read(&mut [0; 1024]);
            // it may have read enough before the end
            let _ = client.write_all(answer.as_bytes());
        });
        let why = refusal(&asked(folder, &[], &["--bind", &bind]));
        assert!(why.contains(says), "{why}");
        answered.join().unwrap();
    }
    drop(server);
}

#[test]
fn an_address_that_only_the_service_manager_knows_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let why = refusal(&asked(folder.path(), &[("GATEPOST_BIND", "systemd:")], &[]));
    assert_eq!(
        why,
        "server.bind is systemd:, which does not say where the server listens; name the address of its .socket unit with --bind"
    );
}
