//! The live servers of the tests and of the bench and a browser, each ended with the process that started it, and SQL.

use std::net::TcpListener;

pub mod browser;
pub mod django;
pub mod page;
pub mod pgbouncer;
pub mod postgres;
mod proxies;
pub mod sql;
pub mod talk;
mod watched;

pub use proxies::ReverseProxy;
pub use watched::Watched;

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("the port's number").port()
}
