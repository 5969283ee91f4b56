//! Three pairs of versions, two engines, zones with USE_TZ on and off: adopted, and as the reference from then on.

use gatepost_tests::{Backend, Program, SECRET, is_full};
use serde_json::{Value, json};

use super::databases::{Database, Origin};
use super::story::{Side, tell};
use super::{check, migrate};

const ZONES: [(&str, bool); 5] = [
    ("UTC", true),
    ("UTC", false),
    ("Europe/Madrid", true),
    ("Asia/Tokyo", false),
    ("America/New_York", false),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_django_3_2() {
    some_of("3.2", [(Backend::Sqlite, 3), (Backend::Postgres, 4)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_django_4_2() {
    some_of("4.2", [(Backend::Sqlite, 2), (Backend::Postgres, 3)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_django_5_2() {
    some_of("5.2", [(Backend::Sqlite, 4), (Backend::Postgres, 2)]).await;
}

/// With `--full` every zone on both engines, otherwise one each.
async fn some_of(django: &'static str, few: [(Backend, usize); 2]) {
    for (on, one) in few {
        for (at, (zone, use_tz)) in ZONES.into_iter().enumerate() {
            if at == one || is_full() {
                let origin = Origin {
                    django,
                    on,
                    zone,
                    use_tz,
                    more: &[],
                };
                prove(origin.make().await, &[]).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_without_the_admin_site_is_adopted() {
    let origin = Origin {
        more: &[("NO_ADMIN", "1")],
        ..Origin::newest(Backend::Sqlite)
    };
    prove(origin.make().await, &[]).await;
}

/// That a database is ready is said, and proved. Gives the settings file that adopting left.
pub(super) async fn prove(database: Database, more: &[(&str, &str)]) -> String {
    let origin = database.origin;
    let variables = [&origin.variables()[..], more].concat();
    let variables = variables.as_slice();
    let before = database.dump().await;
    let (code, told) = check(database.folder(), &database.url, variables);
    assert_eq!(code, 0, "{origin:?}: {told}");
    assert!(
        told.contains("The secret key signed the stored tokens."),
        "{told}"
    );
    assert_eq!(
        database.dump().await,
        before,
        "{origin:?} was only looked at"
    );

    let reference = database.copy().await;
    let (code, told) = migrate(database.folder(), &database.url, &["--adopt"], variables);
    assert_eq!(code, 0, "{origin:?}: {told}");
    let mut command = Program::command(database.folder(), &["--database", &database.url]);
    command
        .env("GATEPOST_SECRET_KEY", SECRET)
        .env("GATEPOST_REFRESH__GRACE", "0")
        .env("GATEPOST_PASSWORDS__ITERATIONS", "1000")
        .envs(variables.iter().copied());
    let program = Program::serve(&mut command);
    let mut gatepost = Side::Gatepost(program.base.clone());
    let (status, _) = gatepost.ask("GET", "/-/ready", "", Value::Null).await;
    assert_eq!(status, 200, "{origin:?}");

    let ours = tell(&mut gatepost, &database.held).await;
    let theirs = tell(&mut Side::Django(reference.django()), &database.held).await;
    assert_eq!(ours.answers.len(), theirs.answers.len());
    for (ours, theirs) in ours.answers.iter().zip(&theirs.answers) {
        assert_eq!(ours, theirs, "{origin:?}");
    }
    for (ours, theirs) in ours.minutes.iter().zip(&theirs.minutes) {
        let apart = (ours - theirs).rem_euclid(24 * 60);
        assert!(
            !(10..24 * 60 - 10).contains(&apart),
            "{origin:?}: {ours} {theirs}"
        );
    }

    // Django goes on with what Gatepost has written
    let mut django = Side::Django(database.django());
    let mut lists = Vec::new();
    for side in [&mut gatepost, &mut django] {
        lists.push(
            side.ask("GET", "/api/posts/", &ours.access, Value::Null)
                .await,
        );
    }
    assert_eq!(lists[0], lists[1], "{origin:?}");
    let token = json!({"refresh": ours.refresh});
    let (status, next) = django.ask("POST", "/api/token/refresh/", "", token).await;
    assert_eq!(status, 200, "{origin:?}: {next}");
    let back = json!({"refresh": next["refresh"]});
    let (status, last) = gatepost.ask("POST", "/api/token/refresh/", "", back).await;
    assert_eq!(status, 200, "{origin:?}: {last}");
    let credentials = json!({"username": "erin", "password": super::databases::PASSWORD});
    assert_eq!(
        django.ask("POST", "/api/token/", "", credentials).await.0,
        200
    );
    let Side::Django(mut django) = django else {
        unreachable!("it was made just now")
    };
    let kept = "from rest_framework_simplejwt.token_blacklist.models import OutstandingToken as T; print(T.objects.count())";
    let count = django.run(kept);
    django.run(
        "from django.core.management import call_command
call_command('migrate', check_unapplied=True, verbosity=0)
call_command('flushexpiredtokens')",
    );
    assert_eq!(django.run(kept), count, "{origin:?}: no token has expired");
    std::fs::read_to_string(database.folder().join("gatepost.toml")).unwrap()
}
