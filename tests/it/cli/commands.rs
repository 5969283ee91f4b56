//! Every command, from registering to logging out.

use gatepost_tests::Machine;
use insta::{allow_duplicates, assert_snapshot};
use rstest::rstest;

use super::{Kind, Server, Transcript};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_command(#[values(Kind::Gatepost, Kind::Cookie, Kind::Django)] kind: Kind) {
    let server = Server::start(kind).await;
    let machine = Machine::with_keyring(&server.url);
    let mut script = Transcript::new(&machine, &server);
    std::fs::write(machine.home().join("text"), "from a file").unwrap();

    script.with_password("register --username ada --email ada@example.com --first-name Ada --last-name Lovelace --password-stdin");
    script.with_password("login --username ada --password-stdin");
    script.note("accounts.toml", &machine.accounts());
    let entry = machine.keyring().lookup(&server.service(), "ada").unwrap();
    assert!(entry.contains("\"rt\":\"eyJ"));
    for line in [
        "profile",
        "profile --json",
        "posts list",
        "posts list --json",
        "posts create -t First\tof~all -b One~line\nand~another",
        "posts create --title Second --body-file text",
        "posts create -t Third -b x --json",
        "posts list",
        "posts list --limit 1",
        "posts list --json",
        "posts view 1",
        "posts view 1 --json",
        "posts edit 1 -t Changed",
        "posts edit 1 -b Other~text --json",
        "posts delete 1 --yes",
        "posts delete 2 -y --json",
        "posts view 1",
    ] {
        script.run(line);
    }

    let token = |arguments: &[&str]| machine.run(arguments).expect(0).out;
    let first = token(&["token"]);
    assert_eq!(token(&["token", "--min-ttl", "0"]), first);
    let second = token(&["token", "--refresh"]);
    assert!(second.starts_with("eyJ") && second != first);
    let json = machine.run(&["token", "--json"]).expect(0).json();
    assert_eq!(json["access"], second.trim_end());
    script.run("token --verify");
    script.run("token --verify --json");
    script.run("status --offline --json");
    script.run("status --json");
    // another program uses the token, on a machine where nobody is logged in
    let other = Machine::new(&server.url);
    let mut command = other.command(&["profile"]);
    command.env("GATEPOST_TOKEN", second.trim_end());
    let ended = other.ended(&["profile"], &mut command).expect(0);
    assert!(ended.out.contains("username\tada\n"));
    let mut command = other.command(&["profile"]);
    command.env("GATEPOST_TOKEN", "x.y.z");
    let ended = other.ended(&["profile"], &mut command).expect(4);
    assert!(
        ended.err.contains("hint: GATEPOST_TOKEN was refused"),
        "{}",
        ended.err
    );

    let entry = machine.keyring().lookup(&server.service(), "ada").unwrap();
    let entry: serde_json::Value = serde_json::from_str(&entry).unwrap();
    script.run("logout");
    assert_eq!(machine.keyring().lookup(&server.service(), "ada"), None);
    script.note("accounts.toml", &machine.accounts());
    let (status, body) = server.refresh(entry["rt"].as_str().unwrap()).await;
    script.note("the refresh token", &format!("{status} {body}\n"));
    script.run("profile");
    script.run("logout");
    let features = match kind {
        Kind::Gatepost | Kind::Cookie => {
            r#""features":["refresh-idempotency","post-idempotency","paging","if-match"]"#
        }
        Kind::Django => r#""features":[]"#,
    };
    let text = script.end();
    assert_eq!(text.matches(features).count(), 2);
    let text = text.replace(features, r#""features":FEATURES"#);
    // both servers are to print the same
    allow_duplicates! { assert_snapshot!(text, @r#"
    $ gatepost register --username ada --email ada@example.com --first-name Ada --last-name Lovelace --password-stdin
    username	ada
    email	ada@example.com
    first_name	Ada
    last_name	Lovelace
    ! Registered ada at SERVER. Next: gatepost login --username ada
    $ gatepost login --username ada --password-stdin
    ! Logged in to SERVER as ada (the session is kept in the OS keyring)
    = accounts.toml
    # Written by gatepost: who is logged in where. It holds no secrets.

    server = "SERVER"

    [[account]]
    server = "SERVER"
    user = "ada"
    store = "keyring"
    active = true
    $ gatepost profile
    id	1
    username	ada
    email	ada@example.com
    first_name	Ada
    last_name	Lovelace
    $ gatepost profile --json
    {"id":1,"username":"ada","email":"ada@example.com","first_name":"Ada","last_name":"Lovelace"}
    $ gatepost posts list
    $ gatepost posts list --json
    []
    $ gatepost posts create -t First\tof~all -b One~line\nand~another
    1
    ! Created post 1: First\tof all
    $ gatepost posts create --title Second --body-file text
    2
    ! Created post 2: Second
    $ gatepost posts create -t Third -b x --json
    {"id":3,"title":"Third","content":"x","author":"ada","created_at":"MOMENT","updated_at":"MOMENT"}
    $ gatepost posts list
    3	Third	ada	MOMENT
    2	Second	ada	MOMENT
    1	First\tof all	ada	MOMENT
    $ gatepost posts list --limit 1
    3	Third	ada	MOMENT
    $ gatepost posts list --json
    [
    {"id":3,"title":"Third","content":"x","author":"ada","created_at":"MOMENT","updated_at":"MOMENT"},
    {"id":2,"title":"Second","content":"from a file","author":"ada","created_at":"MOMENT","updated_at":"MOMENT"},
    {"id":1,"title":"First\tof all","content":"One line\nand another","author":"ada","created_at":"MOMENT","updated_at":"MOMENT"}
    ]
    $ gatepost posts view 1
    id	1
    title	First\tof all
    content	One line\nand another
    author	ada
    created_at	MOMENT
    updated_at	MOMENT
    $ gatepost posts view 1 --json
    {"id":1,"title":"First\tof all","content":"One line\nand another","author":"ada","created_at":"MOMENT","updated_at":"MOMENT"}
    $ gatepost posts edit 1 -t Changed
    1
    ! Edited post 1: Changed
    $ gatepost posts edit 1 -b Other~text --json
    {"id":1,"title":"Changed","content":"Other text","author":"ada","created_at":"MOMENT","updated_at":"MOMENT"}
    $ gatepost posts delete 1 --yes
    ! Deleted post 1
    $ gatepost posts delete 2 -y --json
    {"id":2,"deleted":true}
    $ gatepost posts view 1
    ! error: No Post matches the given query.
    ! hint: check the id and the address
    exit code 3
    $ gatepost token --verify
    ! SERVER accepts the access token
    $ gatepost token --verify --json
    {"valid":true,"expires_at":"MOMENT"}
    $ gatepost status --offline --json
    {"server":"SERVER","user":"ada","store":"keyring","chosen_by":"GATEPOST_SERVER","state":"active","verified":null,"reason":null,"since":"MOMENT","access_expires_at":"MOMENT","refresh_expires_at":"MOMENT","clock_skew":0,"features":FEATURES}
    $ gatepost status --json
    {"server":"SERVER","user":"ada","store":"keyring","chosen_by":"GATEPOST_SERVER","state":"active","verified":true,"reason":null,"since":"MOMENT","access_expires_at":"MOMENT","refresh_expires_at":"MOMENT","clock_skew":0,"features":FEATURES}
    $ gatepost logout
    ! Logged out of SERVER as ada
    = accounts.toml
    # Written by gatepost: who is logged in where. It holds no secrets.

    = the refresh token
    401 {"detail":"Token is blacklisted","code":"token_not_valid"}
    $ gatepost profile
    ! error: not signed in to SERVER
    ! hint: run `gatepost login`
    exit code 4
    $ gatepost logout
    ! Nothing to log out of: not signed in to SERVER
    "#) }
}
