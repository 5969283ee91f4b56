//! Reads that have failed: they are asked for again, ever later.

use std::time::Duration;

use super::cx::Cx;
use crate::effect::{Call, Slot, Timer};
use crate::model::Offline;
use crate::msg::Failure;

/// A read has failed and is asked for again later, at the earliest after `wait`.
pub(super) fn offline(
    cx: &mut Cx<'_>,
    read: (Slot, Call),
    failure: &Failure,
    wait: Option<Duration>,
) {
    let mut reads = Vec::new();
    let mut attempt = 0;
    let mut since = cx.now;
    if let Some(offline) = cx.model.offline.take() {
        attempt = offline.attempt;
        since = offline.since;
        reads = offline.reads;
    }
    // reads that failed together wait together
    let is_waiting = cx.model.timers.contains_key(&Timer::Retry);
    reads.retain(|(slot, _)| *slot != read.0);
    reads.push(read);
    if !is_waiting {
        attempt += 1;
    }
    let backoff = Duration::from_secs(1 << (attempt - 1).min(5)).min(Duration::from_secs(30));
    // a quarter more or less, so that many clients do not come back at once
    let seed = cx.model.about.run.bytes().fold(attempt, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    let backoff =
        backoff.mul_f32(0.75 + 0.5 * f32::from(u8::try_from(seed % 100).unwrap_or(0)) / 100.0);
    let delay = wait
        .map_or(backoff, |wait| wait.max(backoff))
        .min(Duration::from_hours(24));
    let next = chrono::TimeDelta::from_std(delay)
        .ok()
        .and_then(|delay| cx.now.checked_add_signed(delay))
        .unwrap_or(cx.now);
    cx.model.offline = Some(Offline {
        kind: failure.kind.clone(),
        text: failure.text.clone(),
        attempt,
        since,
        next,
        reads,
    });
    if !is_waiting || wait.is_some() {
        cx.after(Timer::Retry, delay);
    }
}

/// Asks again for what failed.
pub(super) fn retry(cx: &mut Cx<'_>) {
    cx.model.timers.remove(&Timer::Retry);
    let Some(offline) = &mut cx.model.offline else {
        return;
    };
    offline.next = cx.now;
    for (slot, asked) in std::mem::take(&mut offline.reads) {
        again(cx, slot, asked);
    }
}

/// The server answers again; whether it did not before.
pub(super) fn online(cx: &mut Cx<'_>) -> bool {
    let Some(offline) = cx.model.offline.take() else {
        return false;
    };
    cx.model.timers.remove(&Timer::Retry);
    for (slot, asked) in offline.reads {
        again(cx, slot, asked);
    }
    true
}

/// Does again what could not be done.
pub(super) fn again(cx: &mut Cx<'_>, slot: Slot, asked: Call) {
    if matches!(asked, Call::List | Call::Find(_)) {
        cx.model.list.restart();
    }
    cx.call(slot, asked);
}

/// Asks again for what failed; whether that was among it.
pub(super) fn is_retried(cx: &mut Cx<'_>, slot: &Slot) -> bool {
    let is_offline = cx.model.offline.is_some();
    retry(cx);
    is_offline && cx.model.is_live(slot)
}
