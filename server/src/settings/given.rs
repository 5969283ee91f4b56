//! What somebody gives beside a project that is asked: it wins, before the project's own value is judged.

use std::collections::BTreeMap;
use std::path::Path;

use super::choose::Effective;
use super::error::SettingsError;
use super::layer::Layer;
use super::load;

/// The settings that decide together which key signs: none of them can be judged alone.
const KEYS: [&str; 6] = [
    "simple_jwt.algorithm",
    "simple_jwt.signing_key",
    "simple_jwt.signing_key_file",
    "simple_jwt.verifying_key",
    "simple_jwt.verifying_key_file",
    "simple_jwt.jwk_url",
];

/// The layers of the file, the environment and the flags, by their keys.
pub(crate) struct Given(BTreeMap<String, Layer>);

impl Given {
    /// # Errors
    /// As [`Effective::load`].
    pub(crate) fn load(flags: Vec<Layer>, config: Option<&Path>) -> Result<Self, SettingsError> {
        let layers = load::layers(config)?.into_iter().chain(flags);
        Ok(Self(
            layers.map(|layer| (layer.key.clone(), layer)).collect(),
        ))
    }

    /// Where a setting comes from that is given and not empty.
    pub(crate) fn origin(&self, key: &str) -> Option<String> {
        let layer = self.0.get(key)?;
        (layer.value.as_str() != Some("")).then(|| layer.origin.to_string())
    }

    /// The text of a setting that is given.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.value.as_str()
    }

    /// Whether a setting is given, even as nothing.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Why a setting can't have the value of this layer, in a sentence. A key is judged with the algorithm and the other
    /// keys, those of `project` where nobody gives them.
    pub(crate) fn refusal(&self, layer: &Layer, project: &[Layer]) -> Option<String> {
        if !KEYS.contains(&layer.key.as_str()) {
            let why = Effective::of(vec![layer.clone()]).err()?;
            return why.problems().first().cloned();
        }
        let is_key = |other: &&Layer| KEYS.contains(&other.key.as_str()) && other.key != layer.key;
        let mut layers: Vec<Layer> = project.iter().filter(is_key).cloned().collect();
        layers.extend(self.0.values().filter(is_key).cloned());
        layers.push(layer.clone());
        let why = Effective::of(layers).err()?;
        let of_layer = format!("{} from {} ", layer.key, layer.origin);
        let mut problems = why.problems().iter();
        problems
            .find(|problem| problem.starts_with(&of_layer))
            .cloned()
    }
}
