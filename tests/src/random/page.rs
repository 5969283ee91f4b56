//! Pages of the API: what a browser is shown of an answer, by Django and by Gatepost.

/// The heading and the data of a page, if it is one of the API.
pub(super) fn of_api(page: &str) -> Option<(String, String)> {
    let between = |text: &str, before: &str, after: &str| {
        let (_, rest) = text.split_once(before)?;
        rest.split_once(after).map(|(found, _)| found.to_owned())
    };
    let heading = between(page, "<h1>", "</h1>")?;
    // Django shows the answer's head before its data
    let data = between(page, "\n\n</span>", "</pre>")
        .or_else(|| between(page, "<pre class=\"body\" tabindex=\"0\">", "</pre>"))?;
    Some((heading, plain(&data)))
}

/// The text of some HTML: without the links that Django makes of what looks like one.
fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    for (at, part) in html.split('<').enumerate() {
        let text = part.split_once('>').filter(|_| at > 0);
        out.push_str(text.map_or(part, |(_, text)| text));
    }
    let marks = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    marks
        .iter()
        .fold(out, |text, (escaped, mark)| text.replace(escaped, mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_servers_pages_show_the_same() {
        let shown = (
            "Post".to_owned(),
            "{\n    \"t\": \"<b>&amp;'a.com\"\n}".to_owned(),
        );
        let django = "<h1>Post</h1><pre class=\"prettyprint\"><b>GET</b> /</pre><pre class=\"prettyprint\"><span class=\"meta nocode\"><b>HTTP 200 OK</b>\n<b>Vary:</b> <span class=\"lit\">Accept</span>\n\n</span>{\n    &quot;t&quot;: &quot;&lt;b&gt;&amp;amp;&#x27;<a href=\"http://a.com\" rel=\"nofollow\">a.com</a>&quot;\n}</pre>";
        let gatepost = "<h1>Post</h1>\n<pre class=\"head\">HTTP 200 OK</pre>\n<pre class=\"body\" tabindex=\"0\">{\n    \"t\": \"&lt;b&gt;&amp;amp;'a.com\"\n}</pre>\n";
        assert_eq!(of_api(django).unwrap(), shown);
        assert_eq!(of_api(gatepost).unwrap(), shown);
        assert_eq!(of_api("<h1>Not Found</h1><p>It is not.</p>"), None);
    }
}
