//! The Dockerfile's steps one after the other, with folders for images: no engine of containers is needed for that. What
//! they make is a program alone in an empty folder: `scripts/test --full`, as root.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use gatepost_tests::{free_port, postgres};

use super::dockerfile::{Stage, stages, words};
use super::{done, root, text};

/// What an engine does at the start of a container: a root that is only read, a volume, and the devices.
const RUN: &str = r#"
mount --bind "$1" "$1"
mount --bind "$2" "$1/var/lib/gatepost"
mount --bind /dev "$1/dev"
mount -o remount,bind,ro "$1"
exec chroot --userspec="$3" "$1" "${@:4}"
"#;
/// A step that is run while the image is built: the system and the compiler of this machine stand for those of the base.
const BUILD: &str = r#"
for folder in usr etc bin sbin lib lib64 dev "${2#/}" "${3#/}" src/target; do
    mkdir -p "$1/$folder"
done
for folder in usr etc bin sbin lib lib64 dev; do mount --bind "/$folder" "$1/$folder"; done
mount --bind "$2" "$1/$2"
mount --bind "$3" "$1/$3"
mount --bind "$4" "$1/src/target"
mount -t proc proc "$1/proc"
exec chroot "$1" sh -ec "cd /src; $5"
"#;

/// A script whose mounts nobody else sees, and which end with it.
fn alone(script: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "bash", "-ec", script, "-"]);
    command
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command
}

