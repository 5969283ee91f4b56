//! docs/deploying.md, by what stands there: systemd, apt and Docker are played by functions of the shell.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use gatepost_tests::postgres::Postgres;
use gatepost_tests::{free_port, server_binary};

use super::{done, root, text};
use crate::tutorial::shell;

/// What is run, by the titles of the sections. One script each: what one has made, the next one needs.
const ON_SYSTEMD: [&str; 4] = [
    "## A Debian package\n",
    "## Watching it\n",
    "## Backups\n",
    "## Clearing up\n",
];
const ALONE: [&str; 4] = [
    "## systemd without a package\n",
    "### From there to the Debian package\n",
    "## A container\n",
    "### TLS without a proxy\n",
];
const ON_POSTGRES: [&str; 2] = ["## PostgreSQL\n", "### Backups of PostgreSQL\n"];
const MOVED: [&str; 1] = ["## From SQLite to PostgreSQL, and back\n"];

/// The machine that the page speaks of, in a folder: a package that is installed puts its files there, and what systemd
/// starts is what the unit says.
const MACHINE: &str = r#"
set -euo pipefail
export DJANGO_SUPERUSER_PASSWORD=Correct-Horse-9 GATEPOST_PASSWORDS__ITERATIONS=1
sudo() { [ "$1" != -u ] || shift 2; "$@"; }
start() {
    $(sed -n 's|^ExecStart=/usr/bin/||p' "$TREE/packaging/gatepost.service" | sed "s|/etc/|$HERE/etc/|") 2>>"$HERE/log" &
    SERVER=$!
    until curl --silent --output /dev/null "http://$ADDRESS/-/ready"; do kill -0 $SERVER; done
}
stop() { [ -z "${SERVER-}" ] || { kill $SERVER; wait $SERVER; SERVER=; }; }
trap 'stop' EXIT
settings() { sed "s|127.0.0.1:8000|$ADDRESS|; s|/var/lib/|$HERE/var/lib/|" "$TREE/packaging/gatepost.toml"; }
apt() {
    [ "$*" = "install ./gatepost-server_*.deb" ]
    mkdir -p "$HERE/etc/gatepost" "$HERE/var/lib/gatepost"
    settings >"$HERE/etc/gatepost/gatepost.toml"
    start
}
systemctl() {
    case $* in
        "restart gatepost") stop; start ;;
        "start gatepost") start ;;
        "stop gatepost") stop ;;
        *) echo "<systemctl $*>" ;;
    esac
}
systemd-sysusers() { echo "<sysusers>"; }
docker() { echo "<docker $*>"; }
install() {
    # without the users that this machine does not have
    local all=() last=
    for word in "$@"; do
        if [ "$word" != gatepost ]; then all+=("$word"); elif [[ $last != -[og] ]]; then all+=("$word"); fi
        last=$word
    done
    mkdir -p "$HERE/usr/local/bin"
    local kept=()
    for word in "${all[@]}"; do [[ $word == -[og] ]] || kept+=("$word"); done
    command install "${kept[@]}"
}
"#;

/// Runs sections of the page in a folder; gives what they print.
fn run(
    before: &str,
    sections: &[&str],
    folder: &Path,
    port: u16,
    words: &[(&str, &str)],
    more: &[(&str, String)],
) -> String {
    let page = text("docs/deploying.md");
    let here = folder.display().to_string();
    let address = format!("127.0.0.1:{port}");
    let mut script = MACHINE.to_owned() + before;
    for title in sections {
        script += &shell(&page, title);
    }
    for (from, to) in words {
        assert!(script.contains(from), "{from}");
        script = script.replace(from, to);
    }
    let script = script
        .replace(" /etc/", &format!(" {here}/etc/"))
        .replace(" /var/", &format!(" {here}/var/"))
        .replace(" /usr/local/", &format!(" {here}/usr/local/"))
        .replace("http://127.0.0.1:8000", &format!("http://{address}"))
        // what is asked for on a terminal stands in a variable
        .replace(" createsuperuser", " createsuperuser --noinput")
        .replace("createuser --pwprompt", "createuser");
    let path = format!(
        "{}:{}",
        server_binary().parent().unwrap().display(),
        std::env::var_os("PATH").unwrap().display()
    );
    let mut bash = Command::new("bash");
    bash.args(["-c", &script]).current_dir(folder).env_clear();
    bash.envs([
        ("PATH", path),
        ("HERE", here),
        ("ADDRESS", address),
        ("TREE", root().display().to_string()),
    ]);
    done(bash.envs(more.iter().map(|(name, value)| (name, value))))
}

