//! The terminal interface by itself, for trying it and for the tests that need a real terminal.
//!
//! `tui SERVER --dir FOLDER [--user NAME] [--no-color] [--plain] [--editor COMMAND] [--dumb] [--panic-in-frame N] [--panic-in-thread FILE]`

use std::path::PathBuf;
use std::process::ExitCode;

use gatepost_sdk::store::FileStore;
use gatepost_sdk::{Client, RefreshMode};
use gatepost_tui::{Options, Place, Theme};

fn break_frame(number: u64) {
    assert!(number < 3, "the third frame is broken on purpose");
}

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let server = arguments.next().expect("the server's address");
    let mut options: Vec<(String, String)> = Vec::new();
    while let Some(name) = arguments.next() {
        let value = match name.as_str() {
            "--no-color" | "--dumb" | "--plain" | "--panic-in-frame" => String::new(),
            _ => arguments.next().expect("the option's value"),
        };
        options.push((name, value));
    }
    let option = |name: &str| {
        options
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    };
    let folder = PathBuf::from(option("--dir").expect("--dir"));
    let mut client = Client::builder(server)
        .store(FileStore::new(folder.join("sessions")))
        .refresh(RefreshMode::Background);
    if let Some(user) = option("--user") {
        client = client.account(user);
    }
    let place = Place::new("a file", client.build().expect("the address"));
    let mut run = Options::new(place, folder.join("drafts"));
    if option("--no-color").is_some() {
        run.theme = Theme::Plain;
    }
    let named = |name| std::env::var_os(name).unwrap_or_default();
    run.term = named("TERM").to_string_lossy().into_owned();
    run.colorterm = named("COLORTERM").to_string_lossy().into_owned();
    run.editor = option("--editor");
    run.is_linear = option("--plain").is_some();
    run.is_dumb = option("--dumb").is_some();
    run.before_frame = option("--panic-in-frame").map(|_| break_frame as fn(u64));
    if let Some(pipe) = option("--panic-in-thread") {
        std::thread::spawn(move || {
            // returns when a test opens the other end
            let _ = std::fs::read(pipe);
            panic!("a thread is broken on purpose");
        });
    }
    gatepost_tui::run(run).await
}
