//! A password that a person types twice on the terminal, and what Django would say of it.

use std::io::{self, Write};

use anyhow::{Context, bail};
use django::password_validation;
use secrecy::{ExposeSecret, SecretString};

/// What was typed.
pub(super) enum Asked {
    Same(SecretString),
    Differ,
}

/// Asks for a password twice.
pub(super) fn ask() -> anyhow::Result<Asked> {
    let prompt = |text| rpassword::prompt_password(text).context("the password can't be read");
    let password = SecretString::from(prompt("Password: ")?);
    let again = SecretString::from(prompt("Password (again): ")?);
    refuse_nul(&password)?;
    Ok(if password.expose_secret() == again.expose_secret() {
        Asked::Same(password)
    } else {
        Asked::Differ
    })
}

/// Refuses a password that no login may give: its field takes no null characters, as Django's does not.
pub(super) fn refuse_nul(password: &SecretString) -> anyhow::Result<()> {
    if password.expose_secret().contains('\0') {
        bail!("the password has a null character in it, which no login may have; choose another");
    }
    Ok(())
}

/// What Django's validators object to.
pub(super) fn problems(password: &SecretString, username: &str, email: &str) -> Vec<String> {
    let attributes = [("username", username), ("email address", email)];
    password_validation::problems(password.expose_secret(), &attributes)
}

/// Tells a person what is wrong.
pub(super) fn complain(text: &str) -> io::Result<()> {
    writeln!(io::stderr(), "{text}")
}
