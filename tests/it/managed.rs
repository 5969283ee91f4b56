//! PostgreSQL as managed services give it: encrypted, with a password from a file, in a schema of one's own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use gatepost_tests::postgres::Postgres;
use gatepost_tests::{Backend, Program, SECRET, TestApp, postgres, sql};

/// Who is let in, and how.
const LETS_IN: &str = "hostssl all secure all trust
hostnossl all plain all trust
hostssl all certified all cert
host all secret all scram-sha-256
host all postgres all trust
";

fn openssl(folder: &Path, arguments: &str) {
    let mut command = Command::new("openssl");
    command.current_dir(folder).args(arguments.split(' '));
    let output = command.output().expect("openssl is installed");
    assert!(output.status.success(), "{arguments}: {output:?}");
}

/// An authority of this name, and with it certificates.
fn authority(folder: &Path, name: &str) {
    openssl(
        folder,
        &format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN={name} -keyout {name}.key -out {name}.crt"
        ),
    );
}

fn certificate(folder: &Path, authority: &str, name: &str) {
    openssl(
        folder,
        &format!(
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN={name} -keyout {name}.key -out {name}.csr"
        ),
    );
    fs::write(folder.join("san"), format!("subjectAltName=DNS:{name}")).unwrap();
    openssl(
        folder,
        &format!(
            "x509 -req -in {name}.csr -CA {authority}.crt -CAkey {authority}.key -CAcreateserial -days 30 -extfile san -out {name}.crt"
        ),
    );
}

/// A server whose certificate is for `localhost`, with a database and roles, and the folder with the certificates.
async fn encrypted() -> (Postgres, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    authority(path, "ours");
    authority(path, "other");
    certificate(path, "ours", "localhost");
    certificate(path, "ours", "certified");
    let read = |name: &str| fs::read_to_string(path.join(name)).unwrap();
    let chain = read("localhost.crt") + &read("ours.crt");
    let server = Postgres::encrypted(&chain, &read("localhost.key"), LETS_IN);
    sql::execute(
        &server.url("postgres"),
        "CREATE ROLE secure LOGIN SUPERUSER; CREATE ROLE plain LOGIN SUPERUSER; CREATE ROLE certified LOGIN SUPERUSER;
        CREATE ROLE secret LOGIN SUPERUSER PASSWORD 'pass:word'",
    )
    .await;
    sql::execute(&server.url("postgres"), "CREATE DATABASE notes").await;
    (server, folder)
}

