//! Where there is no admin site, and who reaches it.

use gatepost_tests::{Backend, Program, SECRET, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use super::{Tab, root};
use crate::both_databases;

const PATHS: [&str; 4] = ["/admin", "/admin/", "/admin/login/", "/admin/auth/user/"];

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_turned_off(on: Backend) {
    let app = TestApp::with(on, "server.admin = false").await;
    let mut tab = Tab::at(&app.listen().await);
    for path in PATHS {
        let page = tab.get(path).await.expect(404);
        assert!(
            page.has("The requested resource was not found"),
            "{}",
            page.text
        );
    }
    assert!(tab.cookies.is_empty());
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_its_tables_has_none(on: Backend) {
    let app = TestApp::on(on).await;
    app.sql("DROP TABLE django_admin_log").await;
    let other = app.another().await;
    let mut tab = Tab::at(&other.listen().await);
    tab.get("/admin/").await.expect(404);
    let ann = other.user("ann").await.log_in().await;
    ann.get("/api/users/profile/").await.expect(200);
    let folder = tempfile::tempdir().unwrap();
    let program = app.program(folder.path(), &[]);
    let mut tab = Tab::at(&program.base);
    tab.get("/admin/").await.expect(404);
    let log = program.log();
    assert!(
        log.contains("there is no admin site: the table django_admin_log is not there"),
        "{log}"
    );
    let check = |wants: &str| {
        let mut command = Program::command(folder.path(), &["check", "--database", &app.database]);
        command.env("GATEPOST_SECRET_KEY", SECRET);
        command.env("GATEPOST_SERVER__ADMIN", wants);
        let output = Program::ended(&mut command);
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let said = check("true");
    assert!(
        said.contains("There is no admin site: the table django_admin_log is not there; "),
        "{said}"
    );
    // who wants none is told nothing
    assert!(!check("false").contains("admin"));
    let program = app.program(folder.path(), &[("GATEPOST_SERVER__ADMIN", "false")]);
    let log = program.log();
    assert!(!log.contains("admin"), "{log}");
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn only_its_networks_reach_it(on: Backend) {
    let settings = "[server]
        admin_networks = ['10.1.0.0/16', '2001:db8::/32']
        trusted_proxies = ['127.0.0.1']";
    let app = TestApp::with(on, settings).await;
    let base = app.listen().await;
    let mut tab = Tab::at(&base);
    for path in PATHS.into_iter().skip(1) {
        tab.get(path).await.expect(404);
    }
    for (address, is_let_in) in [
        ("10.1.2.3", true),
        ("2001:db8::1", true),
        ("10.2.2.3", false),
        ("2001:db9::1", false),
        // whoever is in front says who asks; what the client wrote itself stands before it
        ("10.1.2.3, 10.2.2.3", false),
        ("10.2.2.3, 10.1.2.3", true),
    ] {
        let mut tab = Tab::at(&base);
        tab.headers = vec![("x-forwarded-for", address.to_owned())];
        let status = if is_let_in { 200 } else { 404 };
        tab.get("/admin/login/").await.expect(status);
        let style = tab.get("/admin/static/admin.css").await;
        assert_eq!(
            style.status == 404,
            !is_let_in,
            "{address}: {}",
            style.status
        );
    }
    // nothing else is kept from anybody
    tab.get("/-/live").await.expect(200);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_of_no_use_from_elsewhere(on: Backend) {
    let settings = "[server]
        admin_networks = ['10.1.0.0/16']
        trusted_proxies = ['127.0.0.1']";
    let app = TestApp::with(on, settings).await;
    let everywhere = app.another_with("").await;
    let mut tab = root(&app, &everywhere.listen().await).await;
    tab.base = app.listen().await;
    tab.get("/admin/").await.expect(404);
    tab.headers = vec![("x-forwarded-for", "10.1.2.3".to_owned())];
    tab.get("/admin/").await.expect(200);
}
