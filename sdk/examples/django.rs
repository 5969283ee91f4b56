//! Logs in at a Django service with Djoser or dj-rest-auth and shows the account:
//! `cargo run --example django -- djoser https://api.example.org ada@example.org`.
//! The password is read from `GATEPOST_PASSWORD`.

use std::env;

use gatepost_sdk::{Client, Endpoints, Logout, Result};
use serde_json::json;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "it is a command")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [kind, server, email] = arguments.as_slice() else {
        println!("usage: django djoser|dj-rest-auth SERVER EMAIL");
        return Ok(());
    };
    let endpoints = match kind.as_str() {
        "djoser" => Endpoints::djoser(),
        // the name of JWT_AUTH_REFRESH_COOKIE
        _ => Endpoints::dj_rest_auth().refresh_cookie("refresh-token"),
    };
    let password = env::var_os("GATEPOST_PASSWORD").and_then(|text| text.into_string().ok());
    let client = Client::builder(server).endpoints(endpoints).build()?;
    let credentials = json!({ "email": email, "password": password });
    client.login_with(email, &credentials).await?;
    println!("{:?}", client.profile().await?);
    let out = client.logout(Logout::Server).await?;
    println!("ended at the server: {}", out.revoked);
    Ok(())
}
