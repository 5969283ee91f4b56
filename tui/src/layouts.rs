//! Letters of keyboards that are not Latin, as the key that they are on: `о` of a Russian one is where `j` is.

/// Each script's letters, and the Latin ones on the same keys.
const TABLES: [(&str, &str); 4] = [
    ("йцукенгшщзфывапролдячсмить", "qwertyuiopasdfghjklzxcvbnm"),
    // what Ukrainian and Belarusian have in other places
    ("іўє", "so'"),
    ("ςερτυθιοπασδφγηξκλζχψωβνμ", "wertyuiopasdfghjklzxcvbnm"),
    ("קראטוןםפשדגכעיחלךזסבהנמצ", "ertyuiopasdfghjklzxcvbnm"),
];

/// The Latin letter on the same key, as large as the other; `None` for a letter that is on no table.
pub(crate) fn latin(c: char) -> Option<char> {
    if c.is_ascii() {
        return None;
    }
    let is_large = c.is_uppercase();
    let small = c.to_lowercase().next()?;
    let found = TABLES.iter().find_map(|(script, latin)| {
        let at = script.chars().position(|letter| letter == small)?;
        latin.chars().nth(at)
    })?;
    Some(if is_large {
        found.to_ascii_uppercase()
    } else {
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_the_key_that_it_is_on() {
        for (letter, key) in [
            ('о', Some('j')),
            ('л', Some('k')),
            ('Д', Some('L')),
            ('і', Some('s')),
            ('ξ', Some('j')),
            ('Γ', Some('G')),
            ('ח', Some('j')),
            ('ä', None),
            ('日', None),
            ('j', None),
        ] {
            assert_eq!(latin(letter), key, "{letter}");
        }
    }

    #[test]
    fn every_letter_of_a_table_has_its_key() {
        for (script, latin) in TABLES {
            assert_eq!(script.chars().count(), latin.chars().count(), "{script}");
        }
    }
}
