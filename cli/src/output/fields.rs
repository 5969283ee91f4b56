//! The names of the fields of a command's JSON: those that a person gives, beside those that there are.

use crate::errors::Failure;

/// How alike two names must be for one to be proposed for the other.
const ALIKE: f64 = 0.75;

/// The fields that a person has named.
pub(super) fn named(names: &str, known: &[&str]) -> Result<Vec<String>, Failure> {
    let names: Vec<String> = names
        .split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    if names.is_empty() {
        return Err(listed(Failure::usage("--json= names no field"), known));
    }
    for name in &names {
        check("--json", name, known)?;
    }
    Ok(names)
}

/// Refuses the name of a field that there is none of; where nothing is known of the fields, all may be there.
pub(super) fn check(flag: &str, name: &str, known: &[&str]) -> Result<(), Failure> {
    if known.is_empty() || known.contains(&name) {
        return Ok(());
    }
    let likeness = |other: &&&str| strsim::jaro_winkler(&name.to_lowercase(), other);
    let nearest = known
        .iter()
        .filter(|other| likeness(other) >= ALIKE)
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    let nearest = nearest.map_or_else(String::new, |name| format!("; did you mean {name}?"));
    let what = format!("{flag} names {name}, and there is no such field{nearest}");
    Err(listed(Failure::usage(what), known))
}

/// The same with the names that there are.
fn listed(failure: Failure, known: &[&str]) -> Failure {
    if known.is_empty() {
        return failure;
    }
    failure.hint(format!("the fields are {}", known.join(", ")))
}
