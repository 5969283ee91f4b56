//! A row against what was found: capture.py's `--diff`, which keeps only the parts that differ.

use super::json::Json;

/// What was wanted and what was found, without the parts that agree; `None` where the row matches.
///
/// The captured answer always matches. Where the reference failed (5xx), so does what stands under `instead`: its status and body.
pub(super) fn difference(row: &Json, found: &Json) -> Option<(Json, Json)> {
    let wanted = row.get("response").unwrap_or(&Json::Null);
    if same(wanted, found) {
        return None;
    }
    let Some(instead) = row.get("instead") else {
        return Some(apart(wanted, found));
    };
    let found = only(found, instead);
    (!same(instead, &found)).then(|| apart(instead, &found))
}

/// Equality in which the order of an object's keys does not count, as between Python's dicts.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Object(left), Json::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}

/// The keys that stand in another object too, or that say why there was no answer.
fn only(found: &Json, like: &Json) -> Json {
    let kept = found
        .pairs()
        .iter()
        .filter(|(key, _)| like.get(key).is_some() || key == "problem");
    Json::Object(kept.cloned().collect())
}

/// The differing keys of two objects, at every depth; of two lists of texts, the lines that only one of them has.
fn apart(wanted: &Json, found: &Json) -> (Json, Json) {
    match (wanted, found) {
        (Json::Object(left), Json::Object(right)) => {
            let (mut wants, mut finds) = (Vec::new(), Vec::new());
            for (key, value) in left {
                match found.get(key) {
                    Some(other) if same(value, other) => {}
                    Some(other) => {
                        let (want, find) = apart(value, other);
                        wants.push((key.clone(), want));
                        finds.push((key.clone(), find));
                    }
                    None => wants.push((key.clone(), value.clone())),
                }
            }
            finds.extend(
                right
                    .iter()
                    .filter(|(key, _)| wanted.get(key).is_none())
                    .cloned(),
            );
            (Json::Object(wants), Json::Object(finds))
        }
        (Json::List(left), Json::List(right)) if lines(left) && lines(right) => {
            let (wants, finds) = (missing(left, right), missing(right, left));
            if wants.is_empty() && finds.is_empty() {
                return (wanted.clone(), found.clone()); // the same lines in another order, or another number of times
            }
            (Json::List(wants), Json::List(finds))
        }
        _ => (wanted.clone(), found.clone()),
    }
}

fn lines(items: &[Json]) -> bool {
    items.iter().all(|item| item.text().is_some())
}

fn missing(from: &[Json], other: &[Json]) -> Vec<Json> {
    from.iter()
        .filter(|item| !other.contains(item))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::SPACED;

    fn between(row: &str, found: &str) -> Option<(String, String)> {
        let (wanted, found) = difference(&Json::parse(row).unwrap(), &Json::parse(found).unwrap())?;
        Some((wanted.dump(SPACED), found.dump(SPACED)))
    }

    fn pair(wanted: &str, found: &str) -> (String, String) {
        (wanted.to_owned(), found.to_owned())
    }

    const ROW: &str = r#"{"response": {"status": 200, "headers": {"allow": "GET", "vary": "Accept"}, "body": "{}"}}"#;
    const FAILED: &str = r#"{"response": {"status": 500, "headers": {"vary": "Accept"}, "body": "<a page>"}, "instead": {"status": 401, "body": "no"}}"#;

    #[test]
    fn the_order_of_headers_does_not_count() {
        assert_eq!(
            between(
                ROW,
                r#"{"headers": {"vary": "Accept", "allow": "GET"}, "body": "{}", "status": 200}"#
            ),
            None
        );
    }

    #[test]
    fn only_what_differs_is_shown() {
        let found =
            r#"{"status": 200, "headers": {"vary": "Cookie", "location": "/"}, "body": "{}"}"#;
        assert_eq!(
            between(ROW, found),
            Some(pair(
                r#"{"headers": {"allow": "GET", "vary": "Accept"}}"#,
                r#"{"headers": {"vary": "Cookie", "location": "/"}}"#
            ))
        );
        let found = r#"{"status": 200, "headers": {"allow": "GET", "vary": "Accept"}, "body": "{}", "tokens": {}}"#;
        assert_eq!(between(ROW, found), Some(pair("{}", r#"{"tokens": {}}"#)));
    }

    #[test]
    fn numbers_differ_by_their_spelling() {
        let row = r#"{"response": {"tokens": {"access": [[["a", 1.0]], []]}}}"#;
        assert!(between(row, r#"{"tokens": {"access": [[["a", 1]], []]}}"#).is_some());
        assert!(between(row, r#"{"tokens": {"access": [[["a", 1.0]], []]}}"#).is_none());
    }

    #[test]
    fn where_the_reference_failed_either_answer_matches() {
        assert_eq!(
            between(
                FAILED,
                r#"{"status": 500, "headers": {"vary": "Accept"}, "body": "<a page>"}"#
            ),
            None
        );
        assert_eq!(
            between(
                FAILED,
                r#"{"status": 401, "headers": {"x": "y"}, "body": "no", "tokens": {}}"#
            ),
            None
        );
        assert_eq!(
            between(FAILED, r#"{"status": 500, "headers": {}, "body": "no"}"#),
            Some(pair(r#"{"status": 401}"#, r#"{"status": 500}"#))
        );
        assert_eq!(
            between(FAILED, r#"{"problem": "refused"}"#),
            Some(pair(
                r#"{"status": 401, "body": "no"}"#,
                r#"{"problem": "refused"}"#
            ))
        );
    }

    #[test]
    fn tables_are_told_apart_by_their_lines() {
        let row = r#"{"response": {"users": ["1|a", "2|b"], "posts": ["1"]}}"#;
        assert_eq!(
            between(row, r#"{"users": ["1|a", "2|c"], "posts": ["1"]}"#),
            Some(pair(r#"{"users": ["2|b"]}"#, r#"{"users": ["2|c"]}"#))
        );
        assert_eq!(
            between(row, r#"{"users": ["2|b", "1|a"], "posts": ["1"]}"#),
            Some(pair(
                r#"{"users": ["1|a", "2|b"]}"#,
                r#"{"users": ["2|b", "1|a"]}"#
            ))
        );
        assert!(between(row, r#"{"users": ["1|a", "2|b"], "posts": ["1", "1"]}"#).is_some());
    }
}
