//! The picture of the README, drawn from a real screen.

use std::fmt::Write;

use super::*;

/// A cell's width and height, the margin, and the height of the window's bar, in pixels.
const CELL: (usize, usize) = (9, 19);
const MARGIN: usize = 14;
const BAR: usize = 30;

/// A picture of a screen as it is in a terminal's window, as SVG. The border sets it off from pages that are dark.
fn svg(buffer: &Buffer, title: &str) -> String {
    let (columns, rows) = (
        usize::from(buffer.area.width),
        usize::from(buffer.area.height),
    );
    let (width, height) = (
        columns * CELL.0 + 2 * MARGIN,
        rows * CELL.1 + 2 * MARGIN + BAR,
    );
    let (paper, ink, bar, border) = ("#1d2026", "#d5d9e0", "#2b2f37", "#4a505c");
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
    for (y, row) in buffer.content.chunks(columns).enumerate() {
        let mut x = 0;
        while x < columns {
            let style = row[x].style();
            let end = (x..columns)
                .find(|at| row[*at].style() != style)
                .unwrap_or(columns);
            let mut text = String::new();
            let mut at = x;
            while at < end {
                text.push_str(row[at].symbol());
                at += unicode_width::UnicodeWidthStr::width(row[at].symbol()).max(1);
            }
            let is_reversed = style.add_modifier.contains(Modifier::REVERSED);
            let color = match row[x].fg {
                Color::Blue => "#6cb6ff",
                Color::Cyan => "#56d4dd",
                Color::Red => "#ff7b72",
                Color::Yellow => "#e3b341",
                Color::Green => "#7ee787",
                _ => ink,
            };
            let (left, top) = (MARGIN + x * CELL.0, BAR + MARGIN + y * CELL.1);
            let length = (end - x) * CELL.0;
            if is_reversed {
                let _ = writeln!(
                    svg,
                    "<rect x=\"{left}\" y=\"{top}\" width=\"{length}\" height=\"{}\" fill=\"{ink}\"/>",
                    CELL.1
                );
            }
            if text == "│" {
                // as high as its cell, which no font's is
                let _ = writeln!(
                    svg,
                    "<rect x=\"{}\" y=\"{top}\" width=\"1\" height=\"{}\" fill=\"{ink}\" opacity=\"0.65\"/>",
                    left + CELL.0 / 2,
                    CELL.1
                );
            } else if !text.trim().is_empty() {
                // blanks at the ends are nothing to draw, and are not kept by every viewer
                let blanks = text.len() - text.trim_start().len();
                let text = text.trim();
                let left = left + blanks * CELL.0;
                let length = unicode_width::UnicodeWidthStr::width(text) * CELL.0;
                let fill = if is_reversed { paper } else { color };
                let mut look = String::new();
                if style.add_modifier.contains(Modifier::BOLD) {
                    look.push_str(" font-weight=\"bold\"");
                }
                if style.add_modifier.contains(Modifier::DIM) {
                    look.push_str(" opacity=\"0.65\"");
                }
                let text = text
                    .replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', "&gt;");
                let _ = writeln!(
                    svg,
                    "<text x=\"{left}\" y=\"{}\" textLength=\"{length}\" xml:space=\"preserve\" fill=\"{fill}\"{look}>{text}</text>",
                    top + 14
                );
            }
            x = end;
        }
    }
    svg.push_str("</svg>\n");
    svg
}

#[test]
fn the_readme_shows_the_real_screen() {
    let rows = [
        ("Refresh without losing the session", "ada"),
        ("日本語のタイトルも正しい幅で", "yuki"),
        ("Drafts survive kill -9", "ada"),
        ("What a terminal must never be left in", "grace"),
        ("Notes on SimpleJWT's rotation", "linus"),
        ("Ein Gruß aus dem Terminal", "jürgen"),
        ("Reading a list without a count", "grace"),
        ("One writer, many readers", "linus"),
        ("The seed's eleven steps", "ada"),
        ("Hello, world", "ada"),
    ];
    let rows = rows
        .iter()
        .rev()
        .zip(1..)
        .map(|((title, author), id)| row(id * 7, title, author));
    let mut sim = Sim::sized(112, 19, Theme::Ansi);
    sim = sim
        .signed_in()
        .posts(rows.collect::<Vec<_>>().into_iter().rev().collect());
    sim.keys("jj").fire(Timer::Preview);
    let text = "What is typed is in a file within a second, readable by nobody else: after a crash, after the session has ended elsewhere, while the server is away.\n\nThe next start offers it:\n\n    A draft was found:\n    > 11-21 20:04 new     Drafts survive ki\n\nIt is thrown away only when that was asked and answered.";
    let mut post = post(56, "Drafts survive kill -9", text);
    post.created_at = moment("2026-11-21T19:00:00Z");
    post.updated_at = moment("2026-11-21T19:42:00Z");
    sim.reply(&Slot::Preview, Ok(Reply::Post(post)));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/tui.svg");
    let picture = svg(&sim.buffer().0, &crate::view::title(&sim.model));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &picture).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == picture, "run this test with UPDATE_DOCS=1");
}
