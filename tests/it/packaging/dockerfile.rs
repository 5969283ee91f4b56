//! A Dockerfile, read as far as ours goes.

use std::collections::BTreeMap;

/// A stage: what it begins with, and its steps.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) base: String,
    pub(super) steps: Vec<(String, String)>,
}

/// The stages by their names, in their order; the last one has none.
pub(super) fn stages(text: &str) -> Vec<(String, Stage)> {
    let text = text.replace("\\\n", " ");
    let mut stages: Vec<(String, Stage)> = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (word, rest) = line.split_once(' ').expect(line);
        if word == "FROM" {
            let (base, name) = rest.split_once(" AS ").unwrap_or((rest, ""));
            let steps = Vec::new();
            let base = base.to_owned();
            stages.push((name.to_owned(), Stage { base, steps }));
        } else {
            let (_, stage) = stages.last_mut().expect("FROM comes first");
            stage.steps.push((word.to_owned(), rest.to_owned()));
        }
    }
    stages
}

impl Stage {
    /// What follows this word, each time.
    pub(super) fn all<'s, 'w: 's>(&'s self, word: &'w str) -> impl Iterator<Item = &'s str> {
        let steps = self.steps.iter();
        steps.filter_map(move |(step, rest)| (step == word).then_some(rest.as_str()))
    }

    /// What follows this word, once.
    pub(super) fn one<'s, 'w: 's>(&'s self, word: &'w str) -> &'s str {
        let mut all = self.all(word);
        let one = all.next().unwrap_or_else(|| panic!("no {word}"));
        assert_eq!(all.next(), None, "{word} twice");
        one
    }

    /// The variables of `ENV` and the defaults of `ARG`.
    pub(super) fn variables(&self) -> BTreeMap<&str, &str> {
        let set = self.all("ENV").chain(self.all("ARG"));
        set.map(|set| set.split_once('=').expect(set)).collect()
    }
}

/// The words of the form `["a", "b"]`.
pub(super) fn words(list: &str) -> Vec<String> {
    serde_json::from_str(list).unwrap_or_else(|error| panic!("{list}: {error}"))
}

#[test]
fn the_image_is_small_and_its_user_is_nobody_in_particular() {
    let stages = stages(&super::text("packaging/Dockerfile"));
    let [(build, first), (_, image)] = stages.as_slice() else {
        panic!("{stages:?}");
    };
    assert_eq!((build.as_str(), image.base.as_str()), ("build", "scratch"));
    let oldest: toml::Table = super::text("Cargo.toml").parse().unwrap();
    let oldest = oldest["workspace"]["package"]["rust-version"]
        .as_str()
        .unwrap();
    assert!(
        first.base.starts_with(&format!("rust:{oldest}-")),
        "{}",
        first.base
    );
    assert_eq!(image.one("USER"), "10001:10001");
    assert_eq!(
        image.one("VOLUME"),
        image.variables()["GATEPOST_SERVER__DATA_DIR"]
    );
    assert_eq!(words(image.one("ENTRYPOINT")), ["/usr/bin/gatepost-server"]);
    let (_, health) = image.one("HEALTHCHECK").split_once("CMD ").unwrap();
    assert_eq!(words(health), ["/usr/bin/gatepost-server", "health"]);
    assert_eq!(
        image.all("RUN").count(),
        0,
        "there is nothing to run it with"
    );
}
