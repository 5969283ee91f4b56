//! `gatepost password`: another password. All other sessions end with the old one.

use serde_json::json;

use crate::args::ChangePassword;
use crate::context::Context;
use crate::errors::Failure;
use crate::prompt;

pub(super) async fn run(args: &ChangePassword, context: &Context) -> Result<(), Failure> {
    let client = context.client()?;
    let (old, new) = prompt::old_and_new(args.passwords_stdin).await?;
    client.me().change_password(&old, &new).await?;
    context
        .style
        .say("Changed the password; all other sessions have ended");
    Ok(context.style.result("", &json!({ "changed": true }))?)
}
