//! Gatepost and a live Django on one database: users and tokens of one are the other's.

use gatepost_server::Clock;
use gatepost_tests::django::Django;
use gatepost_tests::schema::{Schema, diff};
use gatepost_tests::{Backend, Program, SECRET, TestApp, postgres};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

const ENVIRONMENT: [(&str, &str); 1] = [("SECRET_KEY", SECRET)];

async fn post(base: &str, path: &str, body: &Value) -> (u16, Value) {
    let answer = reqwest::Client::new()
        .post(format!("{base}{path}"))
        .header("content-type", "application/json")
        .body(body.to_string());
    let answer = answer.send().await.unwrap();
    let status = answer.status().as_u16();
    (
        status,
        serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null),
    )
}

fn registration(name: &str) -> Value {
    json!({"username": name, "email": "", "password": "ComplexPassword123!", "password2": "ComplexPassword123!", "first_name": "", "last_name": ""})
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_user_of_one_signs_in_at_the_other(on: Backend) {
    let app = TestApp::with_clock(
        on,
        "passwords.iterations = 1000000\ntokens.stored = 'signed'\nrefresh.reuse = 'reject'",
        Clock::system(),
    )
    .await;
    let (gatepost, django) = (
        app.listen().await,
        Django::start(&app.database, &ENVIRONMENT),
    );
    let both = [gatepost.as_str(), django.url()];
    for (here, there) in [(0, 1), (1, 0)] {
        let (here, there) = (both[here], both[there]);
        let name = format!("made{}", if here == gatepost { "here" } else { "there" });
        assert_eq!(
            post(here, "/api/users/register/", &registration(&name))
                .await
                .0,
            201
        );
        let (status, pair) = post(
            there,
            "/api/token/",
            &json!({"username": name, "password": "ComplexPassword123!"}),
        )
        .await;
        assert_eq!(status, 200);
        // a token of one is the other's: verified, rotated, and refused once it is used
        let refresh = json!({"refresh": pair["refresh"]});
        assert_eq!(
            post(
                here,
                "/api/token/verify/",
                &json!({"token": pair["access"]})
            )
            .await
            .0,
            200
        );
        let (status, next) = post(here, "/api/token/refresh/", &refresh).await;
        assert_eq!(status, 200);
        assert_eq!(
            post(there, "/api/token/refresh/", &refresh).await,
            (
                401,
                json!({"detail": "Token is blacklisted", "code": "token_not_valid"})
            )
        );
        let next = json!({"refresh": next["refresh"]});
        assert_eq!(post(there, "/api/token/blacklist/", &next).await.0, 200);
        assert_eq!(post(here, "/api/token/refresh/", &next).await.0, 401);
    }
    // rows of one are read and ordered by the other
    let seen = Django::python(
        &app.database,
        "from django.contrib.auth.models import User\nfrom rest_framework_simplejwt.token_blacklist.models import OutstandingToken as T\nprint([u.username for u in User.objects.order_by('date_joined')], T.objects.filter(created_at__lte=__import__('django').utils.timezone.now()).count())",
    );
    assert_eq!(seen.trim(), "['madehere', 'madethere'] 4");
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_gatepost_s_is_django_s(on: Backend) {
    let app = TestApp::on(on).await;
    // a token that is kept without its signature is one that Django can read
    app.user("ann").await.log_in().await;
    let read = Django::python(
        &app.database,
        "from rest_framework_simplejwt.token_blacklist.models import OutstandingToken as T
from rest_framework_simplejwt.tokens import RefreshToken
token = T.objects.get().token
print(token.count('.'), token[-1], RefreshToken(token, verify=False)['user_id'])",
    );
    assert_eq!(read.trim(), "2 . 1");
    let ours = Schema::read(&app.database)
        .await
        .without_prefix("gatepost_");
    let folder = tempfile::tempdir().unwrap();
    let theirs = match on {
        Backend::Sqlite => format!("sqlite:{}", folder.path().join("django.sqlite3").display()),
        Backend::Postgres => {
            postgres::create("made_by_django", None).await;
            postgres::url("made_by_django")
        }
    };
    Django::migrate(&theirs);
    let differences = diff(&Schema::read(&theirs).await, &ours);
    assert!(differences.is_empty(), "{differences:#?}");
    let left = Django::python(
        &app.database,
        "from django.core.management import call_command\ncall_command('migrate', check_unapplied=True, verbosity=0)\nprint('nothing to apply')",
    );
    assert_eq!(left.trim(), "nothing to apply");
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn django_s_tables_are_adopted_only_when_told(on: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let database = match on {
        Backend::Sqlite => format!("sqlite:{}", folder.path().join("django.sqlite3").display()),
        Backend::Postgres => {
            postgres::create("to_adopt", None).await;
            postgres::url("to_adopt")
        }
    };
    Django::migrate(&database);
    let token = {
        let django = Django::start(&database, &ENVIRONMENT);
        assert_eq!(
            post(django.url(), "/api/users/register/", &registration("ann"))
                .await
                .0,
            201
        );
        post(
            django.url(),
            "/api/token/",
            &json!({"username": "ann", "password": "ComplexPassword123!"}),
        )
        .await
        .1
    };
    let before = Schema::read(&database).await;
    let run = |arguments: &[&str], key: &str| {
        let mut command = Program::command(
            folder.path(),
            &[arguments, &["--database", &database]].concat(),
        );
        if !key.is_empty() {
            command.env("GATEPOST_SECRET_KEY", key);
        }
        let output = Program::ended(&mut command);
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr),
        )
    };
    let (started, why) = run(&["--bind", "127.0.0.1:0"], SECRET);
    assert!(
        !started && why.contains("run `gatepost-server migrate --adopt` with Django's SECRET_KEY"),
        "{why}"
    );
    assert!(!run(&["migrate"], SECRET).0);
    let (adopted, why) = run(&["migrate", "--adopt"], "");
    assert!(
        !adopted && why.contains("adopting needs Django's SECRET_KEY"),
        "{why}"
    );
    assert!(
        diff(&before, &Schema::read(&database).await).is_empty(),
        "nothing was changed so far"
    );

    let (adopted, told) = run(&["migrate", "--adopt"], SECRET);
    assert!(
        adopted && told.contains("Users with pbkdf2_sha256: 1 (supported)"),
        "{told}"
    );
    assert!(
        diff(
            &before,
            &Schema::read(&database).await.without_prefix("gatepost_")
        )
        .is_empty()
    );
    let program = Program::serve(
        Program::command(folder.path(), &["--database", &database])
            .env("GATEPOST_SECRET_KEY", SECRET),
    );
    assert_eq!(
        post(
            &program.base,
            "/api/token/refresh/",
            &json!({"refresh": token["refresh"]})
        )
        .await
        .0,
        200,
        "sessions live on"
    );
}
