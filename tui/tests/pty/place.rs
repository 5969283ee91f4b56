//! Where a session is kept: `gatepost tui` asks where there is no keyring, and the other commands know the answer.

use gatepost_tests::Machine;

use super::*;

/// `gatepost tui` on this machine.
fn start(machine: &Machine) -> Tui {
    let command = machine.command(&["tui"]);
    let mut terminal = Terminal::builder()
        .size(80, 24)
        .env_clear()
        .timeout(Duration::from_secs(20));
    for (name, value) in command.get_envs() {
        let value = value.unwrap_or_default().to_str().unwrap();
        terminal = terminal.env(name.to_str().unwrap(), value);
    }
    let terminal = terminal.arg("tui").spawn(command.get_program());
    Tui {
        folder: machine.home().join(".local/state/gatepost"),
        terminal: terminal.expect("the program starts"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keyring_a_person_is_asked_and_the_other_commands_know_the_answer() {
    with_server(|url| {
        let machine = Machine::new(url);
        let mut tui = start(&machine);
        tui.shows("Where to keep the session?")
            .shows("▌ the OS keyring (try again)")
            .key(Key::Enter)
            .shows("Where to keep the session?")
            .types("j")
            .shows("▌ a file that only you can read")
            .key(Key::Enter)
            .hides("Where is the session");
        tui.registers("ada");
        // at once, not only when it is left
        machine.run(&["profile"]).expect(0);
        assert!(machine.accounts().contains("store = \"file\""));
        // logged out by another command while half a post is written
        tui.types("n")
            .shows("New post")
            .types("Half")
            .key(Key::Enter)
            .types("half-written");
        tui.shows("half-written");
        machine.run(&["logout"]).expect(0);
        tui.types("!").shows("it was logged out");
        tui.ctrl('s')
            .shows("─ Sign in")
            .types(PASSWORD)
            .key(Key::Enter)
            .shows("Signed in again as ada")
            .shows("half-written!")
            .ctrl('s')
            .shows("Saved");
        let list = machine.run(&["posts", "list"]).expect(0);
        assert!(list.out.contains("Half"), "{}", list.out);
        // signed out here, and so for all
        tui.types("s").shows("a file that only you can read");
        tui.types("L").shows("Sign out here").types("y");
        tui.shows("Signed out here and on the server");
        machine.run(&["profile"]).expect(4);
        assert!(!machine.accounts().contains("ada"));
        assert_eq!(tui.ctrl('c').ends(), 0);
    })
    .await;
}

/// One place for the drafts of both: what the one could not send, the other continues.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_a_command_left_is_offered_here_and_the_reverse() {
    with_server(|url| {
        let machine = Machine::new(url);
        machine.enter("ada", "file");
        // refused for its title
        let create = ["posts", "create", "-t", " ", "-F", "-"];
        machine.run_with("from a pipe", &create).expect(1);
        let mut tui = start(&machine);
        tui.shows("A draft was found")
            .key(Key::Enter)
            .shows("from a pipe")
            .types("and changed ")
            .shows("and changed");
        assert_eq!(tui.ctrl('c').ends(), 0);
        machine
            .run(&["posts", "create", "--resume", "-t", "Better"])
            .expect(0);
        let post = machine.run(&["posts", "view", "1", "--json"]).expect(0);
        assert_eq!(post.json()["content"], "and changed from a pipe");
        let mut tui = start(&machine);
        tui.shows("Better").hides("A draft was found");
        assert!(tui.drafts().is_empty());
        assert_eq!(tui.types("q").ends(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_in_memory_ends_with_the_program_and_leaves_nothing() {
    with_server(|url| {
        let machine = Machine::new(url);
        let mut tui = start(&machine);
        tui.shows("Where to keep the session?")
            .types("jj")
            .shows("▌ memory, until you quit")
            .key(Key::Enter)
            .hides("Where is the session");
        tui.registers("ada")
            .types("s")
            .shows("memory, until you quit");
        machine.run(&["profile"]).expect(4);
        assert!(
            !machine
                .home()
                .join(".local/state/gatepost/sessions")
                .exists()
        );
        assert!(machine.accounts().is_empty());
        assert_eq!(tui.ctrl('c').ends(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_is_unlocked_meanwhile_is_used_after_all() {
    with_server(|url| {
        let machine = Machine::with_keyring(url);
        machine.register("ada");
        machine.keyring().lock();
        let mut tui = start(&machine);
        tui.shows("─ Sign in")
            .types("ada")
            .key(Key::Enter)
            .types(Machine::PASSWORD)
            .key(Key::Enter)
            .shows("Where to keep the session?");
        // the locked one, which the bus has started, makes way for one that is not
        machine.keyring().lock();
        machine.keyring().unlock();
        tui.key(Key::Enter).shows("ada @").shows("No posts yet");
        machine.run(&["profile"]).expect(0);
        assert!(machine.accounts().contains("store = \"keyring\""));
        assert_eq!(tui.types("q").ends(), 0);
    })
    .await;
}
