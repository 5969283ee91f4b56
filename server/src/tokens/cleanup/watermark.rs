//! How much time has surely passed: a watermark in the database, by which the clean-up judges beside the clock.
//!
//! A clock that jumps forward and back would have the clean-up remove what says that a token was logged out. The
//! watermark advances with the steady clock of a server that runs, whatever its clock says, and across a stop as the
//! clock does, but by `cleanup.max_downtime` at most. So what expired goes late, never early.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::db::{self, Db, Moment, meta};
use crate::settings::Settings;

/// The watermark, and what the clock said when it was stored: both in microseconds since the epoch.
const MARK: &str = "cleanup.watermark";
const SEEN: &str = "cleanup.clock";

const SECOND: i64 = 1_000_000;
/// From this difference on, an hour, somebody is told.
const GAP: i64 = 3600 * SECOND;

/// The watermark as this process knows it.
pub(crate) struct Watermark {
    db: Db,
    clock: Clock,
    known: Mutex<Known>,
    /// When the last proof of [`Watermark::prove`] began.
    proved: tokio::sync::Mutex<Option<Instant>>,
    is_told: AtomicBool,
}

/// The watermark at a moment of the steady clock.
#[derive(Clone, Copy)]
struct Known {
    mark: i64,
    steady: i64,
}

impl Watermark {
    /// Takes the watermark up after a stop, whose length is what the clock has moved on since it was stored.
    pub(crate) async fn open(db: &Db, clock: &Clock, settings: &Settings) -> db::Result<Self> {
        let (now, steady) = (clock.now().micros(), clock.steady());
        let longest = settings.cleanup.max_downtime.get() * SECOND;
        let mark = db.write(move |tx| {
            Box::pin(async move {
                let mark = meta::number(tx, MARK).await?;
                let seen = meta::number(tx, SEEN).await?;
                let mark =
                    mark.map_or(now, |mark| resumed(mark, seen.unwrap_or(now), now, longest));
                meta::replace(tx, SEEN, &now.to_string()).await?;
                meta::raise(tx, MARK, mark).await
            })
        });
        let mark = mark.await?;
        Ok(Self {
            db: db.clone(),
            clock: clock.clone(),
            known: Mutex::new(Known { mark, steady }),
            proved: tokio::sync::Mutex::new(None),
            is_told: AtomicBool::new(false),
        })
    }

    /// Trusts the clock: from here on the watermark is what it says.
    pub(crate) async fn trust_clock(&self) -> db::Result<()> {
        let (now, steady) = (self.clock.now().micros(), self.clock.steady());
        let stored = self.db.write(move |tx| {
            Box::pin(async move {
                meta::replace(tx, SEEN, &now.to_string()).await?;
                meta::replace(tx, MARK, &now.to_string()).await
            })
        });
        stored.await?;
        *self.known() = Known { mark: now, steady };
        Ok(())
    }

    /// Moves the watermark on by the time that has passed, and stores it. Other servers of the database may be ahead.
    pub(crate) async fn advance(&self) -> db::Result<()> {
        let (now, steady) = (self.clock.now().micros(), self.clock.steady());
        let known = *self.known();
        let ours = known.mark + (steady - known.steady).max(0);
        let stored = self.db.write(move |tx| {
            Box::pin(async move {
                meta::replace(tx, SEEN, &now.to_string()).await?;
                meta::raise(tx, MARK, ours).await
            })
        });
        let mark = stored.await?;
        *self.known() = Known { mark, steady };
        Ok(())
    }

    /// Proves that the database takes writes, by storing the watermark. Those who ask while others wait for a proof that
    /// has not begun yet share it.
    pub(crate) async fn prove(&self) -> db::Result<()> {
        let asked = Instant::now();
        let mut proved = self.proved.lock().await;
        if proved.is_none_or(|begun| begun < asked) {
            let begun = Instant::now();
            self.advance().await?;
            if self.db.was_full() {
                // where a request found no room, the watermark may find some
                meta::fill(&self.db).await?;
                self.db.has_room();
            }
            *proved = Some(begun);
        }
        Ok(())
    }

    /// The moment by which something must have expired to be removed: the earlier of clock and watermark.
    pub(crate) fn moment(&self) -> Moment {
        let now = self.clock.now();
        let behind = self.gap(now).max(0);
        // up to a second late, never early
        now.plus(-(behind + SECOND - 1) / SECOND).unwrap_or(now)
    }

    /// Logs once that the clock is not where the watermark is, if so.
    pub(crate) fn tell(&self) {
        let remark = self.ahead().or_else(|| self.behind());
        if let Some(remark) = remark
            && !self.is_told.swap(true, Ordering::Relaxed)
        {
            tracing::warn!("{remark}");
        }
    }

    /// What follows from a clock that is ahead of the watermark, if it is, and how it ends.
    pub(crate) fn ahead(&self) -> Option<String> {
        let gap = self.gap(self.clock.now());
        (gap >= GAP).then(|| format!(
            "the clock is {} ahead of the time that this database has seen pass, so expired rows are removed that much later; if the clock is right, run `gatepost-server flushexpiredtokens --now`",
            hours(gap)
        ))
    }

    fn behind(&self) -> Option<String> {
        let gap = self.gap(self.clock.now());
        (gap <= -GAP).then(|| {
            let long = hours(-gap);
            format!("the clock is {long} behind the time that this database has seen pass; set it if it is wrong")
        })
    }

    /// How far the clock is ahead of the watermark.
    fn gap(&self, now: Moment) -> i64 {
        let steady = self.clock.steady();
        let known = *self.known();
        now.micros() - (known.mark + (steady - known.steady).max(0))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().expect("nobody panics with this lock")
    }
}

/// A number of microseconds in days and hours.
fn hours(micros: i64) -> humantime::FormattedDuration {
    let hours = (micros / GAP).unsigned_abs();
    humantime::format_duration(Duration::from_secs(hours * 3600))
}

/// The watermark after a stop.
fn resumed(mark: i64, seen: i64, now: i64, longest: i64) -> i64 {
    let stopped = now.saturating_sub(seen).clamp(0, longest);
    // a clock that was behind lets it catch up with the watermark, not overtake it; and however often a clock that is
    // right in between jumps at a start, the watermark is ahead of it once
    let furthest = seen.saturating_add(longest);
    mark.max(now.min(mark.saturating_add(stopped)).min(furthest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_as_long_as_the_clock_says_but_not_longer_than_a_week() {
        const DAY: i64 = 86_400;
        for (seen, now, mark) in [
            (100 * DAY, 101 * DAY, 101 * DAY),
            (100 * DAY, 160 * DAY, 107 * DAY),
            // it jumped back
            (160 * DAY, 100 * DAY, 100 * DAY),
            (100 * DAY, 40 * DAY, 100 * DAY),
            // and forward again
            (40 * DAY, 100 * DAY, 100 * DAY),
            // it jumped at a start before, was right again, and jumps again
            (93 * DAY, 160 * DAY, 100 * DAY),
            (95 * DAY, 160 * DAY, 102 * DAY),
            // it was ahead before the stop
            (160 * DAY, 161 * DAY, 101 * DAY),
        ] {
            assert_eq!(resumed(100 * DAY, seen, now, 7 * DAY), mark, "{seen} {now}");
        }
    }
}
