//! Gatepost and a live Django on one database, refreshes of the same tokens through both at random.
//!
//! Django looks and writes in two steps, so it may hand out a second successor of a token; that is counted and
//! printed. Gatepost hands out at most one, and none of a token that Django had blacklisted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gatepost_server::{Clock, Entropy};
use gatepost_tests::django::Django;
use gatepost_tests::{Backend, SECRET, TestApp, is_full};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;
use crate::remote::{Remote, Reply, jti};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Server {
    Gatepost,
    Django,
}

/// One request and its answer.
struct Done {
    server: Server,
    /// The id of the token that was shown.
    shown: String,
    is_logout: bool,
    begun: Instant,
    ended: Instant,
    reply: Reply,
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn gatepost_hands_out_one_successor_beside_django(on: Backend) {
    let long = Duration::from_secs(if is_full() { 60 } else { 4 });
    let settings = "refresh.reuse = 'reject'\ntokens.stored = 'signed'";
    let app = TestApp::with_clock(on, settings, Clock::system()).await;
    app.user("ann").await;
    let environment = [
        ("SECRET_KEY", SECRET),
        ("FAST_HASH", "1"),
        ("WEB_CONCURRENCY", "2"),
    ];
    let django = Django::start(&app.database, &environment);
    let remotes = [Remote::new(&app.listen().await), Remote::new(django.url())];
    let all = Mutex::new(Vec::new());
    let until = Instant::now() + long;
    let players = (0..4).map(|player| play(player, &remotes, until, &all));
    join_all(players).await;
    let all = all.into_inner().unwrap();
    println!("{on:?}, {long:?}: {}", judge(&all));
}

/// Shows tokens at random, one to three times at once, here and there, until the time is up.
async fn play(player: u64, remotes: &[Remote; 2], until: Instant, all: &Mutex<Vec<Done>>) {
    let entropy = Entropy::seeded(player);
    let mut tokens = Vec::new();
    while Instant::now() < until {
        let random = entropy.bytes();
        if tokens.is_empty() {
            tokens.push(remotes[0].log_in("ann").await);
        }
        // mostly the newest, sometimes one of before
        let back = usize::from(random[0] % 4)
            .saturating_sub(1)
            .min(tokens.len() - 1);
        let token: String = tokens[tokens.len() - 1 - back].clone();
        let requests = (0..=usize::from(random[1] % 3)).map(|number| {
            let token = token.clone();
            let is_django = random[2 + number] % 2 == 1;
            let is_logout = random[8 + number] < 16;
            async move {
                let begun = Instant::now();
                let remote = &remotes[usize::from(is_django)];
                let reply = if is_logout {
                    remote.log_out(&token, None).await
                } else {
                    remote.refresh(&token, None).await
                };
                Done {
                    server: if is_django {
                        Server::Django
                    } else {
                        Server::Gatepost
                    },
                    shown: jti(&token),
                    is_logout,
                    begun,
                    ended: Instant::now(),
                    reply: reply.unwrap(),
                }
            }
        });
        let done = join_all(requests).await;
        let before = tokens.len();
        for one in &done {
            if one.reply.status == 200 && !one.is_logout {
                tokens.push(one.reply.token("refresh"));
            }
        }
        // a chain that is over, now and then
        if tokens.len() == before && random[20] < 64 {
            tokens.clear();
        }
        all.lock().unwrap().extend(done);
    }
}

fn judge(all: &[Done]) -> String {
    let mut successors: BTreeMap<(&str, Server), BTreeSet<String>> = BTreeMap::new();
    let mut statuses: BTreeMap<(Server, u16), usize> = BTreeMap::new();
    for one in all {
        *statuses.entry((one.server, one.reply.status)).or_default() += 1;
        if one.server == Server::Gatepost {
            assert!(one.reply.status < 500, "{:?}", one.reply);
        }
        if one.reply.status == 200 && !one.is_logout {
            let all = successors.entry((&one.shown, one.server)).or_default();
            all.insert(jti(&one.reply.token("refresh")));
        }
    }
    for server in [Server::Gatepost, Server::Django] {
        let took_part = successors.keys().any(|(_, by)| *by == server);
        assert!(took_part, "{server:?} gave no successor");
    }
    let mut twice_by_django = 0;
    for ((token, server), successors) in &successors {
        match server {
            Server::Gatepost => assert_eq!(successors.len(), 1, "{token}: {successors:?}"),
            Server::Django => twice_by_django += successors.len() - 1,
        }
    }
    let mut by_both = 0;
    for ((token, _), _) in successors
        .iter()
        .filter(|((_, server), _)| *server == Server::Gatepost)
    {
        by_both += usize::from(successors.contains_key(&(*token, Server::Django)));
        let of_token = || {
            all.iter()
                .filter(|one| one.shown == **token && one.reply.status == 200)
        };
        // the first that Gatepost gave: what it gave later was the same again
        let begun = of_token()
            .filter(|one| one.server == Server::Gatepost && !one.is_logout)
            .map(|one| one.begun)
            .min();
        for one in of_token().filter(|one| one.server == Server::Django) {
            assert!(
                begun.is_none_or(|begun| begun <= one.ended),
                "Django had blacklisted {token} before Gatepost was asked"
            );
        }
    }
    assert!(!is_full() || by_both > 0, "no token was contested");
    format!(
        "{} requests, answers {statuses:?}; tokens with a successor of each server: {by_both}, with one more of Django's: {twice_by_django}",
        all.len()
    )
}
