//! Runs the scenarios of the tests against a server that is running, Gatepost or Django:
//! `cargo run -p gatepost-sdk --example scenarios -- http://127.0.0.1:8000`.
//!
//! With `--short` the server's access tokens must live for two seconds.

#[path = "../tests/it/scenarios.rs"]
mod scenarios;

use std::time::Duration;

use gatepost_sdk::Client;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "it is a command")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(url) = arguments.first() else {
        println!("usage: scenarios URL [--short]");
        return;
    };
    let client = || Client::builder(url);
    if arguments.iter().any(|argument| argument == "--short") {
        scenarios::a_session_outlives_its_access_tokens(client(), Duration::from_mins(1)).await;
        println!("a session outlived its access tokens for a minute");
        return;
    }
    scenarios::every_endpoint(client()).await;
    println!("every endpoint: as expected");
    scenarios::every_refusal(client()).await;
    println!("every refusal: as expected");
    scenarios::an_ended_session_says_why(client()).await;
    println!("an ended session: as expected");
}
