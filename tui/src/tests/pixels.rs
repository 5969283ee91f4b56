//! Every screen as it is written to a real terminal: `scripts/screens` makes pictures of that.

use ratatui::backend::{Backend, CrosstermBackend};

use super::*;

/// What is written to an empty terminal.
fn written(sim: &Sim) -> Vec<u8> {
    crossterm::style::force_color_output(true);
    let (buffer, _) = sim.buffer();
    let empty = Buffer::empty(buffer.area);
    let mut bytes = Vec::new();
    {
        let mut backend = CrosstermBackend::new(&mut bytes);
        backend.draw(empty.diff(&buffer).into_iter()).unwrap();
        Backend::flush(&mut backend).unwrap();
    }
    bytes
}

/// Where a folder is named, each screen is kept there at each size and in each look.
#[test]
fn every_screen_is_written_for_a_real_terminal() {
    let folder = std::env::var_os("GATEPOST_TEST_SCREENS").map(std::path::PathBuf::from);
    for (width, height) in [(40, 10), (80, 24), (100, 30), (200, 60)] {
        for (theme, look) in [
            (Theme::Dark, "dark"),
            (Theme::Light, "light"),
            (Theme::Plain, "plain"),
        ] {
            for (at, (name, sim)) in super::screens::all(width, height, theme).iter().enumerate() {
                let bytes = written(sim);
                let text = String::from_utf8(bytes.clone()).unwrap();
                // colours only where there are to be any
                assert_eq!(text.contains("38;2;"), theme != Theme::Plain, "{name}");
                if let Some(folder) = &folder {
                    let file = format!("{width}x{height}-{look}-{at:02}-{name}.ansi");
                    std::fs::write(folder.join(file), bytes).unwrap();
                }
            }
        }
    }
}
