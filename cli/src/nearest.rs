//! The name that somebody meant by another one.

/// How much alike two names must be.
const LEAST: f64 = 0.6;

/// The nearest of these names, if one is near.
pub(crate) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let name = name.to_lowercase();
    let alike = |other: &str| strsim::normalized_damerau_levenshtein(&name, other);
    let known = known.into_iter().map(|other| (alike(other), other));
    let best = known.max_by(|one, other| one.0.total_cmp(&other.0));
    best.filter(|(alike, _)| *alike >= LEAST)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        let known = ["server", "store", "timeout"];
        assert_eq!(nearest("tiemout", known), Some("timeout"));
        assert_eq!(nearest("Sever", known), Some("server"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
    }
}
