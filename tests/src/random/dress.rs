//! How a request is written down: which body, which headers, which form of its path, on which connection.

use super::body::{self, Fields};
use super::deviation::Deviation;
use super::dice::Dice;
use super::pools::dress as pools;
use super::step::{Encoding, Framing, Step};
use super::template::Template;
use super::text;

/// Gives a request its body and what says of which kind it is.
pub(super) fn fill(dice: &mut Dice, step: &mut Step, fields: &Fields) {
    let mut kind = match dice.weighted(&[(70, 0), (18, 1), (12, 2)]) {
        0 => {
            step.body = Some(if dice.percent(95) {
                body::json(dice, fields)
            } else {
                body::no_object(dice)
            });
            dice.weighted(&[
                (60, "application/json"),
                (3, "APPLICATION/JSON"),
                (2, "application/*"),
                (2, "*/*"),
                (2, "*/json"),
                (2, "application/json; q=1"),
                (1, "application/json;"),
            ])
            .to_owned()
        }
        1 => {
            step.body = Some(body::form(dice, fields));
            dice.weighted(&[
                (20, "application/x-www-form-urlencoded"),
                (1, "Application/X-WWW-Form-URLencoded"),
                (1, "*/x-www-form-urlencoded"),
            ])
            .to_owned()
        }
        _ => {
            let (body, kind) = body::multipart(dice, fields);
            step.body = Some(body);
            kind
        }
    };
    if dice.percent(6)
        && let Some(plain) = step.body.as_ref().and_then(Template::plain)
    {
        step.body = Some(Template::bytes(body::broken(dice, plain)));
    }
    if dice.percent(8) {
        kind = charset(dice, step, &kind);
    } else if dice.percent(4) {
        kind = other_kind(dice, &kind);
    }
    if dice.percent(98) {
        step.header("Content-Type", &kind);
    }
    if dice.percent(1) {
        step.body = Some(large(dice, &kind));
    }
    match dice.below(60) {
        0 => step.body = None,
        1 => step.body = Some(Template::default()),
        2 => step.header("Content-Encoding", dice.one(&["gzip", "identity", "x"])),
        _ => {}
    }
    if dice.percent(4) {
        step.framing = Framing::Chunked;
    }
}

/// A body near the limits of size.
fn large(dice: &mut Dice, kind: &str) -> Template {
    let size = dice.range(2_621_439, 2_621_442);
    let field = dice.one(&["title", "username", "refresh"]);
    let before = match kind.split(';').next() {
        Some("application/x-www-form-urlencoded") => format!("{field}="),
        Some("multipart/form-data") => {
            let name = format!("--B\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n");
            // the limit counts the name, the value, and two more
            let value = "x".repeat(size - field.len() - 2);
            return Template::text(&format!("{name}{value}\r\n--B--\r\n"));
        }
        _ => format!("{{\"{field}\": \""),
    };
    let after = if before.starts_with('{') { "\"}" } else { "" };
    let filler = "x".repeat(size - before.len() - after.len());
    Template::text(&(before + &filler + after))
}

