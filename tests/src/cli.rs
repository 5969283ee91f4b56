//! A machine with `gatepost` on it: a home of its own, and a memory of all that the program has printed.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Output, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use tempfile::TempDir;

use crate::SecretService;
use crate::program::binary;

/// The built `gatepost`, brought up to date once in each test process.
pub fn cli_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| binary("gatepost"))
}

/// A machine on which nobody is logged in. When it is dropped, it fails the test if `gatepost` has printed a password
/// or a token; only `gatepost token` may print one.
pub struct Machine {
    home: TempDir,
    server: String,
    keyring: Option<SecretService>,
    printed: Mutex<String>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub out: String,
    /// What it said.
    pub err: String,
}

impl Ended {
    /// The same; fails the test if the exit code is another one.
    #[track_caller]
    #[expect(
        clippy::return_self_not_must_use,
        reason = "often the exit code is all that is wanted"
    )]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        self
    }

    /// What it printed as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

impl Machine {
    /// Without any D-Bus; `gatepost` speaks to this server where no other is named.
    pub fn new(server: &str) -> Self {
        let home = TempDir::new_in("/dev/shm")
            .or_else(|_| TempDir::new())
            .expect("a temporary folder");
        Self {
            home,
            server: server.to_owned(),
            keyring: None,
            printed: Mutex::default(),
        }
    }

    /// With a Secret Service of its own, unlocked.
    pub fn with_keyring(server: &str) -> Self {
        let mut machine = Self::new(server);
        let keyring = SecretService::start(machine.home());
        keyring.unlock();
        machine.keyring = Some(keyring);
        machine
    }

    /// The home folder; `gatepost` writes nowhere else.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Its keyring.
    #[track_caller]
    pub fn keyring(&self) -> &SecretService {
        self.keyring.as_ref().expect("a machine with a keyring")
    }

    /// What accounts.toml says.
    pub fn accounts(&self) -> String {
        let path = self.home().join(".config/gatepost/accounts.toml");
        std::fs::read_to_string(path).unwrap_or_default()
    }

