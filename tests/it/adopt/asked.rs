//! Projects that do not answer as they should: what is said, and what to do.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use gatepost_tests::{Backend, Program, SECRET, django};

use super::{command, ended};
use crate::adoption::databases::{Database, Origin};

/// A `manage.py` that does something before the application's own.
fn manage(folder: &Path, python: &str) -> String {
    let own = django::manage().display();
    let folder_of_own = django::manage().parent().unwrap().display();
    let text = format!(
        "import os, sys\n{python}\nsys.path.insert(0, '{folder_of_own}')\nexec(compile(open('{own}').read(), '{own}', 'exec'))\n"
    );
    let path = folder.join("manage.py");
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// A check of such a project.
pub(super) fn asked(database: &Database, python: &str, more: &[&str]) -> (i32, String) {
    ended(of_project(database, python, more).arg("--check"))
}

/// The adoption of such a project.
pub(super) fn of_project(database: &Database, python: &str, more: &[&str]) -> Command {
    let manage = manage(database.folder(), python);
    let venv = django::program("python").display().to_string();
    let mut command = Program::command(database.folder(), &["adopt", &manage]);
    command
        .args(["--python", &venv])
        .args(more)
        .env("FAST_HASH", "1")
        .envs([django::place(&database.url)]);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn noise_of_a_project_is_passed_over() {
    let database = Origin::newest(Backend::Sqlite).make().await;
    let noise = "import atexit\nprint('hello = {')\natexit.register(print, '= bye ]')\nprint('\\\\udcff'.encode('utf-8', 'surrogatepass'), file=sys.stderr)";
    let (code, told) = asked(&database, noise, &[]);
    assert_eq!(code, 0, "{told}");
    assert!(!told.contains("hello") && !told.contains("bye"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_does_not_answer_is_named_with_its_remedy() {
    let database = Origin::newest(Backend::Sqlite).empty().await;
    for (python, more, says) in [
        (
            "import time; time.sleep(600)",
            ["--timeout", "1"],
            "The project has not answered for 1 s and was ended",
        ),
        (
            "import subprocess; subprocess.Popen(['sleep', '600']); sys.exit()",
            ["--timeout", "1"],
            "The project has not answered for 1 s and was ended",
        ),
        (
            "os.environ['STRIPE_KEY']",
            ["--timeout", "60"],
            "The project needs the environment variable STRIPE_KEY, which is not set; set it",
        ),
        (
            "import no_such_module",
            ["--timeout", "60"],
            "The project imports the module no_such_module, which ",
        ),
        (
            "1 / 0",
            ["--timeout", "60"],
            ": it ended with ZeroDivisionError; run `",
        ),
        (
            "raise OSError('postgres://app:hunter2@db/x is away')",
            ["--timeout", "60"],
            ": it ended with OSError; run `",
        ),
        (
            "sys.exit('no way to postgres://app:hunter2@db/x')",
            ["--timeout", "60"],
            ": it ended without an answer; run `",
        ),
        (
            "sys.exit(3)",
            ["--timeout", "60"],
            ": it ended without an answer; run `",
        ),
    ] {
        let (code, told) = asked(&database, python, &more);
        assert!(
            code == 11 && told.contains(says),
            "{code}, not {says}: {told}"
        );
        assert_eq!(told.lines().count(), 3, "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}

/// It is in a group of its own, which no Ctrl-C reaches.
#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_is_asked_ends_with_who_asks() {
    let database = Origin::newest(Backend::Sqlite).empty().await;
    let pid = database.folder().join("pid");
    let python = "import time\nopen('pid.new', 'w').write(str(os.getpid()))\nos.rename('pid.new', 'pid')\ntime.sleep(600)";
    for signal in ["TERM", "INT", "HUP"] {
        let mut command = of_project(&database, python, &[]);
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        wait_until("the project runs", || pid.exists());
        let project = fs::read_to_string(&pid).unwrap();
        fs::remove_file(&pid).unwrap();
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        assert!(!child.wait().unwrap().success());
        // whoever is its parent now may not have taken notice
        let stat = format!("/proc/{project}/stat");
        wait_until(&format!("the project has ended after SIG{signal}"), || {
            fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") Z "))
                || !Path::new(&stat).exists()
        });
    }
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(30), "not so: {what}");
        std::thread::yield_now();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Program::command(folder.path(), &["adopt"]);
        ended(command.args(arguments))
    };
    let (code, told) = run(&["manage.py"]);
    assert_eq!(
        (code, told.as_str()),
        (
            11,
            "gatepost-server: there is no file manage.py; name the project's manage.py\n"
        )
    );
    let manage = manage(folder.path(), "");
    let (code, told) = run(&["--check", &manage, "--python", "/no/python"]);
    assert!(
        code == 11 && told.contains("The Python /no/python can't be run: "),
        "{told}"
    );
}

/// The settings file and the environment win over the project, and nothing that is there is overwritten.
#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_wrote_wins_over_the_project() {
    let database = Origin::newest(Backend::Sqlite).make().await;
    let file = database.folder().join("gatepost.toml");
    fs::write(
        &file,
        "[simple_jwt]\naccess_token_lifetime = \"5m\" # mine\n",
    )
    .unwrap();
    let key = database.folder().join("secret_key");
    fs::write(&key, "somebody's").unwrap();
    let run = |arguments: &[&str], more: &[(&str, &str)]| {
        ended(&mut command(
            database.folder(),
            arguments,
            &database.url,
            more,
        ))
    };
    let (code, told) = run(&["--check"], &[]);
    assert!(
        code == 11 && told.contains("The file secret_key is here already with another key than the project's; move it away"),
        "{told}"
    );
    let (code, why) = run(&[], &[]);
    assert!(
        code == 11 && why.contains("secret_key is here already"),
        "{why}"
    );
    assert_eq!(fs::read_to_string(&key).unwrap(), "somebody's");
    let (code, told) = run(&[], &[("GATEPOST_SECRET_KEY", SECRET)]);
    assert!(code == 0 && told.contains("simple_jwt.access_token_lifetime is taken from gatepost.toml; the project says \"180m\"."), "{told}");
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        text.contains("access_token_lifetime = \"5m\" # mine") && text.contains("url = \"sqlite:"),
        "{text}"
    );
    assert!(!text.contains("secret_key"), "{text}");
    assert_eq!(fs::read_to_string(&key).unwrap(), "somebody's");
}

/// Without a project, the database and a key are enough.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_and_a_key_are_enough() {
    let database = Origin::newest(Backend::Sqlite).make().await;
    let run = |arguments: &[&str]| {
        let mut command = Program::command(database.folder(), &["adopt"]);
        command.args(["--database", &database.url]).args(arguments);
        ended(command.env("GATEPOST_SECRET_KEY", SECRET))
    };
    let (code, told) = run(&["--check"]);
    assert!(
        code == 0 && told.ends_with("Ready: `gatepost-server adopt --database URL` can be run.\n"),
        "{told}"
    );
    let (code, told) = run(&[]);
    assert!(
        code == 0 && told.contains("Django's tables were not changed."),
        "{told}"
    );
    let text = fs::read_to_string(database.folder().join("gatepost.toml")).unwrap();
    assert!(text.contains("url = \"sqlite:"), "{text}");
}
