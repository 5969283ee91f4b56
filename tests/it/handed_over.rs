//! The socket that a service manager hands over: `LISTEN_FDS`.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Command, Stdio};

use gatepost_tests::{Program, server_binary};

use crate::process::refusal;

/// As a service manager starts it: with the socket at 3, and this in the variables.
fn command(folder: &Path, socket: impl Into<OwnedFd>, variables: &str) -> Command {
    let script = format!("exec 3<&0 </dev/null; export {variables}; exec \"$0\" \"$@\"");
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(script).arg(server_binary());
    command.current_dir(folder).env_clear();
    command.stdin(Stdio::from(socket.into()));
    command
}

const ONE: &str = "LISTEN_PID=$$ LISTEN_FDS=1";

fn serve(folder: &Path, socket: impl Into<OwnedFd>) -> Program {
    Program::serve_at("systemd:", &mut command(folder, socket, ONE))
}

/// What the server says of a socket that it does not take.
fn refused(socket: impl Into<OwnedFd>, variables: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), socket, variables);
    let refused = refusal(&Program::ended(command.args(["--bind", "systemd:"])));
    let made = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(made, 0, "{refused}");
    refused
}

/// Sends a request, with HTTP/1.0 and no host.
fn send(mut stream: impl Write) {
    stream.write_all(b"GET /-/live HTTP/1.0\r\n\r\n").unwrap();
}

fn answer(mut stream: impl Read) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_client_who_comes_between_two_servers_is_answered_by_the_second() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let program = serve(folder.path(), listener.try_clone().unwrap());
    assert_eq!(program.base, format!("http://{address}"));
    let ask = || TcpStream::connect(address).unwrap();
    let client = ask();
    send(&client);
    assert!(answer(&client).ends_with("live\n"));
    assert_eq!(program.terminate(), Some(0));
    let client = ask();
    send(&client);
    let _program = serve(folder.path(), listener);
    assert!(answer(&client).ends_with("live\n"));
}

#[test]
fn the_file_of_a_unix_socket_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let socket = tempfile::tempdir().unwrap();
    let path = socket.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let program = serve(folder.path(), listener);
    assert_eq!(program.base, format!("unix:{}", path.display()));
    let client = UnixStream::connect(&path).unwrap();
    send(&client);
    assert!(answer(&client).ends_with("live\n"));
    assert_eq!(program.terminate(), Some(0));
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn one_socket_that_listens_is_taken_and_nothing_else() {
    let listener = || TcpListener::bind("127.0.0.1:0").unwrap();
    for variables in [
        "NOTHING=1",
        "LISTEN_PID=1 LISTEN_FDS=1",
        "LISTEN_PID=$$ LISTEN_FDS=0",
    ] {
        let said = refused(listener(), variables);
        assert!(said.contains("no socket was handed over"), "{said}");
    }
    let said = refused(listener(), "LISTEN_PID=$$ LISTEN_FDS=3");
    assert!(said.starts_with("3 sockets were handed over"), "{said}");
    let file = File::open("/dev/null").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    for said in [refused(file, ONE), refused(udp, ONE)] {
        assert!(said.contains("no socket that listens"), "{said}");
    }
}
