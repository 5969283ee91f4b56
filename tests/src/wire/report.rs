//! The figure of a replay, and its differences in a form that a developer can act on.

use std::fmt::{Display, Formatter, Result};

use super::json::{Json, SPACED};

/// So many differences are printed; the rest are counted.
const SHOWN: usize = 10;
/// So many characters of a value are printed.
const WIDTH: usize = 300;

/// What a replay found.
pub struct Report {
    /// All rows, the last of which is the database.
    pub rows: usize,
    /// Those that were answered as wanted.
    pub matching: usize,
    /// The others, in their order: a row can fail because one before it did.
    pub differing: Vec<Difference>,
}

/// A row that was answered otherwise, with the differing parts alone.
pub struct Difference {
    /// The row's name in wire.json.
    pub name: String,
    /// What was sent, as it stands in wire.json.
    pub request: Json,
    /// What the reference answered, or what stands under `instead`.
    pub wanted: Json,
    /// What this server answered; `problem` says why there was no answer.
    pub found: Json,
}

impl Report {
    /// Fails below the floor, and above it too, so that the floor follows every gain and never falls.
    pub fn check(&self, floor: usize) -> std::result::Result<(), String> {
        match self.matching {
            matching if matching < floor => Err(format!("below the floor of {floor}: {self}")),
            matching if matching > floor => Err(format!(
                "write {matching} into tests/wire/floor, which still says {floor}: {self}"
            )),
            _ => Ok(()),
        }
    }
}

impl Display for Report {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        write!(out, "{} of {} rows match", self.matching, self.rows)?;
        for difference in self.differing.iter().take(SHOWN) {
            write!(out, "\n\n{difference}")?;
        }
        match self.differing.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(out, "\n\nand {more} more"),
        }
    }
}

impl Display for Difference {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        out.write_str(&self.name)?;
        let word = |name| {
            self.request
                .get(name)
                .and_then(Json::text)
                .unwrap_or_default()
        };
        if !word("method").is_empty() {
            let rest = self
                .request
                .pairs()
                .iter()
                .filter(|(name, _)| name != "method" && name != "path");
            let rest = Json::Object(rest.cloned().collect()).dump(SPACED);
            let rest = if rest == "{}" {
                String::new()
            } else {
                excerpt(&format!("  {rest}"), 0)
            };
            write!(out, "\n  {} {}{rest}", word("method"), word("path"))?;
        }
        if let Some(problem) = self.found.get("problem") {
            return write!(out, "\n  no answer: {}", shown(Some(problem)));
        }
        part(out, "", Some(&self.wanted), Some(&self.found))
    }
}

/// Writes two differing values below each other, an object key by key.
fn part(
    out: &mut Formatter<'_>,
    name: &str,
    wanted: Option<&Json>,
    found: Option<&Json>,
) -> Result {
    let object = |value: Option<&Json>| matches!(value, Some(Json::Object(_)) | None);
    let pairs = |value: Option<&Json>| value.map_or_else(Vec::new, |value| value.pairs().to_vec());
    if object(wanted) && object(found) {
        let mut keys: Vec<String> = Vec::new();
        for (key, _) in pairs(wanted).into_iter().chain(pairs(found)) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        for key in keys {
            let inner = format!("{name} {key}");
            part(
                out,
                &inner,
                wanted.and_then(|value| value.get(&key)),
                found.and_then(|value| value.get(&key)),
            )?;
        }
        return Ok(());
    }
    let (wanted, found) = (shown(wanted), shown(found));
    let agreeing = wanted
        .chars()
        .zip(found.chars())
        .take_while(|(a, b)| a == b)
        .count();
    write!(
        out,
        "\n {name}\n    wanted  {}\n    found   {}",
        excerpt(&wanted, agreeing),
        excerpt(&found, agreeing)
    )
}

fn shown(value: Option<&Json>) -> String {
    match value {
        None => "(nothing)".to_owned(),
        Some(Json::Text(text)) if text.is_empty() => "(empty)".to_owned(),
        Some(Json::Text(text)) => text
            .escape_debug()
            .to_string()
            .replace("\\\"", "\"")
            .replace("\\'", "'"),
        Some(Json::List(items))
            if !items.is_empty() && items.iter().all(|item| item.text().is_some()) =>
        {
            let lines: Vec<String> = items.iter().map(|item| shown(Some(item))).collect();
            lines.join("\n            ")
        }
        Some(other) => other.dump(SPACED),
    }
}

/// The text around the place where two begin to differ.
fn excerpt(text: &str, agreeing: usize) -> String {
    let length = text.chars().count();
    let start = if length <= WIDTH {
        0
    } else {
        agreeing.saturating_sub(40).min(length)
    };
    let cut: String = text.chars().skip(start).take(WIDTH).collect();
    let rest = length.saturating_sub(start + WIDTH);
    let before = if start > 0 { "…" } else { "" };
    let after = if rest > 0 {
        format!("… ({rest} characters more)")
    } else {
        String::new()
    };
    format!("{before}{cut}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(matching: usize, differing: usize) -> Report {
        let difference = |index| {
            Difference {
            name: format!("row {index}"),
            request: Json::parse(r#"{"method": "POST", "path": "/a/", "auth": "${access}"}"#)
                .unwrap(),
            wanted: Json::parse(
                r#"{"status": 401, "headers": {"vary": "Accept"}, "body": "{\"a\":\"b\"}", "lines": ["a", "b\nc"]}"#,
            )
            .unwrap(),
            found: Json::parse(
                r#"{"status": 500, "headers": {"allow": "GET"}, "body": "", "lines": []}"#,
            )
            .unwrap(),
        }
        };
        Report {
            rows: matching + differing,
            matching,
            differing: (0..differing).map(difference).collect(),
        }
    }

    #[test]
    fn a_report_says_what_was_wanted_and_what_was_found() {
        let wanted = r#"3 of 4 rows match

row 0
  POST /a/  {"auth": "${access}"}
  status
    wanted  401
    found   500
  headers vary
    wanted  Accept
    found   (nothing)
  headers allow
    wanted  (nothing)
    found   GET
  body
    wanted  {"a":"b"}
    found   (empty)
  lines
    wanted  a
            b\nc
    found   []"#;
        assert_eq!(report(3, 1).to_string(), wanted);
    }

    #[test]
    fn a_row_without_an_answer_says_why() {
        let mut report = report(0, 1);
        report.differing[0].found = Json::parse(r#"{"problem": "refused"}"#).unwrap();
        let text = report.to_string();
        assert!(
            text.ends_with("${access}\"}\n  no answer: refused"),
            "{text}"
        );
    }

    #[test]
    fn a_report_stays_readable() {
        let text = report(0, 12).to_string();
        assert!(
            text.contains("row 9\n")
                && !text.contains("row 10\n")
                && text.ends_with("\n\nand 2 more"),
            "{text}"
        );
        let long = format!("{}{}", "a".repeat(1000), "b".repeat(1000));
        let cut = format!(
            "…{}{}… (740 characters more)",
            "a".repeat(40),
            "b".repeat(260)
        );
        assert_eq!(excerpt(&long, 1000), cut);
    }

    #[test]
    fn the_floor_only_rises() {
        assert_eq!(report(5, 1).check(5), Ok(()));
        assert!(
            report(4, 2)
                .check(5)
                .unwrap_err()
                .starts_with("below the floor of 5: 4 of 6 rows match")
        );
        assert!(
            report(6, 0)
                .check(5)
                .unwrap_err()
                .starts_with("write 6 into tests/wire/floor, which still says 5")
        );
    }
}
