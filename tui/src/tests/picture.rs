//! The pictures of README and manual, drawn from real screens.

use std::collections::BTreeMap;
use std::fmt::Write;

use ratatui::buffer::Cell;

use super::*;
use crate::msg::Known;

/// A cell's width and height, the margin, and the height of the window's bar, in pixels.
const CELL: (usize, usize) = (9, 19);
const MARGIN: usize = 14;
const BAR: usize = 30;

/// A picture of a screen as it is in a terminal's window, as SVG. The border sets it off from pages of either kind.
fn svg(buffer: &Buffer, title: &str, theme: Theme) -> String {
    let (columns, rows) = (
        usize::from(buffer.area.width),
        usize::from(buffer.area.height),
    );
    let (width, height) = (
        columns * CELL.0 + 2 * MARGIN,
        rows * CELL.1 + 2 * MARGIN + BAR,
    );
    let (paper, ink, bar, border) = match theme {
        Theme::Light => ("#ffffff", "#24292f", "#eceef1", "#c9ced6"),
        _ => ("#16181d", "#d5d9e0", "#2b2f37", "#4a505c"),
    };
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="15">
<rect x="0.5" y="0.5" width="{}" height="{}" rx="9" fill="{paper}" stroke="{border}"/>
<path d="M1 {BAR}V10a9 9 0 0 1 9 -9H{}a9 9 0 0 1 9 9V{BAR}z" fill="{bar}"/>
<text x="{}" y="20" text-anchor="middle" font-size="13" fill="{ink}" opacity="0.75">{title}</text>
"#,
        width - 1,
        height - 1,
        width - 10,
        width / 2,
    );
    for (x, color) in [(20, "#ff5f57"), (40, "#febc2e"), (60, "#28c840")] {
        let _ = writeln!(svg, r#"<circle cx="{x}" cy="15" r="6" fill="{color}"/>"#);
    }
    let mut lines = BTreeMap::<String, String>::new();
    for (y, row) in buffer.content.chunks(columns).enumerate() {
        let mut x = 0;
        while x < columns {
            let style = row[x].style();
            let is_line = shape(row[x].symbol()).is_some();
            let alike = |at: usize| {
                row[at].style() == style && shape(row[at].symbol()).is_some() == is_line
            };
            let end = (x..columns).find(|at| !alike(*at)).unwrap_or(columns);
            let is_reversed = style.add_modifier.contains(Modifier::REVERSED);
            let is_dim = style.add_modifier.contains(Modifier::DIM);
            let color = match row[x].fg {
                Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
                _ => ink.to_owned(),
            };
            let (left, top) = (MARGIN + x * CELL.0, BAR + MARGIN + y * CELL.1);
            if is_reversed {
                let _ = writeln!(
                    svg,
                    "<rect x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{}\" fill=\"{color}\"/>",
                    (end - x) * CELL.0,
                    CELL.1
                );
            }
            if is_line {
                // as high as its cell, which no font's is
                let dim = if is_dim { " opacity=\"0.5\"" } else { "" };
                let path = lines.entry(format!("stroke=\"{color}\"{dim}")).or_default();
                for (at, cell) in row.iter().enumerate().take(end).skip(x) {
                    let left = MARGIN + at * CELL.0;
                    let shape = shape(cell.symbol()).unwrap_or_default();
                    let _ = write!(path, "M{left} {top}{shape}");
                }
            } else {
                let fill = if is_reversed { paper } else { &color };
                words(
                    &mut svg,
                    &row[x..end],
                    (left, top),
                    fill,
                    style.add_modifier,
                );
            }
            x = end;
        }
    }
    for (look, path) in lines {
        let _ = writeln!(svg, "<path d=\"{path}\" fill=\"none\" {look}/>");
    }
    svg.push_str("</svg>\n");
    svg
}

/// The text of some cells, each column by itself: a font whose letters are not as wide as a cell displaces no other.
fn words(
    svg: &mut String,
    cells: &[Cell],
    (left, top): (usize, usize),
    fill: &str,
    look: Modifier,
) {
    let mut attributes = String::new();
    for (modifier, attribute) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::DIM, " opacity=\"0.65\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
    ] {
        if look.contains(modifier) {
            attributes.push_str(attribute);
        }
    }
    let is_blank = |at: usize| cells.get(at).is_none_or(|cell| cell.symbol() == " ");
    let mut at = 0;
    while at < cells.len() {
        if is_blank(at) {
            at += 1;
            continue;
        }
        let (start, mut text) = (at, String::new());
        while !(is_blank(at) && is_blank(at + 1)) {
            text.push_str(cells[at].symbol());
            at += unicode_width::UnicodeWidthStr::width(cells[at].symbol()).max(1);
        }
        let text = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" textLength=\"{}\" xml:space=\"preserve\" fill=\"{fill}\"{attributes}>{text}</text>",
            left + start * CELL.0,
            top + 14,
            (at - start) * CELL.0,
        );
    }
}

