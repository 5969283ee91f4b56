//! Every page renders, runs nothing that data brings along, and keeps to the site's Content-Security-Policy.

mod samples;

use samples::samples;

const MARKUP: &str = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)> style=x";

/// Every tag of a page, as the names of its attributes after its own name.
fn tags(html: &str) -> impl Iterator<Item = Vec<&str>> {
    // data is escaped, so each `<` is the beginning of a tag
    let tags = html.split('<').skip(1);
    tags.map(|tag| {
        let tag = tag.split_once('>').expect("a tag that ends").0;
        let outside = tag.split('"').step_by(2);
        outside.flat_map(str::split_ascii_whitespace).collect()
    })
}

#[test]
fn each_page_says_what_it_is_given() {
    for (name, html) in samples(&str::to_owned) {
        assert!(
            html.starts_with("<!doctype html>\n<html lang=\"en\">"),
            "{name}"
        );
        assert!(html.ends_with("</body>\n</html>"), "{name}");
        assert_eq!(html.matches("<h1>").count(), 1, "{name}");
        assert!(html.contains(" | Django site admin</title>"), "{name}");
    }
}

#[test]
fn markup_in_any_text_stays_text() {
    let mut marked = 0;
    let pages = samples(&|text| format!("{text}{MARKUP}"));
    for ((name, html), (_, plain)) in pages.iter().zip(samples(&str::to_owned)) {
        let same = tags(html).eq(tags(&plain));
        assert!(same, "{name}: markup became tags or attributes\n{html}");
        marked += html.matches("&#60;script&#62;alert(1)").count();
    }
    assert!(marked > 300, "only {marked} texts are marked");
}

#[test]
fn no_page_has_a_script_or_a_style_of_its_own() {
    for (name, html) in samples(&str::to_owned) {
        let mut scripts = 0;
        for tag in tags(&html) {
            let (tag, attributes) = tag.split_first().unwrap();
            assert!(*tag != "style", "{name}");
            scripts += usize::from(*tag == "script");
            for attribute in attributes {
                let is_inline = attribute.starts_with("on") || attribute.starts_with("style");
                assert!(!is_inline, "{name}: {attribute} of {tag}");
            }
        }
        assert_eq!(scripts, 1, "{name}");
        assert!(
            html.contains("<script src=\"/service/admin/static/admin.js?v="),
            "{name}"
        );
        assert!(!html.contains("javascript:"), "{name}");
    }
}

#[test]
fn an_id_is_used_once() {
    for (name, html) in samples(&str::to_owned) {
        let mut ids: Vec<&str> = html
            .split(" id=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        ids.sort_unstable();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all, "{name}: {ids:?}");
    }
}
