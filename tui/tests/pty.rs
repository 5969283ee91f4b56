//! The program in a real terminal: what it leaves behind, however it ends; what it reads; what a person does with it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "all of this is a test"
)]

#[path = "pty/away.rs"]
mod away;
#[path = "pty/colors.rs"]
mod colors;
#[path = "pty/ends.rs"]
mod ends;
#[path = "pty/figures.rs"]
mod figures;
#[path = "pty/gone.rs"]
mod gone;
#[path = "pty/input.rs"]
mod input;
#[path = "pty/meanwhile.rs"]
mod meanwhile;
#[path = "pty/place.rs"]
mod place;
#[path = "pty/plain.rs"]
mod plain;
#[path = "pty/tmux.rs"]
mod tmux;
#[path = "pty/walk.rs"]
mod walk;

use std::path::{Path, PathBuf};
use std::time::Duration;

use gatepost_tests::{Backend, TestApp};
use tempfile::TempDir;
use termlens::{Key, Terminal, TerminalBuilder};

/// The program, beside the test's own. `cargo test` builds it; `cargo test --test pty` alone takes the last one built.
fn program() -> PathBuf {
    let own = std::env::current_exe().expect("the test's own path");
    let folder = own.parent().and_then(Path::parent).expect("target/…/deps");
    folder.join("examples/tui")
}

/// The program in a terminal of 80x24, started as a person would.
struct Tui {
    folder: PathBuf,
    terminal: Terminal,
}

/// A place for sessions and drafts.
fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn builder() -> TerminalBuilder {
    Terminal::builder()
        .size(80, 24)
        .env_clear()
        .env("TERM", "xterm-256color")
        .env("PATH", "/usr/bin:/bin")
        .timeout(Duration::from_secs(20))
}

impl Tui {
    fn start(server: &str, folder: &Path) -> Self {
        Self::with(builder(), server, folder, &[])
    }

    fn with(builder: TerminalBuilder, server: &str, folder: &Path, arguments: &[&str]) -> Self {
        let terminal = builder
            .arg(server)
            .arg("--dir")
            .arg(folder)
            .args(arguments)
            .spawn(program())
            .expect("the program starts");
        Self {
            folder: folder.to_owned(),
            terminal,
        }
    }

    #[track_caller]
    fn shows(&mut self, text: &str) -> &mut Self {
        let waited = self.terminal.wait_until(|screen| screen.contains(text));
        waited.unwrap_or_else(|error| panic!("{text:?} does not come: {error}"));
        self
    }

    #[track_caller]
    fn hides(&mut self, text: &str) -> &mut Self {
        let waited = self.terminal.wait_until(|screen| !screen.contains(text));
        waited.unwrap_or_else(|error| panic!("{text:?} does not go: {error}"));
        self
    }

    /// Types characters.
    fn types(&mut self, text: &str) -> &mut Self {
        self.terminal.send_str(text).expect("it reads");
        self
    }

    fn key(&mut self, key: Key) -> &mut Self {
        self.terminal.send(key).expect("it reads");
        self
    }

    fn ctrl(&mut self, c: char) -> &mut Self {
        self.terminal.send(Key::Ctrl(c)).expect("it reads");
        self
    }

    /// From the first screen to the list of a new user.
    fn registers(&mut self, name: &str) -> &mut Self {
        self.shows("─ Sign in").key(Key::F(7)).shows("New account");
        for field in [
            name,
            &format!("{name}@example.org"),
            "Ada",
            "Lovelace",
            PASSWORD,
            PASSWORD,
        ] {
            self.types(field).key(Key::Enter);
        }
        self.shows("n new").shows(&format!("{name} @"))
    }

    /// The files of drafts.
    fn drafts(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.join("drafts")).expect("the drafts' folder");
        let files = files
            .flatten()
            .filter(|file| file.path().extension().is_some_and(|kind| kind == "json"));
        files
            .map(|file| std::fs::read_to_string(file.path()).unwrap_or_default())
            .collect()
    }

    fn pid(&self) -> u32 {
        self.terminal.pid().expect("it runs")
    }

    /// The exit code, and a terminal as it was found.
    #[track_caller]
    fn ends(&mut self) -> u32 {
        let status = self.terminal.wait_exit().expect("it ends");
        let screen = self.terminal.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.bracketed_paste() && screen.cursor_visible());
        assert_eq!(screen.mouse_mode(), termlens::MouseMode::None);
        status
            .code()
            .unwrap_or_else(|| panic!("it ended by {:?}", status.signal()))
    }
}

const PASSWORD: &str = "Sekrit-pass-99";

/// An address at which nobody answers.
const NOBODY: &str = "http://127.0.0.1:9";

async fn server(settings: &str) -> (TestApp, String) {
    let clock = gatepost_server::Clock::system();
    let app = TestApp::with_clock(Backend::Sqlite, settings, clock).await;
    let url = app.listen().await;
    (app, url)
}

/// A server, and what a person does with it on a thread of its own: a terminal blocks.
async fn with_server(person: impl FnOnce(&str) + Send + 'static) {
    let (app, url) = server("").await;
    tokio::task::spawn_blocking(move || person(&url))
        .await
        .expect("the person is content");
    drop(app);
}
