//! The words of SQL that somebody else wrote: SQLite's catalogue has constraints and triggers as text alone.

/// A part of a statement; white space, comments and the insides of texts are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'s> {
    Word(&'s str),
    /// In quotes of any kind that names may have.
    Name(&'s str),
    Mark(char),
}

/// The tokens, each with where it begins.
fn tokens(sql: &str) -> Vec<(usize, Token<'_>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let is_of_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let end = |of: &str| rest.find(of).map_or(rest.len(), |end| end + of.len());
        let length = if rest.starts_with("--") {
            end("\n")
        } else if rest.starts_with("/*") {
            end("*/")
        } else if is_of_word(first) {
            let length = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
            found.push((at, Token::Word(&rest[..length])));
            length
        } else if let Some(close) = closing(first) {
            let inside = &rest[1..];
            let length = inside.find(close).unwrap_or(inside.len());
            // a doubled quote begins the next part of the same text
            found.push(match first {
                '\'' => (at, Token::Mark(first)),
                _ => (at, Token::Name(&inside[..length])),
            });
            (length + 2).min(rest.len())
        } else {
            if !first.is_whitespace() {
                found.push((at, Token::Mark(first)));
            }
            first.len_utf8()
        };
        at += length;
    }
    found
}

fn closing(quote: char) -> Option<char> {
    match quote {
        '\'' | '"' | '`' => Some(quote),
        '[' => Some(']'),
        _ => None,
    }
}

/// The CHECK constraints in a statement that makes a table: what each says, and which of `columns` it names.
pub(super) fn checks(statement: &str, columns: &[String]) -> Vec<(String, Vec<String>)> {
    let tokens = tokens(statement);
    let is_word = |token: Token<'_>, wanted: &str| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(wanted));
    let mut found = Vec::new();
    for (place, pair) in tokens.windows(2).enumerate() {
        let [(_, first), (open, Token::Mark('('))] = *pair else {
            continue;
        };
        if !is_word(first, "check") {
            continue;
        }
        let mut depth = 0;
        let inside = tokens[place + 1..].iter().take_while(|(_, token)| {
            depth += match token {
                Token::Mark('(') => 1,
                Token::Mark(')') => -1,
                _ => 0,
            };
            depth > 0
        });
        let inside: Vec<_> = inside.copied().collect();
        let end = tokens.get(place + 1 + inside.len());
        let end = end.map_or(statement.len(), |(at, _)| *at);
        let is_named = |column: &&String| {
            inside.iter().any(|(_, token)| match token {
                Token::Word(name) | Token::Name(name) => name.eq_ignore_ascii_case(column),
                Token::Mark(_) => false,
            })
        };
        let named = columns.iter().filter(is_named).cloned().collect();
        found.push((statement[open + 1..end].trim().to_owned(), named));
    }
    found
}

/// Whether the body of a trigger may refuse a row: by RAISE of SQLite's, or by one of PL/pgSQL's that is no message.
pub(super) fn raises(body: &str) -> bool {
    const MESSAGES: [&str; 5] = ["debug", "log", "info", "notice", "warning"];
    let tokens = tokens(body);
    let mut words = tokens.iter().enumerate();
    words.any(|(at, (_, token))| match token {
        Token::Word(word) if word.eq_ignore_ascii_case("raise") => {
            let level = tokens.get(at + 1).map(|(_, token)| *token);
            !matches!(level, Some(Token::Word(level)) if MESSAGES.iter().any(|one| one.eq_ignore_ascii_case(level)))
        }
        _ => false,
    })
}

/// Whether the body of a trigger of PL/pgSQL's may drop a row without a word.
pub(super) fn returns_null(body: &str) -> bool {
    let is = |token: Token<'_>, wanted: &str| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(wanted));
    let tokens = tokens(body);
    let mut pairs = tokens.windows(2);
    pairs.any(|pair| is(pair[0].1, "return") && is(pair[1].1, "null"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(statement: &str) -> Vec<(String, Vec<String>)> {
        let columns = ["title".to_owned(), "views".to_owned()];
        checks(statement, &columns)
    }

    #[test]
    fn a_check_is_found_however_it_is_written() {
        for check in [
            r#"CHECK ("title" > '')"#,
            "check(title > '')",
            "Check\n  (length([Title]) < (3))",
            "CONSTRAINT c CHECK/* why */(`title` <> 'a''b)')",
        ] {
            let found = named(&format!(
                "CREATE TABLE t (title text {check}, views integer)"
            ));
            assert_eq!(found.len(), 1, "{check}");
            assert_eq!(found[0].1, ["title"], "{check}");
        }
        let found =
            named("CREATE TABLE t (a, CHECK (a IN (1, 2)), check (views > 0) -- CHECK (title)\n)");
        assert_eq!(
            found,
            [
                ("a IN (1, 2)".to_owned(), Vec::new()),
                ("views > 0".to_owned(), vec!["views".to_owned()])
            ]
        );
        for none in [
            "CREATE TABLE t (\"check\" (1))",
            "'CHECK (title)'",
            "CHECK (",
            "",
        ] {
            let names: Vec<_> = named(none)
                .into_iter()
                .flat_map(|(_, names)| names)
                .collect();
            assert!(names.is_empty(), "{none}");
        }
    }

    #[test]
    fn a_trigger_that_refuses_says_raise() {
        for refuses in [
            "SELECT RAISE(ABORT, 'no')",
            "BEGIN raise exception 'no'; END",
            "RAISE;",
        ] {
            assert!(raises(refuses), "{refuses}");
        }
        for passes in [
            "RAISE NOTICE 'x'",
            "-- RAISE\nNULL",
            "'raise'",
            "praise()",
            "",
        ] {
            assert!(!raises(passes), "{passes}");
        }
        assert!(returns_null("begin Return  NULL; end"));
        assert!(!returns_null("begin return new; end"));
    }
}
