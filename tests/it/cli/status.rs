//! `gatepost status` in words, `token --header` and `--min-ttl`, and `logout --all`.

use gatepost_tests::Machine;
use insta::assert_snapshot;

use super::{Kind, Server, masked};

/// The text with dates replaced, and the lengths of time that a second changes.
fn dated(text: &str) -> String {
    let line = |line: &str| match line.split_once(" (") {
        Some((label, ago)) if line.contains(" 20") => {
            let label = &label[..label.rfind("  ").unwrap_or(0) + 2];
            let is_now = ago.contains("second") || ago.contains("just now");
            let ago = if is_now { "now)" } else { ago };
            let ago = ago.replace("in 49 days", "in 50 days");
            format!("{label}DATE ({ago}\n")
        }
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_reads_who_is_logged_in_and_why() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    let seen = |line: &str, code| {
        let seen = machine.on_terminal(line, &[]).expect(code).out;
        dated(&masked(&seen, &server))
    };
    assert_snapshot!(seen("unset GATEPOST_SERVER; gatepost status", 0), @r#"
    Signed in as   ada
    At             SERVER
    Since          DATE (now)
    Session until  DATE (in 50 days)
    Kept in        a file that only you can read
    Chosen by      your last login or `gatepost switch`
    Verified       the server accepts it
    "#);
    let status = seen("gatepost status --offline --account ada", 0);
    assert!(
        status.contains("Chosen by      --account\n")
            && status.contains("Verified       the server was not asked\n"),
        "{status}"
    );
    let status = seen("GATEPOST_ACCOUNT=ada gatepost status", 0);
    assert!(
        status.contains("Chosen by      GATEPOST_ACCOUNT\n"),
        "{status}"
    );
    let status = seen("gatepost status", 0);
    assert!(
        status.contains("Chosen by      GATEPOST_SERVER, and your last login there\n"),
        "{status}"
    );
    let token = seen("GATEPOST_TOKEN=$(gatepost token) gatepost status", 0);
    assert!(
        token.starts_with("Signed in with  the access token in GATEPOST_TOKEN\n")
            && token.contains("Token until     DATE (in "),
        "{token}"
    );
    // the beginning of a session outlives its refreshes
    let since = |machine: &Machine| {
        machine
            .run(&["status", "--offline", "--jq", ".since"])
            .expect(0)
            .out
    };
    let begun = since(&machine);
    assert!(begun.starts_with("20"), "{begun}");
    machine.run(&["token", "--refresh"]).expect(0);
    assert_eq!(since(&machine), begun);

    server.run("UPDATE auth_user SET is_active = 0").await;
    let refused = seen("gatepost status", 4);
    assert!(
        refused.contains("Verified       the server refuses it\n"),
        "{refused}"
    );
    machine.run(&["token", "--refresh"]).expect(4);
    let ended = seen("gatepost status", 4);
    assert!(
        ended.starts_with("Account    ada\n") && ended.contains("error: the session has ended: "),
        "{ended}"
    );
    machine.run(&["logout"]).expect(0);
    assert_snapshot!(seen("gatepost status", 4), @r"
    error: not signed in to SERVER
    hint: run `gatepost login`
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_comes_as_a_header_and_lives_as_long_as_is_wanted() {
    let server = Server::with_access_life(Kind::Gatepost, 90).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    let token = |arguments: &[&str]| {
        let arguments = [&["token"], arguments].concat();
        machine.run(&arguments).expect(0).out
    };
    let first = token(&[]);
    assert_eq!(
        token(&["--header"]),
        format!("Authorization: Bearer {first}")
    );
    let header = token(&["--json=header", "--jq", ".header"]);
    assert_eq!(header, format!("Authorization: Bearer {first}"));
    for ttl in ["0", "60", "60s", "1m", " 1 min "] {
        assert_eq!(token(&["--min-ttl", ttl]), first, "{ttl}");
    }
    for wrong in ["", "-1", "soon", "2d"] {
        machine.run(&["token", "--min-ttl", wrong]).expect(2);
    }
    machine.run(&["token", "--header", "--verify"]).expect(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_accounts_are_logged_out_of_at_once() {
    let (one, other) = (
        Server::start(Kind::Gatepost).await,
        Server::start(Kind::Gatepost).await,
    );
    let machine = Machine::new("");
    let enter = |server: &Server, user: &str| {
        let at = Machine::new(&server.url);
        at.register(user);
        let login = [
            "login",
            &server.url,
            "--username",
            user,
            "--password-stdin",
            "--store",
            "file",
        ];
        machine.run_with(Machine::PASSWORD, &login).expect(0);
    };
    enter(&one, "ada");
    enter(&other, "bo");
    enter(&other, "cy");
    // of one server alone
    let ended = machine
        .run(&["logout", "--all", "--server", &one.url])
        .expect(0);
    assert_eq!(ended.out, format!("{}\tada\ttrue\n", one.url));
    assert_eq!(ended.err, format!("Logged out of {} as ada\n", one.url));
    machine
        .run(&["logout", "--all", "--account", "bo"])
        .expect(2);
    enter(&one, "di");
    let ended = machine.run(&["logout", "--all", "--json"]).expect(0).json();
    let users = ended.as_array().unwrap().iter();
    let users: Vec<_> = users
        .map(|ended| (ended["user"].as_str().unwrap(), &ended["revoked"]))
        .collect();
    let yes = serde_json::Value::Bool(true);
    assert_eq!(users, [("bo", &yes), ("cy", &yes), ("di", &yes)]);
    assert!(!machine.accounts().contains("[[account]]"));
    for server in [&one, &other] {
        let alive = "SELECT CAST(COUNT(*) AS text) FROM token_blacklist_outstandingtoken o WHERE NOT EXISTS (SELECT 1 FROM token_blacklist_blacklistedtoken b WHERE b.token_id = o.id)";
        assert_eq!(server.count(alive).await, 0);
    }
    let nobody = machine.run(&["logout", "--all"]).expect(0);
    assert_eq!(
        (nobody.out.as_str(), nobody.err.as_str()),
        ("", "Nobody is logged in here\n")
    );
    assert_eq!(
        machine.run(&["logout", "--all", "--json"]).expect(0).out,
        "[]\n"
    );
}

/// What is in the way of one account is in the way of no other.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_can_not_be_ended_does_not_keep_the_others() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::with_keyring(&server.url);
    machine.enter("ada", "keyring");
    machine.enter("bo", "file");
    machine.keyring().lock();
    let ended = machine.run(&["logout", "--all"]).expect(5);
    assert!(
        ended.err.contains("warning: ada at") && ended.err.contains("Logged out of"),
        "{}",
        ended.err
    );
    let accounts = machine.accounts();
    assert!(
        accounts.contains("ada") && !accounts.contains("bo"),
        "{accounts}"
    );
}
