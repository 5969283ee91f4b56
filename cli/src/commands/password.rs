//! `gatepost password`: another password. All other sessions end with the old one.

use serde_json::json;

use crate::args::ChangePassword;
use crate::context::Context;
use crate::errors::Failure;
use crate::prompt::{self, Tries};

pub(super) async fn run(args: &ChangePassword, context: &Context) -> Result<(), Failure> {
    let client = context.client()?;
    let mut known = (None, None);
    let mut tries = Tries::new();
    loop {
        let (old, new) = prompt::old_and_new(args.passwords_stdin, known).await?;
        let Err(error) = client.me().change_password(&old, &new).await else {
            break;
        };
        let failure = Failure::from(error);
        let is_refused = |name| failure.refused_fields().any(|field| field == name);
        let (is_old, is_new) = (is_refused("old_password"), is_refused("new_password"));
        let can_ask = (is_old || is_new) && !args.passwords_stdin;
        if !can_ask || !tries.goes_on(&failure) {
            return Err(failure);
        }
        known = ((!is_old).then_some(old), (!is_new).then_some(new));
    }
    context
        .output
        .say("Changed the password; all other sessions have ended");
    context.output.result("", &json!({ "changed": true }))
}
