//! A post that somebody else changes while it is edited: nothing that the other one wrote is overwritten unasked.

use std::path::Path;

use gatepost_tests::{Machine, Proxy};
use rstest::rstest;
use serde_json::Value;

use super::Kind;
use super::drafts::{editor, in_pipe, is, kept, left, on_terminal, one_post, post, read};

/// Somebody changes the post while the editor is open.
fn meanwhile(change: &str) -> String {
    format!("gatepost posts edit 1 {change} >/dev/null 2>&1")
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_changed_is_sent(#[values(Kind::Gatepost, Kind::Django)] kind: Kind) {
    let (_server, machine) = one_post(kind).await;
    // the title here, the text there
    editor(
        &machine,
        &format!("sed -i s/Title/Mine/ \"$1\"; {}", meanwhile("-b theirs")),
    );
    on_terminal(&machine, "posts edit 1").expect(0);
    is(&machine, "Mine", "theirs");
    editor(
        &machine,
        &format!("sed -i s/theirs/mine/ \"$1\"; {}", meanwhile("-t Theirs")),
    );
    on_terminal(&machine, "posts edit 1").expect(0);
    is(&machine, "Theirs", "mine");
    // both the same
    editor(
        &machine,
        &format!("sed -i s/mine/same/ \"$1\"; {}", meanwhile("-b same")),
    );
    on_terminal(&machine, "posts edit 1").expect(0);
    is(&machine, "Theirs", "same");
    assert_eq!(left(&machine), [""; 0]);
}

/// Line ends of Windows and space at the end are no change of the person's.
#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_editor_changed_is_not_sent() {
    let (server, machine) = one_post(Kind::Gatepost).await;
    server.run("UPDATE posts_post SET content = 'a' || char(13) || char(10) || 'b' || char(10) || char(10)").await;
    editor(&machine, "sed -i s/Title/Mine/ \"$1\"");
    on_terminal(&machine, "posts edit 1").expect(0);
    is(&machine, "Mine", "a\r\nb\n\n");
    editor(&machine, "sed -i 's/$/\\r/' \"$1\"");
    let ended = on_terminal(&machine, "posts edit 1").expect(0);
    assert!(ended.out.ends_with("Nothing changed\n"), "{}", ended.out);
    is(&machine, "Mine", "a\r\nb\n\n");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_both_changed_is_asked(#[values(Kind::Gatepost, Kind::Django)] kind: Kind) {
    let (_server, machine) = one_post(kind).await;
    // the first time it changes the text, the second time it looks, and takes the marks away
    let second = "cp \"$1\" seen; sed -i -e '/^<<<<<<</d' -e '/^=======/d' -e '/^>>>>>>>/d' \"$1\"";
    let first = format!(
        "sed -i s/two/mine/ \"$1\"; {}; touch second",
        meanwhile("-b \"$(printf 'one\\ntheirs\\nthree')\"")
    );
    editor(
        &machine,
        &format!("if test -e second; then {second}; else {first}; fi"),
    );
    let ended = on_terminal(&machine, "posts edit 1").expect(0);
    assert!(
        ended
            .out
            .contains("content of post 1 was changed by somebody else meanwhile"),
        "{}",
        ended.out
    );
    let seen = read(&machine.home().join("seen"));
    assert!(
        seen.starts_with("+++\n# Somebody else changed the same meanwhile"),
        "{seen}"
    );
    let (_, text) = seen.split_once("\n+++\n").unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert!(
        lines[1].starts_with("<<<<<<<")
            && lines[3].starts_with("=======")
            && lines[5].starts_with(">>>>>>>"),
        "{seen}"
    );
    assert_eq!(
        (lines[0], lines[2], lines[4], lines[6]),
        ("one", "mine", "theirs", "three")
    );
    is(&machine, "Title", "one\nmine\ntheirs\nthree");
    assert_eq!(left(&machine), [""; 0]);
}

/// Marks are never sent, by whatever way they come.
#[tokio::test(flavor = "multi_thread")]
async fn marks_of_a_conflict_are_never_sent() {
    let (_server, machine) = one_post(Kind::Gatepost).await;
    let change = format!("sed -i s/two/mine/ \"$1\"; {}", meanwhile("-b theirs"));
    editor(
        &machine,
        &format!("if test -e second; then :; else {change}; touch second; fi"),
    );
    let ended = on_terminal(&machine, "posts edit 1").expect(1);
    assert!(
        ended.out.contains("the marks of both versions"),
        "{}",
        ended.out
    );
    is(&machine, "Title", "theirs");
    let marked = read(&kept(&ended.out));
    assert!(
        marked.contains("mine") && marked.contains("theirs"),
        "{marked}"
    );
    let ended = machine.run(&["posts", "edit", "1", "--resume"]).expect(1);
    assert!(
        ended.err.contains("the marks of both versions"),
        "{}",
        ended.err
    );
    let (_, content) = marked.split_once("\n+++\n").unwrap();
    for arguments in [
        &["posts", "edit", "1", "-b", content][..],
        &["posts", "create", "-t", "T", "-b", content],
    ] {
        machine.run(arguments).expect(1);
    }
    for arguments in [
        &["posts", "edit", "1", "-F", "-"][..],
        &["posts", "create", "-t", "T", "-F", "-"],
    ] {
        machine.run_with(content, arguments).expect(1);
    }
    is(&machine, "Title", "theirs");
    machine.run(&["posts", "view", "2"]).expect(3);
    // solved, it is sent
    editor(
        &machine,
        "printf '+++\\ntitle = \"Title\"\\n+++\\nsolved\\n' >\"$1\"",
    );
    on_terminal(&machine, "posts edit 1 --resume").expect(0);
    is(&machine, "Title", "solved");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_pipe_a_conflict_names_the_fields_and_keeps_the_text() {
    let (_server, machine) = one_post(Kind::Gatepost).await;
    let theirs = meanwhile("-t Theirs -b theirs");
    editor(
        &machine,
        &format!("sed -i -e s/Title/Mine/ -e s/two/mine/ \"$1\"; {theirs}"),
    );
    let ended = in_pipe(&machine, &["posts", "edit", "1"]).expect(1);
    assert!(
        ended
            .err
            .contains("title and content of post 1 were changed"),
        "{}",
        ended.err
    );
    assert!(read(&kept(&ended.err)).contains("one\nmine\nthree"));
    is(&machine, "Theirs", "theirs");
    // again and again, until somebody decides
    let ended = machine
        .run(&["posts", "edit", "1", "--resume", "--json"])
        .expect(1);
    let error: Value = serde_json::from_str(&ended.err).unwrap();
    let error = &error["error"];
    assert_eq!(error["kind"], "conflict");
    assert!(error["fields"]["title"].is_array() && error["fields"]["content"].is_array());
    assert!(read(Path::new(error["kept"].as_str().unwrap())).contains("Mine"));
    is(&machine, "Theirs", "theirs");
    // what is given by a flag is decided
    machine
        .run(&["posts", "edit", "1", "-t", "Decided"])
        .expect(0);
    is(&machine, "Decided", "theirs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_was_deleted_meanwhile_can_be_created_anew() {
    let (_server, machine) = one_post(Kind::Gatepost).await;
    let gone = "gatepost posts delete 1 --yes >/dev/null 2>&1";
    editor(&machine, &format!("sed -i s/two/mine/ \"$1\"; {gone}"));
    let ended = in_pipe(&machine, &["posts", "edit", "1"]).expect(3);
    assert!(
        ended.err.contains("post 1 was deleted meanwhile"),
        "{}",
        ended.err
    );
    assert!(
        ended.err.contains("`gatepost posts create --resume`"),
        "{}",
        ended.err
    );
    assert!(read(&kept(&ended.err)).contains("one\nmine\nthree"));
    machine.run(&["posts", "create", "--resume"]).expect(0);
    assert_eq!(post(&machine, "2")["content"], "one\nmine\nthree");
    editor(
        &machine,
        "sed -i s/mine/yours/ \"$1\"; gatepost posts delete 2 --yes >/dev/null 2>&1",
    );
    let line = "EDITOR=./editor gatepost posts edit 2";
    let typed = [("Create it anew? [y/N]: ", "y")];
    machine.on_terminal(line, &typed).expect(0);
    assert_eq!(post(&machine, "3")["content"], "one\nyours\nthree");
    // whoever does not answer has the text still, and is told where
    editor(
        &machine,
        "sed -i s/yours/kept/ \"$1\"; gatepost posts delete 3 --yes >/dev/null 2>&1",
    );
    let line = "EDITOR=./editor gatepost posts edit 3";
    let typed = [("Create it anew? [y/N]: ", "\u{4}")];
    let ended = machine.on_terminal(line, &typed).expect(2);
    assert!(read(&kept(&ended.out)).contains("kept"), "{}", ended.out);
    machine.run(&["posts", "create", "--resume"]).expect(0);
    assert_eq!(post(&machine, "4")["content"], "one\nkept\nthree");
    assert_eq!(left(&machine), [""; 0]);
}

/// An answer that is cut off tells nothing; what the server has of it then is what was sent, without the space around it.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_and_not_answered_is_no_conflict(
    #[values(Kind::Gatepost, Kind::Django)] kind: Kind,
) {
    let (server, machine) = one_post(kind).await;
    let proxy = Proxy::before(&server.url).await;
    let cut = |arguments: &[&str]| {
        let mut command = machine.command(arguments);
        command.env("GATEPOST_SERVER", &proxy.base);
        command.env("EDITOR", "./editor");
        machine.ended(arguments, &mut command)
    };
    let login = [
        "login",
        "--username=ada",
        "--password-stdin",
        "--store=file",
        "--server",
        &proxy.base,
    ];
    machine.run_with(Machine::PASSWORD, &login).expect(0);
    editor(
        &machine,
        "printf '+++\\ntitle = \" Mine \"\\n+++\\n\\n mine \\n\\n' >\"$1\"",
    );
    proxy.lose_answer("PATCH");
    cut(&["posts", "edit", "1"]).expect(6);
    is(&machine, "Mine", "mine");
    editor(&machine, ":");
    cut(&["posts", "edit", "1", "--resume"]).expect(0);
    assert_eq!(left(&machine), [""; 0]);
    // written on before it is sent again
    editor(&machine, "sed -i s/mine/more/ \"$1\"");
    proxy.lose_answer("PATCH");
    cut(&["posts", "edit", "1"]).expect(6);
    is(&machine, "Mine", "more");
    editor(&machine, "sed -i s/more/most/ \"$1\"");
    cut(&["posts", "edit", "1", "--resume"]).expect(0);
    is(&machine, "Mine", "most");
    assert_eq!(left(&machine), [""; 0]);
}

/// Nobody can be asked there: the command line decides.
#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_is_decided_without_a_terminal() {
    let (_server, machine) = one_post(Kind::Gatepost).await;
    let conflict = |mine: &str, theirs: &str| {
        let theirs = meanwhile(theirs);
        editor(&machine, &format!("{mine}; {theirs}"));
        let ended = in_pipe(&machine, &["posts", "edit", "1"]).expect(1);
        assert!(ended.err.contains("--keep mine"), "{}", ended.err);
        // nobody overwrites unasked, however often it is tried
        machine.run(&["posts", "edit", "1", "--resume"]).expect(1);
    };
    let both = "sed -i -e s/Title/Mine/ -e s/two/mine/ \"$1\"";
    conflict(both, "-b theirs");
    machine
        .run(&["posts", "edit", "1", "--resume", "--keep", "theirs"])
        .expect(0);
    is(&machine, "Mine", "theirs");
    conflict("sed -i s/theirs/mine/ \"$1\"", "-b other");
    machine
        .run(&["posts", "edit", "1", "--resume", "--keep", "mine"])
        .expect(0);
    is(&machine, "Mine", "mine");
    // what is given is decided, and the rest is not
    conflict("sed -i -e s/Mine/A/ -e s/mine/B/ \"$1\"", "-t X -b Y");
    let given = ["posts", "edit", "1", "--resume", "-b", "both of it"];
    let ended = machine.run(&given).expect(1);
    assert!(
        ended.err.contains("error: title of post 1 was"),
        "{}",
        ended.err
    );
    is(&machine, "X", "Y");
    machine.run(&[&given[..], &["-t", "T"]].concat()).expect(0);
    is(&machine, "T", "both of it");
    assert_eq!(left(&machine), [""; 0]);
    // also before it is there
    let theirs = meanwhile("-b theirs");
    editor(&machine, &format!("sed -i s/both/mine/ \"$1\"; {theirs}"));
    in_pipe(&machine, &["posts", "edit", "1", "--keep", "mine"]).expect(0);
    is(&machine, "T", "mine of it");
    assert_eq!(left(&machine), [""; 0]);
}

/// What is given is sent as it is; where there is no such post, a text is worth keeping.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_for_a_post_that_is_not_there_can_be_a_new_one() {
    let (_server, machine) = one_post(Kind::Gatepost).await;
    machine.run(&["posts", "delete", "1", "--yes"]).expect(0);
    machine.run(&["posts", "edit", "1", "-t", "T"]).expect(3);
    assert_eq!(left(&machine), [""; 0]);
    let arguments = ["posts", "edit", "1", "-t", "T", "-b", "words"];
    let ended = machine.run(&arguments).expect(3);
    assert!(
        ended.err.contains("`gatepost posts create --resume`"),
        "{}",
        ended.err
    );
    assert!(read(&kept(&ended.err)).contains("words"));
    machine.run(&["posts", "create", "--resume"]).expect(0);
    let ended = machine
        .run_with("piped", &["posts", "edit", "1", "-F", "-"])
        .expect(3);
    assert!(read(&kept(&ended.err)).contains("piped"));
    machine
        .run(&["posts", "create", "--resume", "-t", "U"])
        .expect(0);
    assert_eq!(post(&machine, "3")["content"], "piped");
    assert_eq!(left(&machine), [""; 0]);
}
