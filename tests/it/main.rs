//! The integration tests, in one binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod account;
mod accounts;
mod admin;
mod admin_beyond;
mod admin_guards;
mod adopt;
mod adoption;
mod agreement;
mod algorithms;
mod backup;
mod behind;
mod beside;
mod bodies;
mod both;
mod browser;
mod chains;
mod claims;
mod cleanup;
mod cli;
mod configurations;
mod cookies;
mod copying;
mod cors;
mod crashes;
#[cfg(target_os = "linux")]
mod disk;
mod django;
mod document;
mod drain;
mod dump;
mod early;
mod environment;
mod failover;
#[cfg(debug_assertions)]
mod faults;
#[cfg(target_os = "linux")]
mod files;
mod guessing;
mod handed_over;
mod health;
mod instructions;
mod jwk_https;
mod jwk_url;
mod key_rotation;
mod keys;
mod limits;
mod load;
mod load_generator;
mod locked;
mod log;
mod logged;
mod managed;
mod manager;
mod metrics;
mod migrations;
mod mount;
mod mounted;
mod outages;
mod outside;
mod packages;
#[cfg(target_os = "linux")]
mod packaging;
mod platforms;
mod pooled;
mod posts;
mod process;
mod proof;
mod races;
mod random;
mod raw;
mod refresh;
mod remarks;
mod remote;
mod replicas;
mod requests;
mod rotation;
mod schema;
mod sequences;
mod simplejwt;
mod structure;
mod sub_path;
mod superuser;
mod throttle;
mod tls;
mod tree;
mod trips;
mod tutorial;
mod unix_socket;
mod upgrades;
mod watermark;
mod wire;
mod written;

/// `#[apply(both_databases)]` in place of `#[rstest]`: the argument `on` is each of the two databases in turn.
#[rstest_reuse::template]
#[rstest]
fn both_databases(#[values(Backend::Sqlite, Backend::Postgres)] on: Backend) {}
