//! The admin of projects whose users are of a model of their own: its address, its table, and what a user is called.

use gatepost_tests::{Backend, Program, SECRET};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;

use super::{PASSWORD, Tab};
use crate::adoption::databases::Origin;
use crate::both_databases;

/// A user model of tests/django.
struct Model {
    more: &'static [(&'static str, &'static str)],
    settings: &'static str,
    /// Where its users are in the admin.
    place: &'static str,
    app: &'static str,
    has_name: bool,
}

const MEMBER: Model = Model {
    more: &[("USER_MODEL", "members.Member")],
    settings: "[users]
table = 'members_member'
username_field = 'email'
[users.defaults]
phone = 'unknown'
level = 3
newsletter = false
changed_at = '$now'
member_since = '$today'
code = '$uuid'
",
    place: "members/member",
    app: "Members",
    has_name: true,
};

const NAMELESS: Model = Model {
    more: &[("USER_MODEL", "nameless.User")],
    settings: "[users]\ntable = 'nameless_user'\nusername_field = 'email'\n",
    place: "nameless/user",
    app: "Nameless",
    has_name: false,
};

const USERS: &str = "
from django.contrib.auth import get_user_model
User = get_user_model()
for name in ['root', 'ann', 'bob']:
    user = User(email=f'{name}@example.com', is_staff=name == 'root', is_superuser=name == 'root')
    if User.username:
        user.username = f'the.{name}'
    user.set_password('ComplexPassword123!')
    user.save()
    print(user.pk)
";

const LOG: &str = "
from django.contrib.admin.models import LogEntry
for entry in LogEntry.objects.order_by('pk'):
    print(entry.user, entry.content_type.app_label, entry.content_type.model, entry.action_flag, entry.object_repr, entry.get_change_message())
";

const GROUPS: &str = "
from django.contrib.auth import get_user_model
for user in get_user_model().objects.order_by('pk'):
    print(user, user.first_name, user.is_staff, [group.name for group in user.groups.all()], user.check_password('ComplexPassword123!'))
