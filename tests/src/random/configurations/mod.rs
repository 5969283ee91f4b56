//! Each configuration of tests/configurations.toml: one sequence of requests, answered by a live Django and by Gatepost
//! with it, and the rows that both leave behind.

mod sequence;

use std::collections::BTreeMap;

use jose::Algorithm;
use serde_json::{Value, json};

use self::sequence::{Asked, sequence};
use super::settings::jwt_of;
use super::template::Pair;
use super::{AS_DJANGO, Seen, Side, folder, migrated, now, rows};
use crate::talk::Talk;
use crate::wire::client::Answer;
use crate::{Backend, SECRET, TestApp, is_full};

/// The list.
const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/configurations.toml");

/// What is compared after the last step.
const ROWS: &str = "the rows";

/// One configuration, as Django and as Gatepost take it.
pub struct Configuration {
    /// Which, in words.
    pub name: String,
    /// Django's SIMPLE_JWT.
    django: Value,
    /// More of the environment of tests/django/reference/settings.py.
    environment: BTreeMap<String, String>,
    /// Gatepost's settings: TOML.
    gatepost: String,
    /// Steps that are answered differently, each with the words of docs/deviations.md that say so.
    differs: BTreeMap<String, String>,
}

/// All configurations of the list; in a small run without those that say `full`.
///
/// # Panics
/// Where the file is not such a list.
pub fn configurations() -> Vec<Configuration> {
    let list = std::fs::read_to_string(LIST).expect("the list can be read");
    let list: toml::Table = list.parse().expect("the list is TOML");
    let list = list["configuration"].as_array().expect("a list");
    let is_large = |entry: &&toml::Value| entry.get("full").is_some();
    let list = list.iter().filter(|entry| is_full() || !is_large(entry));
    list.map(Configuration::of).collect()
}

