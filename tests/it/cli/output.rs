//! How a command prints: fields, expressions, templates, colours, and what is said beside it.

use std::net::TcpListener;

use gatepost_tests::Machine;
use insta::assert_snapshot;

use super::reach::with;
use super::{Kind, Server, Transcript};

/// A machine on which ada is logged in, with two posts.
async fn with_posts() -> (Server, Machine) {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    for (title, body) in [("First", "one"), ("Second\u{1b}[31m\u{202e}", "two")] {
        let create = ["posts", "create", "-t", title, "-b", body, "-q"];
        let created = machine.run(&create).expect(0);
        assert_eq!(created.err, "", "-q says nothing");
    }
    (server, machine)
}

#[tokio::test(flavor = "multi_thread")]
async fn json_is_printed_in_the_form_that_is_asked_for() {
    let (server, machine) = with_posts().await;
    let mut script = Transcript::new(&machine, &server);
    for line in [
        "posts list --json=id,author",
        "posts view 1 --json=title,id",
        "posts list --jq .[].id",
        "posts view 1 --jq .title",
        "posts view 1 --jq {id,~at:~.created_at}",
        "posts view 1 --json=id,title --jq keys",
        "posts list --jq map(.id)|add,~length",
        "posts list --jq empty",
        "posts list --template {{~id~}}~{{~author|upper~}}",
        "posts list --template {{~id~}}:~{{~content~}}",
        "posts view 1 --template {{~author~}}'s",
        "posts create -t Third -b three --jq .id",
        "posts edit 3 -t Third~again --template {{~id~}}~is~{{~title~}}",
        "posts delete 3 --yes --json=deleted",
        "accounts --json=user",
        "accounts --template {{~user~}}",
        "sessions --jq .[].current",
        "profile --jq .email",
        "status --offline --jq .state,.features[0]",
        "drafts list --json",
        "posts list --author nobody --json=id",
        "posts list --author nobody --jq length",
        "posts list --author nobody --template {{~id~}}",
    ] {
        script.run(line);
    }
    assert_snapshot!(script.end(), @r#"
    $ gatepost posts list --json=id,author
    [
    {"id":2,"author":"ada"},
    {"id":1,"author":"ada"}
    ]
    $ gatepost posts view 1 --json=title,id
    {"title":"First","id":1}
    $ gatepost posts list --jq .[].id
    2
    1
    $ gatepost posts view 1 --jq .title
    First
    $ gatepost posts view 1 --jq {id,~at:~.created_at}
    {"id":1,"at":"MOMENT"}
    $ gatepost posts view 1 --json=id,title --jq keys
    ["id","title"]
    $ gatepost posts list --jq map(.id)|add,~length
    3
    2
    $ gatepost posts list --jq empty
    $ gatepost posts list --template {{~id~}}~{{~author|upper~}}
    2 ADA
    1 ADA
    $ gatepost posts list --template {{~id~}}:~{{~content~}}
    2: two
    1: one
    $ gatepost posts view 1 --template {{~author~}}\'s
    ada's
    $ gatepost posts create -t Third -b three --jq .id
    3
    $ gatepost posts edit 3 -t Third~again --template {{~id~}}~is~{{~title~}}
    3 is Third again
    $ gatepost posts delete 3 --yes --json=deleted
    {"deleted":true}
    $ gatepost accounts --json=user
    [
    {"user":"ada"}
    ]
    $ gatepost accounts --template {{~user~}}
    ada
    $ gatepost sessions --jq .[].current
    true
    $ gatepost profile --jq .email
    ada@example.com
    $ gatepost status --offline --jq .state,.features[0]
    active
    refresh-idempotency
    $ gatepost drafts list --json
    []
    $ gatepost posts list --author nobody --json=id
    []
    $ gatepost posts list --author nobody --jq length
    0
    $ gatepost posts list --author nobody --template {{~id~}}
    "#);
}

/// A wrong wish is found before anything is done.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_wish_is_one_sentence_and_nothing_is_done() {
    let (server, machine) = with_posts().await;
    let mut script = Transcript::new(&machine, &server);
    for line in [
        "posts create -t T -b B --json=id,titel",
        "posts create -t T -b B --json=x,y",
        "posts create -t T -b B --json=,",
        "posts create -t T -b B --jq .[~|~x",
        "posts create -t T -b B --jq .titel|lenght",
        "posts create -t T -b B --jq .a~b",
        "posts create -t T -b B --template {{~id",
        "posts create -t T -b B --template {{~titel~}}",
        "posts create -t T -b B --template {{~id|shout~}}",
        "posts create -t T -b B --jq . --template x",
        "posts create -t T -b B --color sometimes",
        "posts create -t T -b B --json=id,titel --jq .",
        "tui --json=?",
        // what only the answer shows
        "posts view 1 --jq .title+1",
        "posts view 1 --template {{~title|ago~}}",
        "posts view 9 --jq .title",
        "token --min-ttl soon",
    ] {
        script.run(line);
    }
    assert_snapshot!(script.end(), @r#"
    $ gatepost posts create -t T -b B --json=id,titel
    ! {"error":{"kind":"usage","message":"--json names titel, and there is no such field; did you mean title?","hint":"the fields are id, title, content, author, created_at, updated_at","status":null,"fields":{},"request_id":null}}
    exit code 2
    $ gatepost posts create -t T -b B --json=x,y
    ! {"error":{"kind":"usage","message":"--json names x, and there is no such field","hint":"the fields are id, title, content, author, created_at, updated_at","status":null,"fields":{},"request_id":null}}
    exit code 2
    $ gatepost posts create -t T -b B --json=,
    ! {"error":{"kind":"usage","message":"--json= names no field","hint":"the fields are id, title, content, author, created_at, updated_at","status":null,"fields":{},"request_id":null}}
    exit code 2
    $ gatepost posts create -t T -b B --jq .[~|~x
    ! error: the expression of --jq is wrong at its end, after .[ | x: [ is not closed
    ! hint: the language is that of jq: https://jqlang.org/manual/
    exit code 2
    $ gatepost posts create -t T -b B --jq .titel|lenght
    ! error: the expression of --jq is wrong at character 8, lenght: there is no filter of this name
    ! hint: the language is that of jq: https://jqlang.org/manual/
    exit code 2
    $ gatepost posts create -t T -b B --jq .a~b
    ! error: the expression of --jq is wrong at character 4, b: expected its end
    ! hint: the language is that of jq: https://jqlang.org/manual/
    exit code 2
    $ gatepost posts create -t T -b B --template {{~id
    ! error: the template of --template is wrong at character 4, id: unexpected end of input, expected end of variable block
    ! hint: for example '{{ id }} {{ title }}'; the language is that of Jinja
    exit code 2
    $ gatepost posts create -t T -b B --template {{~titel~}}
    ! error: --template names titel, and there is no such field; did you mean title?
    ! hint: the fields are id, title, content, author, created_at, updated_at
    exit code 2
    $ gatepost posts create -t T -b B --template {{~id|shout~}}
    ! error: the template of --template is wrong at character 7, shout }}: filter shout is unknown
    ! hint: for example '{{ id }} {{ title }}'; the language is that of Jinja
    exit code 2
    $ gatepost posts create -t T -b B --jq . --template x
    ! error: the argument '--jq <EXPR>' cannot be used with '--template <TEMPLATE>'
    ! 
    ! Usage: gatepost posts create --title <TITLE> --body <TEXT> --jq <EXPR>
    ! 
    ! For more information, try '--help'.
    exit code 2
    $ gatepost posts create -t T -b B --color sometimes
    ! error: invalid value 'sometimes' for '--color <WHEN>'
    !   [possible values: auto, always, never]
    ! 
    ! For more information, try '--help'.
    exit code 2
    $ gatepost posts create -t T -b B --json=id,titel --jq .
    ! {"error":{"kind":"usage","message":"--json names titel, and there is no such field; did you mean title?","hint":"the fields are id, title, content, author, created_at, updated_at","status":null,"fields":{},"request_id":null}}
    exit code 2
    $ gatepost tui --json=?
    ! {"error":{"kind":"usage","message":"it is not known which fields this command prints","hint":"--json alone prints all that there are, if any","status":null,"fields":{},"request_id":null}}
    exit code 2
    $ gatepost posts view 1 --jq .title+1
    ! error: --jq came to an end: cannot calculate "First" + 1
    exit code 2
    $ gatepost posts view 1 --template {{~title|ago~}}
    ! error: the template of --template is wrong at character 10, ago }}: invalid operation: ago is for a moment, as created_at is
    ! hint: for example '{{ id }} {{ title }}'; the language is that of Jinja
    exit code 2
    $ gatepost posts view 9 --jq .title
    ! error: No Post matches the given query.
    ! hint: check the id and the address
    exit code 3
    $ gatepost token --min-ttl soon
    ! error: invalid value 'soon' for '--min-ttl <TIME>': write seconds, or a number with ms, s, m or h; at most a day
    ! 
    ! For more information, try '--help'.
    exit code 2
    "#);
    let posts = "SELECT CAST(COUNT(*) AS text) FROM posts_post";
    assert_eq!(server.count(posts).await, 2);
}

/// `--json=?` lists what `--json` prints, of every command, and asks nobody.
#[tokio::test(flavor = "multi_thread")]
async fn the_fields_that_are_listed_are_those_that_are_printed() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    let nowhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", nowhere.local_addr().unwrap());
    let alone = Machine::new(&address);
    let password = Machine::PASSWORD;
    let both = format!("{password}\nAnother-Word-4711\n");
    let draft = || {
        // a text that an editor left is a draft
        let create = ["posts", "create", "-t", "Draft"];
        let mut command = machine.command(&create);
        command.env("EDITOR", "f() { echo more >>\"$1\"; exit 1; }; f");
        machine.ended(&create, &mut command).expect(1);
        let list = machine
            .run(&["drafts", "list", "--jq", ".[0].id"])
            .expect(0);
        list.out.trim_end().to_owned()
    };
    let check = |input: &str, line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let listed = alone.run_with("", &[words.as_slice(), &["--json=?"]].concat());
        let listed = listed.expect(0).out;
        let listed: Vec<&str> = listed.lines().collect();
        let printed = machine.run_with(input, &[words.as_slice(), &["--json"]].concat());
        let mut value = printed.expect(0).json();
        if let Some(items) = value.as_array_mut() {
            value = items
                .pop()
                .unwrap_or_else(|| panic!("{line}: an empty list"));
        }
        let printed: Vec<&String> = value.as_object().unwrap().keys().collect();
        assert_eq!(printed, listed, "{line}");
    };
    check(
        password,
        "register --username ada --email a@example.com --password-stdin --first-name A --last-name L",
    );
    check(
        password,
        "login --username ada --password-stdin --store file",
    );
    for line in [
        "posts create -t T -b B",
        "posts list",
        "posts search t",
        "posts view 1",
        "posts edit 1 -t U",
        "posts delete 1 --yes",
        "profile",
        "profile edit --first-name B",
        "sessions",
        "sessions end-others",
        "accounts",
        "switch ada",
        "status",
        "status --offline",
        "token",
        "token --verify",
    ] {
        check("", line);
    }
    let id = draft();
    check("", "drafts list");
    check("", &format!("drafts show {id}"));
    check("", &format!("drafts discard {id} --yes"));
    Machine::new(&server.url).login("ada", "file");
    let other = machine.run(&["sessions", "--jq", ".[] | select(.current | not).id"]);
    check(
        "",
        &format!("sessions end {}", other.expect(0).out.trim_end()),
    );
    check(&both, "password --passwords-stdin");
    check("Another-Word-4711", "login --username ada --password-stdin");
    check("", "logout");
    machine
        .run_with(
            "Another-Word-4711",
            &[
                "login",
                "--username",
                "ada",
                "--password-stdin",
                "--store",
                "file",
            ],
        )
        .expect(0);
    check("", "logout --all");
    machine.enter("grace", "file");
    check(password, "profile delete --yes --password-stdin");
    nowhere.set_nonblocking(true).unwrap();
    assert!(nowhere.accept().is_err(), "the server was asked");
}

