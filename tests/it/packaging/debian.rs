//! The Debian packages in a fresh Debian: installed, started as its unit says, asked, upgraded, purged:
//! `scripts/test --full`, as root.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use gatepost_tests::free_port;

use super::archive::file;
use super::{done, root};

/// A Debian in a folder.
struct Debian {
    root: PathBuf,
    _folder: tempfile::TempDir,
}

impl Debian {
    fn fresh() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root_folder = folder.path().join("root");
        let from = root().join("target/debian");
        assert!(from.is_dir(), "scripts/test --full makes it");
        done(Command::new("cp").arg("-a").arg(from).arg(&root_folder));
        Self {
            root: root_folder,
            _folder: folder,
        }
    }

    fn command(&self, options: &[&str], arguments: &[&str]) -> Command {
        let script = "mount -t proc proc \"$1/proc\"; exec chroot \"${@:2}\"";
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "bash", "-ec", script, "-"])
            .arg(&self.root);
        command
            .args(options)
            .arg(&self.root)
            .args(arguments)
            .env_clear();
        command.env(
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        );
        command.envs([("DEBIAN_FRONTEND", "noninteractive"), ("LC_ALL", "C.UTF-8")]);
        command
    }

    /// Runs a command as root; gives what it printed.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> String {
        done(&mut self.command(&[], arguments))
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(&path[1..])
    }

    fn install(&self, begin: &str) {
        let package = file(begin, ".deb");
        let name = package.file_name().unwrap().to_string_lossy().into_owned();
        fs::copy(&package, self.root.join("tmp").join(&name)).unwrap();
        let name = format!("/tmp/{name}");
        self.run(&[
            "apt-get",
            "install",
            "-y",
            "--no-install-recommends",
            "--reinstall",
            &name,
        ]);
    }

    /// All files but those that any package leaves: the logs and lists of the package manager.
    fn files(&self) -> BTreeSet<String> {
        let skipped = [
            "proc",
            "tmp",
            "var/log",
            "var/lib/dpkg",
            "var/lib/apt",
            "var/cache",
            "etc/.pwd.lock",
        ];
        let found = done(
            Command::new("find")
                .arg(&self.root)
                .args(["-xdev", "-printf", "%P\n"]),
        );
        let is_old = |name: &str| name.starts_with("etc/") && name.ends_with('-');
        let files = found.lines().filter(|name| {
            !is_old(name) && !skipped.iter().any(|skipped| name.starts_with(skipped))
        });
        files.map(str::to_owned).collect()
    }

    /// Starts what the installed unit starts, as its user.
    fn start(&self) -> Service {
        let unit = [
            "/usr/lib/systemd/system/gatepost.service",
            "/lib/systemd/system/gatepost.service",
        ];
        let unit = unit
            .iter()
            .find_map(|unit| fs::read_to_string(self.path(unit)).ok())
            .unwrap();
        let value = |name: &str| {
            let mut lines = unit.lines().filter_map(|line| line.split_once('='));
            lines.find(|(key, _)| *key == name).unwrap().1.to_owned()
        };
        let user = format!("--userspec={}:{}", value("User"), value("Group"));
        let command = value("ExecStart");
        let words: Vec<&str> = command.split(' ').collect();
        let mut command = self.command(&[&user], &words);
        Service(command.stdout(Stdio::null()).spawn().unwrap())
    }
}

/// What looks at the service from inside, once the test has asked it, and then ends the system.
const PROBE: &str = "[Unit]
After=gatepost.service
[Service]
Type=oneshot
ExecStart=sh -c 'until [ -e /asked ]; do sleep 0.2; done; exec >/probe 2>&1; systemctl reload gatepost && echo reloaded; systemctl show gatepost -p ActiveState,User,NRestarts; grep -E \"Seccomp:|NoNewPrivs|CapBnd\" /proc/$$(systemctl show -p MainPID --value gatepost)/status; journalctl -u gatepost --no-pager; systemctl poweroff'
[Install]
WantedBy=multi-user.target
";

impl Debian {
    /// Boots it with systemd, lets somebody ask, and gives what was seen from inside.
    fn booted(&self, ask: impl FnOnce()) -> String {
        fs::write(self.path("/etc/systemd/system/probe.service"), PROBE).unwrap();
        self.run(&["systemctl", "enable", "probe"]);
        let mut boot = Command::new("systemd-nspawn");
        boot.args(["--register=no", "--keep-unit", "--boot", "--directory"])
            .arg(&self.root);
        let (out, err) = (Stdio::null(), Stdio::null());
        let mut boot = boot
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .spawn()
            .unwrap();
        ask();
        fs::write(self.path("/asked"), "").unwrap();
        assert!(boot.wait().unwrap().success());
        self.run(&["systemctl", "disable", "probe"]);
        for file in ["/etc/systemd/system/probe.service", "/asked"] {
            fs::remove_file(self.path(file)).unwrap();
        }
        let probe = self.path("/probe");
        let seen = fs::read_to_string(&probe).unwrap();
        fs::remove_file(probe).unwrap();
        seen
    }
}

/// It is ended when it is dropped.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        gatepost_tests::terminate(self.0.id());
        drop(self.0.wait());
    }
}

