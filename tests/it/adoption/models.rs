//! Projects with a user model of their own: Django and Gatepost answer the same, and each reads what the other wrote.

use gatepost_tests::{Backend, Program, SECRET};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use super::databases::{Database, Origin, PASSWORD, registration};
use super::story::{Side, alike};
use super::{check, migrate};
use crate::both_databases;

/// A user model of tests/django, and the settings that say the same.
struct Model {
    more: &'static [(&'static str, &'static str)],
    settings: &'static str,
    /// What a registration leaves in its own columns, as Python.
    columns: &'static str,
    found: &'static str,
}

const MEMBER: Model = Model {
    more: &[("USER_MODEL", "members.Member")],
    settings: "[users]
table = 'members_member'
username_field = 'email'
[users.defaults]
phone = \"it's unknown\"
level = 3
newsletter = false
changed_at = '$now'
member_since = '$today'
code = '$uuid'
",
    columns: "u.phone, u.level, u.newsletter, u.birthday, u.changed_at == u.date_joined, u.member_since == u.date_joined.date(), type(u.code).__name__, u.has_usable_password()",
    found: "(\"it's unknown\", 3, False, None, True, True, 'UUID', True)",
};

const NAMELESS: Model = Model {
    more: &[("USER_MODEL", "nameless.User")],
    settings: "[users]\ntable = 'nameless_user'\nusername_field = 'email'\n",
    columns: "u.is_active, u.is_staff, u.last_login",
    found: "(True, False, None)",
};

/// Requests whose answers must be the same.
async fn tell(side: &mut Side, database: &Database) -> Vec<(String, u16, Value)> {
    let mut answers = Vec::new();
    let mut ask = async |method: &str, path: &str, token: &str, body: Value| {
        let (status, answer) = side.ask(method, path, token, body).await;
        answers.push((
            format!("{method} {path} ({})", answers.len()),
            status,
            alike(&answer),
        ));
        answer
    };
    let (held, nothing) = (&database.held, Value::Null);
    for path in ["/api/token/", "/api/users/register/"] {
        ask("OPTIONS", path, "", nothing.clone()).await;
        ask("POST", path, "", json!({})).await;
        ask("POST", path, "", json!({"email": "", "username": ""})).await;
    }
    ask("GET", "/api/users/profile/", &held.access, nothing.clone()).await;
    ask("GET", "/api/posts/", &held.access, nothing.clone()).await;
    let new = json!({"title": "new", "content": "new"});
    ask("POST", "/api/posts/", &held.access, new).await;
    ask(
        "POST",
        "/api/token/refresh/",
        "",
        json!({"refresh": held.alice}),
    )
    .await;
    ask(
        "POST",
        "/api/token/refresh/",
        "",
        json!({"refresh": held.rotated}),
    )
    .await;
    for (login, password) in [
        ("bob@example.com", PASSWORD),
        ("bob@example.com", "wrong"),
        ("bob", PASSWORD),
        ("BOB@example.com", PASSWORD),
    ] {
        let both = json!({"email": login, "username": login, "password": password});
        ask("POST", "/api/token/", "", both).await;
    }
    ask("POST", "/api/users/register/", "", registration("alice")).await;
    let mut other = registration("alice");
    other["username"] = "another".into();
    ask("POST", "/api/users/register/", "", other).await;
    ask("POST", "/api/users/register/", "", registration("eve")).await;
    let eve = json!({"email": "eve@example.com", "password": PASSWORD});
    let pair = ask("POST", "/api/token/", "", eve).await;
    let access = pair["access"].as_str().unwrap_or_default().to_owned();
    ask("GET", "/api/users/profile/", &access, nothing).await;
    answers
}

/// What Django's service does not have, for a user who comes and goes.
async fn own_account(side: &mut Side) {
    let other = "Another-Word-4711";
    side.ask("POST", "/api/users/register/", "", registration("zoe"))
        .await;
    let zoe = json!({"email": "zoe@example.com", "password": PASSWORD});
    let (_, pair) = side.ask("POST", "/api/token/", "", zoe).await;
    let token = pair["access"].as_str().unwrap().to_owned();
    let mut asked = async |method: &str, path: &str, body: Value, status: u16| {
        let (answered, answer) = side.ask(method, path, &token, body).await;
        assert_eq!(answered, status, "{method} {path}: {answer}");
        answer
    };
    let refresh = json!({"refresh": pair["refresh"]});
    let sessions = asked("POST", "/api/account/sessions/", refresh, 200).await;
    assert_eq!(sessions[0]["current"], true);
    let profile = "/api/users/profile/";
    let not_free = asked("PATCH", profile, json!({"email": "bob@example.com"}), 400).await;
    assert_eq!(
        not_free["email"][0],
        "user with this email address already exists."
    );
    asked("PATCH", profile, json!({"email": ""}), 400).await;
    let own = json!({"email": "zoe@example.com", "first_name": "Zoë"});
    assert_eq!(asked("PATCH", profile, own, 200).await["first_name"], "Zoë");
    let similar = json!({"old_password": PASSWORD, "new_password": "zoe@example.com"});
    let similar = asked("POST", "/api/account/password/", similar, 400).await;
    assert_eq!(
        similar["new_password"][0],
        "The password is too similar to the email address."
    );
    let changed = json!({"old_password": PASSWORD, "new_password": other});
    asked("POST", "/api/account/password/", changed, 200).await;
    let password = json!({"password": other});
    asked("POST", "/api/account/delete/", password, 204).await;
    asked("POST", "/api/account/sessions/", json!({}), 401).await;
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_user_model_that_adds_to_djangos_moves(
    on: Backend,
    #[values(MEMBER, NAMELESS)] model: Model,
) {
    let origin = Origin {
        more: model.more,
        ..Origin::newest(on)
    };
    let database = origin.make().await;
    let before = database.copy().await;
    let told = tell(&mut Side::Django(before.django()), &before).await;

    let settings = database.folder().join("gatepost.toml");
    std::fs::write(&settings, model.settings).unwrap();
    let (code, said) = check(database.folder(), &database.url, &[]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = migrate(database.folder(), &database.url, &["--adopt"], &[]);
    assert_eq!(code, 0, "{said}");
    let mut command = Program::command(database.folder(), &["serve", "--database", &database.url]);
    let server = Program::serve(command.env("GATEPOST_SECRET_KEY", SECRET));
    let here = tell(&mut Side::Gatepost(server.base.clone()), &database).await;
    for (theirs, ours) in told.iter().zip(&here) {
        assert_eq!(theirs, ours);
    }
    own_account(&mut Side::Gatepost(server.base.clone())).await;
    assert_eq!(server.terminate(), Some(0));

    let mut django = database.django();
    let eve = format!(
        "from django.contrib.auth import get_user_model\nu = get_user_model().objects.get(email='eve@example.com')\nprint(({}))",
        model.columns
    );
    assert_eq!(django.run(&eve), model.found);
    let whole = "from django.core.management import call_command\ncall_command('migrate', check_unapplied=True, verbosity=0)\ncall_command('check')";
    assert_eq!(
        django.run(whole),
        "System check identified no issues (0 silenced)."
    );
}