/// On a terminal a text of others commands nothing, in whatever form it is printed.
#[tokio::test(flavor = "multi_thread")]
async fn no_form_of_json_commands_the_terminal() {
    let (_server, machine) = with_posts().await;
    for (line, shown) in [
        ("posts view 2 --json", "\\u001b[31m\\u202e"),
        ("posts list --json=title", "\\u001b[31m\\u202e"),
        ("posts view 2 --jq .title", "\\u{1b}[31m\\u{202e}"),
        ("posts list --jq '.[0]|{title}'", "\\u001b[31m\\u202e"),
        (
            "posts list --template '{{ title }}'",
            "\\u{1b}[31m\\u{202e}",
        ),
    ] {
        let line = format!("gatepost {line}");
        let seen = machine.on_terminal(&line, &[]).expect(0).out;
        assert!(seen.contains(shown), "{line}: {seen}");
        assert!(!seen.contains(['\u{1b}', '\u{202e}']), "{line}: {seen:?}");
    }
    // in a pipe it is as it is
    let piped = machine.run(&["posts", "view", "2", "--jq", ".title"]).out;
    assert_eq!(piped, "Second\u{1b}[31m\u{202e}\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_colours_where_they_are_wanted() {
    let (_server, machine) = with_posts().await;
    let seen = |line: &str| {
        let line = format!("unset NO_COLOR; {line}");
        machine.on_terminal(&line, &[]).out
    };
    let has = |text: &str| text.contains('\u{1b}');
    let list = seen("gatepost posts list");
    assert!(
        list.starts_with("\u{1b}[1mID  TITLE") && list.contains("WRITTEN\u{1b}[0m\n"),
        "{list:?}"
    );
    let failure = seen("gatepost posts view 9");
    assert!(
        failure.contains("\u{1b}[31merror:\u{1b}[0m No Post") && failure.contains("\u{1b}[1mhint:"),
        "{failure:?}"
    );
    assert!(has(&seen("gatepost --help")));
    for line in [
        "NO_COLOR=1 gatepost posts list",
        "CLICOLOR=0 gatepost posts list",
        "TERM=dumb gatepost posts list",
        "gatepost posts list --color never",
        "gatepost posts list --color=never",
        "gatepost posts view 9 --color never",
        "gatepost --color never --help",
        "CLICOLOR_FORCE=1 gatepost posts list --color never",
    ] {
        let text = seen(line);
        assert!(!text.is_empty() && !has(&text), "{line}: {text:?}");
    }
    // in a pipe there are none, unless somebody wants them; values never have any
    let piped = |arguments: &[&str]| {
        let mut command = machine.command(arguments);
        machine.ended(arguments, command.env_remove("NO_COLOR")).err
    };
    assert!(!has(&piped(&["posts", "view", "9"])));
    assert!(has(&piped(&["posts", "view", "9", "--color", "always"])));
    let values = machine.run(&["posts", "view", "1", "--color=always"]);
    assert!(!has(&values.expect(0).out));
    assert!(has(&seen("NO_COLOR=1 gatepost posts list --color always")));
    assert!(has(&seen(
        "CLICOLOR_FORCE=1 gatepost posts view 9 2>&1 | cat"
    )));
    // the setting is for where nobody says more
    machine.run(&["config", "set", "color", "never"]).expect(0);
    assert!(!has(&seen("gatepost posts list")));
    assert!(!has(&seen("gatepost --help")));
    assert!(has(&seen("gatepost posts list --color auto")));
    assert!(has(&seen("GATEPOST_COLOR=always gatepost posts list")));
    machine.run(&["config", "set", "color", "always"]).expect(0);
    assert!(has(&piped(&["posts", "view", "9"])));
    assert!(!has(&seen("NO_COLOR=1 gatepost posts list")));
    let wrong = with(&machine, &[("GATEPOST_COLOR", "red")], &["posts", "list"]);
    assert_eq!(
        wrong.expect(2).err,
        "error: GATEPOST_COLOR is \"red\"\nhint: use auto, always or never\n"
    );
}

/// An expression that takes the items one by one is applied to parts of a long list, and makes the same of them; what it
/// made before the list broke off is printed.
#[tokio::test(flavor = "multi_thread")]
async fn an_expression_takes_a_long_list_in_parts() {
    let (server, machine) = with_posts().await;
    server
        .run("INSERT INTO posts_post (title, content, created_at, updated_at, author_id) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT 'Title ' || i, hex(zeroblob(200)), '2026-01-01 00:00:00', '2026-01-01 00:00:00', (SELECT id FROM auth_user LIMIT 1) FROM n")
        .await;
    let made = |arguments: &[&str], expression: &str| {
        let arguments = [arguments, &["--jq", expression]].concat();
        machine.run(&arguments).expect(0).out
    };
    for list in [
        &["posts", "list", "--all"][..],
        &["api", "/api/posts/", "--paginate", "-F", "page_size=500"],
    ] {
        let by_item = made(list, ".[] | select(.id > 9) | .title");
        let at_once = made(list, "[.[]] | .[] | select(.id > 9) | .title");
        assert!(by_item.lines().count() > 2900);
        assert!(by_item == at_once, "{list:?}");
        let some = made(
            list,
            ".[] | if .title == \"Title 2000\" then halt else .id end",
        );
        assert!(some.lines().count() < 1500, "{}", some.lines().count());
        assert_eq!(made(list, "length"), made(list, "[.[] | 1] | add"));
    }
    assert_eq!(
        made(&["posts", "list", "--author", "nobody"], "length"),
        "0\n"
    );
    assert_eq!(made(&["posts", "list", "--author", "nobody"], ".[]"), "");
    // with what was made before it failed
    let arguments = [
        "posts",
        "list",
        "--all",
        "--jq",
        ".[] | .id, (.id | select(. == 7) | error)",
    ];
    let ended = machine.run(&arguments).expect(2);
    assert!(ended.out.lines().count() > 2000, "{}", ended.out);
    assert!(
        ended.err.starts_with("error: --jq came to an end: 7"),
        "{}",
        ended.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_command_says_nothing_but_what_is_wrong() {
    let (_server, machine) = with_posts().await;
    for arguments in [
        &["posts", "edit", "1", "-t", "Other", "-q"][..],
        &["posts", "edit", "1", "-t", "Again", "--quiet"],
        &["token", "--verify", "-q"],
        &["-q", "posts", "delete", "1", "--yes"],
    ] {
        assert_eq!(machine.run(arguments).expect(0).err, "", "{arguments:?}");
    }
    let wrong = machine.run(&["posts", "view", "1", "-q"]).expect(3);
    assert!(wrong.err.starts_with("error: "), "{}", wrong.err);
    assert_eq!(machine.run(&["logout", "-q"]).expect(0).err, "");
}

/// `--no-input` on a terminal: no question, no editor, no pager, and the flag that would answer is named.
#[tokio::test(flavor = "multi_thread")]
async fn without_input_nothing_is_asked() {
    let (_server, machine) = with_posts().await;
    for (line, flag) in [
        ("posts delete 1", "Give --yes"),
        ("posts edit 1", "Give --title or --body"),
        ("posts create -t T", "Give --title and --body"),
        ("login", "Give --username"),
        ("login --username ada", "Give --password-stdin"),
        ("register --username x", "Give --email"),
        ("register --username x --email ''", "Give --password-stdin"),
        ("password", "Give --passwords-stdin"),
        ("profile delete", "Give --password-stdin"),
        ("drafts discard x", "there is no draft x"),
    ] {
        let line = format!("EDITOR='touch opened' gatepost {line} --no-input");
        let seen = machine.on_terminal(&line, &[]);
        let code = if flag.starts_with("Give") { 2 } else { 3 };
        let seen = seen.expect(code).out;
        assert!(seen.contains(flag), "{line}: {seen}");
        assert_eq!(seen.contains("--no-input"), code == 2, "{line}: {seen}");
    }
    assert!(!machine.home().join("opened").exists());
}
