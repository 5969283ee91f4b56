//! Links of a list to itself with other parameters, and to forms that lead back to it.

use super::super::preserved::encoded;
use super::super::visit::Pairs;
use super::asked::Asked;

/// The list's parameters with others in their place: `get_query_string`.
pub(super) fn with(asked: &Asked, set: &[(&str, &str)], without: &[&str]) -> String {
    let is_kept =
        |name: &str| !without.contains(&name) && set.iter().all(|(known, _)| *known != name);
    let kept = asked.kept.iter().filter(|(name, _)| is_kept(name));
    let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
    let mut pairs: Vec<_> = kept.chain(set.iter().copied()).collect();
    pairs.sort_by_key(|(name, _)| *name);
    format!("?{}", encoded(&pairs))
}

/// `_changelist_filters`: what brings somebody back to the list as it was.
pub(super) fn preserved(kept: &Pairs) -> String {
    let pairs: Vec<_> = kept
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    if pairs.is_empty() {
        return String::new();
    }
    let list = encoded(&pairs);
    format!("?{}", encoded(&[("_changelist_filters", &list)]))
}
