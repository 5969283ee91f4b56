//! The index says how passwords are kept, and whether any hash can't be read.

use std::time::{Duration, Instant};

use gatepost_tests::{Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use super::{Tab, root, staff};
use crate::both_databases;

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_index_tells_the_formats_of_passwords(on: Backend) {
    let app = TestApp::on(on).await;
    let base = app.listen().await;
    for name in ["ann", "bob", "carol", "dave"] {
        app.user(name).await;
    }
    app.sql(
        "UPDATE auth_user SET password = 'pbkdf2_sha256$870000$salt$hash' WHERE username = 'ann';
        UPDATE auth_user SET password = 'argon2$argon2id$v=19$m=102400,t=2,p=8$salt$hash' WHERE username = 'bob';
        UPDATE auth_user SET password = '!unusable$text' WHERE username = 'carol'",
    )
    .await;
    let mut tab = root(&app, &base).await;
    staff(&app, "writer", &["view_post"]).await;
    let index = tab.get("/admin/").await.expect(200);
    let rows = index.between("<tr><th scope=\"row\">", "</tr>").join("\n");
    let row = |name: &str, users: u8, note: &str| {
        let row = format!("{name}</th><td class=\"number\">{users}</td><td>{note}</td>");
        assert!(rows.contains(&row), "{row}: {rows}");
    };
    let renewed = "Renewed at the next login.";
    row("pbkdf2_sha256, 870,000 iterations", 1, renewed);
    row("argon2", 1, renewed);
    row("No usable password", 1, "");
    row("pbkdf2_sha256, 1 iterations", 2 + 1, "");
    assert!(!index.has("can’t be read"));

    // it is counted once a minute
    app.sql("UPDATE auth_user SET password = 'md5$salt$hash' WHERE username = 'dave'")
        .await;
    assert!(!tab.get("/admin/").await.has("can’t be read"));
    app.clock.advance(60);
    // it waits for a new count no longer than for a page
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut index = tab.get("/admin/").await.expect(200);
    while !index.has("can’t be read") && Instant::now() < deadline {
        index = tab.get("/admin/").await.expect(200);
    }
    assert!(
        index.has("1 user has a password hash that can’t be read"),
        "{}",
        index.text
    );
    assert!(index.has("Not readable"));

    let mut writer = Tab::signed_in(&base, "writer").await;
    let index = writer.get("/admin/").await.expect(200);
    assert!(!index.has("How passwords are kept"), "{}", index.text);
}