#[test]
fn every_command_of_the_page_is_run() {
    let page = text("docs/deploying.md");
    let titles = [&ON_SYSTEMD[..], &ALONE, &ON_POSTGRES, &MOVED].concat();
    let blocks = |text: &str| text.matches("```sh\n").count();
    let mut rest = page.clone();
    for title in titles {
        let (_, section) = page.split_once(title).expect(title);
        let section = section.split("\n##").next().unwrap();
        rest = rest.replace(section, "");
        assert!(blocks(section) > 0, "{title}");
    }
    assert_eq!(blocks(&rest), 0, "{rest}");
}

#[test]
fn a_package_s_server_is_started_watched_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let said = run("", &ON_SYSTEMD, folder.path(), free_port(), &[], &[]);
    for expected in [
        "ready\n",
        "The settings are valid.",
        "Superuser created successfully.\n",
        "live\n",
    ] {
        assert!(said.contains(expected), "no {expected} in {said}");
    }
}

#[test]
fn what_is_installed_by_hand_is_there_after_an_upgrade_and_makes_way_for_the_package() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    // an archive that is unpacked; its program only has to be copied
    std::os::unix::fs::symlink(root().join("packaging"), here.join("packaging")).unwrap();
    fs::write(here.join("gatepost-server"), "old").unwrap();
    let say = |title| run(SAYS, title, here, free_port(), &[], &[]);
    let said = say(&ALONE[..1]);
    assert!(said.contains("<sysusers>") && said.contains("<systemctl enable --now gatepost>"));
    let program = here.join("usr/local/bin/gatepost-server");
    let unit = here.join("etc/systemd/system/gatepost.service");
    let settings = here.join("etc/gatepost/gatepost.toml");
    let unit_text = fs::read_to_string(&unit).unwrap();
    assert!(unit_text.contains("\nExecStart=/usr/local/bin/gatepost-server "));
    assert!(here.join("etc/sysusers.d/gatepost.conf").is_file());
    assert_eq!(
        fs::read_to_string(&settings).unwrap(),
        text("packaging/gatepost.toml")
    );

    fs::write(&settings, "edited").unwrap();
    fs::write(here.join("gatepost-server"), "new").unwrap();
    let said = say(&ALONE[..1]);
    assert!(said.contains("<restart>"), "{said}");
    assert_eq!(fs::read_to_string(&program).unwrap(), "new");
    assert_eq!(fs::read_to_string(&settings).unwrap(), "edited");

    let said = say(&ALONE[1..2]);
    assert!(said.contains("<restart>"), "{said}");
    assert!(!program.exists() && !unit.exists() && settings.exists());
}

/// Nothing is started: the commands of systemd are said in their order.
const SAYS: &str = "systemctl() { case $1 in *start|stop) echo \"<$1>\" ;; *) echo \"<systemctl $*>\" ;; esac; }\n";

#[test]
fn a_certificate_is_handed_to_the_service_before_it_listens() {
    let folder = tempfile::tempdir().unwrap();
    let live = folder
        .path()
        .join("etc/letsencrypt/live/service.example.com");
    let hooks = folder.path().join("etc/letsencrypt/renewal-hooks/deploy");
    for folder in [&live, &hooks] {
        fs::create_dir_all(folder).unwrap();
    }
    fs::write(live.join("fullchain.pem"), "chain").unwrap();
    fs::write(live.join("privkey.pem"), "key").unwrap();
    let page = text("docs/deploying.md");
    let (_, section) = page.split_once(ALONE[3]).unwrap();
    let (_, hook) = section.split_once("```bash\n").unwrap();
    let (hook, _) = hook.split_once("```").unwrap();
    // without the user that this machine does not have
    assert!(hook.contains(" -o gatepost "));
    let etc = format!(" {}/etc/", folder.path().display());
    let hook = hook.replace(" -o gatepost", "").replace(" /etc/", &etc);
    fs::write(hooks.join("gatepost"), hook).unwrap();
    let lineage = format!("={}/etc/letsencrypt", folder.path().display());
    let words = [("=/etc/letsencrypt", lineage.as_str())];
    let said = run(SAYS, &ALONE[3..], folder.path(), free_port(), &words, &[]);
    assert_eq!(
        said,
        "<stop>\n<systemctl daemon-reload>\n<systemctl enable --now gatepost.socket>\n<start>\n"
    );
    for (setting, file, held) in [
        ("tls_cert", "etc/gatepost/tls/fullchain.pem", "chain"),
        ("tls_key", "etc/gatepost/tls/key.pem", "key"),
    ] {
        assert!(section.contains(&format!("\n{setting} = \"/{file}\"\n")));
        let copy = fs::read_to_string(folder.path().join(file)).unwrap();
        assert_eq!(copy, held);
    }
}

