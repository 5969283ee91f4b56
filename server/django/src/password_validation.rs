//! Django's four password validators, in the order of its default settings.

use std::{collections::HashMap, sync::LazyLock};

use crate::python::{is_digit, is_word, strip, to_lower};

const LIST: &str = include_str!("../data/common-passwords.txt");

static COMMON: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut all: Vec<_> = LIST.lines().collect();
    all.sort_unstable();
    all
});

/// What is wrong with a password, one sentence for each validator that refuses it.
///
/// `about` holds what is known of the user, each with its field's label, as `UserAttributeSimilarityValidator`
/// compares it; none where Django passes no user.
pub fn problems(password: &str, about: &[(&str, &str)]) -> Vec<String> {
    let mut problems = Vec::new();
    let lower = to_lower(password);
    if let Some((label, _)) = about
        .iter()
        .find(|(_, value)| is_similar(&lower, &to_lower(value)))
    {
        problems.push(format!("The password is too similar to the {label}."));
    }
    if password.chars().nth(7).is_none() {
        problems
            .push("This password is too short. It must contain at least 8 characters.".to_owned());
    }
    if COMMON.binary_search(&strip(&lower)).is_ok() {
        problems.push("This password is too common.".to_owned());
    }
    if !password.is_empty() && password.chars().all(is_digit) {
        problems.push("This password is entirely numeric.".to_owned());
    }
    problems
}

/// Whether the value or one of its words shares 70 % of its characters with the password, in any order.
fn is_similar(password: &str, value: &str) -> bool {
    let length = password.chars().count();
    let mut letters: HashMap<char, usize> = HashMap::new();
    for c in password.chars() {
        *letters.entry(c).or_default() += 1;
    }
    let words = value.split(|c| !is_word(c)).filter(|word| !word.is_empty());
    !value.is_empty()
        && words.chain([value]).any(|part| {
            let part_length = part.chars().count();
            if length >= 10 * part_length {
                return false; // cannot reach 70 %
            }
            let mut left = letters.clone();
            let common = (part.chars())
                .filter(|c| {
                    left.get_mut(c)
                        .is_some_and(|n| n.checked_sub(1).map(|less| *n = less).is_some())
                })
                .count();
            // 2 * common / (both lengths) >= 0.7, in whole numbers
            20 * common >= 7 * (length + part_length)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::digest::{SHA256, digest};

    const SHORT: &str = "This password is too short. It must contain at least 8 characters.";
    const COMMON_ONE: &str = "This password is too common.";
    const NUMERIC: &str = "This password is entirely numeric.";

    #[test]
    fn the_list_is_djangos() {
        let hash = format!("{:?}", digest(&SHA256, LIST.as_bytes()));
        assert_eq!(
            hash,
            "SHA256:29ca0fa5303165f012f3e9775e3e95a3071cdd59f219973ec1cbb308d0214a6f"
        );
        assert_eq!(COMMON.len(), 19_640);
    }

    #[test]
    fn every_rule_adds_its_sentence_in_order() {
        assert_eq!(problems("ComplexPassword123!", &[]), [""; 0]);
        assert_eq!(
            problems("1234567", &[("username", "1234567")]),
            [
                "The password is too similar to the username.",
                SHORT,
                COMMON_ONE,
                NUMERIC
            ]
        );
        assert_eq!(problems("12345678", &[]), [COMMON_ONE, NUMERIC]);
        assert_eq!(problems("", &[]), [SHORT]);
    }

    #[test]
    fn length_counts_code_points() {
        assert_eq!(problems("pä€😀qxz", &[]), [SHORT]);
        assert_eq!(problems("pä€😀qxzv", &[]), [""; 0]);
    }

    #[test]
    fn common_is_lowered_and_stripped_as_python_does() {
        for password in ["PassWord1", "\u{1c}password1\u{3000}", "bas\u{212a}etball"] {
            assert_eq!(problems(password, &[]), [COMMON_ONE], "{password:?}");
        }
        assert_eq!(problems("password1\u{200b}", &[]), [""; 0]);
    }

    #[test]
    fn numeric_is_isdigit() {
        for password in ["٣٣٣٣٣٣٣٣", "²²²²²²²²", "①①①①①①①①", "83749261903"]
        {
            assert_eq!(problems(password, &[]), [NUMERIC], "{password}");
        }
        for password in ["½½½½½½½½", "ⅧⅧⅧⅧⅧⅧⅧⅧ", "8374926190.3"] {
            assert_eq!(problems(password, &[]), [""; 0], "{password}");
        }
    }

    #[test]
    fn similarity_compares_words_and_the_whole() {
        let similar = |password, value| !problems(password, &[("email address", value)]).is_empty();
        assert!(similar("bartholomew1", "bartholomew"));
        assert!(similar("wemolohtrab", "Bartholomew"));
        assert!(similar("mailname@host", "mailname@host.example.org"));
        assert!(!similar("mailname@host", "host.example.org"));
        assert!(similar("abcdefg123", "abcdefg456"), "exactly 0.7");
        assert!(!similar("abcdefg123x", "abcdefg456"));
        assert!(!similar("aaaaaaaaaabbbbbbbbbb", "a@ab"));
        assert!(!similar("correct horse battery", ""));
        assert_eq!(
            problems(
                "bartholomew1",
                &[
                    ("username", "x"),
                    ("first name", "Bartholomew"),
                    ("last name", "bartholomew")
                ]
            ),
            ["The password is too similar to the first name."]
        );
    }
}
