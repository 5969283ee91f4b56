//! The line before the hashing threads: who is next, and who would wait for too long.
//!
//! It is shared out in rounds, as start-time fair queueing does it: a share, which is an account or an address, has one
//! job in each round, and a job is in the first round that is free for all of its shares. So one who sends hundreds
//! fills rounds that lie far behind the job of somebody else, which is in the present round. In a round those who are known go
//! first. Where the line takes too long, its end goes away: the newest job of whoever has most of them.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// How long a job may wait, as far as the measured times tell.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many shares are remembered at most.
const MARKS: usize = 10_000;

/// Jobs that wait.
pub(super) struct Line<J> {
    waiting: BTreeMap<Place, Waiting<J>>,
    /// The first round that is free for a share; one that is not here may join the present round.
    free: HashMap<String, u64>,
    round: u64,
    arrived: u64,
    threads: usize,
    running: usize,
    /// How many may wait at most.
    most: usize,
    /// How long a job takes; zero until one was measured.
    pace: Duration,
}

/// The round, whether it is a stranger's, and its number.
type Place = (u64, bool, u64);

struct Waiting<J> {
    job: J,
    shares: Vec<String>,
}

impl<J> Line<J> {
    /// An empty line before so many threads.
    pub(super) fn new(threads: usize, most: usize) -> Self {
        Self {
            waiting: BTreeMap::new(),
            free: HashMap::new(),
            round: 0,
            arrived: 0,
            threads,
            running: 0,
            most,
            pace: Duration::ZERO,
        }
    }

