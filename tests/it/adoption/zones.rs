//! Time zones: what stored dates tell of them, how dates are shown, and that no clean-up is misled by them.

use gatepost_server::flush_expired_tokens;
use gatepost_tests::{Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use super::check;
use super::databases::Origin;
use crate::both_databases;

const DAY: i64 = 86_400;
const TOKYO: &str = "server.time_zone = 'Asia/Tokyo'\nserver.use_tz = false";

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn dates_that_contradict_the_settings_are_refused(on: Backend) {
    let origin = Origin {
        zone: "Asia/Tokyo",
        use_tz: false,
        ..Origin::newest(on)
    };
    let database = origin.make().await;
    let before = database.dump().await;
    let madrid = [("GATEPOST_SERVER__TIME_ZONE", "Europe/Madrid")];
    for given in [&[][..], &madrid] {
        let (code, told) = check(database.folder(), &database.url, given);
        let remedy = "set server.use_tz = false and server.time_zone = \"Asia/Tokyo\"";
        assert!(code == 11 && told.contains(remedy), "{code} {told}");
    }
    assert_eq!(database.dump().await, before);
    let (code, told) = check(database.folder(), &database.url, &origin.variables());
    assert_eq!(code, 0, "{told}");

    let database = Origin::newest(on).make().await;
    let (code, told) = check(database.folder(), &database.url, &origin.variables());
    assert!(
        code == 11 && told.contains("set server.use_tz = true"),
        "{code} {told}"
    );
    let (code, told) = check(database.folder(), &database.url, &[]);
    assert!(
        code == 0
            && told.contains("server.time_zone = \"UTC\" and server.use_tz = true were assumed"),
        "{told}"
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn dates_are_shown_in_the_zone(
    on: Backend,
    #[values(
        ("server.time_zone = 'Europe/Madrid'", "2027-01-15T09:00:00.", "+01:00"),
        ("server.time_zone = 'America/New_York'", "2027-01-15T03:00:00.", "-05:00"),
        (TOKYO, "2027-01-15T17:00:00.", ""),
        ("server.use_tz = false", "2027-01-15T08:00:00.", "")
    )]
    zone: (&str, &str, &str),
) {
    let (settings, begin, end) = zone;
    let app = TestApp::with(on, settings).await;
    let ann = app.user("ann").await.log_in().await;
    let id = ann.post("title").await;
    let one = ann.get(&format!("/api/posts/{id}/")).await;
    for date in ["created_at", "updated_at"] {
        let shown = one.field(date);
        assert!(shown.starts_with(begin), "{shown}");
        assert_eq!(&shown[26..], end, "{shown}");
    }
    let all = ann.get("/api/posts/").await.text();
    assert_eq!(all, format!("[{}]", one.text()));
}

/// The token, that it is logged out, and what is kept of its session.
const GONE: u64 = 3;

/// The case that was found: a logged-out token that refreshed again.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_known_until_it_expires_by_its_own_claim(on: Backend) {
    let app = TestApp::with(on, "throttle.enabled = false").await;
    let ann = app.user("ann").await.log_in().await;
    ann.log_out_with(&ann.refresh, None).await.expect(200);
    // as Django in Tokyo without USE_TZ writes it
    let early = match on {
        Backend::Sqlite => "datetime(expires_at, '-9 hours')",
        Backend::Postgres => "expires_at - interval '9 hours'",
    };
    app.sql(&format!(
        "UPDATE token_blacklist_outstandingtoken SET expires_at = {early}"
    ))
    .await;
    app.clock.advance(50 * DAY - 3600);
    assert_eq!(flush_expired_tokens(&app.app).await.unwrap().rows, 0);
    ann.refresh_with(&ann.refresh, None).await.expect(401);
    app.clock.advance(3600 + 5);
    assert_eq!(flush_expired_tokens(&app.app).await.unwrap().rows, GONE);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn without_use_tz_rows_go_when_their_tokens_expire(
    on: Backend,
    #[values(TOKYO, "server.time_zone = 'America/New_York'\nserver.use_tz = false")] zone: &str,
) {
    let settings = format!("{zone}\nthrottle.enabled = false");
    let app = TestApp::with(on, &settings).await;
    let ann = app.user("ann").await.log_in().await;
    ann.log_out_with(&ann.refresh, None).await.expect(200);
    app.clock.advance(50 * DAY + 4);
    assert_eq!(flush_expired_tokens(&app.app).await.unwrap().rows, 0);
    app.clock.advance(1);
    assert_eq!(flush_expired_tokens(&app.app).await.unwrap().rows, GONE);
}

/// A row that cannot be read is believed by its column; those that stay keep no other from going.
#[tokio::test(flavor = "multi_thread")]
async fn rows_that_stay_are_passed() {
    let app = TestApp::with(Backend::Sqlite, "throttle.enabled = false").await;
    let ann = app.user("ann").await.log_in().await;
    let payload = ann.refresh.split('.').nth(1).unwrap();
    let row = |number: u32, token: &str| {
        format!(
            "INSERT INTO token_blacklist_outstandingtoken (jti, token, expires_at) VALUES ('j{number}', '{token}', '2001-01-01 00:00:00');"
        )
    };
    let alive: String = (0..300)
        .map(|number| row(number, &format!("x.{payload}.")))
        .collect();
    let unread: String = (300..310).map(|number| row(number, "no token")).collect();
    app.sql(&format!("{alive}{unread}")).await;
    assert_eq!(flush_expired_tokens(&app.app).await.unwrap().rows, 10);
    let left = app
        .query("SELECT COUNT(*) FROM token_blacklist_outstandingtoken")
        .await;
    assert_eq!(left, ["301"]);
}
