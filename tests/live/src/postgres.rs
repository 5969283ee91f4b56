//! PostgreSQL servers on free ports: one for the tests of this process, made to be thrown away and not to be safe, or
//! one of its own for a bench or for a test that kills it.

use std::{
    env, fs,
    net::{TcpListener, UdpSocket},
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{self, Command},
    sync::OnceLock,
};

use crate::{Watched, sql};

const MISSING: &str = "PostgreSQL is missing: install it with `apt-get install -y postgresql`, or run scripts/test, which does";

/// A server, ended when it is dropped.
pub struct Postgres {
    server: Watched,
    folder: PathBuf,
    port: u16,
    _claim: UdpSocket,
    is_stopped: bool,
}

impl Postgres {
    /// One that keeps what it has committed, with PostgreSQL's own settings, in a temporary folder.
    pub fn durable() -> Self {
        start(&temporary(env::temp_dir()), &initdb(""), &[])
    }

    /// One that keeps what it has committed when its processes are killed, but not when the machine ends: fast.
    pub fn unsynced() -> Self {
        let settings = ["fsync=off", "full_page_writes=off", "autovacuum=off"];
        start(&roomy_folder(), &initdb("--wal-segsize=1"), &settings)
    }

    /// One that serves TLS with this certificate and its key, and lets in whom these lines of pg_hba.conf let in.
    pub fn encrypted(certificate: &str, key: &str, lines: &str) -> Self {
        let folder = roomy_folder();
        for (name, text) in [("crt", certificate), ("key", key), ("hba", lines)] {
            let path = folder.join(name);
            fs::write(&path, text).expect("the folder is ours");
            if fs::metadata(&folder).expect("made just now").uid() == 0 {
                let (uid, gid) = user_postgres();
                chown(&path, Some(uid), Some(gid)).expect("root may");
            }
        }
        let place = "cp \"$1/hba\" \"$1/data/pg_hba.conf\" && chmod 600 \"$1/key\"";
        let prepare = format!("{} && {place}", initdb("--wal-segsize=1"));
        let file = |name: &str, setting: &str| format!("{setting}={}", folder.join(name).display());
        let settings = [
            "ssl=on".to_owned(),
            file("crt", "ssl_cert_file"),
            file("key", "ssl_key_file"),
            file("crt", "ssl_ca_file"),
            "fsync=off".to_owned(),
            "autovacuum=off".to_owned(),
        ];
        let settings = settings.each_ref().map(String::as_str);
        start(&folder, &prepare, &settings)
    }

    /// One that can be ended and begun again, on the same data and the same port.
    pub fn restartable() -> Self {
        let folder = roomy_folder();
        let (port, claim) = port();
        let ctl = programs().join("pg_ctl");
        let control = format!("'{}' -D \"$0\" -w -l \"$0/log\"", ctl.display());
        let script = format!(
            "trap '{stop} -m immediate stop; exit 0' TERM; {control} -o '-p {port} -h 127.0.0.1 -k \"\" -c fsync=off' start; while :; do sleep 0.1; done",
            stop = control.replace('\'', ""),
        );
        let data = folder.join("data");
        // a shell that begins in the background can't hear QUIT
        let mut command = Watched::command(&folder, "TERM", &initdb("--wal-segsize=1"));
        command.args(["sh", "-c", &script]).arg(&data);
        let server = launch(&folder, command);
        Self::ready(server, &folder, port, claim)
    }

    /// Ends it in order, whoever is connected, and waits for the end.
    pub fn end(&self) {
        self.control(&["-m", "fast", "stop"]);
    }

    /// Begins it again, and waits until it takes connections.
    pub fn begin(&self) {
        let options = format!("-p {} -h 127.0.0.1 -k \"\" -c fsync=off", self.port);
        self.control(&["-o", &options, "start"]);
    }

    fn control(&self, arguments: &[&str]) {
        let mut command = Command::new(programs().join("pg_ctl"));
        command.arg("-D").arg(self.folder.join("data")).arg("-w");
        command
            .arg("-l")
            .arg(self.folder.join("data/log"))
            .args(arguments);
        as_postgres(&self.folder, &mut command);
        let done = command.stdout(process::Stdio::null()).status();
        assert!(done.is_ok_and(|status| status.success()), "{arguments:?}");
    }

    /// Waits until it takes connections.
    fn ready(mut server: Watched, folder: &Path, port: u16, claim: UdpSocket) -> Self {
        let pid = folder.join("data/postmaster.pid");
        server.wait_until("PostgreSQL", |_| {
            let state = fs::read_to_string(&pid).ok()?;
            (state.lines().nth(7)?.trim() == "ready").then_some(())
        });
        Self {
            server,
            folder: folder.to_owned(),
            port,
            _claim: claim,
            is_stopped: false,
        }
    }

