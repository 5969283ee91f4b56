//! The program inside tmux, which waits for what may follow Esc and closes terminals in its own way.

use std::process::{Command, Output};
use std::time::Instant;

use gatepost_tests::is_full;

use super::ends::{is_there, wait};
use super::*;

/// A tmux of its own, ended with the test.
struct Tmux {
    socket: PathBuf,
}

impl Tmux {
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(&self.socket).args(arguments);
        command.output().expect("tmux is installed")
    }

    /// The program in a pane, and a person in front of it.
    fn start(folder: &Path, server: &str) -> (Self, Tui) {
        let tmux = Self {
            socket: folder.join("tmux"),
        };
        let config = folder.join("tmux.conf");
        // as it was for years: what follows Esc within half a second is put together with it
        std::fs::write(&config, "set -s escape-time 500\nset -g status off\n").unwrap();
        let terminal = builder()
            .env("LC_ALL", "C.UTF-8")
            .arg("-u")
            .arg("-S")
            .arg(&tmux.socket)
            .arg("-f")
            .arg(&config)
            .arg("new-session")
            .arg(program())
            .arg(server)
            .arg("--dir")
            .arg(folder)
            .spawn("tmux")
            .expect("tmux is installed");
        let folder = folder.to_owned();
        (tmux, Tui { folder, terminal })
    }

    fn pid(&self) -> u32 {
        let out = self.run(&["list-panes", "-F", "#{pane_pid}"]).stdout;
        String::from_utf8(out).unwrap().trim().parse().unwrap()
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn esc_and_then_a_key_are_both_there() {
    with_server(|url| {
        let folder = folder();
        let (_tmux, mut tui) = Tmux::start(folder.path(), url);
        tui.registers("ada").types("n").shows("New post");
        // within its time, so that one piece comes of it
        tui.types("Hello").shows("Hello");
        tui.types("\u{1b}").types("s").shows("a file");
        tui.types("\u{1b}").types("n").shows("Hello");
        tui.types("\u{1b}").types("q");
        assert!(tui.terminal.wait_exit().is_ok());
    })
    .await;
}

#[test]
fn a_pane_that_is_closed_ends_it_within_a_second() {
    let count = if is_full() { 20 } else { 1 };
    for how in ["kill-pane", "kill-server"].repeat(count) {
        let folder = folder();
        let (tmux, mut tui) = Tmux::start(folder.path(), NOBODY);
        tui.shows("─ Sign in").types("ada").shows("ada");
        let pid = tmux.pid();
        tui.types("x");
        let start = Instant::now();
        tmux.run(&[how]);
        wait("it ends", || !is_there(pid));
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "{how}: {:?}",
            start.elapsed()
        );
    }
}
