//! `gatepost-server createsuperuser`: Django's command of this name.

use std::io::{self, IsTerminal};

use anyhow::{Context, anyhow, bail};
use clap::Args;
use django::validators;
use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

use super::common::{Common, ask, say, system_user};
use super::password::{self, Asked, complain};
use crate::accounts::rows::{self, NewUser};
use crate::app::App;
use crate::settings;
use crate::startup::Migrations;
use crate::throttle::Attempt;

#[derive(Args)]
pub(super) struct CreateSuperuser {
    /// The username [env: DJANGO_SUPERUSER_USERNAME]
    #[arg(long)]
    username: Option<String>,
    /// The e-mail address [env: DJANGO_SUPERUSER_EMAIL]
    #[arg(long)]
    email: Option<String>,
    /// Ask nothing; take the password from DJANGO_SUPERUSER_PASSWORD, or set none
    #[arg(long)]
    noinput: bool,
    #[command(flatten)]
    common: Common,
}

impl CreateSuperuser {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        if !self.noinput && !io::stdin().is_terminal() {
            bail!(
                "there is no terminal to ask on; use --noinput with --username, --email and DJANGO_SUPERUSER_PASSWORD"
            );
        }
        let settings = self.common.settings(Vec::new())?;
        let app = App::open(settings, Migrations::Apply).await?;
        let (username, email, password) = if self.noinput {
            self.given(&app).await?
        } else {
            self.asked(&app).await?
        };
        let user = NewUser {
            username,
            email,
            password: match password {
                Some(password) => app
                    .hashing()
                    .hash(password, &Attempt::default())
                    .await
                    .map_err(|_| anyhow!("the password could not be hashed; try again"))?,
                // Django's mark of an account without a password
                None => format!("!{}", app.entropy().alphanumeric(40)),
            },
            first_name: String::new(),
            last_name: String::new(),
            is_superuser: true,
            date_joined: app.dates().kept(app.clock().now()),
        };
        let is_new = app.db().write(move |tx| {
            let user = user.clone();
            Box::pin(async move { rows::insert(tx, &user).await })
        });
        if !is_new.await.context("the user could not be created")? {
            bail!("that username is already taken; choose another");
        }
        app.db().close().await;
        say("Superuser created successfully.");
        Ok(())
    }

    async fn given(&self, app: &App) -> anyhow::Result<(String, String, Option<SecretString>)> {
        let from = |flag: &Option<String>, name: &str| match flag {
            Some(given) => Ok(Some(given.clone())),
            None => settings::text_variable(name),
        };
        let username = if app.db().users().has_username() {
            let Some(username) = from(&self.username, "DJANGO_SUPERUSER_USERNAME")? else {
                bail!("you must use --username with --noinput");
            };
            check_username(app, &username).await
        } else {
            Ok(String::new())
        };
        let Some(email) = from(&self.email, "DJANGO_SUPERUSER_EMAIL")? else {
            bail!("you must use --email with --noinput");
        };
        let email = check_email(app, &email).await;
        Ok((
            username.map_err(|why| anyhow!(why))?,
            email.map_err(|why| anyhow!(why))?,
            settings::text_variable("DJANGO_SUPERUSER_PASSWORD")?.map(SecretString::from),
        ))
    }

    /// Asks for the field that users log in with, then for the rest, as Django does.
    async fn asked(&self, app: &App) -> anyhow::Result<(String, String, Option<SecretString>)> {
        let users = app.db().users();
        let (username, email) = if users.by_email() {
            let email = self.ask_email(app).await?;
            let username = if users.has_username() {
                self.ask_username(app, None).await?
            } else {
                String::new()
            };
            (username, email)
        } else {
            let username = self.ask_username(app, default_username(app).await).await?;
            (username, self.ask_email(app).await?)
        };
        let password = ask_password(&username, &email)?;
        Ok((username, email, Some(password)))
    }

    async fn ask_username(&self, app: &App, default: Option<String>) -> anyhow::Result<String> {
        let mut given = self.username.clone();
        loop {
            let name = match (given.take(), &default) {
                (Some(name), _) => name,
                (None, Some(default)) => {
                    let name = ask(&format!("Username (leave blank to use '{default}'): "))?;
                    if name.is_empty() {
                        default.clone()
                    } else {
                        name
                    }
                }
                (None, None) => ask("Username: ")?,
            };
            match check_username(app, &name).await {
                Ok(name) => return Ok(name),
                Err(why) => complain(&format!("Error: {why}"))?,
            }
        }
    }

    async fn ask_email(&self, app: &App) -> anyhow::Result<String> {
        let mut given = self.email.clone();
        loop {
            let email = match given.take() {
                Some(email) => email,
                None => ask("Email address: ")?,
            };
            match check_email(app, &email).await {
                Ok(email) => return Ok(email),
                Err(why) => complain(&format!("Error: {why}"))?,
            }
        }
    }
}

