//! `gatepost posts list` and `search`: the posts as they come, in constant memory.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use chrono::SecondsFormat;
use gatepost_sdk::{Post, PostStream};

use crate::ago::ago;
use crate::args::List;
use crate::context::Context;
use crate::errors::Failure;
use crate::output::{Listing, Output, Row, Style};
use crate::progress;

/// How many posts are asked for at a time, at most.
const PAGE: u64 = 500;

/// How many a person is shown who does not say how many.
const SHOWN: u64 = 30;

impl Row for Post {
    const TITLES: &'static [&'static str] = &["ID", "TITLE", "AUTHOR", "WRITTEN"];
    const WIDE: usize = 1;

    fn cells(&self, now: i64) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.title.clone(),
            self.author.clone(),
            ago(now, self.created_at.timestamp()),
        ]
    }

    fn values(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.title.clone(),
            self.author.clone(),
            self.created_at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        ]
    }
}

pub(in crate::commands) async fn run(args: &List, context: &Context) -> Result<(), Failure> {
    let output = &context.output;
    let which = &args.which;
    let is_terminal = matches!(output.style, Style::Terminal(_));
    let is_cut = is_terminal && !which.all && which.limit.is_none();
    let limit = match which.limit {
        Some(limit) => limit,
        None if is_cut => SHOWN,
        None => u64::MAX,
    };
    // one more tells whether there are more
    let wanted = limit.saturating_add(u64::from(is_cut));
    let page = u32::try_from(wanted.min(PAGE)).unwrap_or(u32::MAX);
    let mut list = context.client()?.posts().list().page_size(page);
    if let Some(text) = &args.search {
        list = list.search(text);
    }
    if let Some(author) = &which.author {
        list = list.author(author);
    }
    let is_chosen = args.search.is_some() || which.author.is_some();
    let mut posts = list.stream();
    let mut listing = Listing::new(output);
    let mut shown = 0;
    while shown < limit {
        let post = next(&mut posts, output).await?;
        if shown == 0 && is_chosen && posts.is_whole() {
            output
                .say("This server has no search of its own: all its posts are looked through here");
        }
        let Some(post) = post else { break };
        listing.row(&post)?;
        progress::count();
        shown += 1;
    }
    if is_cut && shown == limit && next(&mut posts, output).await?.is_some() {
        output.say_last(format!(
            "These are the newest {SHOWN}, and there are more: add --all for all of them, or --limit N"
        ));
    }
    listing.end(&nothing(args));
    Ok(())
}

/// The next post. What was printed is written while it is waited for.
async fn next(posts: &mut PostStream, output: &Output) -> Result<Option<Post>, Failure> {
    let mut next = pin!(posts.next());
    let is_there = poll_fn(|context| Poll::Ready(next.as_mut().poll(context))).await;
    let post = match is_there {
        Poll::Ready(post) => {
            if output.is_full() {
                output.flush().await?;
            }
            post
        }
        Poll::Pending => {
            output.flush().await?;
            next.await
        }
    };
    Ok(post.transpose()?)
}

/// What a person is told where there is no post.
fn nothing(args: &List) -> String {
    let author = args.which.author.as_ref();
    let author = author.map_or_else(String::new, |author| format!(" by {author}"));
    match &args.search {
        Some(text) => format!("No post{author} has {text:?} in its title or text"),
        None if author.is_empty() => "There is no post yet. Next: gatepost posts create".to_owned(),
        None => format!("There is no post{author}"),
    }
}
