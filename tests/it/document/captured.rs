//! The reference's captured answers, which Gatepost gives too, against the document: each has its status and its shape.

use gatepost_tests::{Backend, TestApp};
use serde_json::Value;

use super::document;
use super::fits::{followed, misfit};

/// The path of the document that a request's path fits.
fn path<'d>(document: &'d Value, asked: &str) -> Option<(&'d str, &'d Value)> {
    let asked = asked.split('?').next().unwrap_or_default();
    let paths = document["paths"].as_object().unwrap();
    let found = paths
        .iter()
        .find(|(path, _)| match path.split_once("{id}") {
            None => *path == asked,
            Some((before, after)) => {
                let id = asked
                    .strip_prefix(before)
                    .and_then(|rest| rest.strip_suffix(after));
                id.is_some_and(|id| !id.is_empty() && !id.contains(['/', '.']))
            }
        });
    found.map(|(path, methods)| (path.as_str(), methods))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_captured_answer_of_a_call_is_in_the_document() {
    let app = TestApp::on(Backend::Sqlite).await;
    let document = document(&app).await;
    let rows: Value = serde_json::from_str(include_str!("../../wire/wire.json")).unwrap();
    let (mut faults, mut count) = (Vec::new(), 0);
    for row in rows.as_array().unwrap() {
        let (request, response) = (&row["request"], &row["response"]);
        let (Some(method), Some(asked)) = (request["method"].as_str(), request["path"].as_str())
        else {
            continue;
        };
        let Some((_, methods)) = path(&document, asked) else {
            continue;
        };
        let operation = &methods[method.to_ascii_lowercase()];
        let status = response["status"].as_u64().unwrap();
        // other methods, requests that are none, and what the reference fails at
        if operation.is_null() || [405, 500].contains(&status) {
            continue;
        }
        let answer = followed(&document, &operation["responses"][status.to_string()]);
        let kind = response["headers"]["content-type"]
            .as_str()
            .unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default();
        let content = &answer["content"][kind];
        let name = &row["name"];
        if answer.is_null() || kind == "application/json" && content.is_null() {
            faults.push(format!(
                "{name}: {method} {asked} {status} {kind} is not there"
            ));
            continue;
        }
        count += 1;
        // what was shortened when it was captured is no JSON any more
        let body = serde_json::from_str(response["body"].as_str().unwrap_or_default());
        let Some(body) = body.ok().filter(|_| kind == "application/json") else {
            continue;
        };
        if let Some(why) = misfit(&document, &content["schema"], &body) {
            faults.push(format!("{name}: {why}"));
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(count > 500, "only {count} answers");
}