/// The path of a piece of a frame, from the upper left corner of its cell.
fn shape(symbol: &str) -> Option<&'static str> {
    match symbol {
        "─" => Some("m0 9.5h9"),
        "│" => Some("m4.5 0v19"),
        "╭" => Some("m4.5 19v-5q0 -4.5 4.5 -4.5"),
        "╮" => Some("m0 9.5q4.5 0 4.5 4.5v5"),
        "╰" => Some("m4.5 0v5q0 4.5 4.5 4.5"),
        "╯" => Some("m0 9.5q4.5 0 4.5 -4.5v-5"),
        _ => None,
    }
}

/// A list of posts that could be anybody's, read by ada.
fn reading(width: u16, height: u16, theme: Theme) -> Sim {
    let rows = [
        (
            64,
            "Refresh without losing the session",
            "ada",
            "2026-11-24T11:20:00Z",
        ),
        (
            61,
            "日本語のタイトルも正しい幅で",
            "yuki",
            "2026-11-24T09:05:00Z",
        ),
        (58, "Drafts survive kill -9", "ada", "2026-11-23T19:00:00Z"),
        (
            57,
            "What a terminal must never be left in",
            "grace",
            "2026-11-22T08:00:00Z",
        ),
        (
            49,
            "Notes on SimpleJWT's rotation",
            "linus",
            "2026-11-19T08:00:00Z",
        ),
        (
            44,
            "Ein Gruß aus dem Terminal",
            "jürgen",
            "2026-11-02T08:00:00Z",
        ),
        (
            31,
            "Reading a list without a count",
            "grace",
            "2026-10-12T08:00:00Z",
        ),
        (
            28,
            "One writer, many readers",
            "linus",
            "2026-06-03T08:00:00Z",
        ),
        (12, "The seed's eleven steps", "ada", "2026-03-03T08:00:00Z"),
        (1, "Hello, world", "ada", "2025-12-24T08:00:00Z"),
    ];
    let rows = rows.map(|(id, title, author, at)| Row {
        created: moment(at).timestamp(),
        ..row(id, title, author)
    });
    let mut sim = Sim::sized(width, height, theme).signed_in();
    sim.model.about.known = [
        ("https://api.example.org", "ada"),
        ("https://api.example.org", "grace"),
        ("http://127.0.0.1:8000", "ada"),
    ]
    .map(|(server, user)| Known {
        server: server.into(),
        user: user.into(),
    })
    .into();
    sim = sim.posts(rows.into());
    sim.keys("jj");
    if width >= 100 {
        sim.fire(Timer::Preview);
        sim.reply(&Slot::Preview, Ok(Reply::Post(shown())));
    }
    sim
}

/// The post that is selected in it.
fn shown() -> Post {
    let text = "What you type is in a file **within a second**, readable by nobody else.\n\n## What it survives\n\n- a crash, and `kill -9`\n- a session that ends elsewhere\n- a server that is away: see [the manual](https://example.org/tui)\n\n> The next start offers it.\n\nIt is thrown away only when *you* were asked and said yes.";
    let mut post = post(58, "Drafts survive kill -9", text);
    post.created_at = moment("2026-11-23T19:00:00Z");
    post.updated_at = moment("2026-11-24T11:42:00Z");
    post
}

/// The pictures of the manual by name.
fn pictures() -> Vec<(&'static str, Theme, Sim)> {
    let (dark, light) = (Theme::Dark, Theme::Light);
    let mut sign_in = Sim::sized(80, 17, dark);
    sign_in.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    sign_in.keys("ada<enter>secret-word");
    let mut edit = reading(80, 20, dark);
    edit.keys("e")
        .reply(&Slot::Post(58), Ok(Reply::Post(shown())));
    edit.keys("<end> Ask around.").fire(Timer::Draft);
    let mut session = reading(80, 24, dark);
    session.keys("s");
    session.reply(
        &Slot::Session,
        Ok(Reply::Details(Some(super::screens::details()))),
    );
    let three = super::sessions::three();
    session.reply(&Slot::Sessions, Ok(Reply::Sessions(three)));
    session.keys("j");
    let mut delete = reading(80, 17, light);
    delete.keys("d");
    let mut actions = reading(100, 26, dark);
    actions.keys(":post");
    vec![
        ("tui.svg", dark, reading(120, 22, dark)),
        ("images/tui-sign-in.svg", dark, sign_in),
        ("images/tui-light.svg", light, delete),
        ("images/tui-edit.svg", dark, edit),
        ("images/tui-session.svg", dark, session),
        ("images/tui-actions.svg", dark, actions),
        ("images/tui-wide.svg", light, reading(200, 36, light)),
    ]
}

#[test]
fn the_readme_and_the_manual_show_real_screens() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/");
    for (name, theme, sim) in pictures() {
        let path = format!("{docs}{name}");
        let picture = svg(&sim.buffer().0, &crate::view::title(&sim.model), theme);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &picture).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == picture, "{name}: run this test with UPDATE_DOCS=1");
    }
}
