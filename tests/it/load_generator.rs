//! The bench's load generator, on a server as the bench starts it: what it counts is what happened.

use std::num::NonZeroU32;
use std::time::Duration;

use gatepost_bench::data;
use gatepost_bench::load::{self, Amount, always};
use gatepost_bench::requests::{Kind, get, post};
use gatepost_bench::servers::{Program, Server};
use gatepost_bench::template::Template;
use gatepost_bench::usage;
use gatepost_tests::{free_port, server_binary, sql};

async fn server() -> Server {
    let cheap = NonZeroU32::MIN;
    let template = Template::new(server_binary(), cheap).await.unwrap();
    let program = Program::Gatepost(server_binary(), cheap);
    Server::on_sqlite("Gatepost", program, &template).unwrap()
}

#[tokio::test]
async fn every_request_is_counted_once_and_is_what_its_name_says() {
    let server = server().await;
    let count = async |table: &str| {
        let found = sql::query(&server.database, &format!("SELECT COUNT(*) FROM {table}")).await;
        found[0].parse::<usize>().unwrap()
    };
    let (posts, tokens) = (
        count("posts_post").await,
        count("token_blacklist_outstandingtoken").await,
    );
    for kind in Kind::ALL {
        if kind == Kind::VerifyAlone {
            continue; // plain has it
        }
        let scripts = server.scripts(kind, 3);
        let outcome = load::run(server.address, scripts, Amount::Each(4))
            .await
            .all_right()
            .unwrap();
        assert_eq!((outcome.right, outcome.wrong), (12, 0), "{kind:?}");
        assert!(outcome.rate() > 0.0 && outcome.percentile(50) <= outcome.percentile(99));
        assert!(outcome.percentile(99) <= outcome.took, "{kind:?}");
    }
    assert_eq!(count("posts_post").await, posts + 12, "create");
    assert_eq!(count("gatepost_rotation").await, 12, "refresh");
    // three connections, each with a chain of its own
    assert_eq!(
        count("(SELECT DISTINCT family FROM gatepost_rotation)").await,
        3
    );
    assert_eq!(
        count("token_blacklist_outstandingtoken").await,
        tokens + 24,
        "refresh and login"
    );
    server.tidy(Kind::Create).await;
    assert_eq!(count("posts_post").await, posts);
}

#[tokio::test]
async fn a_chain_goes_on_in_the_next_run() {
    let server = server().await;
    let mut refreshed = 0;
    for _ in 0..2 {
        let scripts = server.scripts(Kind::Refresh, 2);
        let time = Amount::For(Duration::from_millis(50));
        let outcome = load::run(server.address, scripts, time).await;
        refreshed += outcome.all_right().unwrap().right;
    }
    // each answer's token was the next one's: a token that is sent again is given its successor again
    let found = sql::query(&server.database, "SELECT COUNT(*) FROM gatepost_rotation").await;
    assert_eq!(found, [refreshed.to_string()]);
}

#[tokio::test]
async fn what_is_not_2xx_is_noticed() {
    let server = server().await;
    let stranger = || always(get("/api/users/profile/", None));
    let mut scripts = server.scripts(Kind::Profile, 1);
    scripts.push(stranger());
    let outcome = load::run(server.address, scripts, Amount::Each(3)).await;
    assert_eq!((outcome.right, outcome.wrong), (3, 3));
    let error = outcome.all_right().err().unwrap().to_string();
    let wanted = "3 of 6 answers are wrong; the first: GET /api/users/profile/: 401 {\"detail\":";
    assert!(error.starts_with(wanted), "{error}");
}

#[tokio::test]
async fn a_token_that_is_used_twice_fails_the_run() {
    let server = server().await;
    let shown = serde_json::json!({"refresh": data::refresh_token(1)}).to_string();
    let twice = always(post("/api/token/refresh/", None, &shown));
    let outcome = load::run(server.address, vec![twice], Amount::Each(2)).await;
    // within the grace it is given its successor again; when that was used, it is refused
    assert_eq!((outcome.right, outcome.wrong), (2, 0));
    let chain = server.scripts(Kind::Refresh, 1);
    let outcome = load::run(server.address, chain, Amount::Each(2)).await;
    assert_eq!((outcome.right, outcome.wrong), (2, 0));
    let again = always(post("/api/token/refresh/", None, &shown));
    let outcome = load::run(server.address, vec![again], Amount::Each(1)).await;
    assert_eq!((outcome.right, outcome.wrong), (0, 1));
}

#[tokio::test]
async fn a_server_that_is_gone_is_noticed() {
    let address = ([127, 0, 0, 1], free_port()).into();
    let scripts = (0..2).map(|_| always(get("/", None))).collect();
    let outcome = load::run(address, scripts, Amount::For(Duration::from_secs(1))).await;
    assert_eq!((outcome.right, outcome.wrong), (0, 2));
    assert!(outcome.all_right().is_err());
}

#[tokio::test]
async fn what_a_server_uses_is_that_of_all_its_processes() {
    let server = server().await;
    let ours = usage::memory(server.pid);
    assert!(ours > 1 << 10, "{ours} KiB");
    assert!(
        usage::memory(std::process::id()) > ours,
        "the tests hold more than their server"
    );
}