impl Configuration {
    fn of(entry: &toml::Value) -> Self {
        let text = |key: &str| {
            let text = entry.get(key).and_then(toml::Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let texts = |key: &str| {
            let table = entry.get(key).and_then(toml::Value::as_table);
            let pairs = table.into_iter().flatten().map(|(key, value)| {
                let value = value.as_str().expect("a text").to_owned();
                (key.clone(), value)
            });
            pairs.collect()
        };
        let django = match text("django") {
            none if none.is_empty() => json!({}),
            django => serde_json::from_str(&django).expect("SIMPLE_JWT is JSON"),
        };
        Self {
            name: text("name"),
            django,
            environment: texts("environment"),
            gatepost: text("gatepost"),
            differs: texts("differs"),
        }
        .with_key()
    }

    /// The same with a new private key, where the algorithm asks for one.
    fn with_key(mut self) -> Self {
        let algorithm = self.django["ALGORITHM"].as_str().and_then(Algorithm::named);
        if let Some(algorithm) = algorithm.filter(|algorithm| algorithm.has_key_pair()) {
            let pem = jose::generate(algorithm).expect("a key");
            self.django["SIGNING_KEY"] = pem.as_str().into();
            let key = format!("\nsimple_jwt.signing_key = '''\n{pem}'''");
            self.gatepost.push_str(&key);
        }
        self
    }

    /// The words of docs/deviations.md on which it relies.
    pub fn deviations(&self) -> Vec<String> {
        let steps = self.sequence();
        let of_django = steps.iter().filter_map(|asked| asked.fails);
        let of_django = of_django.map(str::to_owned);
        of_django.chain(self.differs.values().cloned()).collect()
    }

    /// What differs between Django, forked from `talk`, and Gatepost.
    pub async fn compare(&self, on: Backend, talk: &mut Talk) -> Vec<String> {
        let folder = folder();
        let name = format!("configured_{}", self.name.replace(' ', "_"));
        let database = migrated(on, folder.path(), &name).await;
        let port = talk.ask(&self.environment(&database).to_string());
        let gatepost = TestApp::with_clock(
            on,
            &format!("{AS_DJANGO}\n{}", self.gatepost),
            gatepost_server::Clock::system(),
        )
        .await;
        let mut sides = [
            Side::new(&format!("http://127.0.0.1:{}", port.trim()), &database),
            Side::new(&gatepost.listen().await, &gatepost.database),
        ];
        let mut found = Vec::new();
        let mut differed = Vec::new();
        for (number, asked) in self.sequence().iter().enumerate() {
            match self.step(number, asked, &mut sides).await {
                Ok(true) => {}
                Ok(false) => differed.push(asked.name.clone()),
                Err(what) => found.push(format!("{}: {what}", asked.name)),
            }
        }
        let left = left(on, sides).await;
        talk.ask("null");
        if self.differs.contains_key(ROWS) && !left.is_empty() {
            differed.push(ROWS.to_owned());
        } else {
            found.extend(left);
        }
        for step in self.differs.keys() {
            if !differed.contains(step) {
                found.push(format!("{step}: is said to differ, and does not"));
            }
        }
        found
    }

    fn sequence(&self) -> Vec<Asked> {
        // under most settings few of the odd claims mean anything
        let is_whole = is_full() || self.environment.contains_key("STATELESS");
        sequence(&jwt_of(&self.django), is_whole)
    }

    fn environment(&self, database: &str) -> Value {
        let (name, value) = match database.strip_prefix("sqlite:") {
            Some(path) => ("SQLITE_PATH", path),
            None => ("DATABASE_URL", database),
        };
        let mut environment = json!({
            "SECRET_KEY": SECRET,
            "FAST_HASH": "1",
            "SIMPLE_JWT": self.django.to_string(),
            name: value,
        });
        for (name, value) in &self.environment {
            environment[name] = value.as_str().into();
        }
        environment
    }

    /// Whether both answer a step the same, or differ as they may.
    async fn step(
        &self,
        number: usize,
        asked: &Asked,
        sides: &mut [Side; 2],
    ) -> Result<bool, String> {
        let mut seen = Vec::new();
        let mut texts = Vec::new();
        let before = [sides[0].symbols.len(), sides[1].symbols.len()];
        if let Some(statements) = &asked.step.sql {
            for side in sides.iter() {
                crate::sql::execute(&side.database, statements).await;
            }
        }
        let begun = now();
        for (at, side) in sides.iter_mut().enumerate() {
            let request = asked.step.bytes(&side.slots, begun);
            let answer = side.line.ask(&asked.step, &request, at == 1).await;
            let answer = answer.map_err(|error| format!("{error}"))?;
            keep(side, number, &answer);
            let mut one = Seen::new(&mut side.symbols, &answer, begun);
            if at == 1 {
                one = one.without_extras();
            }
            texts.push(String::from_utf8_lossy(&request).into_owned());
            seen.push(one);
        }
        let [django, gatepost] = [&seen[0], &seen[1]];
        if gatepost.status >= 500 {
            return Err(format!("Gatepost fails\n{}\n{gatepost}", texts[1]));
        }
        if django.agrees(gatepost) {
            return Ok(true);
        }
        let fails = django.status == 500 && asked.fails.is_some();
        if fails || self.differs.contains_key(&asked.name) {
            // an id or a moment that only one of them showed gets no number
            for (side, before) in sides.iter_mut().zip(before) {
                side.symbols.forget(before);
            }
            return Ok(false);
        }
        Err(format!(
            "{}\n\nDjango:\n{django}\n\nGatepost:\n{gatepost}\n",
            texts[1]
        ))
    }
}

/// Keeps the tokens in an answer under the step's number; a sliding token in the place of both.
fn keep(side: &mut Side, number: usize, answer: &Answer) {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| {
        body[name]
            .as_str()
            .or(body["token"].as_str())
            .map(str::to_owned)
    };
    if answer.status == 200 {
        let [access, refresh] = ["access", "refresh"].map(|name| text(name).unwrap_or_default());
        side.slots.insert(number, Pair { access, refresh });
    }
}

/// How the rows differ.
async fn left(on: Backend, sides: [Side; 2]) -> Vec<String> {
    let now = now();
    let mut both = Vec::new();
    for mut side in sides {
        match rows::left(on, &side.database, &mut side.symbols, now).await {
            Ok(left) => both.push(left),
            Err(error) => return vec![format!("the database cannot be read: {error}")],
        }
    }
    let pairs = both[0].iter().zip(&both[1]);
    pairs
        .filter_map(|((name, theirs), (_, ours))| rows::difference(name, theirs, ours))
        .collect()
}
