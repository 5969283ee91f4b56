//! `gatepost posts delete`: delete a post of one's own; a person is asked first.

use serde_json::json;

use super::by_author;
use crate::args::Delete;
use crate::context::Context;
use crate::errors::{Exit, Failure};
use crate::prompt;

pub(in crate::commands) async fn run(args: &Delete, context: &Context) -> Result<(), Failure> {
    let posts = context.client()?.posts();
    if !args.yes {
        prompt::attended("--yes")?;
        let post = posts.get(args.id).await?;
        let question = format!(
            "Delete post {}: {}?",
            post.id,
            crate::output::printable(&post.title)
        );
        if !prompt::confirm(&question, "--yes").await? {
            return Err(Failure::new(
                Exit::Refused,
                "declined",
                "nothing was deleted",
            ));
        }
    }
    posts.delete(args.id).await.map_err(by_author)?;
    context.output.say(&format!("Deleted post {}", args.id));
    let json = json!({ "id": args.id, "deleted": true });
    context.output.result("", &json)
}
