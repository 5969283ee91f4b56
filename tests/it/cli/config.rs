//! `gatepost config`, servers by name, and what holds in a folder.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use gatepost_tests::Machine;
use insta::assert_snapshot;

use super::reach::with;
use super::{Kind, Server, Transcript};

/// A machine whose environment names no server.
fn unnamed(machine: &Machine, arguments: &[&str]) -> gatepost_tests::Ended {
    let mut command = machine.command(arguments);
    command.env_remove("GATEPOST_SERVER");
    machine.ended(arguments, &mut command)
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_set_and_shown() {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    let mut script = Transcript::new(&machine, &server);
    let home = machine.home().display().to_string();
    script.mask(&home, "HOME");
    script.run("config path");
    script.run("config list");
    script.run("config get timeout");
    script.run("config get store");
    assert!(
        !machine.home().join(".config").exists(),
        "reading writes nothing"
    );
    for line in [
        "config set timeout 2m",
        "config set allow_http yes",
        "config set servers.work.url https://api.example.org/",
        "config set server work",
        "config get servers.work.url",
        "config list --show-origin",
        "config list --show-origin --timeout 9 --json",
        "config set tiemout 3",
        "config set timeout soon",
        "config set timeout never",
        "config set color blue",
        "config set server home",
        "config set servers.work.url api.example.org",
        "config set servers.a.b.url https://a",
        "config set folders x",
        "config unset servers.work",
        "config unset server",
        "config unset server",
        "config get server",
    ] {
        script.run(line);
    }
    let file = machine.home().join(".config/gatepost/config.toml");
    script.note("config.toml", &fs::read_to_string(&file).unwrap());
    assert_snapshot!(script.end(), @r#"
    $ gatepost config path
    HOME/.config/gatepost/config.toml
    $ gatepost config list
    server	SERVER
    account	
    store	
    timeout	30s
    ca_cert	
    allow_http	false
    editor	
    color	auto
    pager	
    $ gatepost config get timeout
    30s
    $ gatepost config get store
    ! error: store is not set
    ! hint: set it with `gatepost config set store VALUE`
    exit code 3
    $ gatepost config set timeout 2m
    ! timeout is 2m now
    $ gatepost config set allow_http yes
    ! allow_http is yes now
    $ gatepost config set servers.work.url https://api.example.org/
    ! servers.work.url is https://api.example.org/ now
    $ gatepost config set server work
    ! server is work now
    $ gatepost config get servers.work.url
    https://api.example.org
    $ gatepost config list --show-origin
    server	SERVER	GATEPOST_SERVER
    account		default
    store		default
    timeout	2m	HOME/.config/gatepost/config.toml
    ca_cert		default
    allow_http	true	HOME/.config/gatepost/config.toml
    editor		default
    color	auto	default
    pager		default
    servers.work.url	https://api.example.org	HOME/.config/gatepost/config.toml
    $ gatepost config list --show-origin --timeout 9 --json
    [{"key":"server","value":"SERVER","origin":"GATEPOST_SERVER"},{"key":"account","value":null,"origin":"default"},{"key":"store","value":null,"origin":"default"},{"key":"timeout","value":"9","origin":"--timeout"},{"key":"ca_cert","value":null,"origin":"default"},{"key":"allow_http","value":"true","origin":"HOME/.config/gatepost/config.toml"},{"key":"editor","value":null,"origin":"default"},{"key":"color","value":"auto","origin":"default"},{"key":"pager","value":null,"origin":"default"},{"key":"servers.work.url","value":"https://api.example.org","origin":"HOME/.config/gatepost/config.toml"}]
    $ gatepost config set tiemout 3
    ! error: tiemout is no setting
    ! hint: did you mean timeout? `gatepost config list` shows all
    exit code 2
    $ gatepost config set timeout soon
    ! error: timeout can't be "soon": it must be a length of time: seconds, or a number with ms, s, m or h; at most a day
    ! hint: for example `gatepost config set timeout 30s`; the longest is 24h, since a server that is gone never answers
    exit code 2
    $ gatepost config set timeout never
    ! error: timeout can't be "never": it must be a length of time: seconds, or a number with ms, s, m or h; at most a day
    ! hint: for example `gatepost config set timeout 30s`; the longest is 24h, since a server that is gone never answers
    exit code 2
    $ gatepost config set color blue
    ! error: color can't be "blue": it must be auto, always or never
    ! hint: for example `gatepost config set color never`
    exit code 2
    $ gatepost config set server home
    ! error: config.toml names no server home
    ! hint: name it first: `gatepost config set servers.home.url URL`
    exit code 2
    $ gatepost config set servers.work.url api.example.org
    ! error: servers.work.url can't be "api.example.org": an address begins with https:// or http://
    ! hint: for example `gatepost config set servers.work.url https://api.example.org`
    exit code 2
    $ gatepost config set servers.a.b.url https://a
    ! error: servers.a.b.url is no setting
    ! hint: a server's name has letters, digits, - and _: servers.NAME.url
    exit code 2
    $ gatepost config set folders x
    ! error: rules for folders are written by hand
    ! hint: `gatepost config edit` opens the file, `gatepost help config` shows how
    exit code 2
    $ gatepost config unset servers.work
    ! error: HOME/.config/gatepost/config.toml was not changed: config.toml names no server work
    ! hint: `gatepost config edit` opens it
    exit code 2
    $ gatepost config unset server
    ! server is no longer set
    $ gatepost config unset server
    ! server was not set
    $ gatepost config get server
    SERVER
    = config.toml
    timeout = "2m"
    allow_http = true

    [servers.work]
    url = "https://api.example.org/"
    "#);
}

#[test]
fn a_mistake_in_the_file_is_said_with_its_line_and_stops_everything_but_config() {
    let machine = Machine::new("http://127.0.0.1:9");
    let folder = machine.home().join(".config/gatepost");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("config.toml");
    for (text, said) in [
        (
            "store = 'file'\ntimeout = = 3\n",
            "config.toml: line 2 is no TOML",
        ),
        (
            "# x\nsevrer = 'https://a'\n",
            "config.toml: sevrer is no setting",
        ),
    ] {
        fs::write(&file, text).unwrap();
        let ended = machine.run(&["status", "--offline"]).expect(2);
        assert!(ended.err.contains(said), "{}", ended.err);
        assert!(
            ended.err.contains("`gatepost config edit` opens it"),
            "{}",
            ended.err
        );
        machine.run(&["config", "path"]).expect(0);
        machine.run(&["config", "set", "timeout", "3s"]).expect(2);
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}

#[test]
fn an_edit_with_a_mistake_breaks_nothing_and_loses_nothing() {
    let machine = Machine::new("http://127.0.0.1:9");
    let folder = machine.home().join(".config/gatepost");
    let file = folder.join("config.toml");
    let editor = machine.home().join("editor");
    let edit = |script: &str| {
        fs::write(&editor, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
        with(
            &machine,
            &[("GATEPOST_EDITOR", editor.to_str().unwrap())],
            &["config", "edit"],
        )
    };
    let ended = edit("true").expect(0);
    assert_eq!(ended.err, "Nothing was changed\n");
    assert!(!file.exists());
    // a first file shows all that can be set
    edit("grep -q '^# timeout = ' \"$1\" && echo 'timeout = \"3s\" # slow' > \"$1\"").expect(0);
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        "timeout = \"3s\" # slow\n"
    );
    let ended = edit("echo 'timeout = never' >> \"$1\"").expect(2);
    let (_, kept) = ended.err.split_once("what you wrote is in ").unwrap();
    let kept = fs::read_to_string(kept.trim()).unwrap();
    assert_eq!(kept, "timeout = \"3s\" # slow\ntimeout = never\n");
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        "timeout = \"3s\" # slow\n"
    );
    edit("exit 1").expect(1);
    // without a terminal and an editor nobody can edit
    machine.run(&["config", "edit"]).expect(2);
}

#[test]
fn what_others_change_during_an_edit_is_not_lost() {
    let machine = Machine::new("http://127.0.0.1:9");
    let file = machine.home().join(".config/gatepost/config.toml");
    machine.run(&["config", "set", "timeout", "3s"]).expect(0);
    let editor = machine.home().join("editor");
    fs::write(
        &editor,
        "#!/bin/sh\ngatepost config set store file && echo '# mine' >> \"$1\"\n",
    )
    .unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let editor = [("GATEPOST_EDITOR", editor.to_str().unwrap())];
    let ended = with(&machine, &editor, &["config", "edit"]).expect(2);
    assert!(
        ended.err.contains("was changed while it was edited"),
        "{}",
        ended.err
    );
    let (_, kept) = ended.err.split_once("what you wrote is in ").unwrap();
    let kept = fs::read_to_string(kept.trim()).unwrap();
    assert_eq!(kept, "timeout = \"3s\"\n# mine\n");
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text, "timeout = \"3s\"\nstore = \"file\"\n");
}

#[test]
fn nothing_is_said_to_be_set_that_is_not() {
    let machine = Machine::new("http://127.0.0.1:9");
    let folder = machine.home().join(".config/gatepost");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("config.toml");
    let set = |text: &str, key: &str, value: &str| {
        fs::write(&file, text).unwrap();
        let ended = machine.run(&["config", "set", key, value]).expect(2);
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
        ended.err
    };
    let said = set("servers = 1\n", "servers.a.url", "https://a.example");
    assert!(said.contains("servers must be tables"), "{said}");
    let said = set("timeout = \"3\"\nservers = 1\n", "timeout", "3");
    assert!(said.contains("servers must be tables"), "{said}");
    // a password in an address is refused, and shown nowhere
    for key in ["server", "servers.a.url"] {
        let said = set("", key, "https://ada:hunter2@a.example");
        assert!(
            said.contains("user name") && !said.contains("hunter2"),
            "{said}"
        );
    }
    // what is no setting can be taken out, one after the other
    fs::write(&file, "# mine\ntiemout = 3\nsevrer = 'x'\n").unwrap();
    machine.run(&["config", "unset", "nothing"]).expect(2);
    machine.run(&["config", "unset", "tiemout"]).expect(0);
    machine.run(&["config", "unset", "sevrer"]).expect(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), "# mine\n");
}

