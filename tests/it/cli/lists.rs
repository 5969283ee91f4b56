//! Lists on a terminal: how many rows, what is said of the rest, the pager, and what is seen while one waits.

use std::io::Write;
use std::net::TcpListener;

use gatepost_tests::Machine;
use rstest::rstest;

use super::{Kind, Server};

/// A machine on which ada is logged in, at a server with so many posts.
async fn with_posts(kind: Kind, count: u32) -> (Server, Machine) {
    let server = Server::start(kind).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    let at = "'2026-01-02 03:04:05'";
    server
        .run(&format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
             INSERT INTO posts_post (title, content, author_id, created_at, updated_at) \
             SELECT 'Post ' || i, 'text ' || (i % 7), 1, {at}, {at} FROM n"
        ))
        .await;
    (server, machine)
}

fn rows(seen: &str) -> usize {
    seen.lines().filter(|line| line.contains("Post ")).count()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_thirty_and_is_told_of_more(
    #[values(Kind::Gatepost, Kind::Django)] kind: Kind,
) {
    let (server, machine) = with_posts(kind, 30).await;
    let seen = |line: &str| machine.on_terminal(line, &[]).expect(0).out;
    let list = seen("gatepost posts list");
    assert_eq!(rows(&list), 30);
    assert!(!list.contains("there are more"), "{list}");
    machine
        .run(&["posts", "create", "-t", "Post 31", "-b", "last"])
        .expect(0);
    let list = seen("gatepost posts list");
    assert_eq!(rows(&list), 30);
    assert!(
        list.ends_with(
            "These are the newest 30, and there are more: add --all for all of them, or --limit N\n"
        ),
        "{list}"
    );
    assert!(
        list.contains("Post 31") && !list.contains("Post 1 "),
        "{list}"
    );
    for (line, count, is_told) in [
        ("gatepost posts list --all", 31, false),
        ("gatepost posts list --limit 31", 31, false),
        ("gatepost posts list --limit 2", 2, false),
        ("gatepost posts list -q", 30, false),
        ("gatepost posts list 2>/dev/null", 30, false),
        ("gatepost posts search post", 30, true),
        ("gatepost posts list --json", 31, false),
        ("gatepost posts list | cat", 31, false),
    ] {
        let list = seen(line);
        assert_eq!(rows(&list), count, "{line}: {list}");
        assert_eq!(list.contains("there are more"), is_told, "{line}: {list}");
    }
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_searched_for_where_the_server_can_and_here_where_it_can_not() {
    for kind in [Kind::Gatepost, Kind::Django] {
        let (_server, machine) = with_posts(kind, 40).await;
        let found = machine.run(&["posts", "search", "TEXT 3"]).expect(0);
        assert_eq!(found.out.lines().count(), 6, "{}", found.out);
        let is_said = found.err.contains("no search of its own");
        assert_eq!(is_said, kind == Kind::Django, "{}", found.err);
        let same = machine.run(&["posts", "list", "--search", "text 3"]);
        assert_eq!(same.expect(0).out, found.out);
        let json = ["posts", "search", "text 3", "--author", "ada", "--json=id"];
        let json = machine.run(&json).expect(0);
        assert_eq!(json.err, "");
        assert_eq!(json.json().as_array().unwrap().len(), 6);
        let limit = machine.run(&["posts", "search", "text 3", "--limit", "2"]);
        assert_eq!(limit.expect(0).out.lines().count(), 2);
        let nothing = machine.on_terminal("gatepost posts search nowhere", &[]);
        let nothing = nothing.expect(0).out;
        assert!(
            nothing.ends_with("No post has \"nowhere\" in its title or text\n"),
            "{nothing}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_says_so_to_a_person_alone() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    for (line, said) in [
        (
            "posts list",
            "There is no post yet. Next: gatepost posts create\n",
        ),
        ("posts list --author bo", "There is no post by bo\n"),
        (
            "posts search x --author bo",
            "No post by bo has \"x\" in its title or text\n",
        ),
        ("drafts list", "No text waits to be sent\n"),
    ] {
        let seen = machine.on_terminal(&format!("gatepost {line}"), &[]);
        assert_eq!(seen.expect(0).out, said);
        let words: Vec<&str> = line.split(' ').collect();
        let piped = machine.run(&words).expect(0);
        assert_eq!((piped.out.as_str(), piped.err.as_str()), ("", ""));
    }
    machine.run(&["logout"]).expect(0);
    let seen = machine.on_terminal("gatepost accounts", &[]).expect(0).out;
    assert_eq!(seen, "No account is logged in here. Next: gatepost login\n");
}

/// What is longer than the screen goes through a pager, and nothing else does.
#[tokio::test(flavor = "multi_thread")]
async fn long_output_goes_through_the_pager() {
    let (_server, machine) = with_posts(Kind::Gatepost, 40).await;
    let long = "line\n".repeat(50);
    machine
        .run(&["posts", "create", "-t", "Long", "-b", &long])
        .expect(0);
    let paged = machine.home().join("paged");
    let seen = |line: &str| {
        drop(std::fs::remove_file(&paged));
        let line = format!("stty rows 10; export PAGER='cat >paged; echo $LESS >>paged'; {line}");
        let seen = machine.on_terminal(&line, &[]).expect(0).out;
        (seen, std::fs::read_to_string(&paged).unwrap_or_default())
    };
    let (screen, text) = seen("gatepost posts list");
    assert_eq!((rows(&screen), rows(&text)), (0, 29), "{screen}{text}");
    assert!(
        text.starts_with("ID  TITLE") && text.ends_with("FRX\n"),
        "{text}"
    );
    // after it, since it has the screen until then
    assert!(screen.starts_with("These are the newest 30"), "{screen}");
    let (screen, text) = seen("gatepost posts view 41");
    assert_eq!(screen, "");
    assert_eq!(text.matches("line\n").count(), 50);
    let (screen, text) = seen("gatepost posts list --all --json=title");
    assert_eq!((rows(&screen), rows(&text)), (0, 40), "{screen}{text}");
    // what fits, what is not for a person, and where nobody wants one
    for line in [
        "gatepost posts list --limit 8",
        "gatepost posts view 1",
        "gatepost posts list --no-pager",
        "gatepost posts list --no-input",
        "PAGER=cat gatepost posts list",
        "PAGER= gatepost posts list",
        "GATEPOST_PAGER=cat gatepost posts list",
        "stty rows 100; gatepost posts list",
    ] {
        let (screen, text) = seen(line);
        assert_eq!(text, "", "{line}");
        assert!(rows(&screen) > 0, "{line}: {screen}");
    }
    // config.toml is before the variable of all programs, and behind our own
    machine
        .run(&["config", "set", "pager", "sed s/^/set:/ >paged"])
        .expect(0);
    let (_, text) = seen("gatepost posts list");
    assert!(text.starts_with("set:ID  TITLE"), "{text}");
    let (screen, text) = seen("GATEPOST_PAGER=cat gatepost posts list");
    assert!(text.is_empty() && rows(&screen) > 0, "{screen}");
    machine.run(&["config", "set", "pager", "cat"]).expect(0);
    let (screen, text) = seen("gatepost posts list");
    assert!(text.is_empty() && rows(&screen) > 0, "{screen}");
    let line = "stty rows 10; PAGER='cat >paged' gatepost posts list | cat";
    assert_eq!(rows(&machine.on_terminal(line, &[]).expect(0).out), 41 - 1);
}

/// A pager that ends before it has read everything ends the command; one that is not there takes nothing away.
#[tokio::test(flavor = "multi_thread")]
async fn a_pager_may_end_early_or_not_be_there() {
    let (_server, machine) = with_posts(Kind::Gatepost, 5000).await;
    let list = "gatepost posts list --all";
    let seen =
        |pager: &str| machine.on_terminal(&format!("stty rows 9; PAGER='{pager}' {list}"), &[]);
    let ended = seen("head -n 3").expect(0).out;
    assert_eq!(rows(&ended), 2, "{ended}");
    let missing = seen("no-such-pager").expect(0).out;
    assert_eq!(rows(&missing), 5000);
    assert!(
        missing.starts_with("warning: the pager no-such-pager can't be run: "),
        "{}",
        &missing[..100]
    );
    let missing = seen("no-such-pager --option").expect(1).out;
    assert!(
        missing.contains("error: the pager no-such-pager --option can't be run: "),
        "{missing}"
    );
}

/// An interrupt is the pager's while there is one: it goes on reading, and so does the command.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_is_for_the_pager() {
    let (_server, machine) = with_posts(Kind::Gatepost, 40).await;
    let pager = "trap \"echo interrupted\" INT; echo open; read line </dev/tty; cat >paged";
    let line = format!("stty rows 10; PAGER='{pager}' gatepost posts list");
    let mut at = 0;
    let seen = machine.attended(&line, 2, &mut |seen, keyboard| {
        let is_seen = match at {
            0 => seen.ends_with(b"open\r\n"),
            _ => seen.ends_with(b"interrupted\r\n"),
        };
        if is_seen {
            keyboard
                .write_all(if at == 0 { b"\x03" } else { b"\n" })
                .unwrap();
            at += 1;
        }
        is_seen
    });
    assert!(seen.out.contains("there are more"), "{}", seen.out);
    let text = std::fs::read_to_string(machine.home().join("paged")).unwrap();
    assert_eq!(rows(&text), 30, "{text}");
}

/// After a second a person sees what is waited for; it is gone when there is something to read.
#[test]
fn a_person_who_waits_sees_what_for() {
    // it takes the connection and never answers
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    let machine = Machine::new(&url);
    let wait = "GATEPOST_TOKEN=x.y.z gatepost profile --timeout 2.5s";
    let seen = machine.on_terminal(wait, &[]).expect(6).out;
    let shown = format!("\r\u{1b}[Kwaiting for {url} (1 s)");
    assert!(seen.contains(&shown), "{seen:?}");
    let end = format!("(2 s)\r\u{1b}[Kerror: {url} did not answer in time\n");
    assert!(seen.contains(&end), "{seen:?}");
    for line in [format!("{wait} -q"), format!("{wait} 2>&1 | cat")] {
        let seen = machine.on_terminal(&line, &[]).out;
        assert!(
            !seen.contains("waiting") && seen.starts_with("error: "),
            "{line}: {seen:?}"
        );
    }
}

/// The first line is enough for who wants no more.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_nobody_reads_on() {
    let (_server, machine) = with_posts(Kind::Gatepost, 5000).await;
    for list in [
        "gatepost posts list --all --json",
        "gatepost posts list",
        "gatepost posts list --template {{id}}",
        "gatepost posts list --jq .[]",
    ] {
        let line = format!("bash -c '{list} | head -1; echo ${{PIPESTATUS[0]}}'");
        let seen = machine.on_terminal(&line, &[]).expect(0).out;
        let lines: Vec<&str> = seen.lines().collect();
        assert_eq!((lines.len(), lines[1]), (2, "0"), "{list}: {seen}");
    }
}
