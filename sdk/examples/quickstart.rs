//! Registers, logs in, writes and reads: `cargo run --example quickstart -- https://api.example.org ada`.
//! The password is read from `GATEPOST_PASSWORD`.

use std::env;

use gatepost_sdk::{Client, NewPost, NewUser, Result, SecretString};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "it is a command")]
async fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let server = arguments
        .next()
        .unwrap_or_else(|| "http://127.0.0.1:8000".to_owned());
    let name = arguments.next().unwrap_or_else(|| "ada".to_owned());
    let password = env::var_os("GATEPOST_PASSWORD").and_then(|text| text.into_string().ok());
    let password = SecretString::from(password.unwrap_or_else(|| "ComplexPassword123!".to_owned()));

    let client = Client::builder(server).build()?;
    if let Err(error) = client.register(NewUser::new(&name, "", &password)).await {
        println!("not registered: {error}"); // the second time the name is taken
    }
    client.login(&name, &password).await?;
    let post = client
        .posts()
        .create(&NewPost::new("Notes", "On the engine"))
        .await?;
    println!("wrote post {}", post.id);
    let mut posts = client.posts().list().stream();
    while let Some(post) = posts.next().await {
        let post = post?;
        println!("{} by {}", post.title, post.author);
    }
    Ok(())
}
