//! `gatepost-server changepassword [USER]`: Django's command of this name; the user's sessions end with the password.

use std::io::{self, IsTerminal};

use anyhow::{Context, anyhow, bail};
use clap::Args;
use secrecy::{ExposeSecret, SecretString};

use super::common::{self, Common, ask, say};
use super::password::{self, Asked};
use crate::accounts::rows;
use crate::app::App;
use crate::db::migrate;
use crate::startup::Migrations;
use crate::throttle::Attempt;
use crate::tokens::{Alive, end_sessions};

/// How often a password is asked for, as in Django.
const TRIES: u32 = 3;

#[derive(Args)]
pub(super) struct ChangePassword {
    /// With what the user logs in; by default the name of who runs this, as in Django
    username: Option<String>,
    /// Read the password from the first line of standard input; it is not asked for twice
    #[arg(long, visible_alias = "stdin")]
    password_stdin: bool,
    /// End the user's sessions, also where passwords.end_sessions is false
    #[arg(long)]
    end_sessions: bool,
    #[command(flatten)]
    common: Common,
}

impl ChangePassword {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        if !self.password_stdin && !io::stdin().is_terminal() {
            bail!(
                "there is no terminal to ask on; use --password-stdin and write the password into it"
            );
        }
        let settings = self.common.settings(Vec::new())?;
        let app = App::open(settings, Migrations::Require).await?;
        let Some(username) = self.username.clone().or_else(common::system_user) else {
            bail!("nobody says whose password; name the user");
        };
        let username = username.as_str();
        let user = app.users().find_by_login(username).await;
        let user = user.context("the user could not be looked up")?;
        let Some(user) = user else {
            bail!("user '{username}' does not exist");
        };
        let password = if self.password_stdin {
            given(username, &user.email)?
        } else {
            asked(username, &user.email)?
        };
        let encoded = app.hashing().hash(password, &Attempt::default()).await;
        let encoded =
            encoded.map_err(|_| anyhow!("the password could not be hashed; try again"))?;
        let (id, alive) = (user.id, Alive::at(&app, app.clock().now()));
        let ends = self.end_sessions || app.settings().passwords.end_sessions;
        let changed = app.db().write(move |tx| {
            let (encoded, alive) = (encoded.clone(), alive.clone());
            Box::pin(async move {
                let is_there = rows::replace_password(tx, id, &encoded).await?;
                if is_there && ends {
                    end_sessions(tx, id, None, &alive).await?;
                }
                Ok(is_there)
            })
        });
        if !changed.await.context("the password could not be changed")? {
            bail!("user '{username}' was deleted meanwhile");
        }
        let is_djangos = app
            .db()
            .read(|conn| Box::pin(migrate::is_used_by_django(conn)));
        let is_djangos = is_djangos.await.unwrap_or_default();
        app.db().close().await;
        say(&format!(
            "Password changed successfully for user '{username}'"
        ));
        if ends {
            let rest = if app.settings().simple_jwt.check_revoke_token {
                "."
            } else {
                "; an access token is good until it expires."
            };
            say(&format!("The user's sessions have ended{rest}"));
            if is_djangos {
                say(
                    "Where Django ran SimpleJWT before 5.5, a refresh token that it made by a rotation has no row and lives on until it expires; `gatepost-server keys replace` ends such sessions too, with those of every user.",
                );
            }
        }
        Ok(())
    }
}

fn given(username: &str, email: &str) -> anyhow::Result<SecretString> {
    let password = SecretString::from(ask("")?);
    password::refuse_nul(&password)?;
    let problems = password::problems(&password, username, email);
    if password.expose_secret().is_empty() || !problems.is_empty() {
        bail!("the password is not strong enough: {}", problems.join(" "));
    }
    Ok(password)
}

fn asked(username: &str, email: &str) -> anyhow::Result<SecretString> {
    say(&format!("Changing password for user '{username}'"));
    for _ in 0..TRIES {
        match password::ask()? {
            Asked::Differ => password::complain("Passwords do not match. Please try again.")?,
            Asked::Same(password) => {
                let problems = password::problems(&password, username, email);
                if problems.is_empty() {
                    return Ok(password);
                }
                for problem in problems {
                    password::complain(&problem)?;
                }
            }
        }
    }
    bail!("aborting password change for user '{username}' after {TRIES} attempts")
}