/// What the server answers, once it does.
fn ask(port: u16, path: &str, more: &[&str]) -> String {
    let address = format!("http://127.0.0.1:{port}{path}");
    let wait = [
        "--silent",
        "--show-error",
        "--fail",
        "--retry",
        "60",
        "--retry-delay",
        "1",
        "--retry-connrefused",
    ];
    done(Command::new("curl").args(wait).args(more).arg(address))
}

fn owner_and_mode(path: &Path) -> String {
    done(Command::new("stat").args(["--format=%u %a"]).arg(path))
}

#[test]
fn the_service_runs_in_the_sandbox_of_its_unit() {
    if !gatepost_tests::is_full() {
        return;
    }
    let debian = Debian::fresh();
    debian.install("gatepost-server_");
    let port = free_port();
    let config = debian.path("/etc/gatepost/gatepost.toml");
    let settings = fs::read_to_string(&config).unwrap();
    fs::write(&config, settings.replace(":8000", &format!(":{port}"))).unwrap();
    let seen = debian.booted(|| {
        assert_eq!(ask(port, "/-/ready", &[]), "ready\n");
        let json = ["-H", "Content-Type: application/json", "-d"];
        ask(port, "/api/users/register/", &[&json[..], &[USER]].concat());
        ask(port, "/api/token/", &[&json[..], &[LOGIN]].concat());
    });
    for expected in [
        "reloaded\n",
        "User=gatepost\n",
        "ActiveState=active\n",
        "NRestarts=0\n",
        "CapBnd:\t0000000000000000\n",
        "NoNewPrivs:\t1\n",
        "Seccomp:\t2\n",
    ] {
        assert!(seen.contains(expected), "no {expected} in {seen}");
    }
    for trouble in [" WARN ", " ERROR ", "not permitted"] {
        assert!(!seen.contains(trouble), "{seen}");
    }
}

const USER: &str = r#"{"username":"ann","email":"a@example.com","first_name":"A","last_name":"B","password":"ComplexPassword123!","password2":"ComplexPassword123!"}"#;
const LOGIN: &str = r#"{"username":"ann","password":"ComplexPassword123!"}"#;

#[test]
fn the_packages_come_serve_and_go() {
    if !gatepost_tests::is_full() {
        return;
    }
    let debian = Debian::fresh();
    let before = debian.files();
    debian.install("gatepost-server_");
    debian.install("gatepost_");
    for file in [
        "/usr/share/man/man1/gatepost-server.1",
        "/usr/share/man/man1/gatepost-posts-create.1",
        "/usr/share/bash-completion/completions/gatepost-server",
        "/usr/share/zsh/vendor-completions/_gatepost",
        "/usr/share/doc/gatepost-server/copyright",
        "/usr/share/doc/gatepost-server/docs/deploying.md",
    ] {
        assert!(debian.path(file).is_file(), "{file}");
    }
    let enabled = debian.path("/etc/systemd/system/multi-user.target.wants/gatepost.service");
    assert!(enabled.is_symlink(), "it is not enabled");
    assert!(
        debian
            .run(&["gatepost", "--version"])
            .starts_with("gatepost ")
    );
    let user = debian.run(&["id", "-u", "gatepost"]);
    let user = user.trim();
    let config = debian.path("/etc/gatepost/gatepost.toml");
    assert_eq!(owner_and_mode(&config), "0 640\n");
    assert_eq!(
        owner_and_mode(&debian.path("/var/lib/gatepost")),
        format!("{user} 700\n")
    );

    // an administrator changes a setting
    let port = free_port();
    let settings = fs::read_to_string(&config).unwrap();
    fs::write(&config, settings.replace(":8000", &format!(":{port}"))).unwrap();
    let service = debian.start();
    assert_eq!(ask(port, "/-/ready", &[]), "ready\n");
    ask(
        port,
        "/api/users/register/",
        &["-H", "Content-Type: application/json", "-d", USER],
    );
    drop(service);
    let data = debian.path("/var/lib/gatepost/gatepost.sqlite3");
    assert!(data.is_file());

    // over itself, as an upgrade does: the settings stay
    debian.install("gatepost-server_");
    assert!(
        fs::read_to_string(&config)
            .unwrap()
            .contains(&format!(":{port}"))
    );
    let service = debian.start();
    ask(
        port,
        "/api/token/",
        &["-H", "Content-Type: application/json", "-d", LOGIN],
    );
    drop(service);

    debian.run(&["apt-get", "purge", "-y", "gatepost-server", "gatepost"]);
    let left: Vec<_> = debian.files().difference(&before).cloned().collect();
    let is_data = |name: &String| name.starts_with("var/lib/gatepost");
    assert!(left.iter().all(is_data), "{left:#?}");
    assert_eq!(owner_and_mode(&data), "0 600\n");
    let accounts = fs::read_to_string(debian.path("/etc/passwd")).unwrap()
        + &fs::read_to_string(debian.path("/etc/group")).unwrap();
    assert!(!accounts.contains("gatepost"), "{accounts}");

    // who comes back finds the data
    debian.install("gatepost-server_");
    fs::write(&config, settings.replace(":8000", &format!(":{port}"))).unwrap();
    let service = debian.start();
    ask(
        port,
        "/api/token/",
        &["-H", "Content-Type: application/json", "-d", LOGIN],
    );
    drop(service);
}
