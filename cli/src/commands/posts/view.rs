//! `gatepost posts view`: one post, whoever wrote it.

use gatepost_sdk::Clock;

use crate::ago::ago;
use crate::args::One;
use crate::context::Context;
use crate::errors::Failure;
use crate::output::{Style, printable, put};

pub(in crate::commands) async fn run(args: &One, context: &Context) -> Result<(), Failure> {
    let post = context.client()?.posts().get(args.id).await?;
    let Style::Terminal(_) = context.style else {
        return Ok(context.style.record(&post)?);
    };
    let now = Clock::system().now();
    let written = ago(now, post.created_at.timestamp());
    let changed = ago(now, post.updated_at.timestamp());
    let changed = if changed == written {
        String::new()
    } else {
        format!(", changed {changed}")
    };
    let head = format!(
        "{}\n#{} by {}, {written}{changed}\n",
        printable(&post.title),
        post.id,
        printable(&post.author)
    );
    Ok(put(&format!("{head}\n{}", shown(&post.content)))?)
}

/// A text as a terminal shows it.
pub(in crate::commands) fn shown(text: &str) -> String {
    text.lines().map(|line| tabbed(line) + "\n").collect()
}

/// A tab is the one control that belongs into a text.
fn tabbed(line: &str) -> String {
    let parts: Vec<_> = line.split('\t').map(printable).collect();
    parts.join("\t")
}
