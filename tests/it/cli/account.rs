//! `gatepost sessions`, `password`, `profile edit` and `profile delete`.

use gatepost_tests::Machine;

use super::{Kind, Server};

const OTHER: &str = "Another-Word-4711";

/// A server, and a machine on which ada is logged in.
async fn signed_in(kind: Kind) -> (Server, Machine) {
    let server = Server::start(kind).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    (server, machine)
}

/// Another machine on which ada is logged in, too.
fn elsewhere(server: &Server) -> Machine {
    let machine = Machine::new(&server.url);
    machine.login("ada", "file");
    machine
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_one_is_ended() {
    for kind in [Kind::Gatepost, Kind::Cookie] {
        let (server, machine) = signed_in(kind).await;
        let other = elsewhere(&server);
        let listed = machine.run(&["sessions", "--json"]).expect(0).json();
        let ids: Vec<_> = listed.as_array().unwrap().iter().collect();
        assert_eq!(ids.len(), 2);
        let system = if cfg!(target_os = "linux") {
            "Linux"
        } else {
            "macOS"
        };
        for (session, current) in ids.iter().zip([false, true]) {
            assert_eq!(session["current"], current);
            assert_eq!(session["label"], format!("gatepost 0.1 on {system}"));
        }
        let lines = machine.run(&["sessions"]).expect(0).out;
        let first: Vec<_> = lines.lines().next().unwrap().split('\t').collect();
        assert_eq!(first.len(), 6);
        assert_eq!(
            (first[0], first[3], first[5]),
            (ids[0]["id"].as_str().unwrap(), "", "false")
        );

        let own = ids[1]["id"].as_str().unwrap();
        let refused = machine.run(&["sessions", "end", own]).expect(2);
        assert!(refused.err.contains("`gatepost logout`"), "{}", refused.err);
        let nothing = machine.run(&["sessions", "end", "zz", "--json"]).expect(3);
        assert!(nothing.err.contains("no_session"), "{}", nothing.err);
        // any beginning that no other has
        let end = ["sessions", "end", &first[0][..12], "--json"];
        let ended = machine.run(&end).expect(0).json();
        assert_eq!(ended["id"], first[0]);
        machine.run(&end).expect(3);
        other.run(&["token", "--refresh"]).expect(4);
        machine.run(&["token", "--refresh"]).expect(0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_which_session_is_which() {
    let (server, machine) = signed_in(Kind::Gatepost).await;
    let other = elsewhere(&server);
    let seen = machine.on_terminal("gatepost sessions", &[]).expect(0).out;
    assert!(seen.contains("WHAT") && seen.contains("EXPIRES"), "{seen}");
    let marked: Vec<_> = seen.lines().filter(|line| line.starts_with('*')).collect();
    assert_eq!(marked.len(), 1, "{seen}");
    let said = machine.on_terminal("gatepost sessions end-others", &[]);
    assert_eq!(said.expect(0).out, "Ended all other sessions\n");
    other.run(&["profile"]).expect(0);
    other.run(&["token", "--refresh"]).expect(4);
    machine.run(&["token", "--refresh"]).expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_by_a_person_and_by_a_script() {
    let (server, machine) = signed_in(Kind::Gatepost).await;
    let other = elsewhere(&server);
    let old = Machine::PASSWORD;
    let typed = [
        ("Old password: ", old),
        ("New password: ", OTHER),
        ("Repeat new password: ", "Another-Word-4712"),
    ];
    let thrice = [&typed[..], &typed[1..], &typed[1..]].concat();
    let differ = machine.on_terminal("gatepost password", &thrice).expect(2);
    assert!(
        differ.out.contains("the passwords do not match"),
        "{}",
        differ.out
    );
    let typed = [typed[0], typed[1], ("Repeat new password: ", OTHER)];
    let changed = machine.on_terminal("gatepost password", &typed).expect(0);
    assert!(!changed.out.contains(OTHER), "{}", changed.out);
    assert!(
        changed.out.contains("all other sessions have ended"),
        "{}",
        changed.out
    );
    other.run(&["token", "--refresh"]).expect(4);
    machine.run(&["token", "--refresh"]).expect(0);

    let script = ["password", "--passwords-stdin", "--json"];
    let wrong = machine
        .run_with(&format!("{old}\n{OTHER}\n"), &script)
        .expect(1);
    assert!(wrong.err.contains("old_password"), "{}", wrong.err);
    for input in ["", "one\n", "1\n2\n3\n"] {
        machine.run_with(input, &script).expect(2);
    }
    let changed = machine.run_with(&format!("{OTHER}\r\n{old}\r\n"), &script);
    assert_eq!(changed.expect(0).json()["changed"], true);
    let nobody = machine.run(&["password"]).expect(2);
    assert!(nobody.err.contains("--passwords-stdin"), "{}", nobody.err);
    elsewhere(&server).run(&["profile"]).expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_edited() {
    let (_server, machine) = signed_in(Kind::Gatepost).await;
    let edit = [
        "profile",
        "edit",
        "--first-name",
        "Augusta",
        "--email",
        "",
        "--json",
    ];
    let edited = machine.run(&edit).expect(0).json();
    assert_eq!(
        (&edited["first_name"], &edited["email"]),
        (&"Augusta".into(), &"".into())
    );
    let shown = machine.run(&["profile", "--json"]).expect(0).json();
    assert_eq!(shown, edited);
    let nothing = machine.run(&["profile", "edit"]).expect(2);
    assert!(nothing.err.contains("--first-name"), "{}", nothing.err);
    let wrong = machine.run(&["profile", "edit", "--email", "x"]).expect(1);
    assert!(wrong.err.contains("email"), "{}", wrong.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_deleted_after_a_question_and_its_password() {
    let (server, machine) = signed_in(Kind::Gatepost).await;
    let users = "SELECT CAST(COUNT(*) AS text) FROM auth_user";
    let question = format!(
        "Delete the account ada at {}, with its posts and sessions? [y/N]: ",
        server.url
    );
    let declined = machine.on_terminal("gatepost profile delete", &[(&question, "n")]);
    assert!(declined.expect(1).out.contains("nothing was deleted"));
    let delete = ["profile", "delete", "--yes", "--password-stdin", "--json"];
    let wrong = machine.run_with("guess", &delete).expect(1);
    assert!(wrong.err.contains("password"), "{}", wrong.err);
    assert_eq!(server.count(users).await, 1);
    let typed = [(question.as_str(), "y"), ("Password: ", Machine::PASSWORD)];
    let deleted = machine
        .on_terminal("gatepost profile delete", &typed)
        .expect(0);
    assert!(
        deleted.out.contains("Deleted the account ada at"),
        "{}",
        deleted.out
    );
    assert_eq!(server.count(users).await, 0);
    assert!(
        !machine.accounts().contains("ada"),
        "{}",
        machine.accounts()
    );
    machine.run(&["profile"]).expect(4);

    machine.enter("grace", "file");
    let without_yes = machine.run_with(
        Machine::PASSWORD,
        &["profile", "delete", "--password-stdin"],
    );
    assert!(without_yes.expect(2).err.contains("--yes"));
    let deleted = machine
        .run_with(Machine::PASSWORD, &delete)
        .expect(0)
        .json();
    assert_eq!(
        (&deleted["user"], &deleted["deleted"]),
        (&"grace".into(), &true.into())
    );
    assert_eq!(server.count(users).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn django_is_said_to_have_none_of_it() {
    let (_server, machine) = signed_in(Kind::Django).await;
    let both = format!("{}\n{OTHER}\n", Machine::PASSWORD);
    let commands: [(&[&str], &str, &str); 6] = [
        (&["sessions"], "", "list of sessions"),
        (&["sessions", "end", "a1"], "", "list of sessions"),
        (&["sessions", "end-others"], "", "way to end sessions"),
        (
            &["password", "--passwords-stdin"],
            &both,
            "way to change a password",
        ),
        (
            &["profile", "edit", "--first-name", "x"],
            "",
            "way to change a profile",
        ),
        (
            &["profile", "delete", "--yes", "--password-stdin"],
            Machine::PASSWORD,
            "way to delete an account",
        ),
    ];
    for (command, input, what) in commands {
        let refused = machine.run_with(input, command).expect(1);
        let said = format!("this server has no {what}");
        assert!(refused.err.contains(&said), "{command:?}: {}", refused.err);
        let json = machine
            .run_with(input, &[command, &["--json"]].concat())
            .expect(1);
        assert!(
            json.err.contains("\"unsupported\""),
            "{command:?}: {}",
            json.err
        );
    }
    machine.run(&["profile"]).expect(0);
}
