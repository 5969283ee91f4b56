//! The report of a check, word for word, on projects that can and that can't be moved.

use std::fs;

use gatepost_tests::{Backend, django};
use insta::assert_snapshot;

use super::check;
use crate::adoption::databases::{Database, Origin};

const JWT: &str = r#"{"USER_AUTHENTICATION_RULE": "own.rules.paid", "TOKEN_OBTAIN_SERIALIZER": "own.urls.ClaimsSerializer"}"#;

/// A report and its exit code, in which places of this run have names.
fn shown(database: &Database, (code, told): (i32, String)) -> String {
    let path = database.url.trim_start_matches("sqlite:");
    let told = told
        .replace(path, "DATABASE")
        .replace(&database.folder().display().to_string(), "FOLDER")
        .replace(&django::manage().display().to_string(), "manage.py")
        .replace(&django::program("python").display().to_string(), "PYTHON");
    format!("{told}exit code {code}")
}

fn on_sqlite(more: &'static [(&'static str, &'static str)]) -> Origin {
    Origin {
        more,
        ..Origin::newest(Backend::Sqlite)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_is_ready() {
    let database = on_sqlite(&[]).make().await;
    let before = database.dump().await;
    assert_snapshot!("reference", shown(&database, check(&database, &[])));
    assert_eq!(database.dump().await, before, "a check changes nothing");
    assert!(!database.folder().join("gatepost.toml").exists());
    assert!(!database.folder().join("secret_key").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_model_that_adds_is_ready() {
    let database = on_sqlite(&[("USER_MODEL", "members.Member")]).make().await;
    assert_snapshot!("member", shown(&database, check(&database, &[])));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_no_numbers_are_not_possible() {
    let database = on_sqlite(&[("USER_MODEL", "people.User")]).empty().await;
    assert_snapshot!("uuid", shown(&database, check(&database, &[])));
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_counted_by_the_format_of_their_hash() {
    let database = on_sqlite(&[]).make().await;
    database.django().run(
        "from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
for name, encoded in [
    ('alice', make_password('x', hasher='bcrypt_sha256')),
    ('bob', make_password('x', hasher='scrypt')),
    ('carol', 'argon2id_of_another_program'),
    ('dave', make_password(None)),
]:
    User.objects.filter(username=name).update(password=encoded)",
    );
    assert_snapshot!("hashes", shown(&database, check(&database, &[])));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_blacklist_it_is_not_possible() {
    let database = on_sqlite(&[("NO_BLACKLIST", "1"), ("ROOT_URLCONF", "own.urls")])
        .empty()
        .await;
    assert_snapshot!("no_blacklist", shown(&database, check(&database, &[])));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_tables_it_is_not_possible() {
    let database = on_sqlite(&[]).empty().await;
    let nothing = database.folder().join("nothing.sqlite3");
    fs::write(&nothing, "").unwrap();
    let nothing = nothing.display().to_string();
    let report = check(&database, &[("SQLITE_PATH", &nothing)]);
    assert_snapshot!("no_tables", shown(&database, report));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_secret_key_is_noticed() {
    let database = on_sqlite(&[]).make().await;
    let other = [(
        "SECRET_KEY",
        "another-secret-key-that-is-long-enough-for-hs256",
    )];
    assert_snapshot!("wrong_key", shown(&database, check(&database, &other)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_project_does_its_own_way_is_named() {
    let database = on_sqlite(&[]).make().await;
    let own = [("ROOT_URLCONF", "own.urls")];
    assert_snapshot!("own_ways", shown(&database, check(&database, &own)));
    let settings = [("ROOT_URLCONF", "own.urls"), ("SIMPLE_JWT", JWT)];
    let (code, told) = check(&database, &settings);
    assert_eq!(code, 11, "{told}");
    for name in ["token_obtain_serializer", "user_authentication_rule"] {
        let says = format!("  - simple_jwt.{name} from the project is not usable: ");
        assert!(told.contains(&says), "{told}");
    }
}
