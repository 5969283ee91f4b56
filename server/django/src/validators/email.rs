//! The grammar of Django's `EmailValidator`, read in one pass.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether Django takes it for an email address; the shorter limit of the column is another rule.
pub fn is_valid(email: &str) -> bool {
    let Some((local, domain)) = email.rsplit_once('@') else {
        return false;
    };
    email.chars().nth(320).is_none()
        && (is_dot_atom(local) || is_quoted(local))
        && (domain == "localhost" || is_name(domain) || is_literal(domain))
}

/// The non-ASCII letters that are equal to `i`, `s` and `k` where Python ignores case.
fn is_folded(c: char) -> bool {
    matches!(c, 'İ' | 'ı' | 'ſ' | '\u{212a}')
}

fn is_dot_atom(local: &str) -> bool {
    let is_atext =
        |c: char| c.is_ascii_alphanumeric() || "-!#$%&'*+/=?^_`{}|~".contains(c) || is_folded(c);
    local
        .split('.')
        .all(|run| !run.is_empty() && run.chars().all(is_atext))
}

fn is_quoted(local: &str) -> bool {
    let Some(inner) = local
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return false;
    };
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        let escaped = c == '\\';
        let Some(c) = (if escaped { chars.next() } else { Some(c) }) else {
            return false;
        };
        let allowed = match c {
            '\t' | ' ' | '"' | '\\' => escaped,
            '\0' | '\n' | '\r' => false,
            c => c.is_ascii() || is_folded(c),
        };
        if !allowed {
            return false;
        }
    }
    true
}

/// A host label, more labels, and a top level of letters, or in punycode.
fn is_name(domain: &str) -> bool {
    let mut labels = domain.split('.');
    let last = labels.next_back().unwrap_or_default();
    let mut others = labels.peekable();
    others.peek().is_some()
        && others.all(|label| is_label(label, 1, is_alphanumeric))
        && is_top_level(last)
}

fn is_top_level(label: &str) -> bool {
    let is_letter = |c: char| is_alphanumeric(c) && !c.is_ascii_digit();
    let is_punycode = |code: &str| {
        (1..=59).contains(&code.chars().count())
            && code
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || is_folded(c))
    };
    is_label(label, 2, is_letter)
        || matches!(label.split_at_checked(4), Some((xn, code)) if xn.eq_ignore_ascii_case("xn--") && is_punycode(code))
}

/// `shortest` to 63 characters, hyphens between them but not at the ends.
fn is_label(label: &str, shortest: usize, is_inner: impl Fn(char) -> bool) -> bool {
    (shortest..=63).contains(&label.chars().count())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c == '-' || is_inner(c))
}

/// Django counts all of the basic plane from U+00A1 as letters.
fn is_alphanumeric(c: char) -> bool {
    c.is_ascii_alphanumeric() || ('\u{a1}'..='\u{ffff}').contains(&c)
}

/// `[192.0.2.1]` or `[2001:db8::1]`, as Python's `ipaddress` reads them, without a zone.
fn is_literal(domain: &str) -> bool {
    let Some(address) = domain
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    else {
        return false;
    };
    address.parse::<Ipv4Addr>().is_ok()
        || address.len() <= 39 && address.parse::<Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_valid;
    use proptest::prelude::*;

    #[test]
    fn valid() {
        let long = format!("a@{}.{}", "b".repeat(63), "c".repeat(63));
        let longest = format!("{}@x.co", "a".repeat(315));
        for email in [
            "a@b.co",
            "A.b+c@X-1.Example.COM",
            "!#$%&'*+/=?^_`{}|~-@x.co",
            "İıſ\u{212a}@x.co",
            "\"\"@x.co",
            "\"a\\ b\\\"\\\t\"@x.co",
            "\"a@b\"@x.co",
            "\"\u{1}\u{b}\u{7f}ſ\\ſ\"@x.co",
            "a@localhost",
            "a@é.中国",
            "a@1.2.co",
            "a@b.c-o",
            "a@b.xn--p1ai",
            "a@b.XN--P1\u{212a}",
            "a@b--c.co",
            "a@[127.0.0.1]",
            "a@[::1]",
            "a@[2001:DB8::ffff:1.2.3.4]",
            "a@[::ffff:1.2.3.4]",
            &long,
            &longest,
        ] {
            assert!(is_valid(email), "{email:?}");
        }
    }

    #[test]
    fn invalid() {
        let long_host = format!("a@{}.co", "b".repeat(64));
        let long_top = format!("a@b.{}", "c".repeat(64));
        let long_punycode = format!("a@b.xn--{}1", "c".repeat(59));
        let too_long = format!("{}@x.co", "a".repeat(316));
        for email in [
            "",
            "a",
            "@",
            "@x.co",
            "a@",
            ".a@x.co",
            "a.@x.co",
            "a..b@x.co",
            "é@x.co",
            "a b@x.co",
            "\"a b\"@x.co",
            "\"a\"b\"@x.co",
            "\"a\\\"@x.co",
            "\"@x.co",
            "\"\\\n\"@x.co",
            "\"é\"@x.co",
            "\"\0\"@x.co",
            "a@LOCALHOST",
            "a@x",
            "a@x.c",
            "a@x.c0",
            "a@x.123",
            "a@x.co.",
            "a@.co",
            "a@x..co",
            "a@-x.co",
            "a@x-.co",
            "a@x.-y.co",
            "a@x.y-.co",
            "a@x.-co",
            "a@x.co-",
            "a@x_y.co",
            "a@😀.co",
            "a@x.xn--",
            "a@x.xn--é1",
            "a@[127.0.0.01]",
            "a@[127.0.0]",
            "a@[256.0.0.1]",
            "a@[IPv6:::1]",
            "a@[fe80::1%eth0]",
            "a@[1:2:3:4:5:6:7]",
            "a@[0000:0000:0000:0000:0000:ffff:111.112.113.114]",
            "a@[]",
            "a@[::1",
            "a@b.co\n",
            &long_host,
            &long_top,
            &long_punycode,
            &too_long,
        ] {
            assert!(!is_valid(email), "{email:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(any in any::<String>(), near in r#"["a.\\ é-]{0,6}@[\[a.:0-9é\]-]{0,12}(xn--)?[a-zé]{0,3}"#) {
            let _ = (is_valid(&any), is_valid(&near));
        }
    }
}
