//! Dates as people read and write them at the admin: `DATETIME_FORMAT` of Django's English, and its forms.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};

use crate::db::{Dates, Moment};

const MONTHS: [&str; 12] = [
    "Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.",
    "Dec.",
];

/// `Nov. 24, 2026, 9:22 a.m.`
pub(super) fn shown(dates: Dates, kept: Moment) -> String {
    let at = wall(dates, kept);
    let month = MONTHS[at.month0() as usize];
    let (is_pm, hour) = at.hour12();
    let half = if is_pm { "p.m." } else { "a.m." };
    let time = match (at.hour(), at.minute()) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "noon".to_owned(),
        (_, 0) => format!("{hour} {half}"),
        (_, minute) => format!("{hour}:{minute:02} {half}"),
    };
    format!("{month} {}, {}, {time}", at.day(), at.year())
}

/// A date and a time as a form has them.
pub(super) fn for_form(dates: Dates, kept: Moment) -> (String, String) {
    let at = wall(dates, kept);
    (
        at.format("%Y-%m-%d").to_string(),
        at.format("%H:%M:%S").to_string(),
    )
}

/// By how many seconds the clocks of the site are ahead of UTC.
pub(super) fn ahead(dates: Dates, now: Moment) -> i32 {
    let seconds = dates.wall(dates.kept(now)).timestamp() - now.timestamp();
    i32::try_from(seconds).unwrap_or(0)
}

/// What a column holds of the date and the time of a form.
///
/// # Errors
/// Whether the date is none, and whether the time is.
pub(super) fn read(dates: Dates, date: &str, time: &str) -> Result<Moment, (bool, bool)> {
    let (date, time) = (read_date(date.trim()), read_time(time.trim()));
    let (Some(date), Some(time)) = (date, time) else {
        return Err((date.is_none(), time.is_none()));
    };
    let at = NaiveDateTime::new(date, time).and_utc();
    Ok(dates.of_wall(Moment::new(at)))
}

/// `DATE_INPUT_FORMATS`.
fn read_date(text: &str) -> Option<NaiveDate> {
    let formats = [
        "%Y-%m-%d",
        "%m/%d/%Y",
        "%m/%d/%y",
        "%b %d %Y",
        "%b %d, %Y",
        "%d %b %Y",
        "%d %b, %Y",
        "%B %d %Y",
        "%B %d, %Y",
        "%d %B %Y",
        "%d %B, %Y",
    ];
    // Python's %Y is four digits
    let has_century = text
        .split(|char: char| !char.is_ascii_digit())
        .any(|digits| digits.len() == 4);
    let read = |format: &&str| NaiveDate::parse_from_str(text, format).ok();
    let mut fitting = formats
        .iter()
        .filter(|format| format.contains("%Y") == has_century);
    let date = fitting.find_map(read)?;
    (1..=9999).contains(&date.year()).then_some(date)
}

/// `TIME_INPUT_FORMATS`.
fn read_time(text: &str) -> Option<NaiveTime> {
    let formats = ["%H:%M:%S%.f", "%H:%M"];
    let read = |format: &&str| NaiveTime::parse_from_str(text, format).ok();
    let time = formats.iter().find_map(read)?;
    // no leap second, and nothing finer than a millionth
    let nanoseconds = time.nanosecond();
    (nanoseconds < 1_000_000_000 && nanoseconds % 1_000 == 0).then_some(time)
}

fn wall(dates: Dates, kept: Moment) -> DateTime<Utc> {
    dates.wall(kept).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Dialect, Zone};

    fn dates(zone: &str) -> Dates {
        Dates::new(zone.parse::<Zone>().unwrap(), true, Dialect::Sqlite)
    }

    fn kept(text: &str) -> Moment {
        let at = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").unwrap();
        Moment::new(at.and_utc())
    }

    #[test]
    fn a_date_reads_as_in_django() {
        for (at, text) in [
            ("2026-11-24 09:22:33", "Nov. 24, 2026, 9:22 a.m."),
            ("2026-01-05 00:00:59", "Jan. 5, 2026, midnight"),
            ("2026-05-05 12:00:00", "May 5, 2026, noon"),
            ("2026-09-30 13:00:00", "Sept. 30, 2026, 1 p.m."),
            ("2026-03-01 00:07:00", "March 1, 2026, 12:07 a.m."),
        ] {
            assert_eq!(shown(dates("UTC"), kept(at)), text);
        }
        let at = kept("2026-11-24 09:22:33");
        assert_eq!(
            shown(dates("Europe/Madrid"), at),
            "Nov. 24, 2026, 10:22 a.m."
        );
    }

    #[test]
    fn a_form_gives_back_what_it_was_given() {
        for zone in ["UTC", "Europe/Madrid", "Asia/Kathmandu"] {
            let at = kept("2026-11-24 09:22:33");
            let (date, time) = for_form(dates(zone), at);
            assert_eq!(read(dates(zone), &date, &time), Ok(at));
        }
        let read = |date, time| read(dates("UTC"), date, time);
        assert_eq!(read("11/24/2026", "9:22"), Ok(kept("2026-11-24 09:22:00")));
        assert_eq!(read("1/4/26", "9:22:01"), Ok(kept("2026-01-04 09:22:01")));
        let quarter = kept("2026-01-04 09:22:01.25");
        assert_eq!(read("Jan 4 2026", "9:22:01.25"), Ok(quarter));
        assert_eq!(read("1/4/026", "9:22:60"), Err((true, true)));
        assert_eq!(read("2026-02-30", "09:00"), Err((true, false)));
        assert_eq!(read("", "25:00"), Err((true, true)));
    }
}
