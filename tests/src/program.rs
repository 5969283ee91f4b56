//! The binary, run as a person runs it: arguments, environment, what it prints, how it ends.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::searched;

/// How long a command may take to its end.
const PATIENCE: Duration = Duration::from_mins(1);

/// A `gatepost-server` that runs until it is dropped.
pub struct Program {
    child: Child,
    log: Option<JoinHandle<String>>,
    /// Where it serves.
    pub base: String,
}

/// The built `gatepost-server`, brought up to date once in each test process.
pub fn server_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| binary("gatepost-server"))
}

/// A binary of the workspace, brought up to date.
pub(crate) fn binary(name: &str) -> PathBuf {
    static ALL: OnceLock<()> = OnceLock::new();
    ALL.get_or_init(|| {
        // the whole workspace, so that its features are those of the tests and nothing is compiled twice
        let mut build = Command::new(option_env!("CARGO").unwrap_or("cargo"));
        build
            .args(["build", "--quiet", "--workspace", "--all-targets"])
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        assert!(
            build.status().is_ok_and(|status| status.success()),
            "cargo could not build the programs under test"
        );
    });
    // the tests are at target/debug/deps/it-…
    let tests = std::env::current_exe().expect("the path of the tests");
    let folder = tests.ancestors().nth(2);
    folder.expect("the folder of the binaries").join(name)
}

/// A built example of the workspace, brought up to date once in each test process.
pub fn example(name: &str) -> PathBuf {
    binary("examples").join(name)
}

/// Sends SIGTERM to a process.
#[track_caller]
pub fn terminate(pid: u32) {
    let sent = Command::new("kill")
        .args(["-TERM", &pid.to_string()])
        .status();
    assert!(
        sent.is_ok_and(|status| status.success()),
        "kill could not be run"
    );
}

impl Program {
    /// A command of the binary in this folder, with nothing of our own environment but PATH.
    pub fn command(folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(server_binary());
        command.args(arguments).current_dir(folder).env_clear();
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(folder: &Path, arguments: &[&str]) -> Output {
        Self::ended(&mut Self::command(folder, arguments))
    }

    /// Runs a command to its end, and fails where it has none: a server that serves, where it was to refuse.
    pub fn ended(command: &mut Command) -> Output {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("the binary runs");
        let pid = child.id().to_string();
        let (end, has_ended) = mpsc::channel();
        let reader = std::thread::spawn(move || end.send(child.wait_with_output()));
        let Ok(output) = has_ended.recv_timeout(PATIENCE) else {
            drop(Command::new("kill").args(["-KILL", &pid]).status());
            drop(reader.join());
            panic!("gatepost-server has not ended after {PATIENCE:?}: it serves");
        };
        let output = output.expect("its output");
        searched::check(&String::from_utf8_lossy(&output.stderr));
        output
    }

    /// Starts `serve` on a free port and waits for the line that says where.
    pub fn serve(command: &mut Command) -> Self {
        Self::serve_at("127.0.0.1:0", command)
    }

    /// The same at this address, or on this Unix socket.
    pub fn serve_at(bind: &str, command: &mut Command) -> Self {
        command.args(["--bind", bind]);
        searched::prepare(command);
        let folder = command.get_current_dir().map(Path::to_owned);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut lines = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        lines.read_line(&mut line).expect("its first line");
        // the key that it has invented
        let folders = folder.map(|folder| [folder.join("gatepost-data"), folder]);
        for file in folders
            .iter()
            .flatten()
            .filter_map(|folder| folder.read_dir().ok())
        {
            for path in file.flatten().map(|file| file.path()) {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if name.contains("secret") {
                    searched::know(&std::fs::read_to_string(&path).unwrap_or_default());
                }
            }
        }
        let Some(base) = line.split_whitespace().find(|word| {
            ["http://", "https://", "unix:"]
                .iter()
                .any(|scheme| word.starts_with(scheme))
        }) else {
            let mut why = String::new();
            child
                .stderr
                .take()
                .expect("its errors")
                .read_to_string(&mut why)
                .expect("its errors");
            panic!("gatepost-server does not serve: {line}{why}");
        };
        // read as it comes, so that the program never waits for us
        let mut errors = child.stderr.take().expect("its errors");
        let log = std::thread::spawn(move || {
            let mut log = Vec::new();
            // what came before it was killed
            drop(errors.read_to_end(&mut log));
            String::from_utf8_lossy(&log).into_owned()
        });
        Self {
            base: base.to_owned(),
            child,
            log: Some(log),
        }
    }

    /// Ends it as a service manager does, and gives all that it logged.
    pub fn log(mut self) -> String {
        self.signal();
        self.logged()
    }

    /// All that it has logged; it has ended.
    fn logged(&mut self) -> String {
        let Some(log) = self.log.take() else {
            return String::new();
        };
        let log = log.join().expect("the reader of the log");
        searched::check(&log);
        log
    }

    /// The most memory that it has held so far, in KiB, as Linux counts it.
    pub fn peak_memory(&self) -> u64 {
        self.status("VmHWM:")
    }

    /// The memory that it holds now, in KiB, as Linux counts it.
    pub fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    fn status(&self, name: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("it runs");
        let value = status.lines().find_map(|line| line.strip_prefix(name));
        value
            .and_then(|value| value.split_whitespace().next()?.parse().ok())
            .expect("Linux tells it")
    }

    /// Ends it as a service manager does and gives its exit code.
    pub fn terminate(mut self) -> Option<i32> {
        self.signal();
        self.child.wait().expect("it ends").code()
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it SIGTERM.
    fn signal(&self) {
        terminate(self.child.id());
    }

    /// Kills it without a warning.
    pub fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        if !std::thread::panicking() {
            self.logged();
        }
    }
}
