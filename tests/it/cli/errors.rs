//! Wrong input: one clear sentence each, with its exit code; with --json one line of JSON.

use gatepost_tests::{Machine, free_port};
use insta::{allow_duplicates, assert_snapshot};
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{Kind, Server, Transcript};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_input_has_its_sentence(#[values(Kind::Gatepost, Kind::Django)] kind: Kind) {
    let server = Server::start(kind).await;
    let machine = Machine::new(&server.url);
    let mut script = Transcript::new(&machine, &server);
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let page = page().await;
    script.mask(&nowhere, "NOWHERE");
    script.mask(&page, "PAGE");

    script.run("profile");
    script.run("--server nonsense profile");
    script.run("--server http://api.example.org profile");
    script.run("posts view one");
    script.run("posts create -t Title");
    script.run("login --username ada");
    script.run("login --password-stdin");
    let register = "register --username ada --email ada@example.com --first-name A --last-name L --password-stdin";
    script.with("123\n", &register.replace("ada@example.com", "nobody"));
    script.with_password(&format!("{register} --server {nowhere}"));
    script.with_password(&format!("{register} --server {page}"));
    script.with_password(register);
    script.with_password(register);
    script.with(
        "Wrong-Password-1\n",
        "login --username ada --password-stdin --store file",
    );
    script.with_password(&format!(
        "login --username ada --password-stdin --store file --server {page}"
    ));
    script.with_password("login --username ada --password-stdin --store file");
    script.run("posts view 7");
    script.run("posts delete 7");
    script.run("posts edit 7");
    script.run("posts create -t Title -b ~");
    script.run("posts create -t Title -F missing");
    script.run("profile --account nobody");
    script.run("tui");
    allow_duplicates! { assert_snapshot!(script.end(), @r#"
    $ gatepost profile
    ! error: not signed in to SERVER
    ! hint: run `gatepost login`
    exit code 4
    $ gatepost --server nonsense profile
    ! error: nonsense has no scheme: try https://nonsense
    ! hint: an address begins with https:// or http://
    exit code 2
    $ gatepost --server http://api.example.org profile
    ! error: passwords and tokens are not sent unencrypted: api.example.org
    ! hint: use https://, or add --allow-http on a network that you trust
    exit code 2
    $ gatepost posts view one
    ! error: invalid value 'one' for '<ID>': it must be a number, as `gatepost posts list` shows it
    ! 
    ! For more information, try '--help'.
    exit code 2
    $ gatepost posts create -t Title
    ! error: not signed in to SERVER
    ! hint: run `gatepost login`
    exit code 4
    $ gatepost login --username ada
    ! error: Give --password-stdin (no terminal to ask)
    exit code 2
    $ gatepost login --password-stdin
    ! error: Give --username (no terminal to ask)
    exit code 2
    $ gatepost register --username ada --email nobody --first-name A --last-name L --password-stdin
    ! error: the server refused these fields:
    !   password: This password is too short. It must contain at least 8 characters. This password is too common. This password is entirely numeric.
    !   --email: Enter a valid email address.
    ! hint: correct the named fields and send it again
    exit code 1
    $ gatepost register --username ada --email ada@example.com --first-name A --last-name L --password-stdin --server NOWHERE
    ! error: NOWHERE could not be reached: nothing listens there (connection refused)
    ! hint: check the address and its port, and that the server runs
    exit code 6
    $ gatepost register --username ada --email ada@example.com --first-name A --last-name L --password-stdin --server PAGE
    ! error: PAGE answers, but not with this API (status 200)
    ! hint: check the address and its path, and whether the network asks for a sign-in of its own first
    exit code 1
    $ gatepost register --username ada --email ada@example.com --first-name A --last-name L --password-stdin
    username	ada
    email	ada@example.com
    first_name	A
    last_name	L
    ! Registered ada at SERVER. Next: gatepost login --username ada
    $ gatepost register --username ada --email ada@example.com --first-name A --last-name L --password-stdin
    ! error: --username: A user with that username already exists.
    ! hint: correct the named fields and send it again
    exit code 1
    $ gatepost login --username ada --password-stdin --store file
    ! error: No active account found with the given credentials
    ! hint: check the username and the password
    exit code 1
    $ gatepost login --username ada --password-stdin --store file --server PAGE
    ! error: PAGE answers, but not with this API (status 200)
    ! hint: check the address and its path, and whether the network asks for a sign-in of its own first
    exit code 1
    $ gatepost login --username ada --password-stdin --store file
    ! Logged in to SERVER as ada (the session is kept in a file that only you can read)
    $ gatepost posts view 7
    ! error: No Post matches the given query.
    ! hint: check the id and the address
    exit code 3
    $ gatepost posts delete 7
    ! error: Give --yes (no terminal to ask)
    exit code 2
    $ gatepost posts edit 7
    ! error: Give --title or --body (no terminal for an editor)
    exit code 2
    $ gatepost posts create -t Title -b ~
    ! error: --body: This field may not be blank.
    ! hint: correct the named fields and send it again
    exit code 1
    $ gatepost posts create -t Title -F missing
    ! error: missing can't be read: there is no such file
    exit code 2
    $ gatepost profile --account nobody
    ! error: not signed in to SERVER as nobody
    ! hint: run `gatepost login --account nobody`
    exit code 4
    $ gatepost tui
    ! gatepost tui needs a terminal that can move its cursor; the other commands work without one
    exit code 2
    "#) }
}

/// Another's post may be read and not changed.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn another_s_post_can_not_be_changed(#[values(Kind::Gatepost, Kind::Django)] kind: Kind) {
    let server = Server::start(kind).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    machine
        .run(&["posts", "create", "-t", "Title", "-b", "Text"])
        .expect(0);
    machine.enter("eve", "file");
    machine.run(&["posts", "view", "1"]).expect(0);
    for arguments in [
        ["posts", "edit", "1", "-t=x"],
        ["posts", "delete", "1", "-y"],
    ] {
        let ended = machine.run(&arguments).expect(1);
        assert_eq!(
            ended.err,
            "error: You do not have permission to perform this action.\nhint: only its author may do that; log in as the author\n"
        );
    }
}

/// With --json every failure is one line that parses, and nothing else is said.
#[tokio::test(flavor = "multi_thread")]
async fn with_json_every_failure_is_a_line_of_json() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.register("ada");
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let register = Machine::REGISTER;
    let lost = [
        "register",
        "--server",
        &nowhere,
        "--username",
        "x",
        "--email",
        "x",
        "--password-stdin",
    ];
    let login = ["login", "--username", "ada", "--password-stdin"];
    for (arguments, code, kind) in [
        (["profile"].as_slice(), 4, "not_signed_in"),
        (&["posts"], 2, "usage"),
        (&["posts", "view", "x"], 2, "usage"),
        (&["login"], 2, "usage"),
        (&["--server", "x", "profile"], 2, "config"),
        (&register, 1, "api"),
        (&lost, 6, "network"),
        (&login, 5, "store"),
        (
            &[login.as_slice(), &["--store=file", "--account=x"]].concat(),
            0,
            "",
        ),
        (&["posts", "view", "1"], 3, "api"),
        (&["posts", "delete", "1"], 2, "usage"),
    ] {
        let arguments = [arguments, &["--json"]].concat();
        let ended = machine.run_with(Machine::PASSWORD, &arguments).expect(code);
        if code == 0 {
            assert_eq!(ended.err, "");
            continue;
        }
        assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
        let error: serde_json::Value = serde_json::from_str(&ended.err).unwrap();
        assert_eq!(error["error"]["kind"], kind, "{}", ended.err);
        if kind == "api" && code == 1 {
            assert_eq!(error["error"]["status"], 400);
            assert_eq!(
                error["error"]["fields"]["username"][0],
                "A user with that username already exists."
            );
        }
    }
}

/// A server of web pages, whatever it is asked.
async fn page() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = client.read_buf(&mut Vec::new()).await;
                let page = "<html><h1>Welcome</h1></html>";
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
                    page.len()
                );
                client.write_all(answer.as_bytes()).await
            });
        }
    });
    url
}