fn charset(dice: &mut Dice, step: &mut Step, kind: &str) -> String {
    let (label, encoding) = *dice.pick(&[
        ("utf-8", Encoding::Utf8),
        ("UTF8", Encoding::Utf8),
        ("utf-8-sig", Encoding::Utf8Mark),
        ("utf-8-sig", Encoding::Utf8),
        ("utf-8", Encoding::Utf8Mark),
        ("latin-1", Encoding::Latin1),
        ("ISO-8859-1", Encoding::Latin1),
        ("latin-1", Encoding::Utf8),
        ("cp1252", Encoding::Latin1),
        ("ascii", Encoding::Utf8),
        ("us-ascii", Encoding::Latin1),
        ("utf-16", Encoding::Utf16),
        ("utf-16", Encoding::Utf16Little),
        ("utf-16-le", Encoding::Utf16Little),
        ("utf-16be", Encoding::Utf16Big),
        ("utf_32_le", Encoding::Utf32Little),
        ("koi8-r", Encoding::Utf8),
        ("iso-8859-5", Encoding::Utf8),
        ("windows-1251", Encoding::Latin1),
        ("utf-8", Encoding::Latin1),
        ("bogus", Encoding::Utf8),
        ("", Encoding::Utf8),
        ("hex", Encoding::Utf8),
        ("rot13", Encoding::Utf8),
        ("undefined", Encoding::Utf8),
        ("base64", Encoding::Utf8),
        ("cp037", Encoding::Utf8),
        ("shift_jis", Encoding::Utf8),
        ("utf-7", Encoding::Utf8),
        ("gb18030", Encoding::Utf8),
        ("\u{e9}", Encoding::Utf8),
        ("utf-8 ", Encoding::Utf8),
        ("utf-16", Encoding::Utf8),
    ]);
    if matches!(label, "cp037" | "shift_jis" | "utf-7" | "gb18030") {
        // Django alone can read the body, so only a request that changes nothing may have it
        if step.target != "/api/token/verify/" {
            return kind.to_owned();
        }
        step.known.push(Deviation::Charset);
    }
    step.encoding = encoding;
    let name = dice.one(&[
        "charset",
        "charset",
        "charset",
        "Charset",
        "CHARSET",
        " charset ",
    ]);
    match dice.below(5) {
        0 => format!("{kind}; {name}=\"{label}\""),
        1 => format!("{kind};{name}={label}; x=y"),
        _ => format!("{kind}; {name}={label}"),
    }
}

fn other_kind(dice: &mut Dice, kind: &str) -> String {
    match dice.below(6) {
        0 => format!(
            "{kind}; x=\"{}\"",
            "y".repeat(*dice.pick(&[200, 225, 230, 235, 236, 237, 238, 239, 240, 300]))
        ),
        1 => format!(
            "{kind}{}",
            text::odd(dice).replace(|char: char| char.is_control(), "")
        ),
        _ => (dice.one(pools::KIND)).to_owned(),
    }
}

/// What may be odd about any request.
pub(super) fn dress(dice: &mut Dice, step: &mut Step) {
    accept(dice, step);
    if dice.percent(8) {
        query(dice, step);
    }
    if dice.percent(3) {
        host(dice, step);
    }
    if dice.percent(3) {
        step.version = "HTTP/1.0";
        if step.framing == Framing::Chunked {
            step.framing = Framing::Length;
        }
        if dice.percent(50) {
            step.hosts.clear();
        }
        if dice.percent(30) {
            step.header("Connection", "keep-alive");
        }
    }
    match dice.below(120) {
        0 => step.header("Expect", "100-continue"),
        1 => step.header("X-HTTP-Method-Override", "DELETE"),
        2 => step.header("Accept-Language", "de"),
        3 => step.header("If-None-Match", "*"),
        4 => step.header("Range", "bytes=0-3"),
        // one known difference at a time
        5 if !step.known.contains(&Deviation::Indent) => {
            step.header("Cookie", "sessionid=x; csrftoken=y");
            step.known.push(Deviation::Cookies);
        }
        17 => step.header("Cookie", "sessionid=abcdefghijklmnopqrstuvwxyz012345; csrftoken=abcdefghijklmnopqrstuvwxyzABCDEF; x=\"y"),
        6 => step.header("Origin", "https://evil.example"),
        7 => step.header("X-Forwarded-Host", "a_b"),
        8 => step.header("Connection", "close"),
        9 => step.header("Accept-Encoding", "gzip, br"),
        10 => step.target = format!("http://service.example{}", step.target),
        11 => step.target = format!("{}#fragment", step.target),
        12 => step.header("If-Modified-Since", "Wed, 21 Oct 2065 07:28:00 GMT"),
        13 => {
            let method = dice.one(&["get", "Post", "DELETE1", "A", "OPTIONS!", "CONNECT"]);
            method.clone_into(&mut step.method);
        }
        14 if step.body.is_none() => {
            step.body = Some(Template::text("{\"unread\": true}"));
        }
        15 if step.body.is_some() => step.framing = Framing::Absent,
        16 => step.target = step.target.trim_end_matches('/').to_owned(),
        _ => {}
    }
    step.is_kept = dice.percent(40);
}

