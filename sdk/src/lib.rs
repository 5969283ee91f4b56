//! A typed client of Gatepost, and of any Django REST framework + SimpleJWT server.

mod api;
mod api_error;
mod body;
mod client;
mod clock;
mod endpoints;
mod error;
mod http;
mod page;
mod request;
mod session;
pub mod store;
mod token;
mod types;

pub use api::posts::{ListPosts, PostStream, Posts};
pub use api_error::{ApiError, FieldError, TokenMessage};
pub use body::Body;
pub use client::{Client, ClientBuilder, RefreshMode};
pub use clock::Clock;
pub use endpoints::Endpoints;
pub use error::{Error, ErrorKind, Result};
pub use page::{Cursor, Page};
pub use request::{Answer, Request};
pub use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
pub use reqwest::{Method, StatusCode};
pub use secrecy::{ExposeSecret, SecretString};
pub use session::state::{Degraded, ExpiredReason, SessionState};
pub use session::{LoggedOut, Logout, Session, SessionDetails};
pub use store::{Entry, EntryKey, StoreError, TokenStore};
pub use token::AccessToken;
pub use types::{NewPost, NewUser, Post, PostId, PostPatch, User};
