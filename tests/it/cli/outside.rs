//! What is in the way outside of the program: a full disk behind its output, pipes and folders in the place of its files.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use gatepost_tests::Machine;

use super::{Kind, Server};

async fn with_ada() -> (Server, Machine) {
    let server = Server::start(Kind::Gatepost).await;
    let machine = Machine::new(&server.url);
    machine.enter("ada", "file");
    (server, machine)
}

/// Who believes that nothing was done does it again.
#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_can_not_be_written_hides_nothing_that_was_done() {
    let (_server, machine) = with_ada().await;
    for more in ["--json", "-q"] {
        let arguments = ["posts", "create", "-t", "One", "-b", "x", more];
        let mut command = machine.command(&arguments);
        let full = File::options().write(true).open("/dev/full").unwrap();
        let ended = machine
            .ended(&arguments, command.stdout(Stdio::from(full)))
            .expect(1);
        assert!(
            ended.err.contains("Created post")
                && ended
                    .err
                    .contains("One, but the output can't be written: the disk is full"),
            "{}",
            ended.err
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_or_a_folder_in_the_place_of_a_file_is_told_and_not_waited_for() {
    let (_server, machine) = with_ada().await;
    let config = machine.home().join(".config/gatepost/config.toml");
    let pipe = Command::new("mkfifo").arg(&config).status();
    assert!(pipe.unwrap().success());
    let ended = machine.run(&["profile"]).expect(2);
    assert!(
        ended
            .err
            .contains("config.toml can't be read: it is no regular file"),
        "{}",
        ended.err
    );
    fs::remove_file(&config).unwrap();
    let endless = ["profile", "--ca-cert", "/dev/zero"];
    let ended = machine.run(&endless).expect(2);
    assert!(
        ended.err.contains("it is longer than 16 MiB"),
        "{}",
        ended.err
    );

    let sessions = machine.home().join(".local/state/gatepost/sessions");
    let session = fs::read_dir(&sessions).unwrap().next().unwrap().unwrap();
    let kept = sessions.join("kept");
    fs::rename(session.path(), &kept).unwrap();
    fs::create_dir(session.path()).unwrap();
    let ended = machine.run(&["profile"]).expect(5);
    assert!(ended.err.contains("it is a folder"), "{}", ended.err);
    fs::remove_dir(session.path()).unwrap();
    fs::rename(&kept, session.path()).unwrap();

    // and a folder in which others can write is named where it keeps tokens from being stored
    fs::set_permissions(&sessions, Permissions::from_mode(0o777)).unwrap();
    let ended = machine.run(&["token", "--refresh"]).expect(0);
    assert!(
        ended.err.contains("could not be stored (")
            && ended.err.contains("can be changed by others (mode 777)"),
        "{}",
        ended.err
    );
}
