//! A person's text on its way to the server: nothing of it is lost.

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gatepost_tests::{Ended, Machine};
use rstest::rstest;
use serde_json::Value;

use super::{Kind, Server};

const POST: [&str; 6] = ["posts", "create", "-t", "Title", "-b", "one\ntwo\nthree"];

/// A server with a post of ada's, and her machine.
pub(super) async fn one_post(kind: Kind) -> (Server, Machine) {
    let server = Server::start(kind).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    machine.run(&POST).expect(0);
    (server, machine)
}

/// Makes the editor: a script that is given the file as `$1`.
pub(super) fn editor(machine: &Machine, script: &str) {
    let path = machine.home().join("editor");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
}

/// Runs a command with that editor on a terminal.
pub(super) fn on_terminal(machine: &Machine, words: &str) -> Ended {
    machine.on_terminal(&format!("EDITOR=./editor gatepost {words}"), &[])
}

/// Runs a command with that editor and without a terminal.
pub(super) fn in_pipe(machine: &Machine, arguments: &[&str]) -> Ended {
    let mut command = machine.command(arguments);
    command.env("EDITOR", "./editor");
    machine.ended(arguments, &mut command)
}

pub(super) fn post(machine: &Machine, id: &str) -> Value {
    machine
        .run(&["posts", "view", id, "--json"])
        .expect(0)
        .json()
}

#[track_caller]
pub(super) fn is(machine: &Machine, title: &str, content: &str) {
    let post = post(machine, "1");
    assert_eq!(
        (&post["title"], &post["content"]),
        (&title.into(), &content.into())
    );
}

/// The file that a message names.
#[track_caller]
pub(super) fn kept(said: &str) -> PathBuf {
    let (_, path) = said
        .trim()
        .rsplit_once("your text is in ")
        .unwrap_or_else(|| panic!("{said}"));
    PathBuf::from(path)
}

pub(super) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// What is left in the folder of drafts, beside the notes of whose an editor's late text would be.
pub(super) fn left(machine: &Machine) -> Vec<String> {
    let folder = machine.home().join(".local/state/gatepost/drafts");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files
        .map(|file| file.file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension() != Some("lent".as_ref()))
        .collect()
}

/// Whatever ends the editor: what it has saved is among the drafts, is named in full, and goes on from there.
#[rstest]
#[case("exit 1", "the editor failed with exit code 1")]
#[case("kill -9 $$", "the editor was ended by signal 9")]
#[tokio::test(flavor = "multi_thread")]
async fn an_editor_that_fails_loses_nothing(#[case] end: &str, #[case] why: &str) {
    let (_server, machine) = one_post(Kind::Gatepost).await;
    let drafts = machine.home().join(".local/state/gatepost/drafts");
    editor(
        &machine,
        &format!("printf '+++\\ntitle = \"T\"\\n+++\\nwritten\\n' >\"$1\"; {end}"),
    );
    for (words, resume) in [
        ("posts create", "posts create --resume"),
        ("posts edit 1", "posts edit 1 --resume"),
    ] {
        let ended = on_terminal(&machine, words).expect(1);
        assert!(ended.out.contains(why), "{}", ended.out);
        assert!(
            ended.out.contains(&format!("`gatepost {resume}`")),
            "{}",
            ended.out
        );
        let file = kept(&ended.out);
        assert_eq!(file.parent(), Some(&*drafts));
        assert_eq!(read(&file), "+++\ntitle = \"T\"\n+++\nwritten\n");
        let words: Vec<_> = resume.split(' ').collect();
        machine.run(&words).expect(0);
    }
    for id in ["1", "2"] {
        assert_eq!(post(&machine, id)["content"], "written");
    }
    assert_eq!(left(&machine), [""; 0]);
    // one that fails and has saved nothing leaves nothing
    editor(&machine, end);
    on_terminal(&machine, "posts create -t T").expect(1);
    assert_eq!(left(&machine), [""; 0]);
}

