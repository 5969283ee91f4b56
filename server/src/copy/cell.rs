//! What a column holds, as PostgreSQL's type says it, and which values of SQLite's it does not take.

use crate::db::Value;

/// What a column holds on both databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Flag,
    /// A whole number of so many bits.
    Number(u32),
    /// Text, of up to so many characters.
    Text(Option<usize>),
    Moment,
    /// A day.
    Date,
    Uuid,
}

impl Holds {
    /// By the type in PostgreSQL's words; none where nothing here knows it.
    pub(super) fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "boolean" => Self::Flag,
            "smallint" => Self::Number(16),
            "integer" => Self::Number(32),
            "bigint" => Self::Number(64),
            "text" | "character varying" => Self::Text(None),
            "timestamp with time zone" => Self::Moment,
            "date" => Self::Date,
            "uuid" => Self::Uuid,
            kind => {
                let most = kind.strip_prefix("character varying(")?.strip_suffix(')')?;
                Self::Text(Some(most.parse().ok()?))
            }
        })
    }

    /// What a value of it is, in words.
    pub(super) fn wanted(self) -> &'static str {
        match self {
            Self::Flag => "0 or 1",
            Self::Number(_) => "a whole number",
            Self::Text(_) => "a text",
            Self::Moment => "a time such as 2026-01-02 03:04:05.678901",
            Self::Date => "a day such as 2026-01-02",
            Self::Uuid => "a UUID",
        }
    }

    /// The value as both databases write it, or why PostgreSQL does not take it.
    pub(super) fn judge(self, value: Value) -> Result<Value, String> {
        let refused = |why: &str| Err(why.to_owned());
        match (self, value) {
            (Self::Number(bits), Value::Number(number)) if bits < 64 => {
                let most = 1_i64 << (bits - 1);
                if (-most..most).contains(&number) {
                    return Ok(Value::Number(number));
                }
                Err(format!("{number} is too large for the column"))
            }
            (Self::Text(_), Value::Text(text)) if text.contains('\0') => {
                refused("the text has a NUL, which PostgreSQL does not take")
            }
            (Self::Text(Some(most)), Value::Text(text)) if text.len() > most => {
                match text.chars().count() {
                    length if length > most => Err(format!(
                        "the text has {length} characters, and the column takes {most}"
                    )),
                    _ => Ok(Value::Text(text)),
                }
            }
            (Self::Moment, Value::Moment(at)) if at.plus(0).is_none() => {
                refused("the time is beyond the years 1 to 9999")
            }
            (Self::Date, Value::Text(text)) if !is_date(&text) => refused("it is no date"),
            (Self::Uuid, Value::Text(text)) => {
                let plain = text.replace('-', "").to_lowercase();
                if plain.len() == 32 && plain.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Ok(Value::Text(plain));
                }
                refused("it is no UUID")
            }
            (_, value) => Ok(value),
        }
    }
}

/// Whether it is a day as both databases write it.
fn is_date(text: &str) -> bool {
    chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok() && text.len() == 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_says_what_its_columns_hold() {
        for (kind, holds) in [
            ("integer", Some(Holds::Number(32))),
            ("character varying(150)", Some(Holds::Text(Some(150)))),
            ("text", Some(Holds::Text(None))),
            ("timestamp with time zone", Some(Holds::Moment)),
            ("timestamp without time zone", None),
            ("numeric(8,2)", None),
            ("jsonb", None),
        ] {
            assert_eq!(Holds::of(kind), holds, "{kind}");
        }
    }

    #[test]
    fn what_postgresql_does_not_take_is_refused() {
        let text = |text: &str| Value::Text(text.to_owned());
        for (holds, value, is_good) in [
            (Holds::Number(32), Value::Number(i64::from(i32::MAX)), true),
            (Holds::Number(32), Value::Number(1 << 31), false),
            (Holds::Number(64), Value::Number(i64::MIN), true),
            (Holds::Number(16), Value::Null, true),
            (Holds::Text(Some(2)), text("äö"), true),
            (Holds::Text(Some(2)), text("abc"), false),
            (Holds::Text(None), text("a\0b"), false),
            (Holds::Date, text("2026-02-28"), true),
            (Holds::Date, text("2026-02-30"), false),
            (Holds::Uuid, text("not one"), false),
        ] {
            let judged = holds.judge(value.clone());
            assert_eq!(judged.is_ok(), is_good, "{value:?}: {judged:?}");
        }
        let uuid = text("6BA7B810-9dad-11d1-80b4-00c04fd430c8");
        let plain = Holds::Uuid.judge(uuid).unwrap();
        assert_eq!(plain, text("6ba7b8109dad11d180b400c04fd430c8"));
    }
}
