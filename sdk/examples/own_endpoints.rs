//! Endpoints of one's own, typed: `cargo run --example own_endpoints -- https://api.example.org ada`.
//! The password is read from `GATEPOST_PASSWORD`.

use std::env;

use gatepost_sdk::{Client, Endpoints, Result, SecretString};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
struct Invoice {
    id: u32,
    customer: String,
}

#[derive(Serialize)]
struct NewInvoice<'a> {
    customer: &'a str,
}

#[derive(Serialize)]
struct Filter<'a> {
    paid: bool,
    tag: &'a [&'a str],
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "it is a command")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [server, name] = arguments.as_slice() else {
        println!("usage: own_endpoints SERVER NAME");
        return Ok(());
    };
    let password = env::var_os("GATEPOST_PASSWORD").and_then(|text| text.into_string().ok());
    let password = SecretString::from(password.unwrap_or_default());
    let endpoints = Endpoints::new().token("/auth/jwt/").profile("/auth/me/");
    let client = Client::builder(server)
        .endpoints(endpoints)
        .retries(3)
        .build()?;
    client.login(name, &password).await?;

    let new = NewInvoice { customer: "Grace" };
    let made: Invoice = client.post("/api/invoices/").json(&new).send_json().await?;
    println!("made {made:?}");
    let filter = Filter {
        paid: false,
        tag: &["sea", "air"],
    };
    let mut invoices = client
        .list::<Invoice>("/api/invoices/")
        .query(&filter)
        .stream();
    while let Some(invoice) = invoices.next().await {
        let invoice = invoice?;
        println!("{}: {}", invoice.id, invoice.customer);
    }
    client
        .delete(&format!("/api/invoices/{}/", made.id))
        .send_empty()
        .await
}
