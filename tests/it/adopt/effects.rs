//! Settings of a project whose effect a client sees, and that Gatepost does not have: each is told with its remedy.

use std::fs;

use gatepost_tests::{Backend, Program, django};
use serde_json::json;

use super::asked::{asked, of_project};
use super::{check, command, ended};
use crate::adoption::databases::{Database, Origin};
use crate::algorithms::Keys;

/// Python that changes the settings of tests/django before the project starts.
fn changed(settings: &str) -> String {
    let own = django::manage().parent().unwrap().display();
    format!("sys.path.insert(0, '{own}')\nimport reference.settings as s\n{settings}")
}

async fn project() -> Database {
    Origin::newest(Backend::Sqlite).empty().await
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_a_client_sees_are_told() {
    let database = project().await;
    let told = |settings: &str| asked(&database, &changed(settings), &[]);
    for (settings, name, says) in [
        ("s.LANGUAGE_CODE = 'es'", "LANGUAGE_CODE", "in English"),
        (
            "s.X_FRAME_OPTIONS = 'SAMEORIGIN'",
            "X_FRAME_OPTIONS",
            "`X-Frame-Options: DENY`",
        ),
        (
            "s.SECURE_SSL_REDIRECT = True",
            "SECURE_SSL_REDIRECT",
            "let the proxy",
        ),
        (
            "s.SECURE_CONTENT_TYPE_NOSNIFF = False",
            "SECURE_CONTENT_TYPE_NOSNIFF",
            "`X-Content-Type-Options: nosniff`",
        ),
        (
            "s.SECURE_REFERRER_POLICY = 'no-referrer'",
            "SECURE_REFERRER_POLICY",
            "`Referrer-Policy: same-origin`",
        ),
        (
            "s.SECURE_CROSS_ORIGIN_OPENER_POLICY = None",
            "SECURE_CROSS_ORIGIN_OPENER_POLICY",
            "`Cross-Origin-Opener-Policy: same-origin`",
        ),
        ("s.APPEND_SLASH = False", "APPEND_SLASH", "final slash"),
        (
            "s.MIDDLEWARE.append('django.middleware.gzip.GZipMiddleware')",
            "django.middleware.gzip.GZipMiddleware",
            "does not run here",
        ),
        (
            "s.MIDDLEWARE.pop(0)",
            "django.middleware.security.SecurityMiddleware",
            "`X-Content-Type-Options: nosniff`",
        ),
        (
            "s.REST_FRAMEWORK['DEFAULT_RENDERER_CLASSES'] = ['rest_framework.renderers.JSONRenderer']",
            "DEFAULT_RENDERER_CLASSES",
            "a page for browsers",
        ),
        (
            "s.REST_FRAMEWORK['DEFAULT_PARSER_CLASSES'] = ['rest_framework.parsers.JSONParser']",
            "DEFAULT_PARSER_CLASSES",
            "multipart",
        ),
        (
            "s.REST_FRAMEWORK['DEFAULT_THROTTLE_RATES'] = {'anon': '5/m'}",
            "DEFAULT_THROTTLE_RATES",
            "limit its rate in the proxy",
        ),
        (
            "s.REST_FRAMEWORK['PAGE_SIZE'] = 20",
            "PAGE_SIZE",
            "one whole list",
        ),
        (
            "s.REST_FRAMEWORK['EXCEPTION_HANDLER'] = 'own.handler'",
            "EXCEPTION_HANDLER",
            "errors have DRF's own form",
        ),
        (
            "s.REST_FRAMEWORK['DATETIME_FORMAT'] = '%d.%m.%Y'",
            "DATETIME_FORMAT",
            "ISO 8601",
        ),
        (
            "s.REST_FRAMEWORK['UNICODE_JSON'] = False",
            "UNICODE_JSON",
            "compact",
        ),
    ] {
        let (code, told) = told(settings);
        let is_said = |line: &str| line.contains(name) && line.contains(says);
        assert!(told.lines().any(is_said), "{settings}, not {says}: {told}");
        assert_eq!(code, 10, "{told}");
    }
    // what changes nothing is no difference
    for settings in [
        "s.LANGUAGE_CODE = 'es'; s.USE_I18N = False",
        "s.X_FRAME_OPTIONS = 'deny'",
        "s.REST_FRAMEWORK['PAGE_SIZE'] = None",
        "s.REST_FRAMEWORK['DEFAULT_PERMISSION_CLASSES'] = ['rest_framework.permissions.IsAdminUser']",
    ] {
        let (_, told) = told(settings);
        assert!(
            !told.contains("What will be different"),
            "{settings}: {told}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_project_is_and_that_it_speaks_https_is_taken_over() {
    let hsts = "s.SECURE_HSTS_SECONDS = 86400; s.SECURE_HSTS_PRELOAD = True";
    for (settings, set) in [
        (
            "s.FORCE_SCRIPT_NAME = '/app/'",
            &["root_path = \"/app/\""][..],
        ),
        (hsts, &["hsts = 86400", "hsts_preload = true"]),
        (&format!("{hsts}; s.MIDDLEWARE.pop(0)"), &[]),
        ("pass", &[]),
    ] {
        let database = Origin::newest(Backend::Sqlite).make().await;
        let python = changed(settings);
        let (code, told) = ended(&mut of_project(&database, &python, &[]));
        assert!(code == 0 || code == 10, "{settings}: {told}");
        let text = fs::read_to_string(database.folder().join("gatepost.toml")).unwrap();
        for line in set {
            assert!(text.contains(line), "{settings}: {text}");
        }
        let is_one = |line: &&str| line.starts_with("hsts") || line.starts_with("root_path");
        assert_eq!(text.lines().filter(is_one).count(), set.len(), "{text}");
        let checked = ended(&mut Program::command(database.folder(), &["check"]));
        assert_eq!(checked.0, 0, "{}", checked.1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_ask_is_compared() {
    let database = project().await;
    let settings = "import django; django.setup()\nfrom posts.views import PostViewSet\nfrom rest_framework.permissions import IsAdminUser\nPostViewSet.permission_classes = [IsAdminUser]";
    let text = changed(settings).replace(
        "import django;",
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'reference.settings'\nimport django;",
    );
    let (code, told) = asked(&database, &text, &[]);
    assert_eq!(code, 10, "{told}");
    let says = "/api/posts/ may be asked by whom rest_framework.permissions.IsAdminUser lets in";
    assert!(told.contains(says), "{told}");
}

/// None of SIMPLE_JWT is "" here; what is an empty text there is something else.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_text_is_not_taken_for_none() {
    let database = project().await;
    for name in ["ISSUER", "AUDIENCE", "TOKEN_TYPE_CLAIM", "JTI_CLAIM"] {
        let own = json!({name: ""}).to_string();
        let (code, told) = check(&database, &[("SIMPLE_JWT", &own)]);
        let says = format!("SIMPLE_JWT's {name} of the project is ''");
        assert!(code == 11 && told.contains(&says), "{told}");
    }
    let own = json!({"ISSUER": null, "JWK_URL": ""}).to_string();
    let (code, told) = check(&database, &[("SIMPLE_JWT", &own)]);
    assert!(
        !told.contains("ISSUER") && !told.contains("JWK_URL"),
        "{code}: {told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_whose_tokens_sign_nobody_in_is_told() {
    let database = project().await;
    let own = json!({"AUTH_TOKEN_CLASSES": []}).to_string();
    let (code, told) = check(&database, &[("SIMPLE_JWT", &own)]);
    let says = "simple_jwt.auth_token_classes is empty, so that no token signs a request in";
    assert!(code == 10 && told.contains(says), "{told}");
}

/// A column of the project's own user model names nobody here.
#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_the_project_that_names_users_is_named() {
    let origin = Origin {
        more: &[("USER_MODEL", "members.Member")],
        ..Origin::newest(Backend::Sqlite)
    };
    let database = origin.empty().await;
    let own = json!({"USER_ID_FIELD": "code"}).to_string();
    let (code, told) = check(&database, &[("SIMPLE_JWT", &own)]);
    let says = "Tokens can't name users by \"code\" here (SIMPLE_JWT's USER_ID_FIELD)";
    assert!(code == 11 && told.contains(says), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_only_verifies_moves() {
    let keys = Keys::new();
    let (_, public) = keys.of("RS256");
    let url = "https://example.com/keys";
    for (own, set) in [
        (
            json!({"ALGORITHM": "RS256", "JWK_URL": url}),
            "jwk_url = \"https://example.com/keys\"",
        ),
        (
            json!({"ALGORITHM": "RS256", "VERIFYING_KEY": public}),
            "verifying_key = ",
        ),
    ] {
        let database = project().await;
        let own = own.to_string();
        let more = [("SIMPLE_JWT", own.as_str())];
        let (code, told) = check(&database, &more);
        let says = "This server will verify tokens and make none";
        assert!(code == 10 && told.contains(says), "{told}");
        let (code, told) = ended(&mut command(database.folder(), &[], &database.url, &more));
        assert!(code == 0 && told.contains(says), "{told}");
        let text = fs::read_to_string(database.folder().join("gatepost.toml")).unwrap();
        assert!(text.contains(set), "{text}");
        drop(Program::serve(&mut Program::command(
            database.folder(),
            &["serve"],
        )));
    }
}

/// What would stop the start is in the way, and nothing else is said of the keys.
#[tokio::test(flavor = "multi_thread")]
async fn a_project_without_a_key_of_its_algorithm_is_told() {
    let database = project().await;
    let own = json!({"ALGORITHM": "RS256"}).to_string();
    let (code, told) = check(&database, &[("SIMPLE_JWT", &own)]);
    let says = "simple_jwt.algorithm = \"RS256\" signs with a private key, and there is none";
    assert!(code == 11 && told.contains(says), "{code}: {told}");
    assert!(!told.contains("dopting needs"), "{told}");
}

/// A database that Gatepost can't open is said once, and no other file is looked for in its place.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_another_kind_is_said_once() {
    let database = project().await;
    let settings = "s.DATABASES['default']['NAME'] = ':memory:'";
    let (code, told) = asked(&database, &changed(settings), &[]);
    assert_eq!(code, 11, "{told}");
    assert!(told.contains("by its path alone"), "{told}");
    assert!(!told.contains("There is no database at"), "{told}");
}

/// What can be run is said with all that was given.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_that_can_be_run_is_whole() {
    let database = project().await;
    let arguments = ["--check", "--config", "the file.toml", "--timeout", "50"];
    let (_, told) = ended(&mut command(
        database.folder(),
        &arguments,
        &database.url,
        &[],
    ));
    let python = django::program("python");
    let says = format!(
        "`gatepost-server adopt {} --python {} --timeout 50 --config 'the file.toml'` can be run",
        django::manage().display(),
        python.display()
    );
    assert!(told.contains(&says), "{told}");
}
