//! What is counted for Prometheus, where `metrics.bind` asks for it.

use std::time::Duration;

use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder,
};

/// The bounds of the latency histogram, in seconds: from a read of a small table to what `limits.request_time` ends.
const BUCKETS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// The counts of one server.
pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    events: IntCounterVec,
    levels: IntGaugeVec,
    rows: IntGaugeVec,
}

/// What happens to tokens and to those who guess.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// A refresh token was exchanged for a successor.
    Rotation,
    /// The same successor was given again.
    Replay,
    /// The right key came too late.
    LateReplay,
    /// A refresh token was shown again by somebody who should not have it.
    Reuse,
}

impl Event {
    const ALL: [Self; 4] = [Self::Rotation, Self::Replay, Self::LateReplay, Self::Reuse];

    fn name(self) -> &'static str {
        match self {
            Self::Rotation => "rotation",
            Self::Replay => "replay",
            Self::LateReplay => "late_replay",
            Self::Reuse => "reuse",
        }
    }
}

/// How full something is at the moment.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Level {
    /// Uses of a connection of the database that are under way.
    DatabaseBusy,
    /// Transactions that wait for the one writer of SQLite.
    DatabaseWritersWaiting,
    /// Passwords that wait for a thread.
    HashesWaiting,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::DatabaseBusy => "database_busy",
            Self::DatabaseWritersWaiting => "database_writers_waiting",
            Self::HashesWaiting => "hashes_waiting",
        }
    }
}

impl Metrics {
    /// Counts from zero.
    ///
    /// # Errors
    /// Two of its own names are the same, which a test excludes.
    pub(crate) fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let requests = IntCounterVec::new(
            Opts::new(
                "gatepost_http_requests_total",
                "Requests by route, method and status.",
            ),
            &["route", "method", "status"],
        )?;
        let seconds = HistogramVec::new(
            HistogramOpts::new(
                "gatepost_http_request_duration_seconds",
                "How long requests took until their answer began.",
            )
            .buckets(BUCKETS.to_vec()),
            &["route", "method"],
        )?;
        let events = IntCounterVec::new(
            Opts::new(
                "gatepost_refresh_events_total",
                "What became of refresh tokens that were shown: rotation, replay, late_replay, reuse.",
            ),
            &["event"],
        )?;
        let levels = IntGaugeVec::new(
            Opts::new(
                "gatepost_queue_length",
                "What is at work or waits at the moment.",
            ),
            &["queue"],
        )?;
        let rows = IntGaugeVec::new(
            Opts::new("gatepost_rows", "Rows of a table, as of the last clean-up."),
            &["table"],
        )?;
        for collector in [&requests, &events] {
            registry.register(Box::new(collector.clone()))?;
        }
        for collector in [&levels, &rows] {
            registry.register(Box::new(collector.clone()))?;
        }
        registry.register(Box::new(seconds.clone()))?;
        for event in Event::ALL {
            events.with_label_values(&[event.name()]);
        }
        Ok(Self {
            registry,
            requests,
            seconds,
            events,
            levels,
            rows,
        })
    }

    /// A request was answered. `route` is one of the table's, `method` one that a route has.
    pub(crate) fn answered(
        &self,
        route: &'static str,
        method: &'static str,
        status: u16,
        took: Duration,
    ) {
        let mut digits = [b'0'; 3];
        for (at, digit) in digits.iter_mut().enumerate() {
            *digit += u8::try_from(status / [100, 10, 1][at] % 10).unwrap_or(0);
        }
        let status = str::from_utf8(&digits).unwrap_or_default();
        self.requests
            .with_label_values(&[route, method, status])
            .inc();
        self.seconds
            .with_label_values(&[route, method])
            .observe(took.as_secs_f64());
    }

    pub(crate) fn count(&self, event: Event) {
        self.events.with_label_values(&[event.name()]).inc();
    }

    pub(crate) fn set_level(&self, level: Level, value: usize) {
        let value = i64::try_from(value).unwrap_or(i64::MAX);
        self.levels.with_label_values(&[level.name()]).set(value);
    }

    pub(crate) fn set_rows(&self, table: &str, count: i64) {
        self.rows.with_label_values(&[table]).set(count);
    }

    /// Everything in Prometheus' text format, version 0.0.4.
    ///
    /// # Errors
    /// A name or a value that the format can't hold, which there is none.
    pub(crate) fn text(&self) -> prometheus::Result<String> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_counted_under_its_labels() {
        let metrics = Metrics::new().unwrap();
        let took = Duration::from_millis(3);
        metrics.answered("/api/posts/", "GET", 200, took);
        metrics.answered("/api/posts/", "GET", 503, took);
        metrics.count(Event::Reuse);
        metrics.set_level(Level::HashesWaiting, 3);
        metrics.set_rows("auth_user", 7);
        let text = metrics.text().unwrap();
        for line in [
            r#"gatepost_http_requests_total{method="GET",route="/api/posts/",status="503"} 1"#,
            r#"gatepost_http_request_duration_seconds_bucket{method="GET",route="/api/posts/",le="0.0025"} 0"#,
            r#"gatepost_http_request_duration_seconds_bucket{method="GET",route="/api/posts/",le="0.005"} 2"#,
            r#"gatepost_refresh_events_total{event="reuse"} 1"#,
            r#"gatepost_refresh_events_total{event="rotation"} 0"#,
            r#"gatepost_queue_length{queue="hashes_waiting"} 3"#,
            r#"gatepost_rows{table="auth_user"} 7"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
