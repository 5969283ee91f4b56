//! `gatepost posts view`: one post, whoever wrote it.

use gatepost_sdk::Clock;

use crate::ago::ago;
use crate::args::One;
use crate::context::Context;
use crate::errors::Failure;
use crate::output::{Output, Style, printable, shown_text};

pub(in crate::commands) async fn run(args: &One, context: &Context) -> Result<(), Failure> {
    let post = context.client()?.posts().get(args.id).await?;
    let Style::Terminal(_) = context.output.style else {
        return context.output.record(&post);
    };
    let now = Clock::system().now();
    let written = ago(now, post.created_at.timestamp());
    let changed = ago(now, post.updated_at.timestamp());
    let changed = if changed == written {
        String::new()
    } else {
        format!(", changed {changed}")
    };
    let about = format!("#{} by {}, {written}{changed}", post.id, post.author);
    headed(&context.output, &post.title, &about, &post.content);
    Ok(())
}

/// Prints a text below its title and a line about it.
pub(in crate::commands) fn headed(output: &Output, title: &str, about: &str, text: &str) {
    let paint = output.paint();
    output.put(&format!("{}\n", paint.title(&printable(title))));
    output.put(&format!("{}\n\n", paint.faint(&printable(about))));
    for line in text.lines() {
        output.put(&format!("{}\n", shown_text(line)));
    }
}