#[test]
fn the_secrets_of_the_containers_are_what_the_server_reads() {
    let folder = tempfile::tempdir().unwrap();
    let packaging = folder.path().join("packaging");
    fs::create_dir(&packaging).unwrap();
    let said = run("", &ALONE[2..3], folder.path(), free_port(), &[], &[]);
    assert!(
        said.contains("<docker compose up --detach --wait>"),
        "{said}"
    );
    assert!(
        root().join("packaging/Dockerfile").is_file()
            && said.contains("--file packaging/Dockerfile .")
    );
    let compose = text("packaging/compose.yaml");
    let mut settings = gatepost_tests::Program::command(folder.path(), &["settings"]);
    for (variable, file) in [
        ("GATEPOST_SECRET_KEY_FILE", "secret_key"),
        ("GATEPOST_DATABASE_URL_FILE", "database_url"),
    ] {
        assert!(compose.contains(&format!("{variable}: /run/secrets/{file}\n")));
        assert!(compose.contains(&format!("file: secrets/{file}\n")));
        settings.env(variable, packaging.join("secrets").join(file));
    }
    let shown = done(&mut settings);
    assert!(
        shown.contains("url = \"postgres://gatepost@database:5432/gatepost\""),
        "{shown}"
    );
}

/// A PostgreSQL, and a place for settings that name a database of it, or propose one.
struct OnPostgres {
    server: Postgres,
    folder: tempfile::TempDir,
    port: u16,
}

/// What the page and the settings of the package propose.
const URL: &str = "postgres://gatepost:password@db.example.com/gatepost";

impl OnPostgres {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for place in ["etc/gatepost", "var/lib/gatepost"] {
            fs::create_dir_all(folder.path().join(place)).unwrap();
        }
        let server = Postgres::unsynced();
        Self {
            server,
            folder,
            port: free_port(),
        }
    }

    fn url(&self) -> String {
        format!(
            "postgres://gatepost@127.0.0.1:{}/gatepost",
            self.server.port()
        )
    }

    fn run(&self, before: &str, sections: &[&str], words: &[(&str, &str)]) -> String {
        let more = [
            ("PGHOST", "127.0.0.1".to_owned()),
            ("PGPORT", self.server.port().to_string()),
            ("PGUSER", "postgres".to_owned()),
        ];
        run(
            before,
            sections,
            self.folder.path(),
            self.port,
            words,
            &more,
        )
    }
}

/// Takes over what the settings propose, as the page says.
const TAKES_OVER: &str =
    "sed -i 's|^#url = .*|url = \"URL\"|' \"$HERE/etc/gatepost/gatepost.toml\"\n";

#[test]
fn a_role_and_a_database_are_made_saved_and_restored() {
    let line = format!("\nurl = \"{URL}?sslmode=verify-full\"\n");
    assert!(text("docs/deploying.md").contains(&line));
    assert!(text("packaging/gatepost.toml").contains(&line.replace("\nurl", "\n#url")));
    let place = OnPostgres::new();
    let before = "settings >etc/gatepost/gatepost.toml\n".to_owned()
        + &TAKES_OVER.replace("URL", &place.url());
    let said = place.run(&before, &ON_POSTGRES, &[]);
    assert!(said.contains("The settings are valid."), "{said}");
    assert!(said.contains("Created the tables."), "{said}");
    let dump = fs::metadata(place.folder.path().join("gatepost.dump")).unwrap();
    assert_eq!(dump.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_database_is_moved_to_postgresql_and_serves_there() {
    let place = OnPostgres::new();
    let before = "settings >etc/gatepost/gatepost.toml
createuser gatepost; createdb --owner gatepost gatepost
gatepost-server createsuperuser --config etc/gatepost/gatepost.toml --username admin --email admin@example.com
start
";
    let url = place.url();
    let copied = format!("--to {URL}\n");
    let taken = format!("--to {url}\n{}", TAKES_OVER.replace("URL", &url));
    let said = place.run(before, &MOVED, &[(&copied, &taken)]);
    assert!(said.contains("both have the same rows"), "{said}");
    let asked = "SELECT username FROM auth_user; SELECT count(*) FROM gatepost_meta";
    let found = done(Command::new("psql").args(["-Atc", asked, &url]));
    assert!(found.starts_with("admin\n"), "{found}");
}
