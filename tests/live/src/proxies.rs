//! The proxies that stand before a server in production, as Debian sets them up: nginx, HAProxy and Caddy.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};

use crate::{Watched, free_port};

/// A running proxy, ended when it is dropped.
pub struct ReverseProxy {
    _server: Watched,
    address: SocketAddr,
}

impl ReverseProxy {
    /// nginx with its own defaults: it speaks HTTP/1.0 to the server at `address`, a connection for each request.
    pub fn nginx(address: SocketAddr) -> Self {
        nginx(address, "")
    }

    /// nginx as its documentation advises: HTTP/1.1 to the server, over connections that are kept.
    pub fn nginx_with_kept_connections(address: SocketAddr) -> Self {
        nginx(
            address,
            "proxy_http_version 1.1; proxy_set_header Connection \"\";",
        )
    }

    /// nginx that passes a body on as it comes.
    pub fn nginx_without_buffers(address: SocketAddr) -> Self {
        nginx(
            address,
            "proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_request_buffering off;",
        )
    }

    /// nginx that asks no server, but sends everybody to `target` with this status.
    pub fn nginx_that_redirects(status: u16, target: &str) -> Self {
        let nobody = SocketAddr::from(([127, 0, 0, 1], 9));
        nginx(nobody, &format!("return {status} {target};"))
    }

    /// HAProxy with Debian's time-outs.
    pub fn haproxy(address: SocketAddr) -> Self {
        haproxy(address, "")
    }

    /// HAProxy that speaks HTTP/2 to the server.
    pub fn haproxy_over_http_2(address: SocketAddr) -> Self {
        haproxy(address, "proto h2")
    }

    /// nginx by a configuration of one's own, whose temporary files are in the folder of `{temporary}`.
    pub fn nginx_by(config: &str, port: u16) -> Self {
        let folder = folder("gatepost-nginx-");
        let config = config.replace("{temporary}", &temporary(&folder));
        let config = config.replace("{folder}", &folder.display().to_string());
        start_nginx(&folder, &config, port)
    }

    /// HAProxy by a configuration of one's own.
    pub fn haproxy_by(config: &str, port: u16) -> Self {
        start_haproxy(config, port)
    }

    /// Caddy by a configuration of one's own.
    pub fn caddy_by(config: &str, port: u16) -> Self {
        let folder = folder("gatepost-caddy-");
        let path = folder.join("Caddyfile");
        fs::write(&path, config).expect("the folder is ours");
        let mut command = Watched::command(&folder, "TERM", "");
        command
            .arg(program("caddy"))
            .args(["run", "--adapter", "caddyfile", "--config"])
            .arg(&path)
            // where it would keep certificates of its own
            .env("HOME", &folder)
            .env("XDG_DATA_HOME", &folder)
            .env("XDG_CONFIG_HOME", &folder);
        start("Caddy", port, Watched::spawn(&folder, command))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn haproxy(address: SocketAddr, server: &str) -> ReverseProxy {
    let listen = free_port();
    let config = format!(
        "defaults
    mode http
    option forwardfor
    timeout connect 5s
    timeout client 50s
    timeout server 50s
frontend all
    bind 127.0.0.1:{listen}
    default_backend gatepost
backend gatepost
    server gatepost {address} {server}
"
    );
    start_haproxy(&config, listen)
}

fn start_haproxy(config: &str, port: u16) -> ReverseProxy {
    let folder = folder("gatepost-haproxy-");
    let path = folder.join("haproxy.cfg");
    fs::write(&path, config).expect("the folder is ours");
    let mut command = Watched::command(&folder, "TERM", "");
    command
        .arg(program("haproxy"))
        .args(["-db", "-f"])
        .arg(&path);
    start("HAProxy", port, Watched::spawn(&folder, command))
}

fn nginx(address: SocketAddr, location: &str) -> ReverseProxy {
    let listen = free_port();
    let folder = folder("gatepost-nginx-");
    let temporary = temporary(&folder);
    // the folder is closed to other users, so the workers run as whoever runs the tests
    let config = format!(
        "user root root;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_max_body_size 100m;
    {temporary}
    upstream gatepost {{ server {address}; keepalive 16; }}
    server {{
        listen 127.0.0.1:{listen};
        location / {{
            proxy_pass http://gatepost;
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            {location}
        }}
    }}
}}
",
        folder = folder.display()
    );
    start_nginx(&folder, &config, listen)
}

/// Where nginx keeps what it has no memory for, which is in Debian's folders otherwise.
fn temporary(folder: &Path) -> String {
    let of = |kind: &str| format!("{kind}_temp_path {}/{kind};", folder.display());
    let all = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(of);
    all.join(" ")
}

fn start_nginx(folder: &Path, config: &str, port: u16) -> ReverseProxy {
    let path = folder.join("nginx.conf");
    fs::write(&path, config).expect("the folder is ours");
    let mut command = Watched::command(folder, "TERM", "");
    command
        .arg(program("nginx"))
        .arg("-p")
        .arg(folder)
        .args(["-e", "stderr", "-g", "daemon off;", "-c"])
        .arg(&path);
    start("nginx", port, Watched::spawn(folder, command))
}

fn start(name: &str, port: u16, mut server: Watched) -> ReverseProxy {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    server.wait_until(name, |_| TcpStream::connect(address).ok().map(drop));
    ReverseProxy {
        _server: server,
        address,
    }
}

fn folder(prefix: &str) -> PathBuf {
    let mut folder = tempfile::Builder::new();
    let folder = folder.prefix(prefix).tempdir();
    folder.expect("a temporary folder can be made").keep()
}

/// Debian keeps programs of the system off the path of its users.
fn program(name: &str) -> PathBuf {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .chain([Path::new("/usr/sbin").to_owned()])
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
        .unwrap_or_else(|| {
            panic!("{name} is missing: install it with `apt-get install -y {name}`, or run scripts/test, which does")
        })
}