/// A signal ends the editor too, and what it has saved is kept.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_while_the_editor_is_open_loses_nothing(
    #[values(("-TERM", 143), ("-HUP", 129), ("-KILL", 137))] (signal, code): (&str, i32),
) {
    let (_server, machine) = one_post(Kind::Gatepost).await;
    editor(
        &machine,
        "printf '+++\\ntitle = \"T\"\\n+++\\nwritten\\n' >\"$1\"; echo $$ >editor.pid; echo open; exec sleep 60",
    );
    let line = "sh -c 'echo $$ >pid; EDITOR=./editor exec gatepost posts edit 1'; echo code $?";
    let seen = machine.attended(line, 1, &mut |seen, _| {
        let is_open = seen.ends_with(b"open\r\n");
        if is_open {
            let pid = read(&machine.home().join("pid"));
            let sent = Command::new("kill").args([signal, pid.trim()]).status();
            assert!(sent.unwrap().success());
        }
        is_open
    });
    assert!(seen.out.contains(&format!("code {code}\n")), "{}", seen.out);
    let editor_pid = read(&machine.home().join("editor.pid"));
    if signal == "-KILL" {
        let _ = Command::new("kill")
            .args(["-9", editor_pid.trim()])
            .status();
    } else {
        assert!(
            !Path::new(&format!("/proc/{}", editor_pid.trim())).exists(),
            "the editor lives on"
        );
        let said = seen.out.replace(&format!("code {code}\n"), "");
        assert_eq!(read(&kept(&said)), "+++\ntitle = \"T\"\n+++\nwritten\n");
    }
    is(&machine, "Title", "one\ntwo\nthree");
    machine.run(&["posts", "edit", "1", "--resume"]).expect(0);
    is(&machine, "T", "written");
    assert_eq!(left(&machine), [""; 0]);
}

/// Until the server has acknowledged it, the text is there: also one that came through a pipe.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_could_not_be_sent_is_kept() {
    let (_server, machine) = one_post(Kind::Gatepost).await;
    // refused for its title
    let ended = machine
        .run_with("from a pipe", &["posts", "create", "-t", " ", "-F", "-"])
        .expect(1);
    assert!(ended.err.contains("--title"), "{}", ended.err);
    let text = read(&kept(&ended.err));
    assert!(
        text.ends_with("\ntitle = \" \"\n+++\nfrom a pipe\n"),
        "{text}"
    );
    machine
        .run(&["posts", "create", "--resume", "-t", "Better"])
        .expect(0);
    assert_eq!(post(&machine, "2")["content"], "from a pipe");
    let ended = machine
        .run_with("for a post", &["posts", "edit", "1", "-t", " ", "-F", "-"])
        .expect(1);
    assert!(read(&kept(&ended.err)).contains("for a post"));
    machine
        .run(&["posts", "edit", "1", "--resume", "-t", "Better"])
        .expect(0);
    is(&machine, "Better", "for a post");
    let ended = machine.run(&["posts", "create", "--resume"]).expect(3);
    assert!(
        ended.err.contains("there is no text of a new post"),
        "{}",
        ended.err
    );
    assert_eq!(left(&machine), [""; 0]);
}

/// As git runs it: with arguments, with variables; one that is not there is named with what to set.
#[tokio::test(flavor = "multi_thread")]
async fn the_editor_is_run_as_git_runs_it() {
    let (_server, machine) = one_post(Kind::Gatepost).await;
    for (named, title) in [
        ("sed -i -e 's/Title/A b/'", "A b"),
        ("FOO=c sh -c 'sed -i \"s/A b/$FOO/\" \"$1\"' sh", "c"),
        ("f() { sed -i s/c/d/ \"$1\"; }; f", "d"),
    ] {
        let arguments = ["posts", "edit", "1"];
        let mut command = machine.command(&arguments);
        command.env("VISUAL", named).env("EDITOR", "false");
        machine.ended(&arguments, &mut command).expect(0);
        is(&machine, title, "one\ntwo\nthree");
    }
    let seen = machine
        .on_terminal("VISUAL='no-such-editor --wait' gatepost posts create", &[])
        .expect(1);
    assert!(
        seen.out.contains("no-such-editor --wait was not found"),
        "{}",
        seen.out
    );
    assert!(seen.out.contains("$EDITOR"), "{}", seen.out);
    let seen = machine
        .on_terminal("EDITOR=no-such-editor gatepost posts create", &[])
        .expect(1);
    assert!(
        seen.out.contains("no-such-editor was not found") && !seen.out.contains("os error"),
        "{}",
        seen.out
    );
    // nobody writes a text that can't be sent
    machine.run(&["logout"]).expect(0);
    editor(&machine, "touch opened");
    on_terminal(&machine, "posts create").expect(4);
    assert!(!machine.home().join("opened").exists());
}

