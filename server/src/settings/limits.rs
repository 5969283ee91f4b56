//! The section `[limits]`: how much of what is taken of clients, and for how long.

use serde::Deserialize;

use super::{Seconds, Size};

/// The section `[limits]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Limits {
    /// The longest body that is read.
    pub body: Size,
    /// How much of a body that nobody reads is thrown away.
    pub linger_bytes: Size,
    /// How long that may take.
    pub linger_time: Seconds,
    /// How long a request's head may take.
    pub head_time: Seconds,
    /// How long a request's body may take.
    pub body_time: Seconds,
    /// How long a client may neither send nor read, where it should.
    pub stall_time: Seconds,
    /// How long a connection may be open without a request.
    pub idle_time: Seconds,
    /// How long an answer may take.
    pub request_time: Seconds,
    /// The longest path with its query.
    pub url: Size,
    /// The longest head of a request.
    pub head: Size,
    /// What all bodies may take of the memory.
    pub memory: Size,
    /// How many connections may be open.
    pub connections: u32,
    /// How many of one address; 0 for no such limit.
    pub connections_per_address: u32,
    /// How many requests of one HTTP/2 connection may be under way.
    pub streams: u32,
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

impl Limits {
    /// Each setting that cannot be used, and why.
    pub(super) fn broken(&self) -> Vec<(&'static str, String)> {
        let sizes = [
            ("limits.body", self.body.get(), 1, 64 * MIB, "1 to 64MiB"),
            ("limits.url", self.url.get(), 256, 64 * KIB, "256 to 64KiB"),
            ("limits.head", self.head.get(), 8 * KIB, MIB, "8KiB to 1MiB"),
            (
                "limits.memory",
                self.memory.get(),
                (16 * MIB).max(self.body.get()),
                MIB * MIB,
                "16MiB to 1024GiB, and no less than limits.body",
            ),
            (
                "limits.connections",
                self.connections.into(),
                1,
                1_000_000,
                "1 to 1000000",
            ),
            (
                "limits.streams",
                self.streams.into(),
                1,
                10_000,
                "1 to 10000",
            ),
        ];
        let times = [
            ("limits.head_time", self.head_time),
            ("limits.body_time", self.body_time),
            ("limits.stall_time", self.stall_time),
            ("limits.idle_time", self.idle_time),
            ("limits.request_time", self.request_time),
        ];
        let sizes = sizes
            .into_iter()
            .filter_map(|(key, value, least, most, range)| {
                let is_broken = !(least..=most).contains(&value);
                is_broken.then(|| (key, format!("it is {value}; set {range}")))
            });
        let times = times.into_iter().filter_map(|(key, time)| {
            let why = "it is 0, and no client is as fast as that; set \"1s\" or more";
            (time.get() == 0).then(|| (key, why.to_owned()))
        });
        let longer = (self.request_time.get() < self.body_time.get()).then(|| {
            let why = "an answer may take less than its request's body (limits.body_time): set as much or more";
            ("limits.request_time", why.to_owned())
        });
        sizes.chain(times).chain(longer).collect()
    }
}
