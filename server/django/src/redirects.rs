//! Whether a link that a visitor brings along leads to a page of the same host: `django.utils.http`.

use crate::python::{self, Url};

/// No browser needs a longer one.
const LONGEST: usize = 2048;

/// Whether whoever asked `host` may be sent on to a link: it is a path, or it names this host. By https it names no http.
///
/// ```
/// # use gatepost_django as django;
/// use django::redirects::is_allowed;
///
/// assert!(is_allowed("/admin/", "site.example", true));
/// assert!(is_allowed("https://site.example/admin/", "site.example", true));
/// assert!(!is_allowed("//evil.example/admin/", "site.example", true));
/// ```
pub fn is_allowed(link: &str, host: &str, is_https: bool) -> bool {
    let link = python::strip(link);
    // browsers take a backslash for a slash, but not everywhere
    !link.is_empty()
        && [link, &link.replace('\\', "/")]
            .iter()
            .all(|link| leads_to(link, host, is_https))
}

fn leads_to(link: &str, host: &str, is_https: bool) -> bool {
    // browsers take any number of slashes for two
    if link.starts_with("///") || link.chars().count() > LONGEST {
        return false;
    }
    let Some(url) = Url::split(link) else {
        return false;
    };
    // such as http:evil.example, and what begins with a character that browsers leave out
    let is_half = url.netloc.is_empty() && !url.scheme.is_empty();
    if is_half || !link.starts_with(python::is_printable) {
        return false;
    }
    let scheme = match url.scheme.as_str() {
        "" if !url.netloc.is_empty() => "http",
        scheme => scheme,
    };
    let is_host = url.netloc.is_empty() || url.netloc == host;
    is_host && (["", "https"].contains(&scheme) || scheme == "http" && !is_https)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_stays_on_its_host() {
        for (link, http, https) in [
            ("/", true, true),
            ("/a//b?c=//d#e", true, true),
            ("a/", true, true),
            (" /a ", true, true),
            ("http://site.example/", true, false),
            ("HTTPS://site.example/", true, true),
            ("//site.example/", true, false),
            ("/é", true, true),
            ("", false, false),
            (" ", false, false),
            ("//evil.example", false, false),
            ("///site.example", false, false),
            ("/\\evil.example", false, false),
            ("\\\\evil.example", false, false),
            ("/\t/evil.example", false, false),
            ("\u{8}//evil.example", false, false),
            ("\u{200b}/", false, false),
            ("http:/site.example", false, false),
            ("http:///site.example", false, false),
            ("javascript:alert(1)", false, false),
            ("ftp://site.example/", false, false),
            ("http://site.example@evil.example/", false, false),
            ("http://evil.example\\@site.example/", false, false),
            ("http://site.example:80/", false, false),
            ("http://[site.example/", false, false),
        ] {
            assert_eq!(is_allowed(link, "site.example", false), http, "{link:?}");
            assert_eq!(
                is_allowed(link, "site.example", true),
                https,
                "{link:?} by https"
            );
        }
        assert!(is_allowed(&format!("/{}", "é".repeat(2047)), "", false));
        assert!(!is_allowed(&format!("/{}", "é".repeat(2048)), "", false));
        assert!(!is_allowed("http:///", "", false));
    }
}
