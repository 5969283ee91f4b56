//! `gatepost-server health`: asks the server of these settings whether it is ready, for health checks of containers.

use std::error::Error;
use std::time::Duration;

use anyhow::{anyhow, bail};
use clap::Args;
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode};

use super::common::{Common, remark};
use crate::routes;
use crate::settings::{Layer, Server};

/// How many bytes of an answer are read.
const MOST: usize = 1024;

#[derive(Args)]
pub(super) struct Health {
    /// Where the server listens, as it was told: ADDRESS:PORT or unix:PATH [default: server.bind]
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<String>,
    /// Only ask whether the process answers, whatever its database does
    #[arg(long)]
    live: bool,
    /// How long to wait for the answer
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    wait: Duration,
    #[command(flatten)]
    common: Common,
}

/// How long to wait, as a person writes it.
fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| "write a time such as 5s or 500ms".to_owned())
}

impl Health {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let bind = self.bind.as_deref();
        let flag = bind.map(|bind| Layer::flag("--bind", "server.bind", bind));
        let settings = self.common.settings(flag.into_iter().collect())?;
        let server = &settings.server;
        let path = if self.live {
            routes::LIVE
        } else {
            routes::READY
        };
        let mut http = reqwest::Client::builder()
            .no_proxy()
            .timeout(self.wait)
            // the server itself is asked, not whoever it points to
            .redirect(Policy::none())
            // it asks itself: its certificate is for another name than this one's, and may be of any authority
            .tls_danger_accept_invalid_certs(true);
        let base = match server.unix_socket() {
            Some(socket) => {
                http = http.unix_socket(socket.to_owned());
                "http://localhost".to_owned()
            }
            None => base(server)?,
        };
        let http = http.build()?;
        let answer = http.get(format!("{base}{path}")).send().await;
        let answer = answer.map_err(|error| self.unanswered(&error, server))?;
        let status = answer.status();
        let said = body(answer).await;
        let said = said.map_err(|error| self.unanswered(&error, server))?;
        let (said, bind) = (said.trim(), &server.bind);
        let wanted = if self.live { "live" } else { "ready" };
        match status {
            StatusCode::OK if said == wanted => {
                remark(&format!("The server at {bind} is {said}."));
                Ok(())
            }
            // an unready server says why in a line
            StatusCode::SERVICE_UNAVAILABLE => {
                let why = said.lines().next().unwrap_or_default();
                let why = why.replace(char::is_control, " ");
                bail!("the server at {bind} is not {wanted}: {why} ({status})")
            }
            _ => bail!(
                "what answers at {bind} does not say that it is {wanted}: {said:.60?} ({status}); see whether another program listens there, or name where the server listens with --bind"
            ),
        }
    }

    fn unanswered(&self, error: &reqwest::Error, server: &Server) -> anyhow::Error {
        let bind = &server.bind;
        if error.is_timeout() {
            let wait = humantime::format_duration(self.wait);
            return anyhow!("the server at {bind} has not answered within {wait}");
        }
        // the last of the causes says it without the library's words
        let mut why: &dyn Error = error;
        while let Some(cause) = why.source() {
            why = cause;
        }
        if error.is_body() || error.is_decode() {
            return anyhow!(
                "the answer at {bind} broke off: {why}; see whether another program listens there, or name where the server listens with --bind"
            );
        }
        anyhow!(
            "nobody answers at {bind}: {why}; start the server, or name where it listens with --bind"
        )
    }
}

/// The beginning of an answer's body. A server's own is a line; another program's may have no end.
async fn body(mut answer: Response) -> reqwest::Result<String> {
    let mut body = Vec::new();
    while body.len() < MOST
        && let Some(part) = answer.chunk().await?
    {
        body.extend_from_slice(&part);
    }
    body.truncate(MOST);
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// The server's address as one reaches it from this machine.
fn base(server: &Server) -> anyhow::Result<String> {
    if server.takes_socket() {
        bail!(
            "server.bind is systemd:, which does not say where the server listens; name the address of its .socket unit with --bind"
        );
    }
    let Some((host, port)) = server.bind.rsplit_once(':') else {
        bail!("server.bind is {}, which has no port", server.bind);
    };
    if port.parse() == Ok(0) {
        bail!(
            "server.bind is {}, and the system chooses the port; name the one that the server says at its start with --bind",
            server.bind
        );
    }
    let host = match host {
        "0.0.0.0" => "127.0.0.1",
        "[::]" => "[::1]",
        host => host,
    };
    let scheme = if server.has_tls() { "https" } else { "http" };
    Ok(format!("{scheme}://{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn asked(toml: &str) -> Result<String, String> {
        let settings = Settings::from_toml(toml).unwrap();
        base(&settings.server).map_err(|error| error.to_string())
    }

    #[test]
    fn every_address_is_reached_on_this_machine() {
        for (bind, at) in [
            ("127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:80", "http://[::1]:80"),
            ("[::1]:80", "http://[::1]:80"),
            ("10.0.0.5:80", "http://10.0.0.5:80"),
            ("localhost:80", "http://localhost:80"),
        ] {
            assert_eq!(asked(&format!("server.bind = '{bind}'")).unwrap(), at);
        }
        let tls = "server = { bind = '0.0.0.0:443', tls_cert = 'c', tls_key = 'k' }";
        assert_eq!(asked(tls).unwrap(), "https://127.0.0.1:443");
    }

    #[test]
    fn a_wait_that_is_no_time_says_how_one_is_written() {
        assert_eq!(time("500ms"), Ok(Duration::from_millis(500)));
        assert!(time("soon").unwrap_err().contains("such as 5s"));
    }

    #[test]
    fn an_address_that_nobody_knows_is_asked_for() {
        for bind in ["systemd:", "127.0.0.1:0"] {
            let why = asked(&format!("server.bind = '{bind}'")).unwrap_err();
            assert!(why.contains("with --bind"), "{why}");
        }
    }
}
