//! A second and a third try for a person whose answer was refused.

use gatepost_tests::Machine;
use insta::assert_snapshot;

use super::{Kind, Server, masked};

const PASSWORD: &str = Machine::PASSWORD;
const OTHER: &str = "Another-Word-4711";

async fn machine() -> (Server, Machine) {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    (server, machine)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_asked_for_again() {
    let (server, machine) = machine().await;
    machine.register("ada");
    let login = "gatepost login --username ada --store file";
    let ask = "Password: ";
    let seen = machine.on_terminal(login, &[(ask, "wrong"), (ask, PASSWORD)]);
    assert_snapshot!(masked(&seen.expect(0).out, &server), @r"
    Password: 
    No active account found with the given credentials
    Try again, or end with Ctrl-C
    Password: 
    Logged in to SERVER as ada (the session is kept in a file that only you can read)
    ");
    let wrong = [(ask, "wrong"), (ask, "wrong"), (ask, "wrong")];
    let seen = machine.on_terminal(login, &wrong).expect(1).out;
    assert_eq!(seen.matches("Try again").count(), 2, "{seen}");
    assert!(
        seen.ends_with("error: No active account found with the given credentials\nhint: check the username and the password\n"),
        "{seen}"
    );
    // what comes through a pipe can't come again
    let piped = [
        "login",
        "--username",
        "ada",
        "--password-stdin",
        "--store",
        "file",
    ];
    let refused = machine.run_with("wrong", &piped).expect(1);
    assert!(!refused.err.contains("Try again"), "{}", refused.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_refuses_of_a_registration_is_asked_for_again() {
    let (server, machine) = machine().await;
    machine.register("ada");
    let (first, second) = ("Password: ", "Repeat password: ");
    let typed = [
        ("Username: ", "ada"),
        ("E-mail address: ", "nobody"),
        (first, PASSWORD),
        (second, "differs"),
        (first, PASSWORD),
        (second, PASSWORD),
        ("Username: ", "bo"),
        ("E-mail address: ", "bo@example.com"),
    ];
    let seen = machine.on_terminal("gatepost register --first-name B --last-name O", &typed);
    assert_snapshot!(masked(&seen.expect(0).out, &server), @r"
    Username: ada
    E-mail address: nobody
    Password: 
    Repeat password: 
    the passwords do not match
    Try again, or end with Ctrl-C
    Password: 
    Repeat password: 
    --username: A user with that username already exists.
    --email: Enter a valid email address.
    Try again, or end with Ctrl-C
    Username: bo
    E-mail address: bo@example.com
    Registered bo at SERVER. Next: gatepost login --username bo
    ");
    // a password that is refused is asked for again, and what was given by a flag is not
    let given = "gatepost register --username cy --email '' --first-name B --last-name O";
    let typed = [
        (first, "123"),
        (second, "123"),
        (first, PASSWORD),
        (second, PASSWORD),
    ];
    let seen = machine.on_terminal(given, &typed).expect(0).out;
    assert!(
        seen.contains("password: This password is too short."),
        "{seen}"
    );
    let typed = [(first, PASSWORD), (second, PASSWORD)];
    let seen = machine.on_terminal(given, &typed).expect(1).out;
    assert!(
        seen.contains("--username: A user with") && !seen.contains("Try again"),
        "{seen}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_passwords_only_the_refused_one_is_asked_for_again() {
    let (_server, machine) = machine().await;
    machine.enter("ada", "file");
    let (old, new, again) = ("Old password: ", "New password: ", "Repeat new password: ");
    let typed = [
        (old, "wrong"),
        (new, OTHER),
        (again, OTHER),
        (old, PASSWORD),
    ];
    let seen = machine
        .on_terminal("gatepost password", &typed)
        .expect(0)
        .out;
    assert!(seen.contains("\nold password: "), "{seen}");
    let typed = [
        (old, OTHER),
        (new, "123"),
        (again, "123"),
        (new, PASSWORD),
        (again, PASSWORD),
    ];
    let seen = machine
        .on_terminal("gatepost password", &typed)
        .expect(0)
        .out;
    assert!(seen.contains("\nnew password: This password"), "{seen}");
    assert!(!seen.contains(PASSWORD) && !seen.contains(OTHER), "{seen}");
    let ask = "Password: ";
    let delete = "gatepost profile delete --yes";
    let wrong = [(ask, "wrong"); 3];
    machine.on_terminal(delete, &wrong).expect(1);
    machine
        .on_terminal(delete, &[(ask, "wrong"), (ask, PASSWORD)])
        .expect(0);
}
