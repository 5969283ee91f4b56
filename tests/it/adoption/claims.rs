//! What stored tokens claim: the names of their claims, who made them for whom, and rows that can't be read.

use gatepost_tests::{Backend, sql};

use super::check;
use super::databases::Origin;
use super::origins::prove;
use super::refused::refuses;

const RENAMED: &str = r#"{"USER_ID_CLAIM": "uid", "USER_ID_FIELD": "username", "JTI_CLAIM": "id", "TOKEN_TYPE_CLAIM": "typ",
    "ISSUER": "https://idp.example", "AUDIENCE": ["app", "web"]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn each_claim_of_another_name_is_found_and_its_setting_leads_to_sessions_that_go_on() {
    let origin = Origin {
        more: &[("SIMPLE_JWT", RENAMED)],
        ..Origin::newest(Backend::Sqlite)
    };
    let database = origin.make().await;
    let named = [
        (
            "set simple_jwt.user_id_claim = \"uid\" and simple_jwt.user_id_field = \"username\"",
            &[
                ("GATEPOST_SIMPLE_JWT__USER_ID_CLAIM", "uid"),
                ("GATEPOST_SIMPLE_JWT__USER_ID_FIELD", "username"),
            ][..],
        ),
        (
            "set simple_jwt.jti_claim = \"id\"",
            &[("GATEPOST_SIMPLE_JWT__JTI_CLAIM", "id")],
        ),
        (
            "set simple_jwt.token_type_claim = \"typ\"",
            &[("GATEPOST_SIMPLE_JWT__TOKEN_TYPE_CLAIM", "typ")],
        ),
    ];
    let mut variables = Vec::new();
    for (says, settings) in named {
        refuses(&database, &variables, says).await;
        variables.extend_from_slice(settings);
    }
    let other = [("GATEPOST_SIMPLE_JWT__ISSUER", "https://other.example")];
    let others = [&variables[..], &other].concat();
    let says = "set simple_jwt.issuer = \"https://idp.example\"";
    refuses(&database, &others, says).await;
    let other = [("GATEPOST_SIMPLE_JWT__AUDIENCE", "nobody")];
    let others = [&variables[..], &other].concat();
    let says = "set simple_jwt.audience = [\"app\", \"web\"]";
    refuses(&database, &others, says).await;
    let toml = prove(database, &variables).await;
    for line in [
        "issuer = \"https://idp.example\"",
        "audience = [\"app\", \"web\"]",
    ] {
        assert!(toml.contains(line), "{toml}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_cannot_be_read_hide_nothing_else() {
    let database = Origin::newest(Backend::Sqlite).make().await;
    let soon = "UPDATE token_blacklist_outstandingtoken SET expires_at = 'soon' WHERE id = 1";
    sql::execute(&database.url, soon).await;
    let (code, told) = check(database.folder(), &database.url, &[]);
    assert!(
        code == 10
            && told.contains("The secret key signed the stored tokens.")
            && told.contains(
                "remark: A date of the stored tokens or of the blacklist could not be read"
            ),
        "{code} {told}"
    );
    let wrong = [(
        "GATEPOST_SECRET_KEY",
        "another-secret-key-that-is-long-enough-for-hs256",
    )];
    refuses(&database, &wrong, "the secret key signed none").await;
    let missing = "DROP TABLE token_blacklist_blacklistedtoken";
    sql::execute(&database.url, missing).await;
    let says = "there is no table token_blacklist_blacklistedtoken; add `rest_framework_simplejwt.token_blacklist`";
    refuses(&database, &[], says).await;
}

/// USE_TZ was switched not long ago: half of what is stored is of before.
#[tokio::test(flavor = "multi_thread")]
async fn dates_of_two_settings_are_no_dead_end() {
    let database = Origin::newest(Backend::Postgres).make().await;
    let early = "UPDATE token_blacklist_outstandingtoken SET expires_at = expires_at - interval '9 hours' WHERE id IN (1, 3);
        UPDATE token_blacklist_outstandingtoken SET expires_at = expires_at - interval '9 days' WHERE id = 5";
    sql::execute(&database.url, early).await;
    let says = "set server.time_zone and server.use_tz both to what Django's settings say today";
    refuses(&database, &[], says).await;
    let (code, told) = check(
        database.folder(),
        &database.url,
        &database.origin.variables(),
    );
    assert!(
        code == 10 && told.contains("use_tz = true are taken as they were given: "),
        "{code} {told}"
    );
}
