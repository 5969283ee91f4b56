//! The wire: replays the captured rows of the reference (`tests/wire/wire.json`) against any server and compares its answers.
//!
//! A row's way: `request` fills it (`fill`, `token`), `client` sends it, `answer` keeps what matters of the answer (`mask`),
//! `compare` tells it from the captured one, `report` prints the difference. `database` runs a row's statement before it is sent,
//! and reads the tables after the last. `json` reads and writes as Python does.
//!
//! The server must be fresh, as ids are compared, and must run with the reference's settings: its secret, no throttling,
//! no grace for a used refresh token.

mod answer;
pub(crate) mod client;
mod compare;
pub(crate) mod database;
mod fill;
pub(crate) mod json;
mod mask;
mod report;
mod request;
mod token;

use std::time::{SystemTime, UNIX_EPOCH};

use fill::Variables;
pub use json::Json;
pub use report::{Difference, Report};
use request::Request;

const WIRE: &str = include_str!("../../wire/wire.json");
const FLOOR: &str = include_str!("../../wire/floor");

/// A running server, and what the rows need besides its address. Not `Debug`: it holds a secret.
pub struct Target {
    /// `http://HOST:PORT`
    pub base: String,
    /// The secret that the server signs tokens with: rows forge their own.
    pub secret: String,
    /// The server's database, which rows change and the last one reads: `sqlite:PATH` or `postgres://…`.
    pub database: String,
}

/// Sends every row in its order and compares what came back.
///
/// A row that gets no answer (a refused connection, an unreachable database) differs, and says why.
pub async fn replay(target: &Target) -> Report {
    let rows = rows();
    let mut variables = Variables::default();
    let mut differing = Vec::new();
    for row in rows.items() {
        let request = row.get("request").unwrap_or(&Json::Null);
        let found = answered(target, request, &mut variables).await;
        let found = found.unwrap_or_else(|problem| {
            Json::Object(vec![("problem".to_owned(), Json::Text(problem))])
        });
        if let Some((wanted, found)) = compare::difference(row, &found) {
            let name = row
                .get("name")
                .and_then(Json::text)
                .unwrap_or_default()
                .to_owned();
            differing.push(Difference {
                name,
                request: request.clone(),
                wanted,
                found,
            });
        }
    }
    let rows = rows.items().len();
    Report {
        rows,
        matching: rows - differing.len(),
        differing,
    }
}

/// How many rows are known to match, from `tests/wire/floor`; see [`Report::check`].
pub fn floor() -> usize {
    FLOOR
        .trim()
        .parse()
        .expect("tests/wire/floor holds a number")
}

fn rows() -> Json {
    Json::parse(WIRE).expect("tests/wire/wire.json is JSON")
}

/// What a row is answered, in the shape of its `response`; the row without a method asks for the tables.
async fn answered(
    target: &Target,
    request: &Json,
    variables: &mut Variables,
) -> Result<Json, String> {
    if request.get("method").is_none() {
        return database::tables(&target.database)
            .await
            .map_err(|error| error.to_string());
    }
    for (name, recipe) in request.get("forge").map_or(&[][..], Json::pairs) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole seconds, as int(time.time()) gives them"
        )]
        let forged = token::forge(recipe, variables, &target.secret, now() as i64)?;
        variables.set(name, Json::Text(forged));
    }
    for (name, of) in request.get("claims_of").map_or(&[][..], Json::pairs) {
        let token = of
            .text()
            .and_then(|of| variables.get(of))
            .and_then(Json::text);
        let claims = token::claims(token.ok_or_else(|| format!("no token for {name}"))?)?;
        variables.set(name, claims);
    }
    if let Some(sql) = request.get("sql").and_then(Json::text) {
        let ran = database::execute(&target.database, variables.fill_text(sql)).await;
        ran.map_err(|error| format!("{sql}: {error}"))?;
    }
    let answer = client::send(&target.base, &Request::new(request, variables)?).await;
    let (found, shown) = answer::kept(&answer.map_err(|error| error.to_string())?, now());
    for (name, path) in request.get("save").map_or(&[][..], Json::pairs) {
        // a missing value leaves its variable unset: this row then differs, and those that use the variable may
        if let Some(value) = path.text().and_then(|path| at(&shown, path)) {
            variables.set(name, value.clone());
        }
    }
    Ok(found)
}

