//! What is kept of an answer: its status, the headers that matter, its masked body and its opened tokens, in the shape of a row's `response`.

use super::client::Answer;
use super::json::Json;
use super::mask::{is_jwt, normal, shortened};
use super::token;

const KEPT: [&str; 9] = [
    "content-type",
    "allow",
    "www-authenticate",
    "vary",
    "location",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cross-origin-opener-policy",
];

/// The answer as capture.py writes it down, and its JSON unmasked, for `save`.
pub(super) fn kept(answer: &Answer, now: f64) -> (Json, Json) {
    let headers = headers(answer);
    let text = String::from_utf8_lossy(&answer.body);
    let kind = headers
        .iter()
        .find(|(name, _)| name == "content-type")
        .and_then(|(_, value)| value.text())
        .unwrap_or_default();
    let json = kind
        .contains("json")
        .then(|| Json::parse(&text).ok())
        .flatten();
    let body = match kind.contains("html") {
        true if text.is_empty() => "<nothing>".to_owned(),
        true => "<a page>".to_owned(), // a page's text is each server's own
        false => shortened(normal(&text)),
    };
    let shown = json.unwrap_or_else(|| Json::Text(text.into_owned()));
    let tokens = tokens(&shown, now);
    let mut row = vec![
        ("status".to_owned(), Json::Number(answer.status.to_string())),
        ("headers".to_owned(), Json::Object(headers)),
        ("body".to_owned(), Json::Text(body)),
    ];
    if !tokens.is_empty() {
        row.push(("tokens".to_owned(), Json::Object(tokens)));
    }
    (Json::Object(row), shown)
}

/// The kept headers. One that is sent twice shows both values, which the reference never does.
fn headers(answer: &Answer) -> Vec<(String, Json)> {
    let mut kept: Vec<(String, Json)> = Vec::new();
    for (name, value) in answer
        .headers
        .iter()
        .filter(|(name, _)| KEPT.contains(&name.as_str()))
    {
        match kept.iter_mut().find(|(known, _)| known == name) {
            Some((_, Json::Text(first))) => *first = format!("{first} | {value}"),
            _ => kept.push((name.clone(), value.as_str().into())),
        }
    }
    kept
}

fn tokens(shown: &Json, now: f64) -> Vec<(String, Json)> {
    let texts = shown
        .pairs()
        .iter()
        .filter_map(|(name, value)| Some((name, value.text()?)));
    let tokens = texts.filter(|(_, text)| is_jwt(text));
    tokens
        .map(|(name, text)| {
            (
                name.clone(),
                token::opened(text, now).unwrap_or_else(Json::Text),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::SPACED;

    fn row(kind: &str, body: &str) -> String {
        let headers = [
            ("content-type", kind),
            ("date", "today"),
            ("vary", "Accept"),
            ("vary", "Cookie"),
        ];
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let answer = Answer {
            status: 200,
            headers,
            body: body.as_bytes().to_vec(),
        };
        kept(&answer, 0.0).0.dump(SPACED)
    }

    #[test]
    fn a_row_holds_what_matters() {
        let found = row(
            "application/json",
            r#"{"access":"eyJhIjoxfQ.eyJpYXQiOjYwfQ.","n":1,"t":"eyJ-.-.-"}"#,
        );
        let wanted = r#"{"status": 200, "headers": {"content-type": "application/json", "vary": "Accept | Cookie"}, "body": "{\"access\":\"<jwt>\",\"n\":1,\"t\":\"<jwt>\"}", "tokens": {"access": [[["a", 1]], [["iat", "<1 min>"]]], "t": "no base64"#;
        assert!(found.starts_with(wanted), "{found}");
    }

    #[test]
    fn a_page_is_only_a_page() {
        assert!(row("text/html; charset=utf-8", "<h1>").contains("<a page>"));
        assert!(row("text/html", "").contains("<nothing>"));
        assert!(row("text/plain", "{}").contains(r#""body": "{}"}"#));
    }
}
