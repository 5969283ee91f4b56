//! What a client may take of the server: time for a head, a body and an answer, connections, files and memory.

mod all;
mod connections;
mod heads;
mod readers;
mod senders;

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use gatepost_tests::{Program, server_binary};

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);

struct Server {
    program: Program,
    _folder: tempfile::TempDir,
}

impl Server {
    fn with(variables: &[(&str, &str)]) -> Self {
        Self::of(&mut |folder| Program::command(folder, &[]), variables)
    }

    /// Of a process that may open so many files at first, and so many at most.
    fn with_files(at_first: u32, at_most: u32, variables: &[(&str, &str)]) -> Self {
        let mut command = |folder: &std::path::Path| {
            let mut command = Command::new("sh");
            let script = format!("ulimit -Sn {at_first}; ulimit -Hn {at_most}; exec \"$0\" \"$@\"");
            command.args(["-c", &script]).arg(server_binary());
            command.current_dir(folder);
            command
        };
        Self::of(&mut command, variables)
    }

    fn of(
        command: &mut dyn FnMut(&std::path::Path) -> Command,
        variables: &[(&str, &str)],
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = command(folder.path());
        command
            .env("GATEPOST_PASSWORDS__ITERATIONS", "1")
            .envs(variables.iter().copied());
        Self {
            program: Program::serve(&mut command),
            _folder: folder,
        }
    }

    fn address(&self) -> &str {
        self.program.base.strip_prefix("http://").unwrap()
    }

    /// A connection on which these bytes were sent.
    fn send(&self, bytes: impl AsRef<[u8]>) -> TcpStream {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(bytes.as_ref()).unwrap();
        stream
    }

    /// The first line of the answer to these bytes.
    fn answer(&self, bytes: impl AsRef<[u8]>) -> String {
        first_line(&rest(&mut self.send(bytes)))
    }

    /// Registers ann, and gives her access token.
    async fn ann(&self) -> String {
        let client = reqwest::Client::new();
        let post = async |path: &str, body: String| {
            let url = format!("{}{path}", self.program.base);
            let request = client.post(url).header("content-type", "application/json");
            request.body(body).send().await.unwrap()
        };
        let user = r#"{"username":"ann","email":"","password":"ComplexPassword123!","password2":"ComplexPassword123!","first_name":"","last_name":""}"#;
        let registered = post("/api/users/register/", user.to_owned()).await;
        assert_eq!(registered.status(), 201);
        let login = r#"{"username":"ann","password":"ComplexPassword123!"}"#;
        let pair = post("/api/token/", login.to_owned()).await;
        let pair: serde_json::Value = serde_json::from_str(&pair.text().await.unwrap()).unwrap();
        pair["access"].as_str().unwrap().to_owned()
    }

    /// Ann's posts, so many of so many bytes.
    async fn posts(&self, access: &str, count: usize, bytes: usize) {
        let client = reqwest::Client::new();
        let body = format!(r#"{{"title":"t","content":"{}"}}"#, "x".repeat(bytes));
        for _ in 0..count {
            let request = client
                .post(format!("{}/api/posts/", self.program.base))
                .header("content-type", "application/json")
                .bearer_auth(access);
            assert_eq!(
                request.body(body.clone()).send().await.unwrap().status(),
                201
            );
        }
    }
}

/// All that comes until the server ends the connection.
fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    let is_ended = match &read {
        Ok(_) => true,
        Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
    };
    assert!(
        is_ended,
        "{read:?} after {:?}",
        String::from_utf8_lossy(&bytes)
    );
    bytes
}

fn first_line(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    text.lines().next().unwrap_or_default().to_owned()
}

const LIVE: &str = "GET /-/live HTTP/1.1\r\nHost: x\r\n\r\n";

/// Reads the answer to [`LIVE`] on a connection that goes on.
fn is_live(stream: &mut TcpStream) -> bool {
    stream.write_all(LIVE.as_bytes()).is_ok() && has_answer(stream)
}

fn has_answer(stream: &mut TcpStream) -> bool {
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"live\n") {
        match stream.read(&mut byte) {
            Ok(1) => answer.push(byte[0]),
            _ => return false,
        }
    }
    true
}

/// The ports of the clients whose connections the server has open.
fn sockets(server: &Server) -> Vec<u16> {
    let own = server
        .address()
        .rsplit_once(':')
        .unwrap()
        .1
        .parse::<u16>()
        .unwrap();
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let port =
        |address: &str| u16::from_str_radix(address.rsplit_once(':').unwrap().1, 16).unwrap();
    let rows = table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    // ESTABLISHED
    let open = rows.filter(|row| row[3] == "01" && port(row[1]) == own);
    open.map(|row| port(row[2])).collect()
}
