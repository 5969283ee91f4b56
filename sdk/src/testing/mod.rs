//! For the tests of programs that use this crate: a server that fails on demand, a store that fails on demand, and
//! [`Clock::at`](crate::Clock::at), a clock that is set.
//!
//! ```
//! use gatepost_sdk::testing::{Fault, MockServer};
//!
//! # #[tokio::main]
//! # async fn main() -> gatepost_sdk::Result<()> {
//! let server = MockServer::start().await;
//! server.on("GET /api/invoices/7/", 200, serde_json::json!({ "number": "A-7" }));
//! let client = server.client().build()?;
//! client.login("ada", &server.password()).await?;
//!
//! // the server exchanges the tokens, and the answer is lost on the way: the session lives on
//! server.next("POST /api/token/refresh/", Fault::CutAfterCommit);
//! server.clock().advance(3600);
//! let invoice: serde_json::Value = client.get("/api/invoices/7/").send_json().await?;
//! assert_eq!(invoice["number"], "A-7");
//! assert_eq!(server.count("POST /api/token/refresh/"), 2);
//! # Ok(())
//! # }
//! ```

mod api;
mod server;
mod store;
mod wire;

pub use self::server::{Fault, MockServer};
pub use self::store::{FaultyStore, StoreFault};
pub use self::wire::Asked;
