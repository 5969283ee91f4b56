//! A typed client of Gatepost, and of any Django REST framework + SimpleJWT server, that never loses a session.
//!
//! # In your own program
//!
//! <!-- example: begin -->
//! ```toml
//! [dependencies]
//! gatepost-sdk = { path = "../gatepost/sdk" } # where the repository was cloned
//! tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
//! ```
//!
//! ```rust,no_run
//! use gatepost_sdk::{Client, NewPost, NewUser, Result, SecretString};
//!
//! #[tokio::main]
//! async fn main() -> Result<()> {
//!     let client = Client::builder("http://127.0.0.1:8000").build()?;
//!     let password = SecretString::from("ComplexPassword123!");
//!     let grace = NewUser::new("grace", "grace@example.com", &password);
//!     client.register(grace).await.ok(); // the second time she is registered already
//!     client.login("grace", &password).await?;
//!     let notes = NewPost::new("Notes", "Written by a program");
//!     println!("wrote post {}", client.posts().create(&notes).await?.id);
//!     let mut posts = client.posts().list().stream();
//!     while let Some(post) = posts.next().await {
//!         println!("{}", post?.title);
//!     }
//!     Ok(())
//! }
//! ```
//! <!-- example: end -->
//!
//! The session is kept in memory here; [`ClientBuilder::store`] takes a [`store`] that outlives the program.
//!
//! `AWS_LC_SYS_NO_JITTER_ENTROPY=1` in the environment of the build saves 80 ms of CPU at the first https client.
//!
//! # The eleven steps
//!
//! ```
//! # use gatepost_server::{App, Migrations, Settings, router, serve};
//! use std::time::Duration;
//! use gatepost_sdk::{Client, Logout, NewPost, NewUser, PostPatch, SecretString, store::MemoryStore};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let settings = format!("database.url = 'sqlite:{}'\nserver.secret_key = '{}'\npasswords.iterations = 1000", folder.path().join("db").display(), "k".repeat(50));
//! # let app = App::open(Settings::from_toml(&settings)?, Migrations::Apply).await?;
//! # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! # let address = format!("http://{}", listener.local_addr()?);
//! # tokio::spawn(serve(listener, router(app), std::future::pending()));
//! let client = Client::builder(address).store(MemoryStore::new()).build()?; // "https://api.example.org"
//! let password = SecretString::from("ComplexPassword123!");
//!
//! client.register(NewUser::new("ada", "ada@example.org", &password)).await?; //  1 register
//! let session = client.login("ada", &password).await?;                       //  2 log in
//! println!("{}", client.profile().await?.email);                             //  3 one's own account
//! let token = session.access_token(Duration::from_secs(60)).await?;          //  4 a token for another program
//! assert!(client.verify(&token).await?);                                     //  5 is it valid?
//!
//! let posts = client.posts();
//! let post = posts.create(&NewPost::new("Notes", "On the engine")).await?;   //  6 write
//! posts.update(post.id, &NewPost::new("Notes", "On the Engine")).await?;     //  7 replace (PUT)
//! posts.patch(post.id, &PostPatch::new().title("Note G")).await?;            //  8 change (PATCH)
//! let mut all = posts.list().stream();                                       //  9 read all, in constant memory
//! while let Some(post) = all.next().await {
//!     println!("{}", post?.title);
//! }
//! posts.delete(post.id).await?;                                              // 10 delete
//! client.logout(Logout::Server).await?;                                      // 11 log out
//! # Ok(())
//! # }
//! ```
//!
//! Tokens are refreshed on the way, shortly before they expire or when the server refuses one.
//!
//! # What happens to a session
//!
//! A refresh token is used up by one refresh. So a refresh is one transaction: take the lock of this process, then
//! the lock that all processes of the account share; read the store again; send; understand the answer; store the new
//! tokens; unlock. It runs to its end even if its caller goes away. A refresh is sent with a key that is made of the
//! old token and of a secret that never leaves the machine: Gatepost gives the same tokens again to whoever shows it,
//! so a crash or a cut connection anywhere is healed by asking again. Plain Django can't do that; there a loss is
//! named [`ExpiredReason::LostRotation`].
//!
//! A session ends only when the server has said so about the token that is still stored. Then it is marked with its
//! reason, not removed, and may be tried again ([`Session::resume`]). Whatever else goes wrong leaves it alone.
//!
//! # Layout
//!
//! Imports go from `api/` to `request/` to `session/` to `store/`, and never in a circle.
//!
//! * [`Client`] (`client.rs`) is set up by [`ClientBuilder`] (`builder.rs`).
//! * `api/`: the typed endpoints, and [lists](Client::list) of any kind. `endpoints.rs` says where they are.
//! * `request/`: [any other request](Client::request). `auth.rs` attaches the token and says what follows on a 401,
//!   `response.rs` is the answer, `silence.rs` how long the server may be silent, `again.rs` what is sent
//!   again by itself. `multipart.rs` writes forms with files.
//! * `inner.rs`: what the clones of a client share.
//! * `session/`: [`Session`]. `login.rs` logs in and out. `flight.rs` is a refresh that many wait for, `flow.rs` its
//!   transaction, `exchange.rs` its requests, `decide.rs` what an answer means, `key.rs` its key. `guard.rs` is the
//!   right to change the session, `lock.rs` the lock across processes. `slot.rs` is one session, however many clients
//!   use it, `verdict.rs` what a request has to do by what this process knows of it, `known.rs`.
//! * `transport.rs`: what a refresh needs of a client, `scheme.rs` which scheme the server takes; `http/` is the one
//!   place that builds the HTTP client: `address.rs` reads the server's address, `environment.rs` the variables,
//!   `proxy.rs` chooses the proxy, `tls.rs` what is trusted. `unreachable/` says why nothing could be sent.
//! * [`store`]: the trait of a store of one's own; keyring, file and memory. `session.rs` is what they keep, `place.rs`
//!   where it is locked, `private.rs` whose it is, `caught.rs` what a panic of a store becomes.
//! * [`Error`] (`error/`) says what happened, whether to try again or to log in, and gives a hint for a person.
//!
//! * `testing/`: for the tests of programs that use the crate.
//!
//! The crate prints nothing. It logs by `tracing`, never a token, a key or a password.
//!
//! # Features
//!
//! * `keyring` (default): [`store::KeyringStore`].
//! * `testing`: a mock server and a store that fail on demand.
//! * `reqwest-builder`: `ClientBuilder::configure_reqwest`, for what the builder does not know.
//!
//! # Certificates and proxies
//!
//! What the system trusts is trusted, or what `SSL_CERT_FILE` and `SSL_CERT_DIR` name in its place, and what
//! [`ClientBuilder::root_certificate`] adds. `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are heeded, in
//! capitals or not, except for servers on this machine.