/// Django's `get_default_username`: the name of who runs this in small letters, where it may be used.
async fn default_username(app: &App) -> Option<String> {
    let name = system_user()?;
    let is_plain = |char: &char| char.is_ascii() && *char != ' ';
    let name: String = name.nfkd().filter(is_plain).collect();
    let name = name.to_lowercase();
    check_username(app, &name).await.ok()
}

/// The name as Django stores it (NFKC), if it may be used.
async fn check_username(app: &App, name: &str) -> Result<String, String> {
    let name: String = name.nfkc().collect();
    if name.is_empty() {
        return Err("This field cannot be blank.".to_owned());
    }
    if !validators::is_username(&name) {
        return Err(validators::USERNAME.to_owned());
    }
    if name.chars().count() > 150 {
        return Err("Ensure this value has at most 150 characters.".to_owned());
    }
    match rows::is_taken(app.db(), &name).await {
        Ok(false) => Ok(name),
        Ok(true) => Err("That username is already taken.".to_owned()),
        Err(error) => Err(format!(
            "the database failed: {error}; see its own log, then try again"
        )),
    }
}

/// The address as Django stores it: its domain in lower case.
async fn check_email(app: &App, text: &str) -> Result<String, String> {
    let by_email = app.db().users().by_email();
    if text.is_empty() {
        return if by_email {
            Err("This field cannot be blank.".to_owned())
        } else {
            Ok(String::new())
        };
    }
    if text.chars().count() > 254 {
        return Err("Ensure this value has at most 254 characters.".to_owned());
    }
    if !validators::is_email(text) {
        return Err(validators::EMAIL.to_owned());
    }
    let email = text.rsplit_once('@').map_or_else(
        || text.to_owned(),
        |(name, domain)| format!("{name}@{}", domain.to_lowercase()),
    );
    if !by_email {
        return Ok(email);
    }
    match rows::is_email_taken(app.db(), &email).await {
        Ok(false) => Ok(email),
        Ok(true) => Err("That email address is already taken.".to_owned()),
        Err(error) => Err(format!(
            "the database failed: {error}; see its own log, then try again"
        )),
    }
}

fn ask_password(username: &str, email: &str) -> anyhow::Result<SecretString> {
    loop {
        let password = match password::ask()? {
            Asked::Same(password) => password,
            Asked::Differ => {
                complain("Error: Your passwords didn't match.")?;
                continue;
            }
        };
        if password.expose_secret().trim().is_empty() {
            complain("Error: Blank passwords aren't allowed.")?;
            continue;
        }
        let problems = password::problems(&password, username, email);
        for problem in &problems {
            complain(problem)?;
        }
        if problems.is_empty()
            || ask("Bypass password validation and create user anyway? [y/N]: ")?
                .eq_ignore_ascii_case("y")
        {
            return Ok(password);
        }
    }
}