    /// A command of the program, in an environment of its own.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(cli_binary());
        self.prepare(command.args(arguments));
        command
    }

    /// The environment of this machine for a command of any program.
    pub fn prepare<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let home = self.home();
        let binaries = cli_binary().parent().expect("its folder").display();
        let path = std::env::var_os("PATH").unwrap_or_default();
        command
            .current_dir(home)
            .env_clear()
            .env("PATH", format!("{binaries}:{}", path.to_string_lossy()))
            .env("HOME", home)
            .env("XDG_RUNTIME_DIR", home)
            .env("TERM", "xterm")
            // what is seen is compared with text
            .env("NO_COLOR", "1")
            .env("LANG", "C.UTF-8")
            // not among the locks of the account that runs the tests
            .env("GATEPOST_LOCK_DIR", home.join("locks"))
            .env("GATEPOST_SERVER", &self.server)
            .stdin(Stdio::null());
        if let Some(keyring) = &self.keyring {
            command.env("DBUS_SESSION_BUS_ADDRESS", keyring.address());
        }
        command
    }

    /// Runs a command of the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.ended(arguments, &mut self.command(arguments))
    }

    /// Runs a command to its end, with this on standard input.
    pub fn run_with(&self, input: &str, arguments: &[&str]) -> Ended {
        let mut command = self.command(arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut stdin = child.stdin.take().expect("its input");
        // a command that needs no input does not read it
        drop(stdin.write_all(input.as_bytes()));
        drop(stdin);
        self.read(arguments, child.wait_with_output().expect("it ends"))
    }

    /// Runs to its end what [`Machine::command`] gave and the test has changed.
    pub fn ended(&self, arguments: &[&str], command: &mut Command) -> Ended {
        self.read(arguments, command.output().expect("the binary runs"))
    }

    /// Runs a line of shell on a terminal of 72 columns and gives what is seen. `typed` holds prompts and answers: when
    /// the prompt is seen, the answer is typed; a password only once the terminal hides it.
    pub fn on_terminal(&self, line: &str, typed: &[(&str, &str)]) -> Ended {
        let mut waiting = typed.iter();
        let mut next = waiting.next();
        self.attended(line, typed.len(), &mut |seen, keyboard| {
            let Some((_, answer)) = next.filter(|(prompt, _)| seen.ends_with(prompt.as_bytes()))
            else {
                return false;
            };
            if seen.ends_with(b"assword: ") {
                self.wait_until_hidden();
            }
            writeln!(keyboard, "{answer}").expect("it reads");
            next = waiting.next();
            true
        })
    }

    /// The same with a function that looks at what is seen so far. After it has said yes `acts` times, the line runs
    /// to its end by itself.
    pub fn attended(
        &self,
        line: &str,
        acts: usize,
        act: &mut dyn FnMut(&[u8], &mut ChildStdin) -> bool,
    ) -> Ended {
        // a shell lets what it runs in the background ignore Ctrl-C, and so would the program
        let mut command = Command::new("env");
        command.args(["--default-signal=INT,QUIT", "script"]);
        let line = format!("tty >tty; stty cols 72; {line}");
        self.prepare(command.args(["--quiet", "--return", "--command", &line, "/dev/null"]));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script can be run");
        let mut keyboard = child.stdin.take().expect("its input");
        let mut screen = child.stdout.take().expect("its output");
        let mut seen = Vec::new();
        let mut done = 0;
        while done < acts {
            let mut byte = [0];
            let read = screen.read(&mut byte).expect("it can be read");
            let so_far = String::from_utf8_lossy(&seen);
            assert_eq!(read, 1, "it ended before all was done: {so_far}");
            seen.push(byte[0]);
            done += usize::from(act(&seen, &mut keyboard));
        }
        screen.read_to_end(&mut seen).expect("it can be read");
        // closed only now: for the terminal it would be a hang-up
        drop(keyboard);
        let status = child.wait().expect("it ends");
        let text = String::from_utf8(seen).expect("it prints text");
        self.read(
            &[],
            Output {
                status,
                stdout: text.replace("\r\n", "\n").into_bytes(),
                stderr: Vec::new(),
            },
        )
    }

    /// Waits until the terminal of [`Machine::attended`] shows nothing of what is typed.
    pub fn wait_until_hidden(&self) {
        let path = std::fs::read_to_string(self.home().join("tty")).expect("the terminal's name");
        loop {
            let mut command = Command::new("stty");
            let output = command.args(["-F", path.trim(), "-a"]).output();
            let output = output.expect("stty can be run");
            assert!(output.status.success(), "the terminal is gone");
            if String::from_utf8_lossy(&output.stdout).contains(" -echo ") {
                return;
            }
        }
    }

    /// Registers an account and logs it in; the session is in this store.
    pub fn enter(&self, name: &str, store: &str) {
        self.register(name);
        self.login(name, store);
    }

    /// Registers an account.
    pub fn register(&self, name: &str) {
        let email = format!("{name}@example.com");
        let arguments = ["register", "--username", name, "--email", &email];
        let names = [
            "--first-name",
            "Ada",
            "--last-name",
            "L",
            "--password-stdin",
        ];
        self.run_with(Self::PASSWORD, &[arguments.as_slice(), &names].concat())
            .expect(0);
    }

    /// Logs in.
    pub fn login(&self, name: &str, store: &str) {
        let arguments = [
            "login",
            "--username",
            name,
            "--password-stdin",
            "--store",
            store,
        ];
        self.run_with(Self::PASSWORD, &arguments).expect(0);
    }

    /// The password of every account that a machine registers.
    pub const PASSWORD: &str = "Zebra-Quartz-417!";

    /// The command that registers ada.
    pub const REGISTER: [&str; 8] = [
        "register",
        "--username",
        "ada",
        "--email",
        "a@example.com",
        "--first-name=A",
        "--last-name=L",
        "--password-stdin",
    ];

    fn read(&self, arguments: &[&str], output: Output) -> Ended {
        let ended = Ended {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("it prints text"),
            err: String::from_utf8(output.stderr).expect("it says text"),
        };
        let mut printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        printed.push_str(&ended.err);
        if !arguments.contains(&"token") {
            printed.push_str(&ended.out);
        }
        ended
    }

    /// All that the program has printed so far.
    pub fn printed(&self) -> String {
        self.printed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let printed = self.printed();
        // every token begins like that: it is `{"` in base64
        for secret in [Self::PASSWORD, "eyJ"] {
            assert!(!printed.contains(secret), "{secret} was printed: {printed}");
        }
    }
}