";

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn users_of_a_project_s_own_model_are_administered(
    on: Backend,
    #[values(MEMBER, NAMELESS)] model: Model,
) {
    let origin = Origin {
        more: model.more,
        ..Origin::newest(on)
    };
    let database = origin.empty().await;
    let keys = database.django().run(USERS);
    let keys: Vec<_> = keys.lines().collect();
    let settings = database.folder().join("gatepost.toml");
    std::fs::write(&settings, model.settings).unwrap();
    let adopt = ["migrate", "--adopt", "--database", &database.url];
    let mut adopt = Program::command(database.folder(), &adopt);
    let adopted = Program::ended(adopt.env("GATEPOST_SECRET_KEY", SECRET));
    assert!(adopted.status.success(), "{adopted:?}");
    let mut command = Program::command(database.folder(), &["serve", "--database", &database.url]);
    let server = Program::serve(command.env("GATEPOST_SECRET_KEY", SECRET));

    let mut tab = Tab::at(&server.base);
    let form = tab.get("/admin/login/").await.expect(200);
    assert!(form.has("Email address"), "{}", form.text);
    tab = Tab::signed_in(&server.base, "root@example.com").await;
    let list = format!("/admin/{}/", model.place);
    let index = tab.get("/admin/").await.expect(200);
    assert!(
        index.has(&format!("href=\"{list}\"")) && index.has(model.app),
        "{}",
        index.text
    );
    assert!(index.has("root@example.com"));

    let page = tab.get(&list).await.expect(200);
    assert!(
        page.has("ann@example.com") && page.has("bob@example.com"),
        "{}",
        page.text
    );
    assert_eq!(page.has("the.ann"), model.has_name);
    assert_eq!(page.has(">Username<"), model.has_name, "{}", page.text);
    let found = tab.get(&format!("{list}?q=ann&o=-1")).await.expect(200);
    assert!(found.has("ann@example.com") && !found.has("bob@example.com"));
    for order in ["1", "-2", "3.1"] {
        tab.get(&format!("{list}?o={order}")).await.expect(200);
    }
    let page = tab.get("/admin/posts/post/add/").await.expect(200);
    assert!(page.has(">ann@example.com</option>"), "{}", page.text);

    let fields = [("name", "editors"), ("permissions", "1")];
    tab.post("/admin/auth/group/add/", &fields)
        .await
        .expect(302);
    let change = format!("{list}{}/change/", keys[1]);
    let page = tab.get(&change).await.expect(200);
    let group = page.between("<option value=\"", "\">editors").concat();
    let mut fields = vec![
        ("email", "ann@example.com"),
        ("first_name", "Ann"),
        ("is_active", "on"),
        ("is_staff", "on"),
        ("groups", &group),
        ("date_joined_0", "2026-01-02"),
        ("date_joined_1", "03:04:05"),
    ];
    if model.has_name {
        fields.push(("username", "the.ann"));
    }
    let changed = tab.post(&change, &fields).await;
    assert_eq!(
        (changed.status, changed.location),
        (302, list.clone()),
        "{}",
        changed.text
    );
    fields[0].1 = "bob@example.com";
    let wrong = tab.post(&change, &fields).await.expect(200);
    assert!(
        wrong.has("with this Email address already exists"),
        "{}",
        wrong.text
    );

    let mut fields = vec![
        ("email", "eve@example.com"),
        ("password1", PASSWORD),
        ("password2", PASSWORD),
    ];
    if model.has_name {
        fields.push(("username", "eve"));
    }
    tab.post(&format!("{list}add/"), &fields).await.expect(302);
    let delete = format!("{list}{}/delete/", keys[2]);
    assert!(tab.get(&delete).await.expect(200).has("bob@example.com"));
    tab.post(&delete, &[("post", "yes")]).await.expect(302);

    // a session of the API, whose token is called by the address
    let body = json!({"email": "ann@example.com", "password": PASSWORD}).to_string();
    let login = reqwest::Client::new().post(format!("{}/api/token/", server.base));
    let login = login.header("content-type", "application/json").body(body);
    assert_eq!(login.send().await.unwrap().status(), 200);
    let tokens = tab
        .get("/admin/token_blacklist/outstandingtoken/")
        .await
        .expect(200);
    assert!(
        tokens.has("ann@example.com") && !tokens.has("the.ann"),
        "{}",
        tokens.text
    );
    let sessions = format!("{list}{}/sessions/", keys[1]);
    assert!(tab.get(&sessions).await.expect(200).has("name=\"end\""));
    tab.post(&sessions, &[("end_all", "1")]).await.expect(302);

    // who is staff by now signs in, and may do what the group may
    let mut ann = Tab::signed_in(&server.base, "ann@example.com").await;
    ann.get(&list).await.expect(403);
    let index = ann.get("/admin/").await.expect(200);
    assert!(
        index.has("<strong>Ann</strong>") || index.has("Ann"),
        "{}",
        index.text
    );
    assert_eq!(server.terminate(), Some(0));

    let mut django = database.django();
    let (label, name) = model.place.split_once('/').unwrap();
    let log = [
        "root@example.com auth group 1 editors Added.".to_owned(),
        format!(
            "root@example.com {label} {name} 2 ann@example.com Changed First name, Staff status, Groups and Date joined."
        ),
        format!("root@example.com {label} {name} 1 eve@example.com Added."),
        format!("root@example.com {label} {name} 3 bob@example.com "),
        format!("root@example.com {label} {name} 2 ann@example.com Ended all sessions."),
    ];
    let told = django.run(LOG);
    let told: Vec<_> = told.lines().map(str::trim_end).collect();
    let log: Vec<_> = log.iter().map(|line| line.trim_end()).collect();
    assert_eq!(told, log);
    assert_eq!(
        django.run(GROUPS),
        "root@example.com  True [] True\nann@example.com Ann True ['editors'] True\neve@example.com  False [] True"
    );
}
