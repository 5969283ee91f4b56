//! A server that ends with this process, even with a killed one: a shell runs it and waits for the end of a pipe.

use std::{
    fs::File,
    io::{Read, Seek},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_mins(1);

/// A running server with a folder of its own, which goes with it.
pub struct Watched {
    shell: Child,
    folder: PathBuf,
    log: File,
}

impl Watched {
    /// The beginning of a command line, to which the server and its arguments are added. The shell first runs `prepare`
    /// (its `$1` is the folder), then the server, and ends it with `signal`.
    pub fn command(folder: &Path, signal: &str, prepare: &str) -> Command {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", include_str!("watch.sh"), "sh"])
            .arg(folder)
            .args([signal, prepare]);
        shell
    }

    /// Runs such a command, its output in a file of the folder.
    pub fn spawn(folder: &Path, mut command: Command) -> Self {
        let path = folder.join("log");
        let output = File::create(&path).expect("the folder is ours");
        let log = File::open(&path).expect("it was made just now");
        let shell = command
            .process_group(0) // Ctrl-C reaches this process alone; its end ends the server
            .stdin(Stdio::piped())
            .stderr(output.try_clone().expect("a file can be opened twice"))
            .stdout(output)
            .spawn()
            .expect("every system has sh");
        Self {
            shell,
            folder: folder.to_owned(),
            log,
        }
    }

    /// The server's process, once it has begun.
    pub fn pid(&mut self) -> u32 {
        let path = self.folder.join("pid");
        self.wait_until("the server", |_| {
            let pid = std::fs::read_to_string(&path).ok()?;
            pid.strip_suffix('\n')?.parse().ok()
        })
    }

    /// What `ready` finds in the server's output, once it finds something.
    pub fn wait_until<T>(&mut self, name: &str, mut ready: impl FnMut(&str) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            let ended = self.shell.try_wait().expect("it is our child").is_some();
            let log = self.log();
            if let Some(found) = ready(&log) {
                return found;
            }
            assert!(!ended, "{name} ended before it was ready:\n{log}");
            assert!(
                start.elapsed() < PATIENCE,
                "{name} was not ready within {PATIENCE:?}:\n{log}"
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// What the server has written so far; it can be read after the file is gone.
    fn log(&mut self) -> String {
        let mut text = Vec::new();
        self.log
            .rewind()
            .and_then(|()| self.log.read_to_end(&mut text))
            .expect("a file of ours");
        String::from_utf8_lossy(&text).into_owned()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}", self.log());
        }
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_and_its_folder_go_when_the_pipe_ends() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Watched::command(folder.path(), "TERM", "echo prepared >$1/first");
        command.args(["sh", "-c", "echo pid $$; exec sleep 600"]);
        let mut watched = Watched::spawn(folder.path(), command);
        let pid = watched.wait_until("sleep", |log| {
            Some(log.strip_prefix("pid ")?.strip_suffix('\n')?.to_owned())
        });
        let process = Path::new("/proc").join(pid);
        assert!(process.exists() && folder.path().join("first").exists());
        drop(watched);
        assert!(!process.exists() && !folder.path().exists());
    }

    #[test]
    fn a_server_that_misses_the_first_signal_ends_too() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Watched::command(folder.path(), "TERM", "");
        let deaf_at_first =
            "trap '' TERM; echo deaf; sleep 0.3; trap 'exit 0' TERM; while :; do sleep 0.05; done";
        command.args(["sh", "-c", deaf_at_first]);
        let mut watched = Watched::spawn(folder.path(), command);
        watched.wait_until("sh", |log| log.contains("deaf").then_some(()));
        drop(watched);
        assert!(!folder.path().exists());
    }

    #[test]
    #[should_panic(expected = "false ended before it was ready:\nbroken")]
    fn a_server_that_ends_early_is_reported_with_its_output() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Watched::command(folder.path(), "TERM", "");
        command.args(["sh", "-c", "echo broken; false"]);
        Watched::spawn(folder.path(), command).wait_until("false", |_| None::<()>);
    }
}
