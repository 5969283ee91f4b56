//! A user's sessions: they are seen and ended, and no token is ever shown.

use gatepost_tests::{Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use super::{Tab, key, root, staff};
use crate::both_databases;
use crate::refresh::BLACKLISTED;

const LOG: &str = "SELECT CAST(action_flag AS text) || ' ' || object_repr || ' ' || change_message FROM django_admin_log ORDER BY id";
const END: &str = "name=\"end\" value=\"";

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_refreshes_no_more(
    on: Backend,
    #[values("signed", "unsigned")] stored: &str,
) {
    let app = TestApp::with(on, &format!("tokens.stored = '{stored}'")).await;
    let base = app.listen().await;
    let first = app.user("ann").await.log_in().await;
    app.clock.advance(3_600);
    let alone = app.known("ann").log_in().await;
    app.clock.advance(60);
    let other = app.known("ann").log_in().await;
    let second = first.rotate(&first.refresh, Some("a")).await;
    let third = first.rotate(&second, Some("b")).await;
    // sessions of somebody else, and one that was logged out
    let bob = app.user("bob").await.log_in().await;
    let gone = app.known("ann").log_in().await;
    gone.log_out_with(&gone.refresh, None).await.expect(200);

    let mut tab = root(&app, &base).await;
    let ann = key(&app, "ann").await;
    let path = format!("/admin/auth/user/{ann}/sessions/");
    let change = tab
        .get(&format!("/admin/auth/user/{ann}/change/"))
        .await
        .expect(200);
    assert!(
        change.has(&format!("href=\"{path}\"")),
        "the form leads there"
    );
    let page = tab.get(&path).await.expect(200);
    let chains = page.between(END, "\"");
    assert_eq!(chains.len(), 3, "{}", page.text);
    for token in [&first.refresh, &third, &alone.refresh, &other.refresh] {
        let parts = token.split('.').filter(|part| page.has(part));
        assert_eq!(parts.count(), 0, "a token is shown");
    }
    // the newest token first: the rotated session began before the others
    let begun = page.between("data-label=\"Begun\"><time datetime=\"", "\"");
    assert_eq!(begun.len(), 3);
    assert!(begun[0] < begun[2] && begun[2] < begun[1], "{begun:?}");
    assert_eq!(page.text.matches(">Never<").count(), 2);

    let ended = tab.post(&path, &[("end", &chains[0])]).await.expect(302);
    assert_eq!(ended.location, path);
    let page = tab.get(&path).await.expect(200);
    assert!(page.has("A session of “ann” was ended."), "{}", page.text);
    assert_eq!(page.between(END, "\""), chains[1..]);
    assert_eq!(
        first.refresh_with(&third, Some("c")).await.wire(),
        BLACKLISTED
    );
    assert_eq!(app.query(LOG).await, ["2 ann Ended a session."]);

    // one that has a single token
    tab.post(&path, &[("end", &chains[2])]).await.expect(302);
    assert_eq!(
        alone.refresh_with(&alone.refresh, None).await.wire(),
        BLACKLISTED
    );
    tab.post(&path, &[("end", &chains[2])]).await.expect(302);
    let page = tab.get(&path).await.expect(200);
    assert!(page.has("The session had ended already."), "{}", page.text);

    let newer = other.rotate(&other.refresh, None).await;
    let last = app.known("ann").log_in().await;
    tab.post(&path, &[("end_all", "1")]).await.expect(302);
    for token in [&newer, &last.refresh] {
        assert_eq!(last.refresh_with(token, None).await.wire(), BLACKLISTED);
    }
    let page = tab.get(&path).await.expect(200);
    assert!(page.has("has no live session"), "{}", page.text);
    let log = [
        "2 ann Ended a session.",
        "2 ann Ended a session.",
        "2 ann Ended all sessions.",
    ];
    assert_eq!(app.query(LOG).await, log);
    let history = tab
        .get(&format!("/admin/auth/user/{ann}/history/"))
        .await
        .expect(200);
    assert!(history.has("Ended all sessions."));
    bob.refresh_with(&bob.refresh, None).await.expect(200);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_see_users_ends_nothing(on: Backend) {
    let app = TestApp::on(on).await;
    let base = app.listen().await;
    let ann = app.user("ann").await.log_in().await;
    let bob = app.user("bob").await.log_in().await;
    staff(&app, "viewer", &["view_user"]).await;
    staff(&app, "changer", &["change_user"]).await;
    staff(&app, "nobody", &["view_post"]).await;
    let path = format!("/admin/auth/user/{}/sessions/", key(&app, "ann").await);
    let others = format!("/admin/auth/user/{}/sessions/", key(&app, "bob").await);

    let mut viewer = Tab::signed_in(&base, "viewer").await;
    let page = viewer.get(&path).await.expect(200);
    assert!(
        page.has("data-label=\"Begun\"") && !page.has("name=\"end"),
        "{}",
        page.text
    );
    let mut changer = Tab::signed_in(&base, "changer").await;
    let chain = changer
        .get(&path)
        .await
        .expect(200)
        .between(END, "\"")
        .concat();
    for button in [("end", chain.as_str()), ("end_all", "1")] {
        viewer.post(&path, &[button]).await.expect(403);
    }
    let mut nobody = Tab::signed_in(&base, "nobody").await;
    nobody.get(&path).await.expect(403);
    nobody.post(&path, &[("end_all", "1")]).await.expect(403);
    // a session is one of the user whose page it is
    changer.post(&others, &[("end", &chain)]).await.expect(302);
    assert!(app.query(LOG).await.is_empty());
    let next = ann.rotate(&ann.refresh, None).await;
    changer.post(&path, &[("end", &chain)]).await.expect(302);
    assert_eq!(ann.refresh_with(&next, None).await.wire(), BLACKLISTED);
    bob.refresh_with(&bob.refresh, None).await.expect(200);
    for nowhere in [
        "/admin/auth/user/999999/sessions/",
        "/admin/auth/group/1/sessions/",
    ] {
        let page = changer.get(nowhere).await;
        assert!([302, 404].contains(&page.status), "{page:?}");
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_were_used_twice_are_told(on: Backend) {
    let app = TestApp::on(on).await;
    let base = app.listen().await;
    let ann = app.user("ann").await.log_in().await;
    let next = ann.rotate(&ann.refresh, Some("a")).await;
    ann.refresh_with(&ann.refresh, Some("another"))
        .await
        .expect(401);
    assert_eq!(ann.refresh_with(&next, None).await.wire(), BLACKLISTED);
    let mut tab = root(&app, &base).await;
    let id = key(&app, "ann").await;
    let path = format!("/admin/auth/user/{id}/sessions/");
    let page = tab.get(&path).await.expect(200);
    assert!(
        page.has("may have copied it") && !page.has("Unknown"),
        "{}",
        page.text
    );
    let at = "data-label=\"Date/time\"><time datetime=\"";
    assert_eq!(page.between(at, "\"").len(), 1);

    let row = |number: u32| {
        let (minute, second) = (number / 60, number % 60);
        format!(
            "('2026-01-02 03:{minute:02}:{second:02}', 'late-replay', {id}, 'none', 'jti-{number}', '')"
        )
    };
    let rows = (0..120).map(row).collect::<Vec<_>>().join(",");
    app.sql(&format!(
        "INSERT INTO gatepost_event (at, kind, user_id, family, jti, request_id) VALUES {rows}"
    ))
    .await;
    let page = tab.get(&path).await.expect(200);
    let times = page.between(at, "\"");
    assert_eq!(times.len(), 100);
    assert!(
        times.is_sorted_by(|newer, older| newer >= older),
        "{times:?}"
    );
    assert!(page.has("with the right key") && page.has("Unknown"));
}