/// Whether Gatepost's sessions are encrypted, after a start with this URL; or why there was none.
async fn start(origin: &TestApp, server: &Postgres, url: &str) -> Result<String, String> {
    let app = origin
        .try_another_with(&format!("database.url = '{url}'"))
        .await?;
    let encrypted = "SELECT DISTINCT ssl::text FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'gatepost'";
    let found = sql::query(&server.url("postgres"), encrypted).await;
    gatepost_server::testing::close(&app.app).await;
    app.abandon();
    Ok(found.concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn sslmode_and_its_certificates_are_as_in_libpq() {
    let (server, folder) = encrypted().await;
    let origin = TestApp::on(Backend::Sqlite).await;
    let port = server.port();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (ours, other) = (file("ours.crt"), file("other.crt"));
    let (certificate, key) = (file("certified.crt"), file("certified.key"));
    let nobody = "its certificate is signed by nobody who is trusted here; name the file";
    for (who, parameters, expected) in [
        ("postgres@127.0.0.1", String::new(), Ok("true")),
        ("postgres@127.0.0.1", "sslmode=disable".into(), Ok("false")),
        ("postgres@127.0.0.1", "sslmode=allow".into(), Ok("false")),
        ("secure@127.0.0.1", "sslmode=allow".into(), Ok("true")),
        ("postgres@127.0.0.1", "sslmode=prefer".into(), Ok("true")),
        ("plain@127.0.0.1", "sslmode=prefer".into(), Ok("false")),
        (
            "secure@127.0.0.1",
            "sslmode=disable".into(),
            Err("no pg_hba.conf entry"),
        ),
        (
            "plain@127.0.0.1",
            "sslmode=require".into(),
            Err("no pg_hba.conf entry"),
        ),
        ("secure@127.0.0.1", "sslmode=require".into(), Ok("true")),
        // authorities that are named count
        (
            "secure@127.0.0.1",
            format!("sslmode=require&sslrootcert={ours}"),
            Ok("true"),
        ),
        (
            "secure@127.0.0.1",
            format!("sslmode=require&sslrootcert={other}"),
            Err(nobody),
        ),
        (
            "secure@127.0.0.1",
            format!("sslmode=verify-ca&sslrootcert={ours}"),
            Ok("true"),
        ),
        (
            "secure@127.0.0.1",
            format!("sslmode=verify-ca&sslrootcert={other}"),
            Err(nobody),
        ),
        (
            "secure@localhost",
            format!("sslmode=verify-full&sslrootcert={ours}"),
            Ok("true"),
        ),
        (
            "secure@localhost",
            format!("sslmode=verify-full&sslrootcert={other}"),
            Err(nobody),
        ),
        (
            "secure@127.0.0.1",
            format!("sslmode=verify-full&sslrootcert={ours}"),
            Err(
                "its certificate is for another name than the host of the database's URL; write that name",
            ),
        ),
        (
            "secure@localhost",
            "sslmode=verify-full".into(),
            Err(nobody),
        ),
        ("secure@localhost", "sslrootcert=system".into(), Err(nobody)),
        (
            "certified@127.0.0.1",
            format!("sslmode=require&sslcert={certificate}&sslkey={key}"),
            Ok("true"),
        ),
        (
            "certified@127.0.0.1",
            "sslmode=require".into(),
            Err("certificate"),
        ),
    ] {
        let url = format!("postgres://{who}:{port}/notes?{parameters}");
        let found = start(&origin, &server, &url).await;
        match (&found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{url}"),
            (Err(why), Err(expected)) => {
                assert!(why.contains(expected), "{url}: {why}");
                assert_eq!(why.lines().count(), 1, "{why}");
            }
            _ => panic!("{url}: {found:?}, not {expected:?}"),
        }
    }
    // one that encrypts nothing
    let url = format!("{}?sslmode=require", postgres::url("postgres"));
    let why = start(&origin, &server, &url).await.unwrap_err();
    assert!(
        why.contains("it encrypts nothing, and sslmode asks for it; "),
        "{why}"
    );
}

/// What a program says that is started with this URL and these variables, and then ended.
fn program(url: &str, variables: &[(&str, &str)]) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Program::command(folder.path(), &["migrate", "--database", url]);
    command.env("GATEPOST_SECRET_KEY", SECRET);
    let output = Program::ended(command.envs(variables.iter().copied()));
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8(output.stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_and_authorities_come_from_where_libpq_has_them() {
    let (server, folder) = encrypted().await;
    let port = server.port();
    let url = format!("postgres://secret@localhost:{port}/notes");
    let file = folder.path().join("passwords");
    let lines = format!(
        "# host:port:database:user:password\nelsewhere:*:*:*:wrong\nlocalhost:{port}:notes:another:wrong\n*:{port}:notes:secret:pass\\:word\n*:*:*:*:wrong\n"
    );
    fs::write(&file, lines).unwrap();
    let path = file.display().to_string();
    for (mode, is_good) in [(0o600, true), (0o640, false), (0o604, false)] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let started = program(&url, &[("PGPASSFILE", &path)]);
        assert_eq!(started.is_ok(), is_good, "{started:?}");
        if let Err(why) = started {
            let says = format!(
                "the passwords of {path} do not count while others than its owner may read it: run `chmod 600 {path}`"
            );
            assert!(why.contains(&says), "{why}");
        }
    }
    // the home's file, and the variable
    let home = folder.path().display().to_string();
    fs::rename(&file, folder.path().join(".pgpass")).unwrap();
    fs::set_permissions(
        folder.path().join(".pgpass"),
        fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    assert_eq!(program(&url, &[("HOME", &home)]), Ok(()));
    assert_eq!(program(&url, &[("PGPASSWORD", "pass:word")]), Ok(()));
    let why = program(&url, &[("PGPASSWORD", "wrong")]).unwrap_err();
    assert!(
        why.contains("password authentication failed") && !why.contains("wrong"),
        "{why}"
    );

    // the system's authorities, where one of them signs for this host
    let url = format!("postgres://secure@localhost:{port}/notes?sslrootcert=system");
    let ours = folder.path().join("ours.crt").display().to_string();
    assert_eq!(program(&url, &[("SSL_CERT_FILE", &ours)]), Ok(()));
    let url = format!("postgres://secure@127.0.0.1:{port}/notes?sslrootcert=system");
    let why = program(&url, &[("SSL_CERT_FILE", &ours)]).unwrap_err();
    assert!(why.contains("for another name"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_made_and_read_in_a_schema_of_ones_own() {
    let server = Postgres::unsynced();
    let origin = TestApp::on(Backend::Sqlite).await;
    for (database, parameters) in [
        (
            "first",
            "search_path=%22My%20Notes%22,public&application_name=notes%20of%20mine",
        ),
        (
            "second",
            "options=-c%20search_path%3D%22My%5C%20Notes%22&application_name=notes%20of%20mine",
        ),
        (
            "third",
            "options[search_path]=%22My%20Notes%22&application_name=notes%20of%20mine",
        ),
    ] {
        sql::execute(
            &server.url("postgres"),
            &format!("CREATE DATABASE {database}"),
        )
        .await;
        let direct = server.url(database);
        sql::execute(&direct, "CREATE SCHEMA \"My Notes\"").await;
        let app = origin
            .another_with(&format!("database.url = '{direct}?{parameters}'"))
            .await;
        app.user("ann").await.log_in().await.post("first").await;
        let named = "SELECT DISTINCT application_name FROM pg_stat_activity WHERE application_name LIKE 'notes%'";
        assert_eq!(sql::query(&direct, named).await, ["notes of mine"]);
        app.abandon();
        let found = sql::query(&direct, "SELECT title FROM \"My Notes\".posts_post").await;
        assert_eq!(found, ["first"], "{parameters}");
    }
}