/// The server may go, or the session end, while the editor is open.
#[tokio::test(flavor = "multi_thread")]
async fn what_ends_while_the_editor_is_open_loses_no_text() {
    let (_server, machine) = one_post(Kind::Gatepost).await;
    editor(
        &machine,
        "sed -i s/two/mine/ \"$1\"; gatepost logout >/dev/null 2>&1",
    );
    let ended = in_pipe(&machine, &["posts", "edit", "1"]).expect(4);
    assert!(read(&kept(&ended.err)).contains("mine"), "{}", ended.err);
    machine.login("ada", "file");
    machine.run(&["posts", "edit", "1", "--resume"]).expect(0);
    is(&machine, "Title", "one\nmine\nthree");
    editor(
        &machine,
        "printf '+++\\ntitle = \"T\"\\n+++\\nnew\\n' >\"$1\"; gatepost logout >/dev/null 2>&1",
    );
    let ended = in_pipe(&machine, &["posts", "create"]).expect(4);
    assert!(read(&kept(&ended.err)).contains("new"), "{}", ended.err);
    // another account does not get it
    machine.enter("eve", "file");
    machine.run(&["posts", "create", "--resume"]).expect(3);
    machine.login("ada", "file");
    machine.run(&["posts", "create", "--resume"]).expect(0);
    assert_eq!(post(&machine, "2")["content"], "new");
    assert_eq!(left(&machine), [""; 0]);
}

/// An editor that a signal ends may save beside the file, as nano does: the text is not thrown away.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_editor_saves_beside_its_file_is_kept() {
    let (_server, machine) = one_post(Kind::Gatepost).await;
    editor(
        &machine,
        "trap 'echo rescued >\"$1.save\"; exit 1' TERM; echo open; sleep 60 & wait $!; kill $!",
    );
    let line = "sh -c 'echo $$ >pid; EDITOR=./editor exec gatepost posts edit 1'; echo code $?";
    let seen = machine.attended(line, 1, &mut |seen, _| {
        let is_open = seen.ends_with(b"open\r\n");
        if is_open {
            let pid = read(&machine.home().join("pid"));
            let sent = Command::new("kill").arg(pid.trim()).status();
            assert!(sent.unwrap().success());
        }
        is_open
    });
    let said = seen.out.replace("code 143\n", "");
    let beside = kept(&said);
    assert_eq!(beside.extension(), Some("save".as_ref()));
    assert_eq!(read(&beside), "rescued\n");
}

/// A token that was given names nobody, and still nobody sends what another one wrote.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_of_the_token_that_it_was_written_with() {
    let (_server, machine) = one_post(Kind::Gatepost).await;
    let ada = machine.run(&["token"]).expect(0).out;
    machine.enter("bob", "file");
    let bob = machine.run(&["token"]).expect(0).out;
    let with = |token: &str, arguments: &[&str]| {
        let mut command = machine.command(arguments);
        command.env("GATEPOST_TOKEN", token.trim());
        command.env("EDITOR", "./editor");
        machine.ended(arguments, &mut command)
    };
    editor(&machine, "echo diary >>\"$1\"; exit 1");
    with(&ada, &["posts", "create", "-t", "Mine"]).expect(1);
    editor(&machine, ":");
    with(&bob, &["posts", "create", "--resume"]).expect(3);
    machine.run(&["posts", "create", "--resume"]).expect(3);
    with(&ada, &["posts", "create", "--resume"]).expect(0);
    assert_eq!(post(&machine, "2")["author"], "ada");
}

