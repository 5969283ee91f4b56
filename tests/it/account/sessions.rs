//! Where one is logged in: the list, and the end of one session or of all others.

use std::fmt::Write as _;

use futures_util::future::join_all;
use gatepost_server::flush_expired_tokens;
use gatepost_tests::{Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use super::{column, end, end_others, list, log_in_as};
use crate::both_databases;
use crate::refresh::{BLACKLISTED, claims};

const DAY: i64 = 86_400;
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0";
const KEPT: &str = "SELECT label FROM gatepost_session";

/// A session as it is shown, without parts of seconds.
fn to_the_second(session: &Value) -> Value {
    let mut session = session.clone();
    for name in ["begun", "last_refreshed", "expires"] {
        if let Some(at) = session[name].as_str() {
            session[name] = at[..19].into();
        }
    }
    session
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_list_says_what_logged_in_and_when(on: Backend) {
    let app = TestApp::on(on).await;
    app.user("bob").await.log_in().await;
    app.user("ann").await;
    let (access, refresh) = log_in_as(&app, "ann", FIREFOX).await;
    let ann = app.known("ann").bearing(&access);
    app.clock.advance(60);
    log_in_as(&app, "ann", "gatepost/0.1.0 (linux)").await;
    let first = list(&ann, None).await;
    assert_eq!(
        to_the_second(&first[1]),
        json!({
            "id": first[1]["id"], "begun": "2027-01-15T08:00:00", "last_refreshed": null,
            "expires": "2027-03-06T08:00:00", "label": "Firefox on Linux", "current": false,
        })
    );
    assert_eq!(
        column(&first, "label"),
        ["gatepost 0.1 on Linux", "Firefox on Linux"]
    );

    app.clock.advance(60);
    let newest = ann.rotate(&refresh, Some("key")).await;
    let later = list(&ann, Some(&newest)).await;
    assert_eq!(column(&later, "current"), ["true", "false"]);
    assert_eq!(
        to_the_second(&later[0]),
        json!({
            "id": first[1]["id"], "begun": "2027-01-15T08:00:00", "last_refreshed": "2027-01-15T08:02:00",
            "expires": "2027-03-06T08:02:00", "label": "Firefox on Linux", "current": true,
        })
    );
    // an id is nothing that a token holds
    let text = format!("{first:?}{later:?}");
    for token in [&refresh, &newest] {
        assert!(!text.contains(claims(token)["jti"].as_str().unwrap()));
    }
    let answer = ann
        .send("POST", "/api/account/sessions/", &Value::Null)
        .await;
    assert_eq!(
        answer.expect(200).json().as_array().unwrap().len(),
        2,
        "without a body"
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_ended_once(on: Backend) {
    let app = TestApp::on(on).await;
    let replica = app.another().await;
    let ann = app.user("ann").await.log_in().await;
    let (_, single) = log_in_as(&app, "ann", "single").await;
    let (_, rotated) = log_in_as(&app, "ann", "rotated").await;
    let rotated = ann.rotate(&rotated, None).await;
    let sessions = list(&ann, Some(&ann.refresh)).await;
    for (label, token) in [("single", &single), ("rotated", &rotated)] {
        let session = sessions.iter().find(|session| session["label"] == label);
        let id = session.unwrap()["id"].as_str().unwrap();
        let ended = end(&ann, id).await;
        assert_eq!(ended.wire(), "204 ");
        let gone = end(&ann.at(&replica), id).await;
        assert_eq!(gone.wire(), r#"404 {"detail":"Not found."}"#);
        assert_eq!(
            ann.at(&replica).refresh_with(token, Some("k")).await.wire(),
            BLACKLISTED
        );
    }
    for id in ["", "x", "%00", "0".repeat(300).as_str(), "%F0%9F%98%80"] {
        end(&ann, id).await.expect(404);
    }
    assert_eq!(list(&ann, None).await.len(), 1);
    // one's own, too
    let own = list(&ann, None).await[0]["id"].as_str().unwrap().to_owned();
    end(&ann, &own).await.expect(204);
    assert_eq!(
        ann.refresh_with(&ann.refresh, None).await.wire(),
        BLACKLISTED
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_older_than_those_listed_can_be_ended(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let old = list(&ann, None).await[0]["id"].as_str().unwrap().to_owned();
    let mut tokens = String::from(
        "INSERT INTO token_blacklist_outstandingtoken (jti, token, created_at, expires_at, user_id) VALUES ",
    );
    for number in 0..1_000 {
        let comma = if number > 0 { "," } else { "" };
        let row = "SELECT id FROM auth_user WHERE username = 'ann'";
        write!(
            tokens,
            "{comma}('{number:032}', 't', '2027-01-15 08:00:00', '2027-03-06 08:00:00', ({row}))"
        )
        .unwrap();
    }
    app.sql(&tokens).await;
    let listed = list(&ann, None).await;
    assert_eq!(listed.len(), 1_000);
    assert!(listed.iter().all(|session| session["id"] != old.as_str()));
    assert_eq!(end(&ann, &old).await.wire(), "204 ");
    assert_eq!(
        ann.refresh_with(&ann.refresh, None).await.wire(),
        BLACKLISTED
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_others_end_and_this_one_goes_on(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let bob = app.user("bob").await.log_in().await;
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(log_in_as(&app, "ann", "").await.1);
    }
    others[0] = ann.rotate(&others[0], None).await;
    let newest = ann.rotate(&ann.refresh, Some("key")).await;
    assert_eq!(end_others(&ann, &ann.refresh).await.wire(), super::NOT_OWN);
    let path = "/api/account/sessions/end-others/";
    let answer = ann.send("POST", path, &json!({})).await;
    assert_eq!(
        answer.wire(),
        r#"400 {"refresh":["This field is required."]}"#
    );
    assert_eq!(end_others(&ann, &newest).await.wire(), "204 ");
    for token in &others {
        assert_eq!(ann.refresh_with(token, None).await.wire(), BLACKLISTED);
    }
    let newest = ann.rotate(&newest, Some("next")).await;
    assert_eq!(end_others(&ann, &newest).await.wire(), "204 ");
    assert_eq!(list(&ann, Some(&newest)).await.len(), 1);
    bob.rotate(&bob.refresh, None).await;
}

/// A session whose tokens are exchanged all the time, at another server, ends all the same.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn an_end_is_faster_than_any_refresh(on: Backend) {
    let app = TestApp::on(on).await;
    let replica = app.another().await;
    let ann = app.user("ann").await.log_in().await;
    let rounds = if gatepost_tests::is_full() { 50 } else { 6 };
    for round in 0..rounds {
        let (_, token) = log_in_as(&app, "ann", "thief").await;
        let sessions = list(&ann, None).await;
        let thief = sessions.iter().find(|session| session["label"] == "thief");
        let id = thief.unwrap()["id"].as_str().unwrap().to_owned();
        let elsewhere = ann.at(&replica);
        let refreshing = async {
            let mut newest = token;
            for step in 0..20 {
                let answer = elsewhere
                    .refresh_with(&newest, Some(&step.to_string()))
                    .await;
                if answer.status != 200 {
                    break;
                }
                newest = answer.field("refresh");
            }
            newest
        };
        let ended = async {
            if round % 2 == 0 {
                end(&ann, &id).await
            } else {
                end_others(&ann, &ann.refresh).await
            }
        };
        let (newest, ended) = tokio::join!(refreshing, ended);
        ended.expect(204);
        ann.refresh_with(&newest, Some("last")).await.expect(401);
        assert_eq!(list(&ann, Some(&ann.refresh)).await.len(), 1);
    }
    // of many who end it at once one has ended it
    let (_, token) = log_in_as(&app, "ann", "many").await;
    let id = list(&ann, None).await[0]["id"].as_str().unwrap().to_owned();
    let ends = join_all((0..8).map(|_| end(&ann, &id))).await;
    assert!(
        ends.iter()
            .all(|answer| [204, 404].contains(&answer.status.as_u16()))
    );
    assert!(ends.iter().any(|answer| answer.status == 204));
    assert_eq!(ann.refresh_with(&token, None).await.wire(), BLACKLISTED);
}

/// What is kept of a session goes with its last token, however often it was refreshed.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_label_lives_as_long_as_its_session(on: Backend) {
    let app = TestApp::with(on, "throttle.enabled = false").await;
    app.user("ann").await;
    let (access, mut newest) = log_in_as(&app, "ann", "long").await;
    log_in_as(&app, "ann", "short").await;
    let ann = app.known("ann").bearing(&access);
    for _ in 0..4 {
        app.clock.advance(40 * DAY);
        newest = ann.rotate(&newest, None).await;
        flush_expired_tokens(&app.app).await.unwrap();
    }
    assert_eq!(app.query(KEPT).await, ["long"]);
    let (access, _) = log_in_as(&app, "ann", "now").await;
    let sessions = list(&ann.bearing(&access), Some(&newest)).await;
    assert_eq!(column(&sessions, "label"), ["now", "long"]);
    assert_eq!(
        to_the_second(&sessions[1])["begun"],
        "2027-01-15T08:00:00",
        "though its first token is gone"
    );
    app.clock.advance(51 * DAY);
    flush_expired_tokens(&app.app).await.unwrap();
    assert!(app.query(KEPT).await.is_empty());
}
