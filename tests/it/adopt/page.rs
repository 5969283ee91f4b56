//! docs/migrating-from-django.md, from top to bottom, with a project and a signed-in client.

use std::process::Command;

use gatepost_tests::{Backend, django, free_port, server_binary};
use rstest::rstest;
use rstest_reuse::apply;

use crate::adoption::databases::Origin;
use crate::both_databases;
use crate::tutorial::shell;

const PAGE: &str = include_str!("../../../docs/migrating-from-django.md");

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_page_moves_a_project(on: Backend) {
    let database = Origin::newest(on).make().await;
    let project = database.folder().join("project");
    std::fs::create_dir(&project).unwrap();
    let own = django::manage().parent().unwrap();
    for name in ["manage.py", "reference", "accounts", "posts"] {
        std::os::unix::fs::symlink(own.join(name), project.join(name)).unwrap();
    }
    let venv = django::program("python");
    let venv = venv.parent().unwrap().parent().unwrap();
    std::os::unix::fs::symlink(venv, project.join("venv")).unwrap();
    let here = database.folder().join("here");
    std::fs::create_dir(&here).unwrap();

    let address = format!("127.0.0.1:{}", free_port());
    let (name, value) = django::place(&database.url);
    let blocks: String = [
        "## 1. Look\n",
        "## 2. Adopt\n",
        "## 3. Switch over\n",
        "## 4. Back\n",
    ]
    .map(|title| shell(PAGE, title))
    .concat();
    let script = format!(
        "set -e; PATH={}:$PATH; trap 'kill $!' EXIT\n{}\nwait; echo the end",
        server_binary().parent().unwrap().display(),
        blocks
            .replace("127.0.0.1:8001", &address)
            .replace("kill %1", "kill %1; trap '' EXIT")
    );
    let mut command = Command::new("bash");
    command
        .args(["-m", "-c", &script])
        .current_dir(&here)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .envs([(name, value), ("FAST_HASH", "1")])
        .envs([
            ("ACCESS", &database.held.access),
            ("REFRESH", &database.held.alice),
        ]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let log = String::from_utf8_lossy(&output.stderr);
    for said in [
        "Ready: `gatepost-server adopt ../project/manage.py` can be run.",
        "Added Gatepost's tables. Django's tables were not changed.",
        "The settings are valid.",
        "\"username\":\"alice\"",
        "{\"access\":\"ey",
    ] {
        assert!(text.contains(said), "no {said} in {text}{log}");
    }
    assert!(text.trim_end().ends_with("the end"), "{text}{log}");
}