    /// Whether a job of these shares would be let in.
    pub(super) fn has_room<'s>(
        &self,
        shares: impl Iterator<Item = &'s str>,
        is_known: bool,
    ) -> bool {
        let place = (self.round_of(shares), !is_known, self.arrived);
        let is_last = (self.waiting.last_key_value()).is_none_or(|(last, _)| *last < place);
        !is_last || !self.is_too_long(self.waiting.len() + 1)
    }

    /// Lets a job join; gives those that have to leave, perhaps this one.
    #[must_use]
    pub(super) fn join(&mut self, job: J, shares: Vec<String>, is_known: bool) -> Vec<J> {
        let round = self.round_of(shares.iter().map(String::as_str));
        if self.free.len() >= MARKS {
            self.free.clear();
        }
        for share in &shares {
            self.free.insert(share.clone(), round + 1);
        }
        let place = (round, !is_known, self.arrived);
        self.arrived += 1;
        self.waiting.insert(place, Waiting { job, shares });
        self.shorten()
    }

    /// The next job, which runs from now on.
    pub(super) fn next(&mut self) -> Option<J> {
        let ((round, ..), next) = self.waiting.pop_first()?;
        if round > self.round {
            self.round = round;
            // what lies behind needs no mark
            self.free.retain(|_, free| *free > round);
        }
        self.running += 1;
        Some(next.job)
    }

    /// Ends a job, and says how long it took where it hashed; gives those that have to leave, now that this is known.
    #[must_use]
    pub(super) fn end(&mut self, took: Option<Duration>) -> Vec<J> {
        self.running = self.running.saturating_sub(1);
        if let Some(took) = took {
            self.pace = if self.pace.is_zero() {
                took
            } else {
                (self.pace * 7 + took) / 8
            };
        }
        self.shorten()
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How long the line is, in time.
    pub(super) fn wait(&self) -> Duration {
        self.wait_of(self.waiting.len() + 1)
    }

    /// How long the last of so many waits.
    fn wait_of(&self, waiting: usize) -> Duration {
        let before = (waiting + self.running).saturating_sub(self.threads);
        let threads = u32::try_from(self.threads).unwrap_or(u32::MAX);
        let before = u32::try_from(before).unwrap_or(u32::MAX);
        self.pace.saturating_mul(before) / threads.max(1)
    }

    fn is_too_long(&self, waiting: usize) -> bool {
        // a thread that is free takes one at once
        let free = self.threads.saturating_sub(self.running);
        waiting > self.most.saturating_add(free) || self.wait_of(waiting) > PATIENCE
    }

    fn round_of<'s>(&self, shares: impl Iterator<Item = &'s str>) -> u64 {
        let free = shares.filter_map(|share| self.free.get(share).copied());
        free.fold(self.round, u64::max)
    }

    /// Sends the end of the line away until the rest waits no longer than it may.
    fn shorten(&mut self) -> Vec<J> {
        let mut gone = Vec::new();
        while self.is_too_long(self.waiting.len())
            && let Some(((round, ..), last)) = self.waiting.pop_last()
        {
            for share in last.shares {
                // its own mark, or that of an earlier job
                if let Some(free) = self.free.get_mut(&share) {
                    *free = round.min(*free);
                }
            }
            gone.push(last.job);
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: Duration = Duration::from_millis(250);

    /// Two threads, whose hashes take a quarter of a second: 16 jobs are two seconds.
    fn line() -> Line<&'static str> {
        let mut line = Line::new(2, 1000);
        assert!(line.end(Some(HASH)).is_empty());
        line
    }

    fn join(line: &mut Line<&'static str>, job: &'static str, shares: &[&str]) -> usize {
        let shares = shares.iter().map(|share| (*share).to_owned()).collect();
        line.join(job, shares, false).len()
    }

    fn all(line: &mut Line<&'static str>) -> Vec<&'static str> {
        std::iter::from_fn(|| line.next()).collect()
    }

    #[test]
    fn one_share_is_served_in_the_order_in_which_it_came() {
        let mut line = line();
        for job in ["1", "2", "3"] {
            assert_eq!(join(&mut line, job, &["ann"]), 0);
        }
        assert_eq!(all(&mut line), ["1", "2", "3"]);
    }

    #[test]
    fn whoever_comes_goes_before_the_second_of_a_crowd_by_account_or_by_address() {
        let mut line = line();
        for account in ["a", "b", "c", "d"] {
            join(&mut line, "one address", &[account, "192.0.2.1"]);
        }
        for address in ["1", "2", "3"] {
            join(&mut line, "one account", &["admin", address]);
        }
        join(&mut line, "ann", &["ann", "192.0.2.9"]);
        let order = all(&mut line);
        assert_eq!(order[..3], ["one address", "one account", "ann"]);
    }

    #[test]
    fn who_is_known_is_next() {
        let mut line = line();
        for job in ["1", "2"] {
            join(&mut line, job, &["a"]);
            join(&mut line, job, &["b"]);
        }
        let known = vec!["ann at home".to_owned()];
        assert!(line.join("ann", known, true).is_empty());
        assert_eq!(all(&mut line), ["ann", "1", "1", "2", "2"]);
    }

    #[test]
    fn nobody_waits_much_longer_than_two_seconds_and_the_crowd_goes_first() {
        let mut line = line();
        let crowd = (0..200)
            .map(|_| join(&mut line, "guess", &["admin"]))
            .sum::<usize>();
        assert_eq!(crowd, 200 - 18, "two are begun at once, 16 wait");
        assert!(!line.has_room(["admin"].into_iter(), false));
        for user in ["a", "b", "c"] {
            assert!(line.has_room([user].into_iter(), false));
            assert_eq!(join(&mut line, "right", &[user]), 1, "a guess has to leave");
        }
        let order = all(&mut line);
        assert_eq!(order.len(), 18);
        assert_eq!(order[..4], ["guess", "right", "right", "right"]);
    }

    /// Those who go on for ever do not keep out who came before them.
    #[test]
    fn a_second_job_is_not_overtaken_for_ever() {
        let mut line = line();
        join(&mut line, "first", &["ann"]);
        join(&mut line, "second", &["ann"]);
        let others = ["a", "b", "c"];
        for other in others {
            join(&mut line, other, &[other]);
        }
        let served = (0..20).position(|_| {
            let next = line.next().unwrap();
            assert!(line.end(Some(HASH)).is_empty());
            if others.contains(&next) {
                join(&mut line, next, &[next]);
            }
            next == "second"
        });
        assert!(served.is_some_and(|turns| turns <= 5), "{served:?}");
    }

    #[test]
    fn a_line_of_before_any_measure_is_shortened_by_the_first() {
        let mut line = Line::new(2, 1000);
        for _ in 0..100 {
            assert_eq!(join(&mut line, "guess", &["admin"]), 0);
        }
        assert!(line.next().is_some() && line.next().is_some());
        assert_eq!(line.end(Some(HASH)).len(), 98 - 17);
        assert_eq!(line.wait(), HASH * 17 / 2);
    }

    #[test]
    fn no_number_of_shares_takes_much_memory() {
        let mut line = line();
        for number in 0..3 * MARKS {
            let _ = line.join("job", vec![number.to_string()], false);
            assert!(line.next().is_some());
            assert!(line.end(None).is_empty());
            assert!(line.free.len() <= MARKS);
        }
    }
}
