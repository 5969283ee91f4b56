//! How long ago something was, for people.

const UNITS: [(i64, &str); 6] = [
    (365 * 86_400, "year"),
    (30 * 86_400, "month"),
    (86_400, "day"),
    (3_600, "hour"),
    (60, "minute"),
    (1, "second"),
];

/// `now` and `then` in seconds: "just now", "5 minutes ago", "in 2 days".
pub(crate) fn ago(now: i64, then: i64) -> String {
    in_units(now, then, &UNITS)
}

/// The same to the nearest day, for what is planned by: "in 50 days".
pub(crate) fn ago_in_days(now: i64, then: i64) -> String {
    const DAY: i64 = 86_400;
    let is_far = then.saturating_sub(now) >= DAY;
    let then = then.saturating_add(if is_far { DAY / 2 } else { 0 });
    in_units(now, then, &UNITS[2..])
}

fn in_units(now: i64, then: i64, units: &[(i64, &str)]) -> String {
    let distance = now.saturating_sub(then);
    let length = distance.saturating_abs();
    let Some((unit, name)) = units.iter().find(|(unit, _)| length >= *unit) else {
        return "just now".to_owned();
    };
    let count = length / unit;
    let plural = if count == 1 { "" } else { "s" };
    if distance > 0 {
        format!("{count} {name}{plural} ago")
    } else {
        format!("in {count} {name}{plural}")
    }
}

#[cfg(test)]
mod tests {
    use super::{ago, ago_in_days};

    #[test]
    fn the_largest_unit_is_said() {
        for (then, text) in [
            (0, "just now"),
            (-1, "1 second ago"),
            (-59, "59 seconds ago"),
            (-3_599, "59 minutes ago"),
            (-86_400, "1 day ago"),
            (-40 * 86_400, "1 month ago"),
            (7_200, "in 2 hours"),
            (i64::MIN, "292471208677 years ago"),
        ] {
            assert_eq!(ago(0, then), text);
        }
        for seconds in [7, -7] {
            assert_eq!(ago_in_days(0, 50 * 86_400 + seconds), "in 50 days");
        }
        assert_eq!(ago_in_days(0, 86_399), "in 23 hours");
        assert_eq!(ago_in_days(0, -3_600), "1 hour ago");
    }
}
