//! What is under way at the end and can't be left: an exchange of tokens, whose result must be stored, and a delete.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::deadline;
use super::network::Network;
use super::signals::{Asked, Signals};
use super::term::{self, GONE, say};

/// How long it may hold up the end.
const LIMIT: Duration = Duration::from_secs(10);
/// After how long it is said.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often to look whether the terminal is still there.
const LOOK: Duration = Duration::from_millis(50);

/// Waits until neither is under way. A signal ends this, and a terminal that goes leaves it little time.
pub(super) async fn settle(network: &Network, signals: &mut Signals, code: u8) {
    let start = Instant::now();
    let mut is_brief = code == GONE || term::is_gone();
    let mut end = if is_brief {
        start + deadline::earlier()
    } else {
        deadline::extend(LIMIT);
        start + LIMIT
    };
    let mut has_said = false;
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut settled = pin!(network.settle(LIMIT));
    loop {
        tokio::select! {
            biased;
            () = &mut settled => return,
            () = sleep_until(end) => return,
            asked = signals.next() => match asked {
                Asked::End(GONE) if !is_brief => is_brief = true,
                Asked::End(GONE) | Asked::Stop | Asked::GoOn | Asked::Size => continue,
                Asked::End(_) | Asked::Interrupt => return,
            },
            () = sleep_until(start + PATIENCE), if !has_said && !is_brief => {
                has_said = true;
                // a terminal may take no output
                let what = if network.is_deleting() {
                    "finishing a delete"
                } else {
                    "finishing a refresh of the session"
                };
                std::thread::spawn(move || say(what));
                continue;
            }
            _ = look.tick(), if !is_brief => {
                if !term::is_gone() {
                    continue;
                }
                is_brief = true;
            }
        }
        end = end.min(Instant::now() + deadline::earlier());
    }
}
