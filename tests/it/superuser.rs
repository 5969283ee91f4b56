//! `createsuperuser` and `changepassword`: what Django asks at a terminal, in its words, and what scripts give.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use gatepost_tests::{Machine, Program, server_binary, sql};

use crate::process::refusal;

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

/// Whom the system calls who runs the tests.
fn system_name() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
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

    // as Python's getpass.getuser: the first of four variables that says something, or the system's own name
    for (line, name) in [
        ("LOGNAME= USER=second", "second".to_owned()),
        ("LOGNAME= USER= LNAME=third USERNAME=x", "third".to_owned()),
        ("env -u LOGNAME -u USER -u LNAME -u USERNAME", system_name()),
        ("LOGNAME= USER= LNAME= USERNAME=", system_name()),
    ] {
        let seen = converse(
            &machine,
            &format!("{line} gatepost-server createsuperuser; true"),
            &[(
                &format!("Username (leave blank to use '{name}'): "),
                "\u{3}",
            )],
        );
        assert!(seen.contains(&name), "{seen}");
    }

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

#[test]
fn a_superuser_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let create = |arguments: &[&str]| {
        let arguments = [&["createsuperuser"], arguments].concat();
        Program::command(folder.path(), &arguments)
            .env("GATEPOST_PASSWORDS__ITERATIONS", "1")
            .output()
            .unwrap()
    };
    let named = [
        "--noinput",
        "--username",
        "ﬁne",
        "--email",
        "Ann@Example.COM",
    ];
    let output = create(&named);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "Superuser created successfully.\n"
    );
    assert_eq!(refusal(&create(&named)), "That username is already taken.");
    assert_eq!(
        refusal(&create(&["--noinput"])),
        "you must use --username with --noinput"
    );
    assert_eq!(
        refusal(&create(&[
            "--noinput",
            "--username",
            "bob",
            "--email",
            "nonsense"
        ])),
        "Enter a valid email address."
    );
    assert!(refusal(&create(&[])).starts_with("there is no terminal to ask on"));
    let database = format!(
        "sqlite:{}",
        folder
            .path()
            .join("gatepost-data/gatepost.sqlite3")
            .display()
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let row = runtime.block_on(sql::query(
        &database,
        "SELECT username || ' ' || email || ' ' || is_superuser || is_staff || is_active || ' ' || substr(password, 1, 1) || length(password) FROM auth_user",
    ));
    assert_eq!(row, ["fine Ann@example.com 111 !41"]);
}

/// A password that is no text is not left out, and one that no login could give is not set.
#[test]
fn a_password_that_nobody_can_log_in_with_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let create = |name: &str, value: &[u8]| {
        let arguments = ["createsuperuser", "--noinput"];
        let mut command = Program::command(folder.path(), &arguments);
        command.env("GATEPOST_PASSWORDS__ITERATIONS", "1");
        command.env("DJANGO_SUPERUSER_USERNAME", "ann");
        command.env("DJANGO_SUPERUSER_EMAIL", "ann@example.com");
        command.env(name, OsStr::from_bytes(value));
        Program::ended(&mut command)
    };
    for name in [
        "DJANGO_SUPERUSER_PASSWORD",
        "DJANGO_SUPERUSER_USERNAME",
        "DJANGO_SUPERUSER_EMAIL",
    ] {
        assert_eq!(
            refusal(&create(name, b"Gr\xfc\xdfe-Passwort-9")),
            format!("the environment variable {name} is not UTF-8; set it again as text")
        );
    }
    let created = create("DJANGO_SUPERUSER_PASSWORD", b"Correct-Horse-9");
    assert_eq!(created.status.code(), Some(0));
    let mut change = Command::new("sh");
    let line = r#"printf 'x\0y-Long-pw-123\n' | "$0" changepassword --password-stdin ann"#;
    change.args(["-c", line]).arg(server_binary());
    assert_eq!(
        refusal(&Program::ended(change.current_dir(folder.path()))),
        "the password has a null character in it, which no login may have; choose another"
    );
}
