//! What others have made of OpenAPI, tried on the document: a validator, Schemathesis, and two makers of clients; with `--full`
//! alone, which installs them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gatepost_server::Clock;
use gatepost_tests::django::Django;
use gatepost_tests::{Actor, Backend, SECRET, TestApp, is_full};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::Value;

use super::get;
use crate::both_databases;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A program of the virtual environment of `tests/openapi/requirements.txt`.
fn program(name: &str) -> Command {
    Command::new(root().join("target/openapi-venv/bin").join(name))
}

/// Runs a command, which must succeed, and gives what it says.
#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    said
}

/// The document as a file in a folder.
async fn written(app: &TestApp, folder: &Path) -> PathBuf {
    let file = folder.join("openapi.json");
    let document = get(app, "/api/schema/", "*/*").await.expect(200);
    fs::write(&file, document.text()).unwrap();
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_finds_nothing() {
    if !is_full() {
        return;
    }
    for settings in [
        "",
        "tokens = { sliding = true, stateless = true }\ncookies.refresh = 'rt'",
    ] {
        let app = TestApp::with(Backend::Sqlite, settings).await;
        let folder = tempfile::tempdir().unwrap();
        let file = written(&app, folder.path()).await;
        let said = run(program("openapi-spec-validator").arg(&file));
        assert!(said.ends_with("OK\n"), "{said}");
    }
}

/// What Schemathesis says of a service by the document. Two of its checks are left out: Django takes numbers and blanks for
/// texts, and refuses texts for reasons that no schema can say.
fn schemathesis(folder: &Path, document: &Path, url: &str, user: &Actor<'_>) -> (bool, String) {
    let mut command = program("st");
    command
        .current_dir(folder)
        .args(["run", "--no-color", "--max-examples=130", "--seed=1"])
        .args(["--phases=examples,coverage,fuzzing,stateful", "--url", url])
        .arg("--exclude-checks=positive_data_acceptance,negative_data_rejection")
        .arg(format!("--header=Authorization: Bearer {}", user.access))
        .arg(document);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), said)
}

/// How many requests it has sent.
fn generated(said: &str) -> u32 {
    let before = said.split(" generated, ").next().unwrap();
    before
        .rsplit(' ')
        .next()
        .unwrap()
        .trim()
        .parse()
        .unwrap_or_default()
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn no_request_by_the_document_gets_what_is_not_in_it(on: Backend) {
    if !is_full() {
        return;
    }
    let app = TestApp::with_clock(on, "throttle.enabled = false", Clock::system()).await;
    let ann = app.user("ann").await.log_in().await;
    let site = app.listen().await;
    let folder = tempfile::tempdir().unwrap();
    let document = written(&app, folder.path()).await;
    let (is_good, said) = schemathesis(folder.path(), &document, &site, &ann);
    assert!(is_good, "{said}");
    assert!(generated(&said) >= 2000, "{said}");
}

/// Takes the calls out of a document that docs/deviations.md names as ours: a person's own account.
fn without_ours(file: &Path) {
    let mut document: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let paths = document["paths"].as_object_mut().unwrap();
    let before = paths.len();
    paths.retain(|path, _| !path.starts_with("/api/account/"));
    assert_eq!(paths.len(), before - 5);
    let profile = paths["/api/users/profile/"].as_object_mut().unwrap();
    assert!(profile.remove("patch").is_some());
    fs::write(file, document.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn django_answers_by_the_same_document() {
    if !is_full() {
        return;
    }
    let settings = "throttle.enabled = false\ntokens.stored = 'signed'\nrefresh.reuse = 'reject'";
    let app = TestApp::with_clock(Backend::Sqlite, settings, Clock::system()).await;
    let ann = app.user("ann").await.log_in().await;
    let folder = tempfile::tempdir().unwrap();
    let document = written(&app, folder.path()).await;
    without_ours(&document);
    let django = Django::start(&app.database, &[("SECRET_KEY", SECRET)]);
    // beyond docs/deviations.md, "Where Django fails", which these requests do not come to
    let (is_good, said) = schemathesis(folder.path(), &document, django.url(), &ann);
    assert!(is_good, "{said}");
    assert!(generated(&said) >= 2000, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_in_typescript_type_checks_and_works() {
    if !is_full() {
        return;
    }
    let app = TestApp::with_clock(Backend::Sqlite, "", Clock::system()).await;
    let site = app.listen().await;
    // beside what it imports
    let modules = root().join("target/openapi/node_modules");
    let folder = tempfile::tempdir_in(root().join("target/openapi")).unwrap();
    let document = written(&app, folder.path()).await;
    let tool = |name: &str| Command::new(modules.join(".bin").join(name));
    let types = folder.path().join("schema.d.ts");
    run(tool("openapi-typescript")
        .arg(&document)
        .arg("-o")
        .arg(&types));
    let client = folder.path().join("client.mts");
    fs::copy(root().join("tests/openapi/client.mts"), &client).unwrap();
    let options = [
        "--strict",
        "--target",
        "es2022",
        "--module",
        "nodenext",
        "--lib",
        "es2023,dom,dom.iterable",
    ];
    run(tool("tsc").args(options).arg(&client));
    run(Command::new("node")
        .arg(folder.path().join("client.mjs"))
        .arg(&site));
    // a field that there is not would be seen
    let wrong = fs::read_to_string(&client)
        .unwrap()
        .replace("content: \"that fit\"", "contents: \"that fit\"");
    fs::write(&client, wrong).unwrap();
    let checked = tool("tsc").args(options).arg(&client).output().unwrap();
    assert!(!checked.status.success(), "a wrong field type-checks");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_in_python_works() {
    if !is_full() {
        return;
    }
    let app = TestApp::with_clock(Backend::Sqlite, "", Clock::system()).await;
    let site = app.listen().await;
    let folder = tempfile::tempdir().unwrap();
    let document = written(&app, folder.path()).await;
    let made = folder.path().join("made");
    let mut generate = program("openapi-python-client");
    run(generate
        .arg("generate")
        .arg("--path")
        .arg(&document)
        .arg("--output-path")
        .arg(&made));
    let mut client = program("python");
    run(client
        .env("PYTHONPATH", &made)
        .arg(root().join("tests/openapi/client.py"))
        .arg(&site));
}
