//! A database of every released version: today's server migrates it, and its clients go on. `tests/upgrades/` has them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gatepost_tests::{Program, SECRET, postgres, sql};
use reqwest::Method;
use serde_json::{Value, json};

use crate::remote::Remote;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("upgrades")
}

fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

/// The versions that have left a database of this kind.
fn versions(kind: &str) -> BTreeSet<String> {
    let files = fs::read_dir(folder()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let end = format!(".{kind}.sql");
    names
        .filter_map(|name| name.strip_suffix(&end).map(str::to_owned))
        .collect()
}

/// Starts today's server on a database of this version, whose user goes on.
async fn goes_on(name: &str, url: &str) {
    sql::execute(url, &read(&format!("{name}.sql"))).await;
    let held: toml::Table = read(&format!("{name}.toml")).parse().unwrap();
    let token = |name: &str| held[name].as_str().unwrap().to_owned();
    let place = tempfile::tempdir().unwrap();
    let settings = |command: &str| {
        let mut command = Program::command(place.path(), &[command, "--database", url]);
        command
            .env("GATEPOST_SECRET_KEY", SECRET)
            .env("GATEPOST_PASSWORDS__ITERATIONS", "1");
        command
    };
    let migrated = Program::ended(&mut settings("migrate"));
    let told = String::from_utf8([migrated.stdout, migrated.stderr].concat()).unwrap();
    assert!(migrated.status.success(), "{name}: {told}");
    let server = Program::serve(&mut settings("serve"));
    let remote = Remote::new(&server.base);
    // the answer of the last refresh was lost
    let again = remote
        .refresh(&token("rotated"), Some("key"))
        .await
        .unwrap();
    assert_eq!(
        (again.status, &*again.replayed),
        (200, "true"),
        "{name}: {again:?}"
    );
    assert_eq!(again.token("refresh"), token("live"), "{name}");
    let pair = remote.refresh(&token("live"), Some("next")).await.unwrap();
    assert_eq!(pair.status, 200, "{name}: {pair:?}");
    let over = remote.refresh(&token("logged_out"), None).await.unwrap();
    assert_eq!(over.status, 401, "{name}: {over:?}");
    let access = remote.tokens("ada").await.token("access");
    let posts = remote.signed_in(Method::GET, "/api/posts/", &access, &Value::Null);
    let posts = posts.await.unwrap().body;
    let titles: BTreeSet<_> = (posts.as_array().unwrap().iter())
        .map(|post| post["title"].as_str().unwrap())
        .collect();
    assert_eq!(titles, BTreeSet::from(["More notes", "Notes"]), "{name}");
    let post = json!({"title": "New", "content": "words"});
    let made = remote.signed_in(Method::POST, "/api/posts/", &access, &post);
    assert_eq!(made.await.unwrap().body["id"], 3, "{name}");
    // whoever used it up without the key is out, with all of the session
    let stolen = remote.refresh(&token("rotated"), None).await.unwrap();
    assert_eq!(stolen.status, 401, "{name}: {stolen:?}");
    let ended = remote.refresh(&pair.token("refresh"), Some("x")).await;
    assert_eq!(ended.unwrap().status, 401, "{name}");
    assert_eq!(server.terminate(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_every_version_is_migrated_and_its_clients_go_on() {
    let versions = [versions("sqlite"), versions("postgres")];
    assert_eq!(versions[0], versions[1]);
    assert!(versions[0].contains("0.1.0"));
    for version in &versions[0] {
        let place = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", place.path().join("db.sqlite3").display());
        goes_on(&format!("{version}.sqlite"), &url).await;
        let name = format!("upgrade_{version}");
        postgres::create(&name, None).await;
        goes_on(&format!("{version}.postgres"), &postgres::url(&name)).await;
        postgres::drop(&name).await;
    }
}
