//! The environment's variables, as a value that tests can set.

/// Where settings of the environment come from.
pub(super) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A variable of this process's environment; what is no text is not set.
pub(super) fn of_process(name: &str) -> Option<String> {
    let text = std::env::var_os(name)?.into_string().ok()?;
    Some(value(&text).to_owned())
}

/// A value as files of variables give it: without the space, the marks, the line end and the pair of quotes around it.
fn value(text: &str) -> &str {
    let bare = |text| {
        let is_around = |char: char| char.is_whitespace() || matches!(char, '\u{feff}' | '\0');
        str::trim_matches(text, is_around)
    };
    let text = bare(text);
    let inside = ['"', '\'']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    inside.map_or(text, bare)
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn what_stands_around_a_value_is_no_part_of_it() {
        for text in [
            "p:1",
            " p:1\r\n",
            "\"p:1\"\r",
            "'p:1'",
            "\u{feff}\" p:1 \"\n",
        ] {
            assert_eq!(value(text), "p:1", "{text:?}");
        }
        for text in ["\"\"", "''", " \r\n"] {
            assert_eq!(value(text), "", "{text:?}");
        }
        assert_eq!(value("'a\" "), "'a\"");
    }
}
