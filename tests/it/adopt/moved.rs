//! The whole move: a live Django is adopted and stopped, Gatepost goes on for its clients, and Django takes over again.

use gatepost_sdk::{Client, NewPost};
use gatepost_tests::django::Django;
use gatepost_tests::{Backend, Program, Proxy};
use reqwest::Method;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use super::{command, ended};
use crate::adoption::databases::{Origin, PASSWORD, registration};
use crate::both_databases;
use crate::remote::Remote;

/// What a client with tokens does next: with the sdk, and by plain HTTP.
async fn go_on(client: &Client, plain: &Remote, tokens: &mut Value, post: &str) {
    let profile = client.profile().await.unwrap();
    assert_eq!(profile.email, "alice@example.com");
    client.session().refresh().await.unwrap();
    client
        .posts()
        .create(&NewPost::new(post, "text"))
        .await
        .unwrap();

    let access = tokens["access"].as_str().unwrap().to_owned();
    let path = "/api/users/profile/";
    let profile = plain
        .signed_in(Method::GET, path, &access, &Value::Null)
        .await
        .unwrap();
    assert_eq!(
        (profile.status, &profile.body["email"]),
        (200, &json!("bob@example.com"))
    );
    let refresh = tokens["refresh"].as_str().unwrap().to_owned();
    let next = plain.refresh(&refresh, None).await.unwrap();
    assert_eq!(next.status, 200, "{next:?}");
    *tokens = next.body;
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn clients_of_a_project_that_moves_need_no_login(
    on: Backend,
    #[values(&[], &[("USER_MODEL", "members.Member")])] more: &'static [(
        &'static str,
        &'static str,
    )],
) {
    let origin = Origin {
        more,
        ..Origin::newest(on)
    };
    let database = origin.empty().await;
    let settings = [&[("FAST_HASH", "1")], more].concat();
    let django = Django::serve(&database.url, &settings);
    let proxy = Proxy::before(django.url()).await;
    let client = Client::builder(&proxy.base).build().unwrap();
    let plain = Remote::forgetful(&proxy.base);
    for name in ["alice", "bob"] {
        let added = plain
            .send("/api/users/register/", &registration(name), None)
            .await
            .unwrap();
        assert_eq!(added.status, 201, "{added:?}");
    }
    let credentials = |name: &str| {
        let email = format!("{name}@example.com");
        json!({"username": name, "email": email, "password": PASSWORD})
    };
    client
        .login_with("alice", &credentials("alice"))
        .await
        .unwrap();
    let mut tokens = plain
        .send("/api/token/", &credentials("bob"), None)
        .await
        .unwrap()
        .body;

    // adopted while Django serves, which is stopped once Gatepost does
    let (code, told) = ended(&mut command(database.folder(), &[], &database.url, more));
    assert_eq!(code, 0, "{told}");
    let server = Program::serve(&mut Program::command(database.folder(), &["serve"]));
    proxy.lead_to(&server.base);
    drop(django);
    go_on(&client, &plain, &mut tokens, "written here").await;

    let django = Django::serve(&database.url, &settings);
    proxy.lead_to(django.url());
    assert_eq!(server.terminate(), Some(0));
    go_on(&client, &plain, &mut tokens, "written there").await;
    let mut posts = client.posts().list().stream();
    let mut titles = Vec::new();
    while let Some(post) = posts.next().await {
        titles.push(post.unwrap().title);
    }
    assert_eq!(titles, ["written there", "written here"]);
}
