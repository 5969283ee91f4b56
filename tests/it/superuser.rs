//! `createsuperuser` and `changepassword` at a terminal: what Django asks, in its words.

use std::io::Write;

use gatepost_tests::Machine;

/// Types an answer at each prompt; gives all that was seen.
fn converse(machine: &Machine, line: &str, answers: &[(&str, &str)]) -> String {
    let mut next = 0;
    let seen = machine.attended(line, answers.len(), &mut |seen, keyboard| {
        let (prompt, answer) = answers[next];
        let is_asked = seen.ends_with(prompt.as_bytes());
        if is_asked {
            if prompt.starts_with("Password") {
                machine.wait_until_hidden();
            }
            write!(keyboard, "{answer}\r").unwrap();
            next += 1;
        }
        is_asked
    });
    seen.out
}

#[tokio::test(flavor = "multi_thread")]
async fn a_superuser_is_asked_for_as_django_asks() {
    const EMAIL: &str = "Email address: ";
    const PASSWORD: &str = "Password: ";
    const AGAIN: &str = "Password (again): ";
    const BYPASS: &str = "Bypass password validation and create user anyway? [y/N]: ";
    let machine = Machine::new("http://127.0.0.1:9");
    let seen = converse(
        &machine,
        "LOGNAME='De Ploy' GATEPOST_PASSWORDS__ITERATIONS=1 gatepost-server createsuperuser",
        &[
            ("Username (leave blank to use 'deploy'): ", "no name"),
            ("Username (leave blank to use 'deploy'): ", ""),
            (EMAIL, "nonsense"),
            (EMAIL, "root@Example.COM"),
            (PASSWORD, "one"),
            (AGAIN, "two"),
            (PASSWORD, "  "),
            (AGAIN, "  "),
            (PASSWORD, "deploy"),
            (AGAIN, "deploy"),
            (BYPASS, ""),
            (PASSWORD, "12345"),
            (AGAIN, "12345"),
            (BYPASS, "Y"),
        ],
    );
    let mut rest = seen.as_str();
    for said in [
        "Error: Enter a valid username.",
        "Error: Enter a valid email address.",
        "Error: Your passwords didn't match.",
        "Error: Blank passwords aren't allowed.",
        "The password is too similar to the username.",
        "This password is too short. It must contain at least 8 characters.",
        "This password is entirely numeric.",
        "Superuser created successfully.",
    ] {
        let found = rest.split_once(said);
        rest = found.unwrap_or_else(|| panic!("no {said} in {rest}")).1;
    }

    // the default is the name of who runs it only while nobody has it
    let seen = converse(
        &machine,
        "LOGNAME=deploy gatepost-server createsuperuser; true",
        &[("Username: ", "\u{3}")],
    );
    assert!(!seen.contains("leave blank"), "{seen}");

    let seen = converse(
        &machine,
        "LOGNAME=deploy GATEPOST_PASSWORDS__ITERATIONS=1 gatepost-server changepassword",
        &[
            (PASSWORD, "short"),
            (AGAIN, "short"),
            (PASSWORD, "Correct-Horse-9"),
            (AGAIN, "Correct-Horse-9"),
        ],
    );
    assert!(
        seen.contains("Changing password for user 'deploy'")
            && seen.contains("This password is too short.")
            && seen.contains("Password changed successfully for user 'deploy'"),
        "{seen}"
    );
}
