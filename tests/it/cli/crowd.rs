//! Many commands that start in the moment in which the access token of their session expires.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatepost_tests::{Machine, is_full};
use rstest::rstest;

use super::{Kind, Server};

const ROTATED: &str = "SELECT COUNT(*) FROM token_blacklist_blacklistedtoken";

/// How long an access token lives here, in seconds.
const LIFE: u64 = 5;

/// When the access token of this machine's session expires.
fn expiry(machine: &Machine) -> SystemTime {
    let token = machine.run(&["token", "--refresh", "--min-ttl", "0"]);
    let token = token.expect(0).out;
    let claims = token.split('.').nth(1).unwrap();
    let claims = URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    SystemTime::UNIX_EPOCH + Duration::from_secs(claims["exp"].as_u64().unwrap())
}

#[expect(
    clippy::disallowed_methods,
    reason = "other processes look at the time of the machine, and that is what is waited for"
)]
fn sleep_until(time: SystemTime) {
    let left = time.duration_since(SystemTime::now());
    std::thread::sleep(left.unwrap_or_default());
}

/// One of them exchanges the tokens and the others take up what it was given: nobody fails, and nobody is logged out.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn all_that_start_as_the_token_expires_succeed(
    #[values(Kind::Gatepost, Kind::Django)] kind: Kind,
    #[values("file", "keyring")] store: &str,
) {
    let server = Server::with_access_life(kind, u32::try_from(LIFE).unwrap()).await;
    let machine = match store {
        "file" => Machine::new(&server.url),
        _ => Machine::with_keyring(&server.url),
    };
    machine.enter("ada", store);
    machine
        .run(&["posts", "create", "-t", "One", "-b", "text"])
        .expect(0);
    let expires = expiry(&machine);
    let before = server.count(ROTATED).await;
    let crowd = if is_full() { 100 } else { 20 };
    std::thread::scope(|scope| {
        for _ in 0..crowd {
            scope.spawn(|| {
                sleep_until(expires);
                let listed = machine.run(&["posts", "list", "--json"]).expect(0);
                assert_eq!(listed.json()[0]["title"], "One");
            });
        }
    });
    let took = expires.elapsed().unwrap();
    let rotations = server.count(ROTATED).await - before;
    println!("{kind:?}, {store}: {crowd} commands, {rotations} rotations in {took:?}");
    // one as it expires, and one more each time when so much time has passed that the next one does
    assert!(rotations >= 1, "the token was not exchanged");
    assert!(rotations <= took.as_secs() / (LIFE - 2) + 2, "{rotations}");
}
