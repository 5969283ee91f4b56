//! The two column types in which SQLite and PostgreSQL differ: an id and a moment.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, SubsecRound, Timelike, Utc};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};

/// A primary key. On PostgreSQL `auth_user.id` is an `integer` and later tables' ids are `bigint`:
/// both are read as this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub i64);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ToSql for Id {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for Id {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}

impl Type<Postgres> for Id {
    fn type_info() -> PgTypeInfo {
        <i64 as Type<Postgres>>::type_info()
    }
    fn compatible(ty: &PgTypeInfo) -> bool {
        <i64 as Type<Postgres>>::compatible(ty) || <i32 as Type<Postgres>>::compatible(ty)
    }
}

impl Encode<'_, Postgres> for Id {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<Postgres>>::encode_by_ref(&self.0, buf)
    }
}

impl<'r> Decode<'r, Postgres> for Id {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        <i64 as Decode<Postgres>>::decode(value).map(Self)
    }
}

/// An instant in UTC with microseconds, as Django keeps it: `timestamptz` on PostgreSQL; on SQLite
/// text that sorts, `2026-01-02 03:04:05.678901`, without a fraction where it is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(DateTime<Utc>);

impl Moment {
    /// The first second of 1970.
    pub(crate) const EPOCH: Self = Self(DateTime::UNIX_EPOCH);

    /// The instant, cut to whole microseconds.
    pub fn new(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(6))
    }

    /// The instant that many seconds after the epoch; `None` beyond the years that Django knows (1-9999).
    pub fn from_timestamp(seconds: i64) -> Option<Self> {
        (-62_135_596_800..253_402_300_800)
            .contains(&seconds)
            .then(|| DateTime::from_timestamp(seconds, 0))?
            .map(Self)
    }

    /// Whole seconds since the epoch, rounded down.
    pub fn timestamp(self) -> i64 {
        self.0.timestamp()
    }

    /// The last whole second.
    pub(crate) fn whole_seconds(self) -> Self {
        Self(self.0.trunc_subsecs(0))
    }

    /// Microseconds since the epoch.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// This instant and `seconds` more; `None` beyond the year 9999.
    pub fn plus(self, seconds: i64) -> Option<Self> {
        Self::from_timestamp(self.timestamp().checked_add(seconds)?)
            .and_then(|moment| moment.0.with_nanosecond(self.0.nanosecond()))
            .map(Self)
    }

    /// As DRF writes it: `2026-01-02T03:04:05.678901Z`, the fraction left out where it is zero.
    pub fn rfc3339(self) -> String {
        self.text(b'T', "Z")
    }

    fn sqlite_text(self) -> String {
        self.text(b' ', "")
    }

    fn text(self, between: u8, end: &str) -> String {
        let mut out = Vec::with_capacity(27);
        self.write(&mut out, between);
        String::from_utf8(out).expect("digits and signs are ASCII") + end
    }

    /// Appends date and time with a byte between them. A list writes many: chrono's own formats take ten times as
    /// long.
    pub(crate) fn write(self, out: &mut Vec<u8>, between: u8) {
        let at = self.0.naive_utc();
        match u32::try_from(at.year()) {
            Ok(year @ 0..=9999) => {
                digits::<4>(out, year);
                out.push(b'-');
                digits::<2>(out, at.month());
                out.push(b'-');
                digits::<2>(out, at.day());
            }
            // no year of Django's
            _ => out.extend_from_slice(at.date().to_string().as_bytes()),
        }
        out.push(between);
        digits::<2>(out, at.hour());
        out.push(b':');
        digits::<2>(out, at.minute());
        out.push(b':');
        digits::<2>(out, at.second());
        let micros = self.0.timestamp_subsec_micros();
        if micros != 0 {
            out.push(b'.');
            digits::<6>(out, micros);
        }
    }

    /// Reads what Django writes: `2026-01-02 03:04:05`, perhaps with six digits more.
    fn read(text: &[u8]) -> Option<NaiveDateTime> {
        let (date, time) = (text.get(..10)?, text.get(11..19)?);
        let between = [date[4], date[7], text[10], time[2], time[5]];
        let micros = match text.get(19..)? {
            [] => 0,
            [b'.', micros @ ..] if micros.len() == 6 => number(micros)?,
            _ => return None,
        };
        let year = i32::try_from(number(&date[..4])?).ok()?;
        let date = NaiveDate::from_ymd_opt(year, number(&date[5..7])?, number(&date[8..])?)?;
        let (hour, minute) = (number(&time[..2])?, number(&time[3..5])?);
        let at = date.and_hms_micro_opt(hour, minute, number(&time[6..])?, micros)?;
        (between == *b"-- ::").then_some(at)
    }
}

/// Appends a number with that many digits.
fn digits<const COUNT: usize>(out: &mut Vec<u8>, mut number: u32) {
    let mut digits = [b'0'; COUNT];
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789"[(number % 10) as usize];
        number /= 10;
    }
    out.extend_from_slice(&digits);
}

/// The number that digits and nothing else are.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        Some(number * 10 + digit)
    })
}

impl From<Moment> for DateTime<Utc> {
    fn from(moment: Moment) -> Self {
        moment.0
    }
}

impl ToSql for Moment {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.sqlite_text().into())
    }
}

impl FromSql for Moment {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        let usual = Self::read(text.as_bytes()).ok_or(());
        usual
            .or_else(|()| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f"))
            .map(|naive| Self::new(naive.and_utc()))
            .map_err(FromSqlError::other)
    }
}

impl Type<Postgres> for Moment {
    fn type_info() -> PgTypeInfo {
        <DateTime<Utc> as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Moment {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <DateTime<Utc> as Encode<Postgres>>::encode_by_ref(&self.0, buf)
    }
}

/// From 1970 to 2000.
const MICROS_OF_2000: i64 = 946_684_800_000_000;

impl<'r> Decode<'r, Postgres> for Moment {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        if value.format() == PgValueFormat::Text {
            return <DateTime<Utc> as Decode<Postgres>>::decode(value).map(Self);
        }
        // microseconds from the year 2000; infinity, which chrono's reader would add up and panic, is the last of them
        let micros = <i64 as Decode<Postgres>>::decode(value)?;
        let at = (micros.checked_add(MICROS_OF_2000)).and_then(DateTime::from_timestamp_micros);
        at.map(Self)
            .ok_or_else(|| "infinity, or beyond all years that are known".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_django_writes_it() {
        let whole = Moment::from_timestamp(1_767_323_045).unwrap();
        assert_eq!(whole.sqlite_text(), "2026-01-02 03:04:05");
        assert_eq!(whole.rfc3339(), "2026-01-02T03:04:05Z");
        let micros = Moment::new(DateTime::from_timestamp(1_767_323_045, 67_890_999).unwrap());
        assert_eq!(micros.sqlite_text(), "2026-01-02 03:04:05.067890");
        assert_eq!(micros.rfc3339(), "2026-01-02T03:04:05.067890Z");
        assert_eq!(
            micros.plus(60).unwrap().sqlite_text(),
            "2026-01-02 03:05:05.067890"
        );
    }

    #[test]
    fn a_moment_ends_with_the_year_9999() {
        assert!(Moment::from_timestamp(253_402_300_799).is_some());
        assert!(Moment::from_timestamp(253_402_300_800).is_none());
        assert!(Moment::from_timestamp(i64::MAX).is_none());
    }
}
