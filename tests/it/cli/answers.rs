//! What `gatepost api` makes of answers that are no short JSON: redirects, pages of the web, very long ones, lists that
//! can't be gone on with.

use std::fmt::Write as _;

use gatepost_tests::Machine;
use insta::assert_snapshot;
use rstest::rstest;

use super::api::{answer, serving};
use super::reach::with;

const TOKEN: [(&str, &str); 1] = [("GATEPOST_TOKEN", "x.y.z")];

/// A redirect is told as such, with where to, whatever its status; nothing follows it.
#[test]
fn a_redirect_is_told_with_where_to() {
    let (server, heads) = serving(|head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        let (status, place) = match path {
            "/moved" => ("301 Moved Permanently", "/moved/"),
            "/here/" => ("302 Found", "/there/?secret=hunter2"),
            "/away/" => (
                "307 Temporary Redirect",
                "https://login.example.org/sso?secret=hunter2",
            ),
            "/nowhere/" => ("302 Found", ""),
            _ => ("300 Multiple Choices", ""),
        };
        let place = match place {
            "" => String::new(),
            place => format!("Location: {place}\r\n"),
        };
        let whole = answer(status, "{\"choices\":[\"/a/\",\"/b/\"]}");
        whole.replacen("\r\n", &format!("\r\n{place}"), 1)
    });
    let machine = Machine::new(&server);
    let mut seen = String::new();
    for path in ["/moved", "/here/", "/away/", "/nowhere/", "/several/"] {
        let ended = with(&machine, &TOKEN, &["api", path, "-X", "PUT", "-f", "a=1"]).expect(1);
        let err = ended.err.replace(&server, "SERVER");
        writeln!(seen, "{path}\n{}{err}", ended.out).unwrap();
    }
    assert_snapshot!(seen, @r#"
    /moved
    error: the server sends elsewhere: /moved/ (status 301)
    hint: write the path with its final slash: /moved/

    /here/
    error: the server sends elsewhere: /there/ (status 302)
    hint: it is at this server: `gatepost api /there/` asks there

    /away/
    error: the server sends elsewhere: https://login.example.org/sso (status 307)
    hint: if the server has moved there, name that with --server; if it is a page to sign in at, sign in there first

    /nowhere/
    error: the server sends elsewhere, and does not say where to (status 302)
    hint: ask whoever runs this server: such an answer names in its header Location where to go

    /several/
    {"choices":["/a/","/b/"]}error: the server offers several answers and chooses none (status 300)
    hint: ask for one of those that it offers
    "#);
    assert!(!seen.contains("hunter2"), "{seen}");
    assert_eq!(heads.lock().unwrap().len(), 5);
}

/// A page of the web that says no is printed in both ways of asking.
#[test]
fn a_page_that_says_no_is_printed() {
    let page = "<html><title>Gone</title><p>No such page.</html>";
    let (server, _) =
        serving(move |_| answer("404 Not Found", page).replace("application/json", "text/html"));
    let machine = Machine::new(&server);
    for more in [&[][..], &["--paginate"]] {
        let ended = with(&machine, &TOKEN, &[&["api", "/x/"], more].concat()).expect(3);
        assert_eq!(ended.out, page, "{more:?}");
        assert_eq!(
            ended.err,
            "error: the server answered 404 Not Found\nhint: check the path and its final slash\n"
        );
    }
}

/// A list whose next page can't be found is no list that has ended.
#[rstest]
#[case::in_the_body(false)]
#[case::in_a_header(true)]
fn a_next_page_without_a_query_is_said(#[case] in_header: bool) {
    let (server, _) = serving(move |_| {
        if in_header {
            let link = "HTTP/1.1 200 OK\r\nLink: </api/x/2/>; rel=\"next\"\r\n";
            return answer("200 OK", "[1]").replacen("HTTP/1.1 200 OK\r\n", link, 1);
        }
        answer("200 OK", "{\"next\":\"/api/x/2/\",\"results\":[1]}")
    });
    let machine = Machine::new(&server);
    let ended = with(&machine, &TOKEN, &["api", "/api/x/", "--paginate"]).expect(1);
    assert_eq!(
        ended.err,
        "error: the answer to /api/x/ is not as expected\nhint: its link to the next page has no query, by which alone pages are followed here: ask for page after page\n"
    );
}

/// What is too long to be held is shown as it comes, and nothing of it commands the terminal.
#[test]
fn a_very_long_answer_is_shown_as_it_comes() {
    let item = "{\"text\":\"é\u{9b}31m\",\"more\":\"".to_owned() + &"x".repeat(1000) + "\"}";
    let items = vec![item; 6000].join(",\n");
    let body = format!("[{items}]");
    let length = body.len();
    let (server, _) = serving(move |_| answer("200 OK", &body));
    let machine = Machine::new(&server);
    let line = "GATEPOST_TOKEN=x.y.z gatepost api /x/";
    let seen = machine.on_terminal(line, &[]).expect(0).out;
    assert!(seen.len() > length, "{}", seen.len());
    assert!(seen.starts_with("[{\"text\":\"é\\u009b31m\",") && !seen.contains('\u{9b}'));
    assert!(seen.ends_with("\"}]\n"));
    let piped = with(&machine, &TOKEN, &["api", "/x/"]).expect(0).out;
    assert_eq!(piped.len(), length);
    let some = with(&machine, &TOKEN, &["api", "/x/", "--jq", "length"]);
    assert_eq!(some.expect(0).out, "6000\n");
}
