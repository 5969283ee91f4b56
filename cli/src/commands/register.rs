//! `gatepost register`: make an account. It is not logged in by that.

use gatepost_sdk::{Error, NewUser};

use crate::args::Register;
use crate::context::Context;
use crate::errors::Failure;
use crate::output::Style;
use crate::prompt;

pub(super) async fn run(args: Register, context: &Context) -> Result<(), Failure> {
    let client = context.anonymous()?;
    let username = args.username.or_else(|| context.settings.account.clone());
    let username = prompt::line(username, "Username", "--username").await?;
    let email = prompt::line(args.email, "E-mail address", "--email").await?;
    let password = prompt::password(&args.password, true).await?;
    let user = NewUser::new(username, email, &password)
        .first_name(args.first_name)
        .last_name(args.last_name);
    let user = client.register(user).await.map_err(unsure)?;
    let given = &context.settings.given;
    context.style.say(&format!(
        "Registered {} at {}. Next: gatepost login{} --username {}",
        user.username,
        client.server(),
        format_args!("{}{}", given.server, given.store),
        crate::values::quoted(&user.username)
    ));
    match context.style {
        Style::Terminal(_) => Ok(()),
        style => Ok(style.record(&user)?),
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