fn accept(dice: &mut Dice, step: &mut Step) {
    match dice.below(20) {
        0 => {}
        1 => {
            let count = dice.range(1, 3);
            let tokens: Vec<_> = (0..count).map(|_| media(dice)).collect();
            several(step, &tokens);
            step.header("Accept", &tokens.join(dice.one(&[",", ", ", " , ", ",,"])));
        }
        2 => {
            let value = dice.one(&[
                "text/html",
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            ]);
            step.header("Accept", value);
        }
        3 => {
            let (first, second) = (media(dice), media(dice));
            several(step, &[first.clone(), second.clone()]);
            step.header("Accept", &first);
            step.header("accept", &second);
        }
        4 if dice.percent(20) => {
            let many = "a/b,".repeat(*dice.pick(&[62, 63, 64, 65]));
            step.header("Accept", &(many + "text/html"));
        }
        4 if dice.percent(30) => {
            let long = "y".repeat(*dice.pick(&[240, 8100]));
            step.header(
                "Accept",
                &format!("text/html;x={long}, application/json;indent=2"),
            );
        }
        5 => step.header("Accept", "application/json; indent=4"),
        _ => step.header("Accept", "*/*"),
    }
}

/// Says that more than one token may give the indent.
fn several(step: &mut Step, tokens: &[String]) {
    let indented = tokens.iter().filter(|token| token.contains("indent"));
    if tokens.len() > 1 && indented.count() > 0 {
        step.known.push(Deviation::Indent);
    }
}

fn media(dice: &mut Dice) -> String {
    match dice.below(12) {
        0 => format!("application/json; indent={}", dice.one(pools::INDENT)),
        1 => format!("*/*; indent={}", dice.range(0, 9)),
        2 => format!("text/html; level={}", dice.below(3)),
        _ => (dice.one(pools::MEDIA)).to_owned(),
    }
}

fn query(dice: &mut Dice, step: &mut Step) {
    // by a codec that Gatepost has not, or that makes no text, Django would read another query, or none
    let is_odd = step.known.contains(&Deviation::Charset)
        || step.has_codec(&["hex", "rot13", "undefined", "base64"]);
    let query = match dice.below(10) {
        _ if is_odd => dice
            .one(&["a=b", "page=2&x", "x=%FF", "a=%C3%A9"])
            .to_owned(),
        0 => format!("a={}", "&b".repeat(*dice.pick(&[998, 999, 1000, 1001]))),
        1 => format!(
            "format={}",
            dice.one(&[
                "json", "api", "", "xml", "JSON", "%6Ason", "js+on", "api%00", "html", "é"
            ])
            .replace('é', "%C3%A9")
        ),
        2 => "format=api&format=json".to_owned(),
        3 => "format=json&format=api".to_owned(),
        4 => "page=2&limit=1&search=x&ordering=title&page_size=1&offset=3&cursor=x".to_owned(),
        5 => (dice.one(pools::QUERY)).to_owned(),
        _ => format!("format={}", dice.one(&["json", "api"])),
    };
    step.target = format!("{}?{query}", step.target);
}

fn host(dice: &mut Dice, step: &mut Step) {
    let host = dice.one(pools::HOST);
    step.hosts = match dice.below(12) {
        0 => Vec::new(),
        1 => vec!["a.example".to_owned(), "b.example".to_owned()],
        _ => vec![host.to_owned()],
    };
}

/// A key that means the id, or nearly so.
pub(super) fn odd_key(dice: &mut Dice, id: u64) -> String {
    match dice.below(4) {
        0 => format!("{}{id}", dice.one(pools::BEFORE_KEY)),
        1 => format!("{id}{}", dice.one(pools::AFTER_KEY)),
        2 => (dice.one(pools::KEY)).to_owned(),
        _ => "7".repeat(*dice.pick(&[18, 19, 20, 3000])),
    }
}

/// A path that is nobody's, or somebody's but for its form.
pub(super) fn odd_path(dice: &mut Dice) -> Step {
    let path = dice.one(pools::PATH);
    let method = dice.weighted(&[
        (10, "GET"),
        (4, "POST"),
        (2, "HEAD"),
        (2, "OPTIONS"),
        (1, "PUT"),
        (1, "DELETE"),
        (1, "FOO"),
    ]);
    let mut step = Step::new(method, path);
    if path.contains(['"', '<', '>', '`']) {
        step.known.push(Deviation::Target);
    }
    if path.starts_with("/admin") {
        step.known.push(Deviation::Admin);
    }
    step
}
