//! HTTP and DRF's form of it, without knowing any feature: bodies, errors, fields, headers, negotiation, the log.

pub(crate) mod agent;
pub(crate) mod answer;
pub(crate) mod asset;
pub(crate) mod body;
pub(crate) mod client;
pub(crate) mod cookies;
pub(crate) mod cors;
pub(crate) mod error;
pub(crate) mod etag;
pub(crate) mod fields;
mod flood;
pub(crate) mod form;
pub(crate) mod headers;
pub(crate) mod held;
pub(crate) mod host;
pub(crate) mod html;
pub(crate) mod idempotency;
pub(crate) mod link;
pub(crate) mod log;
pub(crate) mod metadata;
pub(crate) mod negotiate;
pub(crate) mod operation;
pub(crate) mod page;
pub(crate) mod path;
pub(crate) mod peers;
pub(crate) mod room;