    /// A standby that follows this server, and can be promoted.
    #[must_use]
    pub fn standby(&self) -> Self {
        let copy = programs().join("pg_basebackup");
        let prepare = format!(
            "'{}' -D \"$1/data\" -h 127.0.0.1 -p {} -U postgres -R -c fast -X stream --no-sync && chmod 700 \"$1/data\"",
            copy.display(),
            self.port
        );
        start(&roomy_folder(), &prepare, &["fsync=off", "autovacuum=off"])
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Lets all its processes stand still, until it is to go on.
    pub fn stop(&mut self) {
        self.signal("STOP");
        self.is_stopped = true;
    }

    /// Lets them go on.
    pub fn go_on(&mut self) {
        self.signal("CONT");
        self.is_stopped = false;
    }

    fn signal(&mut self, signal: &str) {
        let pid = self.server.pid().to_string();
        let children = format!("/proc/{pid}/task/{pid}/children");
        let children = fs::read_to_string(children).expect("it runs");
        let mut kill = Command::new("kill");
        kill.args(["-s", signal, &pid])
            .args(children.split_whitespace());
        let sent = kill.status().is_ok_and(|status| status.success());
        assert!(sent, "kill could not be run");
    }

    /// The URL of a database on it, which need not exist yet.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Kills a process that works for a Gatepost, without a warning. The server then ends all others, and recovers.
    pub async fn kill_backend(&self) {
        let gateposts = "SELECT CAST(pid AS text) FROM pg_stat_activity WHERE application_name = 'gatepost' ORDER BY state";
        let pids = sql::query(&self.url("postgres"), gateposts).await;
        let pid = pids.first().expect("a Gatepost is connected");
        let killed = Command::new("kill").args(["-KILL", pid]).status();
        assert!(
            killed.is_ok_and(|status| status.success()),
            "kill could not be run"
        );
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.is_stopped {
            self.go_on();
        }
    }
}

/// The URL of a database on the tests' server, which need not exist yet. The server starts at its first use.
pub fn url(database: &str) -> String {
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        let settings = [
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "autovacuum=off",
            "max_connections=300",
        ];
        start(&roomy_folder(), &initdb("--wal-segsize=1"), &settings)
    });
    server.url(database)
}

/// Makes a database: empty, or a copy of `template`. Nobody may be connected to the template.
pub async fn create(database: &str, template: Option<&str>) {
    let template = template.unwrap_or("template0");
    let statement = format!(r#"CREATE DATABASE "{database}" TEMPLATE "{template}""#);
    sql::execute(&url("postgres"), &statement).await;
}

/// Removes a database, whoever is connected to it.
pub async fn drop(database: &str) {
    sql::execute(
        &url("postgres"),
        &format!(r#"DROP DATABASE IF EXISTS "{database}" WITH (FORCE)"#),
    )
    .await;
}

/// What makes a server's data in the folder `$1`.
fn initdb(made: &str) -> String {
    format!(
        "'{}' -D \"$1/data\" -U postgres -A trust -E UTF8 --no-locale --no-sync --no-instructions {made}",
        programs().join("initdb").display()
    )
}

fn start(folder: &Path, prepare: &str, settings: &[&str]) -> Postgres {
    let bin = programs();
    let data = folder.join("data");
    let (port, claim) = port();
    let mut command = Watched::command(folder, "QUIT", prepare);
    command
        .arg(bin.join("postgres"))
        .arg("-D")
        .arg(&data)
        .args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k", ""]);
    for setting in settings {
        command.args(["-c", *setting]);
    }
    Postgres::ready(launch(folder, command), folder, port, claim)
}

fn launch(folder: &Path, mut command: Command) -> Watched {
    as_postgres(folder, &mut command);
    Watched::spawn(folder, command)
}

/// Lets a command run with this folder as its own, but not as root: PostgreSQL refuses that.
fn as_postgres(folder: &Path, command: &mut Command) {
    command.current_dir("/"); // ours may be closed to the user postgres
    if fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
        let (uid, gid) = user_postgres();
        chown(folder, Some(uid), Some(gid)).expect("root may");
        command.uid(uid).gid(gid);
    }
}

/// The folder with PostgreSQL's programs; Debian keeps them off the path.
fn programs() -> PathBuf {
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    env::split_paths(&env::var_os("PATH").unwrap_or_default())
        .chain(debian.map(|version| version.path().join("bin")))
        .find(|bin| {
            let needed = ["initdb", "postgres", "pg_basebackup"];
            needed.iter().all(|program| bin.join(program).is_file())
        })
        .unwrap_or_else(|| panic!("{MISSING}"))
}

/// A new folder, in memory where there is room for some hundred databases.
fn roomy_folder() -> PathBuf {
    let free = Command::new("df").args(["-Pk", "/dev/shm"]).output().ok();
    let roomy = free.and_then(|df| {
        String::from_utf8(df.stdout)
            .ok()?
            .lines()
            .nth(1)?
            .split_whitespace()
            .nth(3)?
            .parse::<u64>()
            .ok()
    }) > Some(2 << 20);
    let place = if roomy {
        "/dev/shm".into()
    } else {
        env::temp_dir()
    };
    temporary(place)
}

pub(crate) fn temporary(place: PathBuf) -> PathBuf {
    let mut folder = tempfile::Builder::new();
    let folder = folder.prefix("gatepost-postgres-").tempdir_in(place);
    folder.expect("a temporary folder can be made").keep()
}

/// A free port below those that the system gives out by itself, and what keeps it for this server among all that are
/// about to start: its UDP port of the same number.
pub(crate) fn port() -> (u16, UdpSocket) {
    let first = u16::try_from(process::id() % 12_000).expect("less than 12,000");
    (0..12_000)
        .map(|step| 20_000 + (first + step) % 12_000)
        .find_map(|port| {
            let claim = UdpSocket::bind(("127.0.0.1", port)).ok()?;
            let is_free = TcpListener::bind(("127.0.0.1", port)).is_ok();
            is_free.then_some((port, claim))
        })
        .expect("one of 12,000 ports is free")
}

pub(crate) fn user_postgres() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let mut fields = users
        .lines()
        .find_map(|line| line.strip_prefix("postgres:"))
        .unwrap_or_else(|| panic!("there is no user postgres to run as: {MISSING}"))
        .split(':')
        .skip(1)
        .map(|field| field.parse().expect("ids are numbers"));
    (
        fields.next().expect("a user has an id"),
        fields.next().expect("and a group"),
    )
}
