//! `gatepost doctor`: what works, what does not, and what to do; never a secret.

use gatepost_tests::{Machine, free_port};
use rstest::rstest;
use serde_json::Value;

use super::api::{answer, serving};
use super::reach::with;
use super::{Kind, Server};

/// The state of a check, and what is said of it.
#[track_caller]
fn finding<'r>(report: &'r Value, check: &str) -> (&'r str, &'r str) {
    let findings = report["findings"].as_array().unwrap().iter();
    let found = findings.rev().find(|finding| finding["check"] == check);
    let found = found.unwrap_or_else(|| panic!("nothing of {check} in {report}"));
    (
        found["state"].as_str().unwrap(),
        found["message"].as_str().unwrap(),
    )
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn all_is_well(#[values(Kind::Gatepost, Kind::Django)] kind: Kind) {
    let server = Server::start(kind).await;
    let machine = Machine::with_keyring(&server.url);
    let report = machine.run(&["doctor", "--json"]).expect(0).json();
    assert_eq!(
        finding(&report, "session"),
        ("warning", "nobody is logged in")
    );
    machine.enter("ada", "keyring");
    let report = machine
        .run(&["doctor", "--refresh", "--json"])
        .expect(0)
        .json();
    let is_gatepost = kind == Kind::Gatepost;
    assert_eq!(
        report["kind"],
        if is_gatepost { "gatepost" } else { "django" }
    );
    assert_eq!(report["rotation"], true);
    assert_eq!(report["store"], "keyring");
    assert_eq!(
        report["features"].as_array().unwrap().is_empty(),
        !is_gatepost
    );
    assert!(report["clock_skew"].as_i64().unwrap().abs() < 30);
    for check in [
        "settings", "accounts", "store", "lock", "server", "proxy", "tls", "clock", "reach",
        "refresh", "session",
    ] {
        assert_eq!(finding(&report, check).0, "ok", "{report}");
    }
    let lines = machine.run(&["doctor"]).expect(0).out;
    assert!(
        lines.lines().all(|line| line.split('\t').count() == 4),
        "{lines}"
    );
    let seen = machine.on_terminal("gatepost doctor", &[]).expect(0).out;
    assert!(
        seen.contains("\nok       session    the server accepts the session of ada until 20"),
        "{seen}"
    );
}

#[test]
fn a_server_of_another_kind_is_not_taken_for_this_one() {
    for (status, body, kind) in [
        ("401 Unauthorized", "<h1>No</h1>", Value::Null),
        ("401 Unauthorized", "", Value::Null),
        ("403 Forbidden", "{\"error\":\"no\"}", Value::Null),
        (
            "401 Unauthorized",
            "{\"detail\":\"no\",\"code\":7}",
            Value::Null,
        ),
        ("401 Unauthorized", "{\"detail\":\"no\"}", "django".into()),
    ] {
        let (server, _) = serving(move |_| answer(status, body));
        let machine = Machine::new(&server);
        let ended = machine.run(&["doctor", "--json", "--store", "file"]);
        assert_eq!(ended.json()["kind"], kind, "{status} {body}");
    }
}

#[test]
fn only_this_machine_is_this_machine() {
    let machine = Machine::new("http://127.0.0.1:9");
    for (server, state) in [
        ("http://localhost.evil.invalid", "warning"),
        ("http://127.evil.invalid", "warning"),
        ("http://127.0.0.1:9", "ok"),
        ("http://[::1]:9", "ok"),
    ] {
        let doctor = ["doctor", "--json", "--allow-http", "--store", "file"];
        let ended = machine.run(&[&doctor[..], &["--server", server]].concat());
        assert_eq!(finding(&ended.json(), "tls").0, state, "{server}");
    }
}

/// What is wrong is a finding like any other, and the rest is looked at.
#[test]
fn wrong_settings_are_found_too() {
    let (server, _) = serving(|_| answer("401 Unauthorized", "{\"detail\":\"no\"}"));
    let machine = Machine::new(&server);
    let doctor = ["doctor", "--json"];
    let ended = with(&machine, &[("GATEPOST_TIMEOUT", "soon")], &doctor).expect(2);
    let report = ended.json();
    let first = &report["findings"][0];
    assert_eq!(first["check"], "settings");
    assert!(
        first["message"]
            .as_str()
            .unwrap()
            .contains("GATEPOST_TIMEOUT")
    );
    assert_eq!(finding(&report, "reach").0, "ok");
    let folder = machine.home().join(".config/gatepost");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "tiemout = 3").unwrap();
    let report = machine.run(&doctor).expect(2).json();
    let (state, message) = finding(&report, "settings");
    assert!(state == "error" && message.contains("tiemout"), "{message}");
    assert_eq!(finding(&report, "reach").0, "ok");
    machine.run(&["doctor", "--timeout", "soon"]).expect(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_broken_is_said_with_what_to_do() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let ended = machine
        .run(&["doctor", "--server", &nowhere, "--json"])
        .expect(6);
    let report = ended.json();
    let (state, message) = finding(&report, "reach");
    assert!(
        state == "error" && message.contains("nothing listens there"),
        "{message}"
    );
    assert!(ended.err.contains("\"kind\":\"doctor\""), "{}", ended.err);

    // a clock that is wrong, a proxy, and a token in place of a session
    let token = machine.run(&["token"]).expect(0).out;
    let report = with(
        &machine,
        &[("GATEPOST_TOKEN", token.trim())],
        &["doctor", "--json"],
    );
    let report = report.expect(0).json();
    assert_eq!(
        finding(&report, "session").1,
        "the server accepts the session"
    );
    let elsewhere = ["doctor", "--server", "https://api.example.org", "--json"];
    let proxy = format!("http://ada:hunter2@127.0.0.1:{}", free_port());
    let ended = with(&machine, &[("HTTPS_PROXY", &proxy)], &elsewhere).expect(6);
    let said = finding(&ended.json(), "proxy").1.to_owned();
    assert!(
        said.contains("go through http://127.0.0.1:") && said.ends_with("(HTTPS_PROXY)"),
        "{said}"
    );
    assert!(
        !ended.out.contains("hunter2") && !ended.err.contains("hunter2"),
        "{ended:?}"
    );

    // what others can read on the way
    let open = [
        "doctor",
        "--server",
        "http://api.example.org",
        "--allow-http",
        "--json",
    ];
    let ended = with(&machine, &[("HTTP_PROXY", &proxy)], &open).expect(6);
    assert_eq!(finding(&ended.json(), "tls").0, "warning");

    // the session has ended at the server
    server.run("UPDATE auth_user SET is_active = false").await;
    let ended = machine.run(&["doctor"]).expect(4);
    assert!(ended.out.contains("session\terror\t"), "{}", ended.out);
    // a store that can't be read
    let sessions = machine.home().join(".local/state/gatepost/sessions");
    std::fs::remove_dir_all(&sessions).unwrap();
    std::fs::write(&sessions, "").unwrap();
    let ended = machine.run(&["doctor"]).expect(5);
    assert!(ended.out.contains("store\terror\t"), "{}", ended.out);
    assert!(
        ended.err.starts_with("error: 2 things do not work"),
        "{}",
        ended.err
    );
}
