//! `gatepost register`: make an account. It is not logged in by that.

use gatepost_sdk::{Client, Error, NewUser, User};

use crate::args::Register;
use crate::context::Context;
use crate::errors::Failure;
use crate::output::Style;
use crate::prompt::{self, Tries};

pub(super) async fn run(args: Register, context: &Context) -> Result<(), Failure> {
    let client = context.anonymous()?;
    let user = register(&args, &client, context).await?;
    let given = &context.settings.given;
    context.output.say(&format!(
        "Registered {} at {}. Next: gatepost login{} --username {}",
        user.username,
        client.server(),
        format_args!("{}{}", given.server, given.store),
        crate::values::quoted(&user.username)
    ));
    match context.output.style {
        Style::Terminal(_) => Ok(()),
        Style::Tsv | Style::Json => context.output.record(&user),
    }
}

/// Asks for what is not given, and once more for what of that the server refuses.
async fn register(args: &Register, client: &Client, context: &Context) -> Result<User, Failure> {
    let given = args.username.clone();
    let given = given.or_else(|| context.settings.account.clone());
    let (mut username, mut email, mut password) = (given.clone(), args.email.clone(), None);
    let mut tries = Tries::new();
    loop {
        let name = prompt::line(username.take(), "Username", "--username").await?;
        let address = prompt::line(email.take(), "E-mail address", "--email").await?;
        let word = match password.take() {
            Some(word) => word,
            None => prompt::new_password(&args.password).await?,
        };
        let user = NewUser::new(&name, &address, &word)
            .first_name(&args.first_name)
            .last_name(&args.last_name);
        let failure = match client.register(user).await {
            Ok(user) => return Ok(user),
            Err(error) => unsure(error),
        };
        let asked = |field: &str| match field {
            "username" => given.is_none(),
            "email" => args.email.is_none(),
            "password" | "password2" => !prompt::is_piped(&args.password),
            _ => false,
        };
        let fields: Vec<&str> = failure.refused_fields().collect();
        let can_ask = !fields.is_empty() && fields.iter().all(|field| asked(field));
        if !can_ask || !tries.goes_on(&failure) {
            return Err(failure);
        }
        // what was not refused is not asked for again
        let is_fine = |name| !fields.contains(&name);
        username = is_fine("username").then_some(name);
        email = is_fine("email").then_some(address);
        password = (is_fine("password") && is_fine("password2")).then_some(word);
    }
}

/// What to do about an account of which no answer tells whether it was made.
fn unsure(error: Error) -> Failure {
    let may_be_done = error.may_have_been_done();
    let failure = Failure::from(error);
    if may_be_done {
        failure
            .hint("it may have worked all the same: try `gatepost login` before you register again")
    } else {
        failure
    }
}
