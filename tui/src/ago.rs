//! How long ago something was: in a few cells for a column, in words for a sentence.

use chrono::{DateTime, Datelike, FixedOffset, Utc};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// At most seven cells: "now", "5m", "2h", "3d", "3 Mar", "2024-03".
pub(crate) fn short(at: DateTime<Utc>, now: DateTime<Utc>, zone: FixedOffset) -> String {
    match (now - at).num_seconds() {
        ..MINUTE => "now".to_owned(),
        age @ ..HOUR => format!("{}m", age / MINUTE),
        age @ ..DAY => format!("{}h", age / HOUR),
        age if age < 7 * DAY => format!("{}d", age / DAY),
        _ => {
            let (at, now) = (at.with_timezone(&zone), now.with_timezone(&zone));
            let format = if at.year() == now.year() {
                "%-d %b"
            } else {
                "%Y-%m"
            };
            at.format(format).to_string()
        }
    }
}

/// As in a sentence: "just now", "5 min ago", "2 h ago", "yesterday", "3 days ago", "3 March", "3 March 2024".
pub(crate) fn long(at: DateTime<Utc>, now: DateTime<Utc>, zone: FixedOffset) -> String {
    match (now - at).num_seconds() {
        ..MINUTE => "just now".to_owned(),
        age @ ..HOUR => format!("{} min ago", age / MINUTE),
        age @ ..DAY => format!("{} h ago", age / HOUR),
        age if age < 7 * DAY => {
            let date = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
            match (date(now) - date(at)).num_days() {
                1 => "yesterday".to_owned(),
                days => format!("{days} days ago"),
            }
        }
        _ => day(at, now, zone),
    }
}

/// The day, with its year where it is another one.
pub(crate) fn day(at: DateTime<Utc>, now: DateTime<Utc>, zone: FixedOffset) -> String {
    let (at, now) = (at.with_timezone(&zone), now.with_timezone(&zone));
    let format = if at.year() == now.year() {
        "%-d %B"
    } else {
        "%-d %B %Y"
    };
    at.format(format).to_string()
}

/// When something will be: "today at 14:02", "tomorrow at 9:30", "17 January, in 50 days".
pub(crate) fn until(at: DateTime<Utc>, now: DateTime<Utc>, zone: FixedOffset) -> String {
    let (there, here) = (at.with_timezone(&zone), now.with_timezone(&zone));
    let days = (there.date_naive() - here.date_naive()).num_days();
    match days {
        0 => format!("today at {}", there.format("%H:%M")),
        1 => format!("tomorrow at {}", there.format("%H:%M")),
        2.. => format!("{}, in {days} days", day(at, now, zone)),
        _ => format!("{}, which is past", day(at, now, zone)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn an_age_is_short_in_a_column_and_words_in_a_sentence() {
        let now = at("2026-11-24T12:00:00Z");
        let zone = FixedOffset::east_opt(3600).unwrap();
        for (then, column, sentence) in [
            ("2026-11-24T12:05:00Z", "now", "just now"),
            ("2026-11-24T11:59:30Z", "now", "just now"),
            ("2026-11-24T11:55:00Z", "5m", "5 min ago"),
            ("2026-11-24T09:30:00Z", "2h", "2 h ago"),
            ("2026-11-23T08:00:00Z", "1d", "yesterday"),
            // a day and a half ago, and the day before yesterday all the same
            ("2026-11-22T18:00:00Z", "1d", "2 days ago"),
            ("2026-11-20T08:00:00Z", "4d", "4 days ago"),
            ("2026-03-02T23:30:00Z", "3 Mar", "3 March"),
            ("2024-12-31T23:30:00Z", "2025-01", "1 January 2025"),
        ] {
            assert_eq!(short(at(then), now, zone), column, "{then}");
            assert_eq!(long(at(then), now, zone), sentence, "{then}");
        }
    }

    #[test]
    fn an_end_is_a_day_and_how_far_off_it_is() {
        let now = at("2026-11-24T12:00:00Z");
        let zone = FixedOffset::east_opt(3600).unwrap();
        for (then, words) in [
            ("2026-11-24T13:32:00Z", "today at 14:32"),
            ("2026-11-24T23:30:00Z", "tomorrow at 00:30"),
            ("2027-01-13T12:00:00Z", "13 January 2027, in 50 days"),
            ("2026-11-20T12:00:00Z", "20 November, which is past"),
        ] {
            assert_eq!(until(at(then), now, zone), words);
        }
    }
}
