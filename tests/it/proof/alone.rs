//! (d) An owner alone who shows keys, whose store keeps what it said it kept, is never out.

use gatepost_tests::{Backend, TestApp, is_full};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;
use crate::remote::jti;

/// What may happen to one refresh, or between two.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// The answer is stored.
    Stored,
    /// The answer is lost on its way, or the owner crashes before it is stored.
    Lost,
    /// The request is sent twice, and both arrive at once.
    Doubled,
    /// The network delivers a request of before once more.
    Echoed,
    /// The server is started anew.
    Restarted,
    /// Hours pass.
    Slept,
}

const FATES: [Fate; 6] = [
    Fate::Stored,
    Fate::Lost,
    Fate::Doubled,
    Fate::Echoed,
    Fate::Restarted,
    Fate::Slept,
];

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn an_owner_with_keys_is_never_out(on: Backend, #[values("revoke", "reject")] reuse: &str) {
    let depth = match (is_full(), on) {
        (true, _) => 5,
        (false, Backend::Sqlite) => 3,
        (false, Backend::Postgres) => 2,
    };
    let settings = format!("refresh.reuse = '{reuse}'\nrefresh.grace = 0");
    let mut app = TestApp::with(on, &settings).await;
    app.user("ann").await;
    for number in 0..FATES.len().pow(depth) {
        let mut rest = number;
        let mut stored = app.known("ann").obtain().await.expect(200).field("refresh");
        // each token that was shown, with its key
        let mut before = vec![stored.clone()];
        let mut fates = Vec::new();
        for _ in 0..depth {
            let fate = FATES[rest % FATES.len()];
            rest /= FATES.len();
            fates.push(fate);
            let ann = app.known("ann");
            match fate {
                Fate::Stored => {
                    stored = show(&ann, &stored, &fates).await;
                    before.push(stored.clone());
                }
                Fate::Lost => drop(show(&ann, &stored, &fates).await),
                Fate::Doubled => {
                    let (one, two) =
                        tokio::join!(show(&ann, &stored, &fates), show(&ann, &stored, &fates));
                    assert_eq!(one, two, "{fates:?}");
                    stored = two;
                    before.push(stored.clone());
                }
                Fate::Echoed => {
                    let old = &before[before.len().saturating_sub(2)];
                    // whatever is answered, nobody hears it
                    ann.refresh_with(old, Some(&key(old))).await;
                }
                Fate::Restarted => app = app.another().await,
                Fate::Slept => app.clock.advance(3 * 3600),
            }
        }
        show(&app.known("ann"), &stored, &fates).await;
    }
    assert_eq!(
        app.query("SELECT COUNT(*) FROM gatepost_event WHERE kind = 'reuse'")
            .await,
        ["0"]
    );
}

fn key(token: &str) -> String {
    format!("key-of-{}", jti(token))
}

/// Shows a token with its key; it must be answered by a successor.
async fn show(ann: &gatepost_tests::Actor<'_>, token: &str, fates: &[Fate]) -> String {
    let answer = ann.refresh_with(token, Some(&key(token))).await;
    assert_eq!(answer.status, 200, "{fates:?}: {}", answer.text());
    let next = answer.field("refresh");
    assert_ne!(jti(&next), jti(token));
    next
}
