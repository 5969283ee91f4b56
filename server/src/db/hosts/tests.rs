//! The parts of a URL are read as libpq reads them.

use super::*;

fn places(url: &str) -> Vec<String> {
    let hosts = Hosts::parse(url).unwrap();
    let place = |host: &PgConnectOptions| {
        assert_eq!(host.get_username(), "ann");
        assert_eq!(host.get_database(), Some("notes"));
        match host.get_socket() {
            Some(folder) => folder.display().to_string(),
            None => format!("{}:{}", host.get_host(), host.get_port()),
        }
    };
    hosts.each.iter().map(place).collect()
}

#[test]
fn hosts_are_named_as_in_libpq() {
    for (url, found) in [
        ("postgres://ann:x@a/notes", &["a:5432"][..]),
        (
            "postgres://ann:x@a:1,b,c:3/notes",
            &["a:1", "b:5432", "c:3"],
        ),
        (
            "postgresql://ann@[::1]:1,[fe80::2]:2/notes?sslmode=disable",
            &["::1:1", "fe80::2:2"],
        ),
        ("postgres://ann@a,b/notes?port=7", &["a:7", "b:7"]),
        (
            "postgres:///notes?host=a,b&port=1,2&user=ann",
            &["a:1", "b:2"],
        ),
        (
            "postgres:///notes?user=ann&host=%2Frun%2Fpg%2Ca",
            &["/run/pg", "a:5432"],
        ),
        (
            "postgres://ann@x/notes?hostaddr=127.0.0.1,127.0.0.2&host=a,b",
            &["127.0.0.1:5432", "127.0.0.2:5432"],
        ),
    ] {
        assert_eq!(places(url), found, "{url}");
    }
}

/// The examples of PostgreSQL's page on connection strings.
#[test]
fn urls_are_read_as_libpq_reads_them() {
    for (url, described) in [
        ("postgresql://localhost", "localhost:5432"),
        ("postgresql://localhost:5433", "localhost:5433"),
        ("postgresql://localhost/mydb", "localhost:5432"),
        ("postgresql://user@localhost", "localhost:5432"),
        ("postgresql://user:hunter2@localhost", "localhost:5432"),
        (
            "postgresql://other@localhost/otherdb?connect_timeout=10&application_name=myapp",
            "localhost:5432",
        ),
        (
            "postgresql://host1:123,host2:456/somedb?target_session_attrs=any&application_name=myapp",
            "host1:123,host2:456",
        ),
        (
            "postgresql:///mydb?host=localhost&port=5433",
            "localhost:5433",
        ),
        (
            "postgresql://[2001:db8::1234]/database",
            "[2001:db8::1234]:5432",
        ),
        (
            "postgresql://user:p%40ss%2Fhunter2@localhost/mydb?options=-c%20geqo%3Doff",
            "localhost:5432",
        ),
        (
            "postgresql://localhost/mydb?sslmode=require&channel_binding=prefer",
            "localhost:5432",
        ),
    ] {
        let told = Hosts::parse(url).unwrap().describe();
        assert!(told.contains(&format!("@{described}/")), "{url}: {told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    for url in [
        "postgresql:///dbname?host=/var/lib/postgresql",
        "postgresql://%2Fvar%2Flib%2Fpostgresql/dbname",
    ] {
        let hosts = Hosts::parse(url).unwrap();
        let folder = hosts.each[0].get_socket().unwrap();
        assert_eq!(folder.to_str(), Some("/var/lib/postgresql"));
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let hosts = Hosts::parse(
        "postgres://ann:hunter2@a/x?sslmode=verify-full&sslrootcert=%2Fno%20where.pem",
    );
    let why = hosts.unwrap().check_files().unwrap_err();
    assert!(
        why.starts_with(
            "the file /no where.pem that sslrootcert of the database's URL names can't be read: "
        ),
        "{why}"
    );
}

#[test]
fn a_server_that_takes_no_writes_is_not_asked_for() {
    let wanted = |value: &str| {
        let url = format!("postgres://ann:hunter2@a,b/notes?target_session_attrs={value}");
        Hosts::parse(&url).map(|hosts| hosts.wanted)
    };
    assert_eq!(wanted("any"), Ok(Wanted::Any));
    assert_eq!(wanted("read-write"), Ok(Wanted::ReadWrite));
    assert_eq!(wanted("primary"), Ok(Wanted::Primary));
    for refused in ["read-only", "standby", "prefer-standby", "nonsense"] {
        let why = wanted(refused).unwrap_err();
        assert!(why.contains("target_session_attrs"), "{why}");
        assert!(!why.contains("hunter2"), "{why}");
    }
    for (url, why) in [
        (
            "postgres://a,b/x?load_balance_hosts=random",
            "load_balance_hosts=random",
        ),
        ("postgres://a,b/x?port=1,2,3", "3 ports for 2 hosts"),
        ("postgres://ann:hunter2@a:port,b/x", "none of PostgreSQL"),
        ("postgres://ann:hunter/2@a/x", "/ %2F"),
        ("postgres://ann:1/hunter2@a/x", "/ %2F"),
        ("postgres://ann:x?hunter2@a/x", "? %3F"),
        ("postgres://ann:x#hunter2@a/x", "# %23"),
        ("postgres://a/x?password=x&hunter2", "& is written %26"),
        ("postgres://a/x?sslmod=hunter2", "did you mean sslmode?"),
        ("postgres://a/x?sslmode=verify_full", "verify-full"),
        (
            "postgres://a/x?sslrootcert=system&sslmode=require",
            "needs sslmode=verify-full",
        ),
        ("postgres://a/x?port=70000", "no number from 1 to 65535"),
        (
            "postgres://a/x?sslpassword=hunter2",
            "sslpassword is no parameter",
        ),
        (
            "postgres://a/x?connect_timeout=soon",
            "no whole number of seconds",
        ),
        ("postgres://a/x?schema=public", "schema is no parameter"),
        (
            "postgres://a/x?channel_binding=require",
            "channel_binding of the database's URL can only be disable or prefer",
        ),
    ] {
        let refused = Hosts::parse(url).err().unwrap();
        assert!(refused.contains(why), "{refused}");
        assert!(!refused.contains("hunter"), "{refused}");
    }
}
