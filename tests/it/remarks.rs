//! What works and should not stay as it is: said at the start and by `check`, and refused where nobody depends on it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use gatepost_tests::{Backend, Program, SECRET, TestApp};

use crate::algorithms::Keys;

/// What `check` says, which finds the settings valid.
fn checked(folder: &Path, variables: &[(&str, &str)]) -> String {
    let mut command = Program::command(folder, &["check"]);
    let output = Program::ended(command.envs(variables.iter().copied()));
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    said
}

/// What a start logs.
fn logged(folder: &Path, variables: &[(&str, &str)]) -> String {
    let mut command = Program::command(folder, &[]);
    Program::serve(command.envs(variables.iter().copied())).log()
}

fn write(folder: &Path, name: &str, text: &str, mode: u32) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path.display().to_string()
}

#[test]
fn files_with_secrets_that_others_can_read_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("gatepost-data")).unwrap();
    let ring = folder.join("gatepost-data/keys.toml");
    fs::write(&ring, "keys = []\n").unwrap();
    let url = format!("sqlite:{}", folder.join("x.sqlite3").display());
    for mode in [0o600, 0o640, 0o604] {
        let key = write(folder, "key", SECRET, mode);
        let old = write(folder, "old", SECRET, mode);
        let place = write(folder, "url", &url, mode);
        fs::set_permissions(&ring, fs::Permissions::from_mode(mode)).unwrap();
        let toml =
            format!("[[tokens.previous_keys]]\nsecret_key_file = '{old}'\nuntil = 9000-01-01\n");
        fs::write(folder.join("gatepost.toml"), toml).unwrap();
        for name in [
            "GATEPOST_SECRET_KEY_FILE",
            "GATEPOST_SERVER__SECRET_KEY_FILE",
            "GATEPOST_SIMPLE_JWT__SIGNING_KEY_FILE",
        ] {
            let variables = [(name, key.as_str()), ("GATEPOST_DATABASE_URL_FILE", &place)];
            for told in [checked(folder, &variables), logged(folder, &variables)] {
                for path in [key.as_str(), &old, &place, "gatepost-data/keys.toml"] {
                    let says = format!(
                        "{path} can be read by others than its owner: run `chmod 600 {path}`"
                    );
                    assert_eq!(
                        told.contains(&says),
                        mode != 0o600,
                        "{name}, {mode:o}: {told}"
                    );
                    assert!(told.matches(&says).count() < 2, "{told}");
                }
            }
        }
    }
}

/// The key that the first start has made, too.
#[test]
fn an_invented_key_that_others_can_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(!logged(folder, &[]).contains("chmod"));
    let key = folder.join("gatepost-data/secret_key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let says = "gatepost-data/secret_key can be read by others than its owner";
    assert!(checked(folder, &[]).contains(says));
    assert!(logged(folder, &[]).contains(says));
}

#[test]
fn settings_that_do_nothing_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let keys = Keys::new();
    keys.of("ES256");
    let public = keys.path("ES256.pub");
    let file = format!("simple_jwt.verifying_key_file = '{public}'");
    for (toml, says) in [
        (
            "simple_jwt.verifying_key = 'x'",
            "simple_jwt.verifying_key is set and not used: HS256 verifies by the key that signs",
        ),
        (
            file.as_str(),
            "simple_jwt.verifying_key_file is set and not used: HS256",
        ),
        (
            "simple_jwt.jwk_url = 'https://example.com/'",
            "simple_jwt.jwk_url is set and not used: HS256",
        ),
        (
            "simple_jwt.auth_token_classes = []",
            "simple_jwt.auth_token_classes is empty, so that no token signs a request in",
        ),
        (
            "cookies = { refresh = 'rt', secure = false }",
            "cookies.secure is false, so that the refresh token may go over the network as it is",
        ),
        (
            "cookies.refresh = 'rt'\ncors.allowed_origins = 'https://a.example'",
            "cookies.refresh is set, and the pages that cors allows can't log in with it; set cors.allow_credentials = true",
        ),
        (
            "[[tokens.previous_keys]]\nsecret_key_file = 'gone'\nuntil = 2020-01-31",
            "the key gone of tokens.previous_keys has been refused since 2020-01-31T00:00:00Z; take it out",
        ),
    ] {
        fs::write(folder.join("gatepost.toml"), toml).unwrap();
        for told in [checked(folder, &[]), logged(folder, &[])] {
            assert!(told.contains(says), "not {says}: {told}");
        }
    }
    let toml = format!(
        "simple_jwt.algorithm = 'ES256'\nsimple_jwt.jwk_url = 'https://example.com/'\n{file}"
    );
    fs::write(folder.join("gatepost.toml"), toml).unwrap();
    let says = "simple_jwt.verifying_key_file is set and not used: the keys of simple_jwt.jwk_url verify in its place";
    assert!(checked(folder, &[]).contains(says));

    // the list of keys says that a time is over, too
    let toml = "[[tokens.previous_keys]]\nsecret_key_file = 'gone'\nuntil = 2020-01-31";
    fs::write(folder.join("gatepost.toml"), toml).unwrap();
    let output = Program::run(folder, &["keys", "list"]);
    let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(
        told.contains("the key gone of tokens.previous_keys"),
        "{told}"
    );
    fs::write(folder.join("gatepost.toml"), "").unwrap();
    let told = checked(folder, &[]);
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(!logged(folder, &[]).contains("WARN"));
}

/// RFC 7518, 3.2: a key as long as the hash at least. Nobody depends on that of a database that nobody has used.
#[tokio::test(flavor = "multi_thread")]
async fn a_short_key_is_refused_at_first_and_told_later() {
    const SHORT: &str = "31 bytes are one too few in all";
    assert_eq!(SHORT.len(), 31);
    for name in ["GATEPOST_SECRET_KEY", "GATEPOST_SIMPLE_JWT__SIGNING_KEY"] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for arguments in [&["migrate"][..], &["--bind", "127.0.0.1:0"]] {
            let mut command = Program::command(folder, arguments);
            let output = Program::ended(command.env(name, SHORT));
            let why = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{why}");
            assert!(why.contains("has 31 bytes, and HS256 asks for 32"), "{why}");
        }
        let long = format!("{SHORT}.");
        drop(Program::serve(
            Program::command(folder, &[]).env(name, &long),
        ));
        let told = logged(folder, &[(name, &long)]);
        assert!(!told.contains("asks for"), "{told}");
        assert!(
            logged(
                folder,
                &[(name, &long), ("GATEPOST_SIMPLE_JWT__ALGORITHM", "HS512")]
            )
            .contains("has 32 bytes, and HS512 asks for 64")
        );
    }
    // as after an adoption: tokens of users are signed with it
    let app = TestApp::on(Backend::Sqlite).await;
    app.user("ann").await;
    app.sql("DELETE FROM gatepost_meta WHERE name = 'key_fingerprint'")
        .await;
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        ("GATEPOST_DATABASE_URL", app.database.as_str()),
        ("GATEPOST_SECRET_KEY", "short"),
    ];
    let says = "the secret key has 5 bytes, and HS256 asks for 32 (RFC 7518)";
    assert!(checked(folder.path(), &variables).contains(says));
    let told = logged(folder.path(), &variables);
    assert!(told.contains(says) && !told.contains("short"), "{told}");
}
