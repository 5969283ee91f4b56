//! Every endpoint and every refusal, against Gatepost; `examples/scenarios.rs` runs the same against any server.

use std::time::Duration;

use crate::scenarios;
use crate::server::{Server, access_life};

#[tokio::test]
async fn every_endpoint() {
    let server = Server::start().await;
    scenarios::every_endpoint(server.client()).await;
}

#[tokio::test]
async fn every_refusal() {
    let server = Server::start().await;
    scenarios::every_refusal(server.client()).await;
}

#[tokio::test]
async fn an_ended_session_says_why() {
    let server = Server::start().await;
    scenarios::an_ended_session_says_why(server.client()).await;
}

#[tokio::test]
async fn a_session_outlives_its_access_tokens() {
    let server = Server::with(&access_life(2)).await;
    scenarios::a_session_outlives_its_access_tokens(server.client(), Duration::from_secs(6)).await;
}
