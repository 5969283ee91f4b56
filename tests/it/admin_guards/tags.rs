//! The tags of a page, read as a browser reads them: what on it is not the site's own?

/// Tags that a page of the site has.
#[rustfmt::skip] // few lines
const TAGS: &[&str] = &[
    "!doctype", "a", "aside", "b", "bdi", "body", "button", "caption", "code", "dd", "details", "div",
    "dl", "dt", "fieldset", "form", "h1", "h2", "h3", "head", "header", "html", "input", "label",
    "legend", "li", "link", "main", "meta", "nav", "ol", "option", "p", "path", "script", "section",
    "select", "small", "span", "strong", "summary", "svg", "symbol", "table", "tbody", "td",
    "textarea", "th", "thead", "time", "title", "tr", "ul", "use",
];

/// A tag's name and attributes.
type Tag<'h> = (String, Vec<(&'h str, &'h str)>);

/// The tags of a page, read as a browser reads them.
fn tags(html: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        rest = rest.strip_prefix('/').unwrap_or(rest);
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '!')
            .unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        rest = &rest[end..];
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            if rest.is_empty() || rest.starts_with('>') {
                break;
            }
            let end = rest.find(|c: char| c.is_whitespace() || "=>/".contains(c));
            let (attribute, after) = rest.split_at(end.unwrap_or(rest.len()).max(1));
            let value;
            (value, rest) = match after.strip_prefix('=') {
                None => ("", after),
                Some(after) => match after.chars().next() {
                    Some(quote @ ('"' | '\'')) => {
                        after[1..].split_once(quote).unwrap_or((after, ""))
                    }
                    _ => after.split_at(
                        after
                            .find(|c: char| c.is_whitespace() || c == '>')
                            .unwrap_or(after.len()),
                    ),
                },
            };
            attributes.push((attribute, value));
        }
        tags.push((name, attributes));
    }
    tags
}

/// What on a page is not the site's own.
pub(super) fn foreign(html: &str) -> Option<String> {
    for (name, attributes) in tags(html) {
        if !TAGS.contains(&name.as_str()) {
            return Some(format!("<{name}>"));
        }
        for (attribute, value) in &attributes {
            let attribute = attribute.to_ascii_lowercase();
            let is_plain =
                |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
            let leads = ["href", "src", "action", "formaction", "data", "xlink:href"];
            let is_ours = ["/admin/", "?", "#", "data:,"]
                .iter()
                .any(|start| value.starts_with(start));
            if attribute.starts_with("on") || attribute == "style" || attribute == "srcdoc" {
                return Some(format!("<{name} {attribute}>"));
            }
            // an attribute that stood in a text is cut where its letters end
            if !attribute.chars().all(is_plain)
                && !["viewbox", "autofocus"].contains(&attribute.as_str())
            {
                return Some(format!("<{name} {attribute}>"));
            }
            if leads.contains(&attribute.as_str()) && !is_ours {
                return Some(format!("<{name} {attribute}={value}>"));
            }
        }
        let script = attributes.iter().find(|(attribute, _)| *attribute == "src");
        if name == "script"
            && !script.is_none_or(|(_, src)| src.starts_with("/admin/static/admin.js?v="))
        {
            return Some("<script>".to_owned());
        }
    }
    let scripts = html.matches("<script").count();
    (scripts > 1).then(|| format!("{scripts} scripts"))
}