/// The value at a path: keys, and numbers for the items of a list, with dots between.
fn at<'a>(value: &'a Json, path: &str) -> Option<&'a Json> {
    path.split('.').try_fold(value, |value, step| match value {
        Json::List(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

/// Seconds since 1970: the real time, as the server under test has it.
fn now() -> f64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the server under test is another process, with a clock of its own"
    )]
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn every_row_matches_itself_and_nothing_else() {
        let rows = rows();
        assert_eq!(rows.items().len(), 836);
        for row in rows.items() {
            let response = row.get("response").unwrap();
            assert_eq!(compare::difference(row, response), None);
            for (index, (key, _)) in response.pairs().iter().enumerate() {
                let mut changed = response.pairs().to_vec();
                changed[index].1 = "changed".into();
                let name = row.get("name");
                assert!(
                    compare::difference(row, &Json::Object(changed)).is_some(),
                    "{name:?} {key}"
                );
            }
        }
    }

    #[test]
    fn every_row_can_be_sent() {
        let rows = rows();
        let requests = rows.items().iter().map(|row| row.get("request").unwrap());
        let built = requests
            .filter(|request| request.get("method").is_some())
            .map(|request| Request::new(request, &Variables::default()));
        assert_eq!(built.flatten().count(), 835);
    }

    #[test]
    fn the_floor_is_a_number_of_rows() {
        assert!(floor() <= rows().items().len());
    }

    #[test]
    fn values_are_found_by_their_path() {
        let value = Json::parse(r#"{"a": [{"b": 7}], "1": "x"}"#).unwrap();
        assert_eq!(at(&value, "a.0.b"), Some(&Json::Number("7".to_owned())));
        assert_eq!(at(&value, "1"), Some(&"x".into()));
        assert_eq!(
            (
                at(&value, "a.1"),
                at(&value, "a.x"),
                at(&value, "c"),
                at(&value, "1.0")
            ),
            (None, None, None, None)
        );
    }

    /// Answers every request alike; the target's database is a path that does not exist.
    async fn server(answer: &'static str) -> Target {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
                // all that was sent is read: closing before would reset the connection, and the answer with it
                tokio::io::copy(&mut stream, &mut tokio::io::sink())
                    .await
                    .unwrap();
            }
        });
        Target {
            base,
            secret: "s".to_owned(),
            database: "sqlite:/nowhere/db.sqlite3".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_row_saves_what_later_rows_send() {
        let target = server("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"id\":7,\"t\":\"eyJhIjoxfQ.eyJiIjoyfQ.\"}").await;
        let mut variables = Variables::default();
        let request = Json::parse(
            r#"{"method": "GET", "path": "/", "save": {"post": "id", "token": "t", "none": "x"}}"#,
        )
        .unwrap();
        answered(&target, &request, &mut variables).await.unwrap();
        assert_eq!(
            variables.fill_text("${post} ${token} ${none}"),
            "7 eyJhIjoxfQ.eyJiIjoyfQ. ${none}"
        );
        let request = Json::parse(r#"{"method": "GET", "path": "/", "claims_of": {"claims": "token"}, "forge": {"mine": {"claims": {"c": "${post}"}}}}"#).unwrap();
        answered(&target, &request, &mut variables).await.unwrap();
        assert_eq!(
            variables.get("claims").and_then(|claims| claims.get("b")),
            Some(&Json::Number("2".to_owned()))
        );
        let mine = token::claims(variables.get("mine").and_then(Json::text).unwrap()).unwrap();
        assert_eq!(mine.get("c"), Some(&Json::Number("7".to_owned())));
    }

    #[tokio::test]
    async fn a_server_that_knows_nothing_matches_nothing() {
        let report = replay(&server("HTTP/1.1 500 \r\nContent-Length: 0\r\n\r\n").await).await;
        assert_eq!(
            (report.rows, report.matching, report.differing.len()),
            (836, 0, 836)
        );
        let problems = report
            .differing
            .iter()
            .filter(|difference| difference.found.get("problem").is_some());
        assert_eq!(problems.count(), 14); // 13 statements and the tables, as there is no database
    }
}