/// What comes through a pipe can't be had again.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_of_a_pipe_that_is_refused_is_kept() {
    let (_server, machine) = one_post(Kind::Gatepost).await;
    let text = "<<<<<<< your text\nmine\n======= on the server\ntheirs\n";
    for arguments in [
        &["posts", "create", "-t", "T", "-F", "-"][..],
        &["posts", "edit", "1", "-F", "-"],
    ] {
        let ended = machine.run_with(text, arguments).expect(1);
        assert!(read(&kept(&ended.err)).contains("theirs"), "{}", ended.err);
    }
    let untitled = ["posts", "create", "-F", "-"];
    let ended = machine.run_with("text", &untitled).expect(2);
    assert!(ended.err.contains("--title"), "{}", ended.err);
    // nowhere to keep it
    let arguments = ["posts", "create", "-t", " ", "-F", "-"];
    let mut command = machine.command(&arguments);
    let input = machine.home().join("input");
    std::fs::write(&input, "precious").unwrap();
    command.env("GATEPOST_STATE_DIR", "/proc/nowhere");
    command.stdin(std::fs::File::open(&input).unwrap());
    // the session is there, too
    let ended = machine.ended(&arguments, &mut command).expect(4);
    assert!(ended.err.contains("precious\n"), "{}", ended.err);
}

/// Nor where an editor is to give it a title, whatever becomes of that one, and whatever the pipe is called.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_text_of_a_pipe_outlives_its_editor(
    #[values("false", "no-such-editor", "rm", ":", "sh -c 'kill -9 $$'")] editor: &str,
    #[values("-", "/dev/stdin")] pipe: &str,
) {
    let (_server, machine) = one_post(Kind::Gatepost).await;
    let piped = |arguments: &[&str]| {
        let mut command = Command::new("sh");
        command.args(["-c", "echo precious | exec gatepost \"$@\"", "sh"]);
        machine.prepare(command.args(arguments));
        machine.ended(arguments, command.env("EDITOR", editor))
    };
    for arguments in [
        &["posts", "create", "-F", pipe][..],
        &["posts", "create", "-t", " ", "-F", pipe],
    ] {
        let ended = piped(arguments).expect(1);
        assert!(
            read(&kept(&ended.err)).contains("precious"),
            "{}",
            ended.err
        );
        let resume = ["posts", "create", "--resume", "-t", "T"];
        machine.run(&resume).expect(0);
    }
    assert_eq!(post(&machine, "2")["content"], "precious");
    assert_eq!(post(&machine, "3")["title"], "T");
    assert_eq!(left(&machine), [""; 0]);
}

/// Nor while it is sent, nor where nobody is logged in.
#[test]
fn a_text_of_a_pipe_outlives_its_sending() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let machine = Machine::new(&format!("http://{}", silent.local_addr().unwrap()));
    for arguments in [
        &["posts", "create", "-t", "T", "-F", "-"][..],
        &["posts", "edit", "1", "-F", "-"],
    ] {
        let mut command = machine.command(arguments);
        command.env("GATEPOST_TOKEN", "x.y.z");
        command.stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        pipe.write_all(b"precious").unwrap();
        drop(pipe);
        let _being_sent = silent.accept().unwrap();
        let pid = child.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(143));
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(read(&kept(&said)).contains("precious"), "{said}");
    }
    let arguments = [
        "posts",
        "create",
        "-F",
        "-",
        "--account=ada",
        "--store=file",
    ];
    let mut command = Command::new("sh");
    command.args(["-c", "echo precious | exec gatepost \"$@\"", "sh"]);
    machine.prepare(command.args(arguments));
    let ended = machine.ended(&arguments, command.env("EDITOR", "true"));
    let ended = ended.expect(4);
    assert!(
        read(&kept(&ended.err)).contains("precious"),
        "{}",
        ended.err
    );
}
