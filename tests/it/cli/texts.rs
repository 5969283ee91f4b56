//! Texts that wait to be sent: listed, shown and discarded, and those that an editor saves when the program has gone on.

use super::Kind;
use super::drafts::{editor, in_pipe, is, kept, left, on_terminal, one_post, post, read};

/// An editor with a window of its own returns at once, and saves when the person is done.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_editor_saves_late_is_found() {
    let (_server, machine) = one_post(Kind::Gatepost).await;
    editor(&machine, "echo \"$1\" >file");
    let save = |text: &str| {
        let file = read(&machine.home().join("file"));
        std::fs::write(file.trim(), text).unwrap();
    };
    let ended = on_terminal(&machine, "posts create").expect(2);
    assert!(
        ended.out.contains("--wait") && ended.out.contains("--resume"),
        "{}",
        ended.out
    );
    save("+++\ntitle = \"Late\"\n+++\nsaved\n");
    let seen = machine
        .on_terminal("EDITOR=: gatepost posts create", &[])
        .expect(2)
        .out;
    assert!(
        seen.contains("`gatepost posts create --resume` continues it"),
        "{seen}"
    );
    machine.run(&["posts", "create", "--resume"]).expect(0);
    let late = post(&machine, "2");
    assert_eq!(
        (&late["title"], &late["content"]),
        (&"Late".into(), &"saved".into())
    );
    // of a post
    let ended = on_terminal(&machine, "posts edit 1").expect(0);
    assert!(ended.out.contains("Nothing changed"), "{}", ended.out);
    save("+++\ntitle = \"Title\"\n+++\nlate\n");
    machine.run(&["posts", "edit", "1", "--resume"]).expect(0);
    is(&machine, "Title", "late");
    // of a text that was taken up again
    machine
        .run_with("a", &["posts", "create", "-t", " ", "-F", "-"])
        .expect(1);
    on_terminal(&machine, "posts create --resume -t Taken").expect(0);
    save("+++\ntitle = \"Later\"\n+++\nmore\n");
    machine.run(&["posts", "create", "--resume"]).expect(0);
    assert_eq!(post(&machine, "4")["title"], "Later");
}

/// As nano and Emacs do that end before they were done.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_editor_leaves_beside_its_file_is_no_text_that_was_not_written() {
    let (_server, machine) = one_post(Kind::Gatepost).await;
    for (command, end) in [("create", "exit 0"), ("edit 1", "exit 1")] {
        editor(
            &machine,
            &format!("printf '+++\\ntitle = \"T\"\\n+++\\nrescued\\n' >\"$1.save\"; {end}"),
        );
        let ended = on_terminal(&machine, &format!("posts {command}")).expect(1);
        assert!(read(&kept(&ended.out)).contains("rescued"), "{}", ended.out);
        let words: Vec<_> = ["posts"]
            .into_iter()
            .chain(command.split(' '))
            .chain(["--resume"])
            .collect();
        machine.run(&words).expect(0);
    }
    is(&machine, "T", "rescued");
    assert_eq!(post(&machine, "2")["content"], "rescued");
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_listed_shown_and_discarded() {
    let (_server, machine) = one_post(Kind::Gatepost).await;
    let seen = machine
        .on_terminal("gatepost drafts list", &[])
        .expect(0)
        .out;
    assert_eq!(seen, "No text waits to be sent\n");
    assert_eq!(machine.run(&["drafts", "list"]).expect(0).out, "");
    assert_eq!(
        machine.run(&["drafts", "list", "--json"]).expect(0).out,
        "[]\n"
    );
    machine
        .run_with("one\ttext\n", &["posts", "create", "-t", " ", "-F", "-"])
        .expect(1);
    editor(&machine, "sed -i s/two/mine/ \"$1\"; exit 1");
    in_pipe(&machine, &["posts", "edit", "1"]).expect(1);
    let list = machine.run(&["drafts", "list"]).expect(0).out;
    let rows: Vec<Vec<_>> = list
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(rows.len(), 2, "{list}");
    let named = |post: &str| rows.iter().find(|row| row[1] == post).unwrap();
    let (new, change) = (named(""), named("1"));
    assert_eq!((new[2], change[2]), (" ", "Title"));
    let json = machine
        .run(&["drafts", "show", change[0], "--json"])
        .expect(0)
        .json();
    assert_eq!(
        (&json["post"], &json["content"]),
        (&1.into(), &"one\nmine\nthree".into())
    );
    let show = format!("gatepost drafts show {}", change[0]);
    let seen = machine.on_terminal(&show, &[]).expect(0).out;
    assert!(
        seen.contains("one\nmine\nthree\n") && seen.contains("posts edit 1 --resume"),
        "{seen}"
    );
    let seen = machine
        .on_terminal("gatepost drafts list", &[])
        .expect(0)
        .out;
    assert!(
        seen.starts_with("ID ") && seen.contains(" new ") && seen.contains(" Title "),
        "{seen}"
    );
    // a person is asked, a script says so
    let discard = format!("gatepost drafts discard {}", change[0]);
    let question = "Discard the draft \"Title\"? [y/N]: ";
    machine.on_terminal(&discard, &[(question, "n")]).expect(1);
    machine.run(&["drafts", "discard", change[0]]).expect(2);
    machine.on_terminal(&discard, &[(question, "y")]).expect(0);
    machine.run(&["posts", "edit", "1", "--resume"]).expect(3);
    // another account sees none of it
    machine.enter("eve", "file");
    assert_eq!(machine.run(&["drafts", "list"]).expect(0).out, "");
    machine
        .run(&["drafts", "discard", new[0], "--yes"])
        .expect(3);
    let ended = machine.run(&["drafts", "show", "nothing"]).expect(3);
    assert!(
        ended.err.contains("`gatepost drafts list`"),
        "{}",
        ended.err
    );
    machine.login("ada", "file");
    machine
        .run(&["drafts", "discard", new[0], "--yes"])
        .expect(0);
    assert_eq!(left(&machine), [""; 0]);
}
