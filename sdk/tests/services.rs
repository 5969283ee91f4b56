//! The sdk at live Django services as other people build them: the tutorial's, Djoser with e-mail addresses and pages
//! by number, dj-rest-auth with cookies and another scheme.

use futures_util::future::join_all;
use gatepost_live::django::Django;
use gatepost_sdk::{
    AccessToken, Client, ClientBuilder, Endpoints, ErrorKind, Logout, NewUser, SecretString,
    Session,
};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

const PASSWORD: &str = "ComplexPassword123!";

#[derive(Debug, Deserialize, PartialEq)]
struct Invoice {
    id: u32,
    customer: String,
}

async fn token(session: &Session) -> AccessToken {
    session.access_token(Duration::ZERO).await.expect("a token")
}

/// Reads in bundles of 30 at once until the access token was exchanged on the way.
async fn reads_across_an_expiry(client: &Client, path: &str) {
    let session = client.session();
    let first = token(&session).await;
    loop {
        let reads = (0..30).map(|_| {
            client
                .get(path)
                .signed_in()
                .send_json::<serde_json::Value>()
        });
        for read in join_all(reads).await {
            read.expect("a read");
        }
        if token(&session).await != first {
            return;
        }
    }
}

async fn refuses_after_logout(client: &Client, path: &str) {
    let error = client.get(path).send_empty().await.expect_err("logged out");
    assert!(matches!(error.kind(), ErrorKind::NotSignedIn), "{error:?}");
}

/// What both services of tests/services can.
async fn every_step(builder: ClientBuilder, revokes: bool) {
    let client = builder.build().expect("a client");
    let credentials = json!({ "email": "ada@example.org", "password": PASSWORD });
    client
        .login_with("ada@example.org", &credentials)
        .await
        .expect("logged in");
    let wrong = json!({ "email": "ada@example.org", "password": "wrong" });
    let error = client
        .login_with("ada@example.org", &wrong)
        .await
        .expect_err("refused");
    assert!(matches!(error.kind(), ErrorKind::Api(_)), "{error:?}");

    reads_across_an_expiry(&client, "/api/invoices/7/").await;
    let mut stream = client.list::<Invoice>("/api/invoices/").stream();
    let mut ids = Vec::new();
    while let Some(invoice) = stream.next().await {
        ids.push(invoice.expect("an invoice").id);
    }
    assert_eq!(ids, (1..=1000).collect::<Vec<_>>());

    let new = json!({ "customer": "Grace" });
    let made: Invoice = client
        .post("/api/invoices/")
        .json(&new)
        .send_json()
        .await
        .expect("made");
    assert_eq!((made.id, made.customer.as_str()), (1001, "Grace"));
    let path = format!("/api/invoices/{}/", made.id);
    let form = [("customer", "Ada & Co")];
    let changed: Invoice = client
        .put(&path)
        .form(&form)
        .send_json()
        .await
        .expect("changed");
    assert_eq!(changed.customer, "Ada & Co");
    let error = client
        .patch(&path)
        .json(&json!({ "customer": "" }))
        .send_empty()
        .await;
    assert!(!error.expect_err("refused").field("customer").is_empty());
    client.delete(&path).send_empty().await.expect("deleted");
    let gone = client
        .get(&path)
        .send_json::<Invoice>()
        .await
        .expect_err("deleted");
    assert_eq!(gone.status().expect("a status").as_u16(), 404);

    let session = client.session();
    let second = session.refresh().await.expect("refreshed");
    assert!(client.verify(&second).await.expect("verified"));
    assert_eq!(
        client.profile().await.expect("a profile").email,
        "ada@example.org"
    );
    let out = client.logout(Logout::Server).await.expect("logged out");
    assert_eq!(out.revoked, revokes, "{out:?}");
    refuses_after_logout(&client, "/api/invoices/").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn djoser_with_e_mail_addresses_and_pages_by_number() {
    let django = Django::service("djoser");
    let builder = Client::builder(django.url()).endpoints(Endpoints::djoser());
    every_step(builder, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dj_rest_auth_with_cookies_and_another_scheme() {
    let django = Django::service("cookies");
    let endpoints = Endpoints::dj_rest_auth().refresh_cookie("my-refresh-token");
    let builder = Client::builder(django.url()).endpoints(endpoints);
    every_step(builder, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tutorials_service() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = format!("sqlite:{}", folder.path().join("db.sqlite3").display());
    let settings = [
        ("SIMPLE_JWT", r#"{"ACCESS_TOKEN_LIFETIME": 2}"#),
        ("FAST_HASH", "1"),
        ("GUNICORN_CMD_ARGS", "--threads=8"),
    ];
    let django = Django::start(&database, &settings);
    let client = Client::builder(django.url()).build().expect("a client");
    let password = SecretString::from(PASSWORD);
    let ada = NewUser::new("ada", "ada@example.org", &password)
        .first_name("A")
        .last_name("L");
    client.register(ada).await.expect("registered");
    client.login("ada", &password).await.expect("logged in");
    let code = "from django.contrib.auth.models import User\nfrom posts.models import Post\nada = User.objects.get()\nPost.objects.bulk_create(Post(title=str(n), content='', author=ada) for n in range(1000))";
    Django::python(&database, code);
    reads_across_an_expiry(&client, "/api/users/profile/").await;
    let mut stream = client.posts().list().stream();
    let mut count = 0;
    while let Some(post) = stream.next().await {
        assert_eq!(post.expect("a post").author, "ada");
        count += 1;
    }
    assert_eq!(count, 1000);
    assert!(
        client
            .logout(Logout::Server)
            .await
            .expect("logged out")
            .revoked
    );
    refuses_after_logout(&client, "/api/posts/").await;
}
