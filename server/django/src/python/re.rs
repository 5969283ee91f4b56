//! `re.match` with the patterns of settings, by an engine that never takes longer than the text is long.

use std::fmt;

use regex::Regex;

/// A pattern of Python's `re`.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What of it is not Python's, or is Python's alone: back-references, look-around, possessive quantifiers, flags
    /// but `i`, `s` and `u`.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let regex = Regex::new(&translate(pattern)?).map_err(|error| {
            // a picture of several lines comes before the reason
            let error = error.to_string();
            let reason = error.lines().last().unwrap_or_default();
            reason.trim_start_matches("error: ").to_owned()
        })?;
        Ok(Self {
            text: pattern.to_owned(),
            regex,
        })
    }

    /// Whether `re.match(pattern, text)` finds something: at the beginning, and not necessarily to the end.
    pub fn matches(&self, text: &str) -> bool {
        // where anything matches at the beginning, the leftmost match is there
        self.regex
            .find(text)
            .is_some_and(|found| found.start() == 0)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

/// Writes a pattern as the crate `regex` means the same, where it would mean something else or refuse it.
fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars().peekable();
    let (mut in_repeat, mut after_quantifier) = (false, false);
    while let Some(c) = chars.next() {
        if after_quantifier && c == '+' {
            return Err("possessive quantifiers are not supported".to_owned());
        }
        after_quantifier = matches!(c, '*' | '+' | '?') || c == '}' && in_repeat;
        match c {
            '\\' => match chars.next() {
                Some('Z') => out.push_str(r"\z"),
                // the beginning and the end of a word to the crate
                Some(c @ ('<' | '>')) => out.push(c),
                Some(c) => out.extend(['\\', c]),
                None => return Err("it ends with a backslash".to_owned()),
            },
            // before a newline at the end, too; what follows it can match nothing else
            '$' => out.push_str(r"(?:\n?\z)"),
            '[' => {
                out.push('[');
                class(&mut chars, &mut out)?;
            }
            '(' => {
                out.push('(');
                if chars.next_if_eq(&'?').is_some() {
                    out.push('?');
                    flags(&mut chars, &mut out)?;
                }
            }
            '{' | '}' => {
                in_repeat = c == '{';
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    Ok(out)
}

type Chars<'p> = std::iter::Peekable<std::str::Chars<'p>>;

/// `[…]`, in which the crate knows nested classes and operators, and Python does not.
fn class(chars: &mut Chars<'_>, out: &mut String) -> Result<(), String> {
    out.extend(chars.next_if_eq(&'^'));
    if chars.next_if_eq(&']').is_some() {
        out.push_str(r"\]");
    }
    while let Some(c) = chars.next() {
        match c {
            ']' => {
                out.push(']');
                return Ok(());
            }
            '\\' => {
                out.push('\\');
                out.extend(chars.next());
            }
            '-' if chars.peek() == Some(&'-') => {
                return Err("-- in a class can be read in two ways".to_owned());
            }
            '[' | '&' | '~' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    Err("a class has no end".to_owned())
}

/// What follows `(?`: flags that mean the same to both, or anything else.
fn flags(chars: &mut Chars<'_>, out: &mut String) -> Result<(), String> {
    if matches!(chars.peek(), Some('P' | '<')) {
        return Ok(());
    }
    while let Some(c) = chars.next_if(char::is_ascii_alphabetic) {
        if !matches!(c, 'i' | 's' | 'u') {
            return Err(format!("the flag {c} is not supported"));
        }
        out.push(c);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern).unwrap().matches(text)
    }

    /// What CPython 3.11 says to each.
    #[test]
    fn a_pattern_matches_as_in_python() {
        for (pattern, text, expected) in [
            (r"^.*$", "/api/", true),
            (r"^.*$", "/a\n", true),
            (r"^.*$", "/a\n\n", false),
            (r"^.*$", "/a\nb", false),
            (r"^.*\Z", "/a\n", false),
            (r"(?s)^.*$", "/a\nb", true),
            (r"/api/.*", "/api/posts/", true),
            (r"api", "/api/", false),
            (r"^/api/", "/api", false),
            (
                r"^https://\w+\.example\.com$",
                "https://a.example.com",
                true,
            ),
            (
                r"^https://\w+\.example\.com$",
                "https://a.example.com.evil",
                false,
            ),
            (
                r"^https://\w+\.example\.com",
                "https://a.example.com.evil",
                true,
            ),
            (r"https://a.example|http://b", "http://b.c", true),
            (r"(?i)^HTTPS://A\.EXAMPLE$", "https://a.example", true),
            (r"^http://localhost:\d{1,5}$", "http://localhost:8080", true),
            (r"^http://localhost:[0-9]+$", "http://localhost:x", false),
            (r"[]a]", "]", true),
            (r"[^]a]", "b", true),
            (r"[[a]", "[", true),
            (r"[a&&b]", "b", true),
            (r"[a~~b]", "~", true),
            (r"\<a\>", "<a>", true),
            (r"(?P<name>a)b", "ab", true),
            (r"a{2}$", "aa", true),
            (r"", "x", true),
            (r"$", "x", false),
            (r"a*?b", "aab", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern:?} {text:?}");
        }
    }

    #[test]
    fn what_can_not_be_read_is_refused() {
        for (pattern, why) in [
            (r"^https://(?!evil)", "look-around"),
            (r"(a)\1", "backreferences"),
            (r"(?P<a>b)(?P=a)", ""),
            (r"a++", "possessive"),
            (r"a{2}+", "possessive"),
            (r"(?m)^a$", "the flag m"),
            (r"(?x) a", "the flag x"),
            (r"(?ia)a", "the flag a"),
            (r"[a--b]", "two ways"),
            (r"[a", "no end"),
            (r"(a", "unclosed group"),
            ("a\\", "backslash"),
            (r"*.example.com", "repetition"),
            (r"(?>a)", ""),
        ] {
            let refused = Pattern::new(pattern).unwrap_err();
            assert!(
                refused.contains(why) && !refused.contains('\n'),
                "{pattern}: {refused}"
            );
        }
    }
}
