//! `gatepost api`: any request with the session, at Gatepost, at Django, and at services of other people.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatepost_tests::Machine;
use gatepost_tests::django::Django;
use insta::{allow_duplicates, assert_snapshot};
use rstest::rstest;
use serde_json::{Value, json};

use super::reach::with;
use super::{Kind, Server, Transcript};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn any_request_is_sent_with_the_session(#[values(Kind::Gatepost, Kind::Django)] kind: Kind) {
    let server = Server::start(kind).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    let mut script = Transcript::new(&machine, &server);
    script.mask(&server.url, "SERVER");
    for line in [
        "api /api/users/profile/",
        "api api/posts/ -f title=One -f content=x",
        "api /api/posts/1/ -X patch -F title=Two",
        &format!("api {}/api/posts/1/", server.url),
        "api /api/posts/1/ -X PUT -f title=",
        "api /api/posts/1/ -X POST",
        "api /api/posts/9/",
    ] {
        script.run(line);
        script.add("\n");
    }
    script.with(
        r#"{"title": "Three", "content": "y"}"#,
        "api /api/posts/ --input -",
    );
    script.add("\n");
    script.with("from a file", "api /api/posts/2/ -X PATCH -F content=@-");
    script.add("\n");
    script.run("api /api/posts/ --paginate");
    script.run("api /api/posts/1/ -X DELETE");
    allow_duplicates! { assert_snapshot!(script.end(), @r#"
    $ gatepost api /api/users/profile/
    {"id":1,"username":"ada","email":"ada@example.com","first_name":"Ada","last_name":"L"}
    $ gatepost api api/posts/ -f title=One -f content=x
    {"id":1,"title":"One","content":"x","author":"ada","created_at":"MOMENT","updated_at":"MOMENT"}
    $ gatepost api /api/posts/1/ -X patch -F title=Two
    {"id":1,"title":"Two","content":"x","author":"ada","created_at":"MOMENT","updated_at":"MOMENT"}
    $ gatepost api SERVER/api/posts/1/
    {"id":1,"title":"Two","content":"x","author":"ada","created_at":"MOMENT","updated_at":"MOMENT"}
    $ gatepost api /api/posts/1/ -X PUT -f title=
    {"title":["This field may not be blank."],"content":["This field is required."]}! error: the server answered 400 Bad Request
    exit code 1

    $ gatepost api /api/posts/1/ -X POST
    {"detail":"Method \"POST\" not allowed."}! error: the server answered 405 Method Not Allowed: Method "POST" not allowed.
    exit code 1

    $ gatepost api /api/posts/9/
    {"detail":"No Post matches the given query."}! error: the server answered 404 Not Found: No Post matches the given query.
    ! hint: check the path and its final slash
    exit code 3

    $ gatepost api /api/posts/ --input -
    {"id":2,"title":"Three","content":"y","author":"ada","created_at":"MOMENT","updated_at":"MOMENT"}
    $ gatepost api /api/posts/2/ -X PATCH -F content=@-
    {"id":2,"title":"Three","content":"from a file","author":"ada","created_at":"MOMENT","updated_at":"MOMENT"}
    $ gatepost api /api/posts/ --paginate
    [
    {"id":2,"title":"Three","content":"from a file","author":"ada","created_at":"MOMENT","updated_at":"MOMENT"},
    {"id":1,"title":"Two","content":"x","author":"ada","created_at":"MOMENT","updated_at":"MOMENT"}
    ]
    $ gatepost api /api/posts/1/ -X DELETE
    "#) }

    let ended = machine.run(&["api", "/api/posts/9/", "--json"]).expect(3);
    assert!(ended.out.starts_with("{\"detail\":"), "{}", ended.out);
    let error: Value = serde_json::from_str(&ended.err).unwrap();
    assert_eq!(error["error"]["status"], 404);
    let ended = machine.run(&["api", "/api/posts/2/", "-i"]).expect(0);
    let (head, body) = ended.out.split_once("\n\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\n"), "{head}");
    assert!(head.contains("\ncontent-type: application/json"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["content"], "from a file");
    // a page of the web, which is no answer of this API, is printed all the same
    let ended = machine.run(&["api", "/nothing/"]).expect(3);
    assert!(
        ended.out.contains("<html") && ended.err.contains("404"),
        "{ended:?}"
    );
    // on a terminal JSON has lines
    let seen = machine
        .on_terminal("gatepost api /api/posts/2/", &[])
        .expect(0);
    assert!(
        seen.out
            .starts_with("{\n  \"id\": 2,\n  \"title\": \"Three\",\n"),
        "{}",
        seen.out
    );

    let nobody = Machine::new(&server.url);
    let ended = nobody.run(&["api", "/api/posts/"]).expect(4);
    assert!(
        ended.out.contains("Authentication credentials"),
        "{ended:?}"
    );
    assert!(
        ended.err.contains("hint: run `gatepost login`"),
        "{ended:?}"
    );
    let paged = nobody.run(&["api", "/api/posts/", "--paginate"]).expect(4);
    assert_eq!((paged.out, paged.err), (ended.out, ended.err));
}

/// Whoever is named is asked for, wherever the name and the store stand; what nobody may do is not done as nobody.
#[test]
fn a_request_of_somebody_without_a_session_is_not_sent() {
    let (server, heads) = serving(|_| answer("200 OK", "{}"));
    let machine = Machine::new(&server);
    let delete = ["api", "-X", "DELETE", "/echo"];
    let said = format!("not signed in to {server} as ann");
    let refused = |env: &[(&str, &str)], more: &[&str]| {
        let ended = with(&machine, env, &[&delete, more].concat()).expect(4);
        assert!(ended.err.contains(&said), "{}", ended.err);
    };
    refused(&[], &["--account", "ann"]);
    refused(&[], &["--account", "ann", "--store", "file"]);
    refused(&[("GATEPOST_ACCOUNT", "ann")], &["--store", "file"]);
    refused(
        &[],
        &["--store", "file", "--server", &server, "--account", "ann"],
    );
    machine.run(&["config", "set", "account", "ann"]).expect(0);
    machine.run(&["config", "set", "server", &server]).expect(0);
    machine.run(&["config", "set", "store", "file"]).expect(0);
    refused(&[], &[]);
    assert!(heads.lock().unwrap().is_empty());
    machine.run(&["config", "unset", "account"]).expect(0);
    machine.run(&delete).expect(0);
    assert_eq!(heads.lock().unwrap().len(), 1);
}

/// An answer with this status and body.
pub(super) fn answer(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn a_no_is_printed_and_has_its_exit_code_in_every_way_of_asking() {
    let (server, _) = serving(|head| match head.split(' ').nth(1).unwrap_or_default() {
        "/little/" => answer("401 Unauthorized", "{\"detail\":\"no\"}"),
        "/empty/" => answer("401 Unauthorized", ""),
        "/bad/" => answer("400 Bad Request", "{\"detail\":\"Bad.\",\"more\":[1.00]}"),
        "/bytes/" => answer("404 Not Found", "a\0b"),
        _ => answer("200 OK", "{\"a\":\n\"\u{9b}31m\"}"),
    });
    let machine = Machine::new(&server);
    let token = [("GATEPOST_TOKEN", "x.y.z")];
    for more in [&[][..], &["--paginate"]] {
        let little = with(&machine, &token, &[&["api", "/little/"][..], more].concat()).expect(4);
        assert_eq!(little.out, "{\"detail\":\"no\"}");
        with(&machine, &token, &[&["api", "/empty/"], more].concat()).expect(4);
        let bad = with(&machine, &token, &[&["api", "/bad/"], more].concat()).expect(1);
        assert_eq!(bad.out, "{\"detail\":\"Bad.\",\"more\":[1.00]}");
        assert_eq!(
            bad.err,
            "error: the server answered 400 Bad Request: Bad.\n"
        );
    }
    let seen = machine.on_terminal("gatepost api /bytes/", &[]).expect(3);
    assert!(seen.out.contains("answered 404"), "{}", seen.out);
    for line in ["gatepost api /obeyed/ --json", "gatepost api /obeyed/"] {
        let seen = machine.on_terminal(line, &[]).expect(0).out;
        assert!(
            seen.contains("\"\\u009b31m\"") && !seen.contains('\u{9b}'),
            "{seen}"
        );
    }
}

#[test]
fn headers_of_one_name_are_both_sent() {
    let (server, heads) = serving(|_| answer("200 OK", "[]"));
    let machine = Machine::new(&server);
    let both = ["-H", "X-One: 1", "-H", "X-One: 2"];
    let api = |more: &[&str]| {
        machine
            .run(&[&["api", "/x/"][..], &both[..], more].concat())
            .expect(0)
    };
    api(&[]);
    api(&["--paginate"]);
    api(&["--request-header", "X-One: 3"]);
    let other = server.replace("http", "HTTP");
    machine.run(&["api", &format!("{other}/x/")]).expect(0);
    let heads = heads.lock().unwrap();
    for head in heads[..3].iter().map(|head| head.to_lowercase()) {
        assert!(
            head.contains("x-one: 1\r\n") && head.contains("x-one: 2\r\n"),
            "{head}"
        );
    }
    assert_eq!(heads.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_arguments_have_their_sentences() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    let mut script = Transcript::new(&machine, &server);
    for line in [
        "api https://api.example.org/api/posts/",
        "api /x -X GE=T",
        "api /x -f title",
        "api /x -F n=12345678901234567890123",
        "api /x -F n=1e400",
        "api /x -F a=@- -F b=@-",
        "api /x -F a=@- --input -",
        "api /x#y",
        "api /x -F f=@missing",
        "api /x --input missing",
        "api /x -f a=1 -f a=2",
        "api /x -f a[=1",
        "api /x -H nothing",
        "api /x -H Authorization:~Bearer~x",
        "api /x -H content-length:1",
        "api /x -H Host:a.example",
        "api /x -H Transfer-Encoding:chunked",
        "api /x -X POST --paginate",
        "api /api/users/profile/ --paginate",
    ] {
        script.run(line);
    }
    assert_snapshot!(script.end(), @r#"
    $ gatepost api https://api.example.org/api/posts/
    ! error: https://api.example.org/api/posts/ is not below SERVER, and the session is for no other server
    ! hint: give the path alone, and name another server with --server
    exit code 2
    $ gatepost api /x -X GE=T
    ! error: invalid value 'GE=T' for '--method <METHOD>': it must be a method of HTTP, such as GET or POST
    ! 
    ! For more information, try '--help'.
    exit code 2
    $ gatepost api /x -f title
    ! error: the field "title" has no name and value
    ! hint: write it as -f NAME=VALUE
    exit code 2
    $ gatepost api /x -F n=12345678901234567890123
    ! error: n is a number that JSON would round: 12345678901234567890123
    ! hint: send it as text: -f n=12345678901234567890123
    exit code 2
    $ gatepost api /x -F n=1e400
    ! error: n is a number that JSON would round: 1e400
    ! hint: send it as text: -f n=1e400
    exit code 2
    $ gatepost api /x -F a=@- -F b=@-
    ! error: standard input can be read only once
    ! hint: write the rest into a file, and name that: @FILE
    exit code 2
    $ gatepost api /x -F a=@- --input -
    ! error: standard input can be read only once
    ! hint: write the rest into a file, and name that: @FILE
    exit code 2
    $ gatepost api /x#y
    ! error: a server sees nothing of what follows a #
    ! hint: leave it out, or write %23 for a # that is meant
    exit code 2
    $ gatepost api /x -F f=@missing
    ! error: missing can't be read: there is no such file
    exit code 2
    $ gatepost api /x --input missing
    ! error: missing can't be read: there is no such file
    exit code 2
    $ gatepost api /x -f a=1 -f a=2
    ! error: a is given twice, or once as a value and once as what holds others
    ! hint: name[] is a list, name[key] an object
    exit code 2
    $ gatepost api /x -f a[=1
    ! error: the brackets of a[ do not fit
    ! hint: write name[key] or name[]
    exit code 2
    $ gatepost api /x -H nothing
    ! error: a header has no colon
    ! hint: write it as -H 'NAME: VALUE'
    exit code 2
    $ gatepost api /x -H Authorization:~Bearer~x
    ! error: the Authorization header is the session's own
    ! hint: leave it out, or set GATEPOST_TOKEN to another access token
    exit code 2
    $ gatepost api /x -H content-length:1
    ! error: the header content-length says how the request is carried, and gatepost sends it itself
    ! hint: leave it out
    exit code 2
    $ gatepost api /x -H Host:a.example
    ! error: the header Host says how the request is carried, and gatepost sends it itself
    ! hint: leave it out
    exit code 2
    $ gatepost api /x -H Transfer-Encoding:chunked
    ! error: the header Transfer-Encoding says how the request is carried, and gatepost sends it itself
    ! hint: leave it out
    exit code 2
    $ gatepost api /x -X POST --paginate
    ! error: --paginate is for GET: leave out -X
    exit code 2
    $ gatepost api /api/users/profile/ --paginate
    ! error: the answer to /api/users/profile/ is not as expected
    ! hint: if it is no list, leave out --paginate
    exit code 1
    "#);
}

/// The tokens are exchanged on the way, as for every command.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_expires_is_exchanged() {
    let server = Server::with_access_life(Kind::Gatepost, 1).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    let tokens = "SELECT count(*) FROM token_blacklist_outstandingtoken";
    for _ in 0..1000 {
        machine.run(&["api", "/api/users/profile/"]).expect(0);
        if server.count(tokens).await > 2 {
            return;
        }
    }
    panic!("no token was exchanged");
}

/// An access token of the services in tests/services for their only person.
fn token() -> String {
    let claims = json!({
        "token_type": "access", "exp": 4_000_000_000_u64, "iat": 1_700_000_000, "jti": "1", "user_id": "1",
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!(
        "{}.{}",
        part(&json!({"alg": "HS256", "typ": "JWT"})),
        part(&claims)
    );
    let key = b"a-secret-key-for-tests-0123456789-0123456789";
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, text.as_bytes()));
    format!("{text}.{signature}")
}

/// Pages by number and by limit and offset, another scheme of the header, resources that are nobody's here.
#[rstest]
fn services_of_other_people_are_asked_too(#[values("djoser", "cookies")] service: &str) {
    let django = Django::service(service);
    let machine = Machine::new(django.url());
    let token = token();
    let api = |arguments: &[&str]| {
        let arguments = [&["api"], arguments].concat();
        with(&machine, &[("GATEPOST_TOKEN", &token)], &arguments)
    };
    let all = api(&["/api/invoices/", "--paginate"]).expect(0).json();
    let ids = all
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_u64().unwrap());
    assert_eq!(ids.collect::<Vec<_>>(), (1..=1000).collect::<Vec<_>>());
    let made = api(&["/api/invoices/", "-f", "customer=Grace"])
        .expect(0)
        .json();
    assert_eq!(made, json!({"id": 1001, "customer": "Grace"}));
    let from = if service == "djoser" {
        "page=11"
    } else {
        "offset=1000"
    };
    let last = api(&["/api/invoices/", "-X", "GET", "-f", from])
        .expect(0)
        .json();
    assert_eq!(last["results"], json!([made]));
    let rest = api(&["/api/invoices/", "-f", from, "--paginate"])
        .expect(0)
        .json();
    assert_eq!(rest, json!([made]));
    let refused = api(&["/api/invoices/1001/", "-X", "PATCH", "-f", "customer="]).expect(1);
    assert_eq!(
        refused.json(),
        json!({"customer": ["This field may not be blank."]})
    );
    assert_eq!(refused.err, "error: the server answered 400 Bad Request\n");
    api(&["/api/invoices/1001/", "-X", "DELETE"]).expect(0);
    api(&["/api/invoices/1001/"]).expect(3);
    let wrong = with(
        &machine,
        &[("GATEPOST_TOKEN", "x.y.z")],
        &["api", "/api/invoices/"],
    );
    assert!(wrong.expect(4).err.contains("GATEPOST_TOKEN was refused"));
}

pub(super) type Heads = Arc<Mutex<Vec<String>>>;

/// A server that answers each request by what was asked of it; and the heads of the requests.
pub(super) fn serving(answer: impl Fn(&str) -> String + Send + 'static) -> (String, Heads) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heads = Heads::default();
    let seen = heads.clone();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let head = head(&client);
            seen.lock().unwrap().push(head.clone());
            drop((&client).write_all(answer(&head).as_bytes()));
        }
    });
    (url, heads)
}

fn head(mut client: &TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// A link to another host is followed at the server itself, and the token goes nowhere else.
#[rstest]
#[case::in_the_body(false)]
#[case::in_a_header(true)]
fn the_token_goes_to_its_own_server_alone(#[case] in_header: bool) {
    let (other, caught) = serving(|_| String::new());
    let (server, heads) = serving(move |head| {
        let next = format!("{other}/api/x/?page=2");
        let is_last = head.starts_with("GET /api/x/?page=2");
        let item = if is_last { "2.00" } else { "1.00" };
        let (link, body) = match (in_header, is_last) {
            (true, false) => (
                format!("Link: <{next}>; rel=\"next\"\r\n"),
                format!("[{item}]"),
            ),
            (true, true) => (String::new(), format!("[{item}]")),
            (false, false) => (
                String::new(),
                format!("{{\"next\":\"{next}\",\"results\":[{item}]}}"),
            ),
            (false, true) => (
                String::new(),
                format!("{{\"next\":null,\"results\":[{item}]}}"),
            ),
        };
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{link}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    });
    let machine = Machine::new(&server);
    let arguments = ["api", "/api/x/", "--paginate", "-H", "X-One: 1"];
    let ended = with(&machine, &[("GATEPOST_TOKEN", "x.y.z")], &arguments).expect(0);
    // numbers are as they came
    assert_eq!(ended.out, "[\n1.00,\n2.00\n]\n");
    let heads = heads.lock().unwrap();
    assert_eq!(heads.len(), 2, "{heads:?}");
    for head in heads.iter().map(|head| head.to_lowercase()) {
        assert!(head.contains("authorization: bearer x.y.z"), "{head}");
        assert!(head.contains("x-one: 1"), "{head}");
    }
    assert!(caught.lock().unwrap().is_empty());
}