#[test]
fn an_error_from_config_toml_says_that_it_is_from_there() {
    let machine = Machine::new("http://127.0.0.1:9");
    machine
        .run(&["config", "set", "ca_cert", "missing.pem"])
        .expect(0);
    let ended = machine.run(&["api", "/x"]).expect(2);
    assert!(
        ended.err.contains("hint: ca_cert in config.toml"),
        "{}",
        ended.err
    );
    machine.run(&["config", "unset", "ca_cert"]).expect(0);
    unnamed(&machine, &["config", "set", "server", "http://a.example"]).expect(0);
    let ended = unnamed(&machine, &["api", "/x"]).expect(2);
    assert!(
        ended.err.contains("hint: config.toml names that address"),
        "{}",
        ended.err
    );
}

/// What comes from elsewhere, as a folder of settings under version control, stays where it is.
#[test]
fn a_link_stays_a_link_and_a_folder_that_can_not_be_written_will_do() {
    let machine = Machine::new("http://127.0.0.1:9");
    let folder = machine.home().join(".config/gatepost");
    fs::create_dir_all(&folder).unwrap();
    let real = machine.home().join("dotfiles.toml");
    fs::write(&real, "# mine\ntimeout = 9\n").unwrap();
    let link = folder.join("config.toml");
    std::os::unix::fs::symlink(&real, &link).unwrap();
    machine.run(&["config", "set", "store", "file"]).expect(0);
    assert!(link.is_symlink());
    let text = fs::read_to_string(&real).unwrap();
    // also where what it links to is not there yet
    fs::remove_file(&real).unwrap();
    machine.run(&["config", "set", "timeout", "9"]).expect(0);
    assert!(link.is_symlink() && real.exists());
    fs::write(&real, text).unwrap();
    assert_eq!(
        fs::read_to_string(&real).unwrap(),
        "# mine\ntimeout = 9\nstore = \"file\"\n"
    );
    let elsewhere = [("GATEPOST_CONFIG_DIR", "/sys/gatepost")];
    with(&machine, &elsewhere, &["config", "list"]).expect(0);
    with(&machine, &elsewhere, &["status", "--offline"]).expect(4);
    let ended = with(&machine, &elsewhere, &["config", "set", "timeout", "3"]).expect(2);
    assert!(
        ended
            .err
            .contains("/sys/gatepost/config.toml can't be written"),
        "{}",
        ended.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_have_names_and_folders_have_accounts() {
    let (one, two) = (
        Server::start(Kind::Gatepost).await,
        Server::start(Kind::Gatepost).await,
    );
    let machine = Machine::new(&one.url);
    for (name, server) in [("one", &one), ("two", &two)] {
        let key = format!("servers.{name}.url");
        unnamed(&machine, &["config", "set", &key, &server.url]).expect(0);
    }
    machine.enter("ada", "file");
    machine.enter("bo", "file");
    let register = [&Machine::REGISTER[..], &["--server", "two"]].concat();
    machine.run_with(Machine::PASSWORD, &register).expect(0);
    let login = [
        "login",
        "two",
        "--username",
        "ada",
        "--password-stdin",
        "--store",
        "file",
    ];
    machine.run_with(Machine::PASSWORD, &login).expect(0);
    assert!(
        machine.accounts().contains(&two.url),
        "the address is kept, not the name"
    );

    let work = machine.home().join("work");
    let deep = work.join("x/y");
    fs::create_dir_all(&deep).unwrap();
    let file = machine.home().join(".config/gatepost/config.toml");
    let text = fs::read_to_string(&file).unwrap();
    let rules = "[[folders]]\npath = '~/work'\nserver = 'one'\naccount = 'ada'\n[[folders]]\npath = '~/work/x'\naccount = 'bo'\n";
    fs::write(&file, text + rules).unwrap();
    let who = |folder: &std::path::Path, arguments: &[&str]| {
        let arguments = [&["status", "--json"], arguments].concat();
        let mut command = machine.command(&arguments);
        command.env_remove("GATEPOST_SERVER").current_dir(folder);
        let status = machine.ended(&arguments, &mut command).expect(0).json();
        let text = |name: &str| status[name].as_str().unwrap().to_owned();
        (text("server"), text("user"))
    };
    let is = |server: &Server, user: &str| (server.url.clone(), user.to_owned());
    assert_eq!(who(machine.home(), &[]), is(&two, "ada"), "the last login");
    assert_eq!(who(&work, &[]), is(&one, "ada"));
    assert_eq!(who(&deep, &[]), is(&one, "bo"));
    assert_eq!(who(&deep, &["--account", "ada"]), is(&one, "ada"));
    // the rule's account is of another server
    assert_eq!(who(&deep, &["--server", "two"]), is(&two, "ada"));
    let arguments = ["switch", "ada", "--server", "two"];
    let mut command = machine.command(&arguments);
    command.env_remove("GATEPOST_SERVER").current_dir(&work);
    let said = machine.ended(&arguments, &mut command).expect(0).err;
    let warning = format!(
        "warning: the rule for ~/work in config.toml names the server {}",
        one.url
    );
    assert!(said.contains(&warning), "{said}");
    let ended = unnamed(&machine, &["profile", "--server", "tow"]).expect(2);
    assert_eq!(
        ended.err,
        "error: config.toml names no server tow\nhint: did you mean two? `gatepost config list` shows all\n"
    );
    let ended = unnamed(&machine, &["profile", "--server", "nowhere"]).expect(2);
    assert_eq!(
        ended.err,
        "error: config.toml names no server nowhere\nhint: it names one, two; or give an address, such as https://api.example.org\n"
    );
}
