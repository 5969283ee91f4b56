//! What the role, or the user of the machine, may not do: it is said before anything is changed, with the GRANT that helps.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use gatepost_tests::{Backend, Program, SECRET, server_binary, sql};
use serde_json::{Value, json};

use super::databases::{Database, Origin, PASSWORD};
use super::refused::refuses;
use super::story::Side;
use super::{check, migrate};

/// A database of Django's, and its owner's URL: its own is now that of a role that may read it.
async fn as_a_reader(origin: Origin) -> (Database, String) {
    let mut database = origin.make().await;
    let owner = database.url.clone();
    let (place, name) = owner.rsplit_once('/').unwrap();
    let role = format!("reader_of_{name}");
    let grants = format!(
        "DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"
    );
    sql::execute(&owner, &grants).await;
    database.url = format!("{}/{name}", place.replace("postgres@", &format!("{role}@")));
    (database, owner)
}

/// The statements that a report gives.
fn grants(told: &str) -> Vec<&str> {
    let quoted = told.split('`');
    quoted.filter(|part| part.starts_with("GRANT ")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_the_rights_is_told_what_to_grant() {
    let origin = Origin {
        django: "3.2", // whose ids are of sequences
        ..Origin::newest(Backend::Postgres)
    };
    let (database, owner) = as_a_reader(origin).await;
    let says = "has no right of INSERT, UPDATE, DELETE on posts_post";
    let told = refuses(&database, &[], says).await;
    for more in [
        "no right of INSERT, UPDATE on auth_user",
        "no right of INSERT, DELETE on token_blacklist_outstandingtoken",
        "may not use the sequence posts_post_id_seq",
        "may make no tables in the schema public",
    ] {
        assert!(told.contains(more), "{told}");
    }
    for grant in grants(&told) {
        sql::execute(&owner, grant).await;
    }
    let (code, told) = check(database.folder(), &database.url, &[]);
    assert!(
        code == 10 && told.contains("is not the owner of token_blacklist_outstandingtoken"),
        "{code} {told}"
    );
    let (code, told) = migrate(database.folder(), &database.url, &["--adopt"], &[]);
    assert_eq!(code, 0, "{told}");
    let mut command = Program::command(database.folder(), &["--database", &database.url]);
    command.env("GATEPOST_SECRET_KEY", SECRET);
    let program = Program::serve(&mut command);
    let mut gatepost = Side::Gatepost(program.base.clone());
    let (status, _) = gatepost.ask("GET", "/-/ready", "", Value::Null).await;
    assert_eq!(status, 200);
    let bob = json!({"username": "bob", "password": PASSWORD});
    let (status, pair) = gatepost.ask("POST", "/api/token/", "", bob).await;
    assert_eq!(status, 200, "{pair}");
    let post = json!({"title": "t", "content": "c"});
    let access = pair["access"].as_str().unwrap();
    let (status, _) = gatepost.ask("POST", "/api/posts/", access, post).await;
    assert_eq!(status, 201);
    drop(program);

    // tokens that SimpleJWT 4.6 made by a rotation have no rows
    let mut command = Program::command(
        database.folder(),
        &[
            "changepassword",
            "bob",
            "--stdin",
            "--database",
            &database.url,
        ],
    );
    let input = database.folder().join("password");
    fs::write(&input, "Another-Word-4711\n").unwrap();
    command
        .env("GATEPOST_SECRET_KEY", SECRET)
        .env("GATEPOST_PASSWORDS__END_SESSIONS", "true")
        .stdin(fs::File::open(&input).unwrap());
    let output = Program::ended(&mut command);
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(said.contains("SimpleJWT before 5.5"), "{said}");
}

/// A fresh database in which this role may make no tables.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_make_no_tables_is_told_so() {
    let (database, owner) = as_a_reader(Origin::newest(Backend::Postgres)).await;
    let of_all = sql::query(
        &owner,
        "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables WHERE schemaname = 'public'",
    );
    sql::execute(&owner, &format!("DROP TABLE {} CASCADE", of_all.await[0])).await;
    let (code, told) = migrate(database.folder(), &database.url, &[], &[]);
    assert!(
        code == 1 && told.contains("run `GRANT CREATE ON SCHEMA public TO reader_of_"),
        "{code} {told}"
    );
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Runs `migrate` as somebody whom modes of files hold.
fn as_nobody(
    folder: &Path,
    program: &Path,
    database: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> (i32, String) {
    let mut command = Command::new(program);
    command
        .args(["migrate", "--adopt"])
        .args(arguments)
        .args(["--database", database])
        .current_dir(folder)
        .env_clear()
        .env("GATEPOST_SECRET_KEY", SECRET)
        .envs(variables.iter().copied());
    if fs::metadata(folder).unwrap().uid() == 0 {
        command.uid(65534).gid(65534);
    }
    let output = Program::ended(&mut command);
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(said).unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_this_user_may_not_write_is_said_before_anything_is_changed() {
    let database = Origin::newest(Backend::Sqlite).make().await;
    let (folder, url) = (database.folder(), database.url.as_str());
    let program = folder.join("program");
    fs::copy(server_binary(), &program).unwrap();
    let file = Path::new(url.strip_prefix("sqlite:").unwrap());
    let place = file.parent().unwrap();
    mode(folder, 0o555);
    let before = database.dump().await;
    for (of_place, of_file, says) in [
        (0o777, 0o444, "this user can't write to the database file"),
        (
            0o555,
            0o666,
            "this user can't write to the folder of the database",
        ),
        (0o777, 0o666, "gatepost.toml can't be changed"),
    ] {
        mode(place, of_place);
        mode(file, of_file);
        let (code, told) = as_nobody(folder, &program, url, &["--check"], &[]);
        assert!(
            code == 11 && told.contains(says),
            "{code}, not {says}: {told}"
        );
        let (code, told) = as_nobody(folder, &program, url, &[], &[]);
        assert!(
            code == 11 && told.contains(says),
            "{code}, not {says}: {told}"
        );
        assert_eq!(database.dump().await, before, "{says}: nothing was changed");
    }
    // settings that somebody gives elsewhere need no file
    let given = [
        ("GATEPOST_REFRESH__REUSE", "reject"),
        ("GATEPOST_TOKENS__STORED", "signed"),
        ("GATEPOST_PASSWORDS__END_SESSIONS", "false"),
    ];
    let (code, told) = as_nobody(folder, &program, url, &["--check"], &given);
    assert_eq!(code, 0, "{told}");
    let (code, told) = as_nobody(folder, &program, url, &[], &given);
    assert_eq!(code, 0, "{told}");
    mode(folder, 0o755);
}
