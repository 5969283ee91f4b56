//! `gatepost profile`: the account that is logged in, as the server shows it.

use crate::context::Context;
use crate::errors::Failure;

pub(super) async fn run(context: &Context) -> Result<(), Failure> {
    let user = context.client()?.profile().await?;
    Ok(context.style.record(&user)?)
}
