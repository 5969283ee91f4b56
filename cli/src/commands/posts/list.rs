//! `gatepost posts list`: the posts as they come, in constant memory.

use chrono::SecondsFormat;
use gatepost_sdk::{Clock, Post};

use crate::ago::ago;
use crate::args::List;
use crate::context::Context;
use crate::errors::Failure;
use crate::output::{Style, escaped, put};
use crate::table::Table;

/// How many posts are asked for at a time, at most.
const PAGE: u64 = 500;

pub(in crate::commands) async fn run(args: &List, context: &Context) -> Result<(), Failure> {
    let limit = args.limit.unwrap_or(u64::MAX);
    let page = u32::try_from(limit.min(PAGE)).unwrap_or(u32::MAX);
    let mut list = context.client()?.posts().list().page_size(page);
    if let Some(text) = &args.search {
        list = list.search(text);
    }
    if let Some(author) = &args.author {
        list = list.author(author);
    }
    let mut posts = list.stream();
    let mut printer = Printer::new(context.style);
    for _ in 0..limit {
        let Some(post) = posts.next().await else {
            break;
        };
        put(&printer.post(&post?)?)?;
    }
    Ok(put(&printer.end())?)
}

/// Turns posts into text one by one.
enum Printer {
    Table(Table, i64),
    Tsv,
    Json { is_first: bool },
}

impl Printer {
    fn new(style: Style) -> Self {
        match style {
            Style::Terminal(width) => {
                let titles = ["ID", "TITLE", "AUTHOR", "WRITTEN"];
                Self::Table(Table::new(&titles, 1, width), Clock::system().now())
            }
            Style::Tsv => Self::Tsv,
            Style::Json => Self::Json { is_first: true },
        }
    }

    fn post(&mut self, post: &Post) -> Result<String, Failure> {
        Ok(match self {
            Self::Table(table, now) => table.row(&[
                post.id.to_string(),
                post.title.clone(),
                post.author.clone(),
                ago(*now, post.created_at.timestamp()),
            ]),
            Self::Tsv => {
                let at = post.created_at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
                format!(
                    "{}\t{}\t{}\t{at}\n",
                    post.id,
                    escaped(&post.title),
                    escaped(&post.author)
                )
            }
            Self::Json { is_first } => {
                let before = if std::mem::take(is_first) {
                    "[\n"
                } else {
                    ",\n"
                };
                let post = serde_json::to_string(post).map_err(std::io::Error::from)?;
                format!("{before}{post}")
            }
        })
    }

    /// What closes the list; a list that broke off is not closed.
    fn end(mut self) -> String {
        match &mut self {
            Self::Table(table, _) => table.flush(),
            Self::Tsv => String::new(),
            Self::Json { is_first: true } => "[]\n".to_owned(),
            Self::Json { is_first: false } => "\n]\n".to_owned(),
        }
    }
}
