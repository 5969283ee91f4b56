//! A search of users finds what Django's look-up finds, in whatever locale PostgreSQL has its letters.

use gatepost_tests::{Backend, Program, SECRET, TestApp, postgres, sql};

use super::{PASSWORD, Tab, root};

/// First names, some of whose letters have capitals in one locale alone, or two of them.
const NAMES: [&str; 9] = [
    "ſaıd", "Said", "straße", "Strasse", "ﬁne", "Émile", "İSİ", "100%_", "a\\b",
];

const WORDS: [&str; 20] = [
    "said", "SAID", "ſaıd", "si", "is", "ss", "STRASSE", "strasse", "ß", "fine", "FI", "émile",
    "MILE", "i̇s", "isi", "%", "_", "0%", "%_", "\\",
];

/// As Django's documentation has it for names whose case does not count. PostgreSQL compares them, and has no LIKE for them.
const CASELESS: &str = "
    CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = FALSE);
    DROP INDEX auth_user_username_6821ab7c_like;
    ALTER TABLE auth_user ALTER username TYPE varchar(150) COLLATE caseless";

#[tokio::test(flavor = "multi_thread")]
async fn names_whose_case_does_not_count_are_found() {
    let app = TestApp::on(Backend::Postgres).await;
    app.sql(CASELESS).await;
    let app = app.another().await;
    let mut tab = root(&app, &app.listen().await).await;
    app.user("Ann").await;
    let ann = app.known("aNN").log_in().await;
    ann.get("/api/users/profile/").await.expect(200);
    for (asked, count) in [
        ("q=ANN", 1),
        ("q=nobody", 0),
        ("username=ann", 1),
        ("username__in=ann,bob", 1),
        ("username__iexact=ANN", 1),
        ("username__contains=nn", 1),
        ("username__icontains=NN", 1),
        ("username__startswith=A", 1),
        ("username__startswith=a", 0),
        ("username__endswith=n", 1),
        ("username__iendswith=N", 1),
        ("o=-1", 2),
    ] {
        let page = tab
            .get(&format!("/admin/auth/user/?{asked}"))
            .await
            .expect(200);
        let found = page.between("<th scope=\"row\"", "</a>");
        assert_eq!(found.len(), count, "{asked}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_knows_the_letters_of_the_database() {
    for (name, locale) in [
        ("letters_c", "LOCALE 'C'"),
        ("letters_utf8", "LOCALE 'C.UTF-8'"),
        (
            "letters_icu",
            "LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'en'",
        ),
        (
            "letters_tr",
            "LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'tr'",
        ),
    ] {
        let made = format!("CREATE DATABASE {name} ENCODING 'UTF8' {locale} TEMPLATE template0");
        sql::execute(&postgres::url("postgres"), &made).await;
        finds_as_django(name).await;
        postgres::drop(name).await;
    }
}

async fn finds_as_django(name: &str) {
    let database = postgres::url(name);
    let folder = tempfile::tempdir().unwrap();
    let command = |arguments: &[&str]| {
        let mut command = Program::command(
            folder.path(),
            &[arguments, &["--database", &database]].concat(),
        );
        command
            .env("GATEPOST_SECRET_KEY", SECRET)
            .env("DJANGO_SUPERUSER_PASSWORD", PASSWORD);
        command
    };
    let program = Program::serve(&mut command(&["serve"]));
    let root = [
        "createsuperuser",
        "--noinput",
        "--username=root",
        "--email=root@example.com",
    ];
    let made = Program::ended(&mut command(&root));
    assert!(made.status.success(), "{made:?}");
    for (number, first) in NAMES.iter().enumerate() {
        let user = format!(
            "INSERT INTO auth_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined) VALUES ('', FALSE, 'n{number}', '{first}', '', '', FALSE, TRUE, now())"
        );
        sql::execute(&database, &user).await;
    }
    let mut tab = Tab::signed_in(&program.base, "root").await;
    for word in WORDS {
        let pattern = word
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        let django = format!(
            "SELECT username FROM auth_user WHERE UPPER(username::text) LIKE UPPER('%{pattern}%') OR UPPER(first_name::text) LIKE UPPER('%{pattern}%') OR UPPER(email::text) LIKE UPPER('%{pattern}%') ORDER BY username"
        );
        let mut url = reqwest::Url::parse("http://x/admin/auth/user/").unwrap();
        url.query_pairs_mut().append_pair("q", word);
        let path = format!("/admin/auth/user/?{}", url.query().unwrap());
        let page = tab.get(&path).await.expect(200);
        let links = page.between("<th scope=\"row\"", "</a>");
        let found: Vec<_> = links
            .iter()
            .filter_map(|link| link.rsplit('>').next())
            .collect();
        assert_eq!(
            found,
            sql::query(&database, &django).await,
            "{word} in {name}"
        );
    }
}