#[cfg(test)]
extern crate self as gatepost_sdk;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod api;
mod api_error;
mod body;
mod builder;
mod client;
mod clock;
mod endpoints;
mod error;
mod http;
mod inner;
mod multipart;
mod page;
mod random;
mod reason;
mod request;
mod scheme;
mod session;
mod state;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod token;
mod transport;
mod types;
mod unreachable;

pub use api::account::Me;
pub use api::list::List;
pub use api::posts::{ListPosts, Posts};
pub use api::stream::{ItemStream, PostStream};
pub use api_error::{ApiError, FieldError, TokenMessage};
pub use body::Body;
pub use builder::ClientBuilder;
pub use client::Client;
pub use clock::Clock;
pub use endpoints::Endpoints;
pub use error::{Error, ErrorKind, Result};
pub use http::Address;
pub use multipart::Multipart;
pub use page::{Cursor, Page};
pub use reason::ExpiredReason;
pub use request::{Request, Response};
pub use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
pub use reqwest::{Method, StatusCode, Version};
pub use secrecy::{ExposeSecret, SecretString};
pub use session::{LoggedOut, Logout, Session, SessionDetails};
pub use state::{Degraded, SessionState};
pub use store::{EntryKey, StoreError, StoredSession, TokenStore};
pub use token::AccessToken;
pub use transport::RefreshMode;
pub use types::{
    AccountSession, ETag, NewPost, NewUser, Post, PostId, PostPatch, ProfilePatch, User,
};
pub use unreachable::{ProxyInUse, Unreachable, Unsent};
