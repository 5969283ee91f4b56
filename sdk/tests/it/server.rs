//! Gatepost in this process, on a database of its own.

use gatepost_sdk::{Client, ClientBuilder, NewUser, SecretString};
use gatepost_server::{App, Migrations, Settings, router, serve};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A running server, stopped when dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    _stop: oneshot::Sender<()>,
    _folder: tempfile::TempDir,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with("").await
    }

    /// With more settings, as TOML.
    pub(crate) async fn with(settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let toml = format!(
            "database.url = 'sqlite:{}'\nserver.secret_key = 'a-secret-key-for-tests-0123456789-0123456789'\npasswords.iterations = 1000\n{settings}",
            folder.path().join("db.sqlite3").display()
        );
        let settings = Settings::from_toml(&toml).expect("settings");
        let app = App::open(settings, Migrations::Apply)
            .await
            .expect("a database");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(serve(listener, router(app), async {
            let _ = stopped.await;
        }));
        Self {
            url,
            _stop: stop,
            _folder: folder,
        }
    }

    pub(crate) fn client(&self) -> ClientBuilder {
        Client::builder(&self.url)
    }
}

pub(crate) fn password() -> SecretString {
    SecretString::from("ComplexPassword123!")
}

/// Registers an account and logs it in.
pub(crate) async fn enter(client: &Client, name: &str) {
    let user = NewUser::new(name, format!("{name}@example.com"), &password());
    client.register(user).await.expect("registered");
    client.login(name, &password()).await.expect("logged in");
}

/// `[simple_jwt]` with an access token of this life in seconds.
pub(crate) fn access_life(seconds: u32) -> String {
    format!("[simple_jwt]\naccess_token_lifetime = {seconds}\n")
}