/// Builds a stage in a folder; gives its image.
fn build(stage: &Stage, folder: &Path) -> PathBuf {
    let image = folder.join("build");
    for made in ["tmp", "proc", "src"] {
        fs::create_dir_all(image.join(made)).unwrap();
    }
    assert_eq!(stage.one("WORKDIR"), "/src");
    assert_eq!(stage.one("COPY"), ". .");
    let copy = "git ls-files --cached --others --exclude-standard -z | tar --null --files-from=- -cf - | tar -xf - -C";
    let source = image.join("src");
    done(
        Command::new("bash")
            .args(["-ec", &format!("{copy} \"$0\"")])
            .arg(&source)
            .current_dir(root()),
    );
    let sysroot = done(Command::new("rustc").args(["--print", "sysroot"]));
    let sysroot = sysroot.trim();
    let registry = std::env::home_dir().unwrap().join(".cargo/registry");
    let built = root().join("target/image");
    fs::create_dir_all(&built).unwrap();
    let mut variables: BTreeMap<_, _> = stage.variables();
    variables.insert("PROFILE", "dev");
    for step in stage.all("RUN") {
        let mut run = alone(BUILD);
        run.arg(&image)
            .arg(sysroot)
            .arg(&registry)
            .arg(&built)
            .arg(step);
        run.env(
            "PATH",
            format!("{sysroot}/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        );
        run.env("CARGO_HOME", registry.parent().unwrap());
        done(run.envs(&variables));
    }
    image
}

/// Copies what a stage takes from another.
fn copy(stage: &Stage, from: &Path, image: &Path) {
    for copy in stage.all("COPY") {
        let mut words: Vec<&str> = copy.split(' ').collect();
        let owner = words.iter().find_map(|word| word.strip_prefix("--chown="));
        assert_eq!(words[0], "--from=build");
        words.retain(|word| !word.starts_with("--"));
        let [source, target] = words.as_slice() else {
            panic!("{copy}");
        };
        let (source, target) = (from.join(&source[1..]), image.join(&target[1..]));
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        done(Command::new("cp").args(["-RT"]).arg(source).arg(&target));
        done(
            Command::new("chown")
                .args(["-R", owner.unwrap_or("0:0")])
                .arg(target),
        );
    }
}

/// A container: a server in a folder, until it is dropped.
struct Container {
    child: Child,
}

impl Container {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        assert!(line.contains("http://"), "{line}");
        Self { child }
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        gatepost_tests::terminate(self.child.id());
        drop(self.child.wait());
    }
}

/// A name server that knows every name: this machine. It ends with the tests.
fn names() -> &'static str {
    let address = "127.0.0.77";
    let socket = UdpSocket::bind((address, 53)).expect("root may");
    std::thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((length, who)) = socket.recv_from(&mut question) {
            // the question ends behind its name, with its type and its class
            let name = question[12..length]
                .iter()
                .position(|byte| *byte == 0)
                .unwrap_or(0);
            let end = 12 + name + 5;
            let is_ipv4 = question[end - 4..end - 2] == [0, 1];
            let mut answer = question[..end].to_vec();
            answer[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, u8::from(is_ipv4), 0, 0, 0, 0]);
            if is_ipv4 {
                answer.extend([0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
            }
            drop(socket.send_to(&answer, who));
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn the_image_serves_from_a_root_that_holds_nothing_else() {
    if !gatepost_tests::is_full() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let stages = stages(&text("packaging/Dockerfile"));
    let [(_, first), (_, last)] = stages.as_slice() else {
        panic!("{stages:?}");
    };
    let image = folder.path().join("image");
    fs::create_dir(&image).unwrap();
    copy(last, &build(first, folder.path()), &image);
    let held = done(
        Command::new("find")
            .arg(&image)
            .args(["-not", "-type", "d", "-printf", "%P\n"]),
    );
    assert_eq!(held, "usr/bin/gatepost-server\n");
    let volume = folder.path().join("volume");
    done(
        Command::new("cp")
            .arg("-a")
            .arg(image.join("var/lib/gatepost"))
            .arg(&volume),
    );
    // what engines add: devices, for randomness, and names
    for added in ["dev", "etc"] {
        fs::create_dir(image.join(added)).unwrap();
    }
    fs::write(image.join("etc/hosts"), "127.0.0.1 database\n").unwrap();
    fs::write(
        image.join("etc/resolv.conf"),
        format!("nameserver {}\n", names()),
    )
    .unwrap();

    // and secrets, which whoever has their folder may read
    fs::create_dir_all(image.join("run/secrets")).unwrap();
    fs::write(image.join("run/secrets/secret_key"), "s".repeat(40)).unwrap();

    let port = free_port();
    let container = |words: &[String], more: &[(&str, &str)]| {
        let mut command = alone(RUN);
        command
            .arg(&image)
            .arg(&volume)
            .arg(last.one("USER"))
            .args(words);
        command.envs(last.variables());
        // in place of --publish
        command.env("GATEPOST_BIND", format!("0.0.0.0:{port}"));
        command.env("GATEPOST_PASSWORDS__ITERATIONS", "1");
        command.envs(more.iter().copied());
        command
    };
    let serve = words(last.one("ENTRYPOINT"));
    let (_, health) = last.one("HEALTHCHECK").split_once("CMD ").unwrap();
    let health = words(health);
    let user = r#"{"username":"ann","email":"a@example.com","first_name":"A","last_name":"B","password":"ComplexPassword123!","password2":"ComplexPassword123!"}"#;

    // SQLite, then PostgreSQL by a name of the file and by one of the name server
    let databases = ["sqlite", "database", "database.example.com"];
    for (number, name) in databases.into_iter().enumerate() {
        let mut more = Vec::new();
        let database = format!("image{number}_{}", std::process::id());
        let url = postgres::url(&database).replace("127.0.0.1", name);
        if name != "sqlite" {
            postgres::create(&database, None).await;
            more.push(("GATEPOST_DATABASE_URL", url.as_str()));
            more.push(("GATEPOST_SECRET_KEY_FILE", "/run/secrets/secret_key"));
        }
        let check = [serve[0].clone(), "check".to_owned()];
        let check = container(&check, &more).output().unwrap();
        let remarks = String::from_utf8_lossy(&check.stderr);
        assert!(
            check.status.success() && remarks.is_empty(),
            "{name}: {remarks}"
        );
        let server = Container::start(&mut container(&serve, &more));
        let register = format!("http://127.0.0.1:{port}/api/users/register/");
        let sent = [
            "--silent",
            "--show-error",
            "--fail",
            "-H",
            "Content-Type: application/json",
            "-d",
            user,
        ];
        let made = done(Command::new("curl").args(sent).arg(register));
        assert!(made.contains("\"username\":\"ann\""), "{name}: {made}");
        done(&mut container(&health, &more));
        drop(server);
        let ended = container(&health, &more).output().unwrap();
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
        if name == "sqlite" {
            assert!(volume.join("gatepost.sqlite3").is_file());
        } else {
            postgres::drop(&database).await;
        }
    }
}
