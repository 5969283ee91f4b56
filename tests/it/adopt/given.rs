//! What is given beside a project: it wins before the project is judged; and settings that follow from its code.

use std::fs;
use std::process::Command;

use gatepost_tests::Backend;
use serde_json::json;

use super::{check, command, ended};
use crate::adoption::databases::Origin;

/// What the file gives is taken, and what the project says instead is named and refuses nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_is_not_judged_in_the_project() {
    let database = Origin::newest(Backend::Sqlite).make().await;
    let own = json!({
        "USER_AUTHENTICATION_RULE": "reference.rules.staff",
        "TOKEN_OBTAIN_SERIALIZER": "own.urls.ClaimsSerializer",
        "LEEWAY": 2.5,
        "AUDIENCE": [],
    });
    let own = own.to_string();
    fs::write(
        database.folder().join("gatepost.toml"),
        "[simple_jwt]\nuser_authentication_rule = \"staff_only\"\ntoken_obtain_serializer = \"rest_framework_simplejwt.serializers.TokenObtainPairSerializer\"\naudience = \"\"\n",
    )
    .unwrap();
    let more = [
        ("SIMPLE_JWT", own.as_str()),
        ("GATEPOST_SIMPLE_JWT__LEEWAY", "2"),
    ];
    let (code, told) = check(&database, &more);
    assert_eq!(code, 10, "{told}");
    for said in [
        "simple_jwt.user_authentication_rule is taken from gatepost.toml; the project says \"reference.rules.staff\".",
        "simple_jwt.token_obtain_serializer is taken from gatepost.toml; the project says \"own.urls.ClaimsSerializer\".",
        "simple_jwt.leeway is taken from the environment variable GATEPOST_SIMPLE_JWT__LEEWAY; the project says 2.5.",
    ] {
        assert!(told.contains(said), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_may_be_adopted_twice() {
    let database = Origin::newest(Backend::Sqlite).make().await;
    let adopt = |arguments: &[&str], more: &[(&str, &str)]| {
        ended(&mut command(
            database.folder(),
            arguments,
            &database.url,
            more,
        ))
    };
    assert_eq!(adopt(&[], &[]).0, 0);
    let (code, told) = adopt(&["--check"], &[]);
    assert_eq!(code, 0, "{told}");
    let (code, told) = adopt(&[], &[]);
    assert!(code == 0 && told.contains("Nothing to do"), "{told}");
    let other = [("SECRET_KEY", "another-key-of-the-project-0123456789")];
    let (_, told) = adopt(&["--check"], &other);
    let said = "server.secret_key_file is taken from gatepost.toml; the project says another key.";
    assert!(told.contains(said), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_pair_is_judged_with_its_algorithm() {
    let database = Origin::newest(Backend::Sqlite).make().await;
    let made = Command::new("openssl")
        .args(["genpkey", "-quiet", "-algorithm", "RSA"])
        .output()
        .unwrap();
    let pem = String::from_utf8(made.stdout).unwrap();
    let own = json!({"ALGORITHM": "RS256", "SIGNING_KEY": pem}).to_string();
    let (_, told) = check(&database, &[("SIMPLE_JWT", &own)]);
    assert!(!told.contains("simple_jwt.signing_key"), "{told}");
    let own = json!({"SIGNING_KEY": pem}).to_string();
    let (code, told) = check(&database, &[("SIMPLE_JWT", &own)]);
    assert!(
        code == 11 && told.contains("simple_jwt.signing_key from the project is not usable"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_project_signs_in_is_adopted() {
    let database = Origin::newest(Backend::Sqlite).make().await;
    let sliding = r#"{"AUTH_TOKEN_CLASSES": ["rest_framework_simplejwt.tokens.SlidingToken"]}"#;
    let more = [
        ("SLIDING", "1"),
        ("STATELESS", "1"),
        ("SIMPLE_JWT", sliding),
        (
            "BACKENDS",
            r#"["django.contrib.auth.backends.AllowAllUsersModelBackend"]"#,
        ),
    ];
    let (code, told) = ended(&mut command(database.folder(), &[], &database.url, &more));
    assert_eq!(code, 0, "{told}");
    for path in ["/api/token/sliding/", "/api/token/sliding/refresh/"] {
        let said = format!("Answered as in the project: {path}.");
        assert!(told.contains(&said), "{told}");
    }
    let text = fs::read_to_string(database.folder().join("gatepost.toml")).unwrap();
    for set in [
        "sliding = true",
        "stateless = true",
        "inactive_may_log_in = true",
    ] {
        assert!(text.contains(set), "{text}");
    }
}
