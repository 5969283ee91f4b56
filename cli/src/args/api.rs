//! The arguments of `gatepost api`.

use std::path::PathBuf;

use clap::Args;
use gatepost_sdk::Method;

/// Ask the server anything, with the session
///
/// The token is sent and refreshed as everywhere; where nobody is logged in and no account is named, the request is sent
/// without one. What the server answers is printed as it is; on a terminal, JSON is indented. An answer of 400 or more is
/// printed too, and ends the command with its exit code.
///
/// Fields are the query of a GET, and otherwise one object of JSON: `-f tags[]=a -f tags[]=b` is a list,
/// `-f author[name]=ada` an object in it. With --input they are the query.
#[derive(Args)]
pub(crate) struct Api {
    /// The path at the server, with its final slash: /api/posts/
    pub(crate) path: String,
    /// The method [default: GET, or POST with fields or --input]
    #[arg(short = 'X', long, value_name = "METHOD", value_parser = method)]
    pub(crate) method: Option<Method>,
    /// Add a field whose value is text
    #[arg(short = 'f', long = "raw-field", value_name = "KEY=TEXT")]
    pub(crate) texts: Vec<String>,
    /// Add a field: true, false, null and numbers are what they say, @FILE and @- are what is read there
    #[arg(short = 'F', long = "field", value_name = "KEY=VALUE")]
    pub(crate) fields: Vec<String>,
    /// Add a header
    #[arg(short = 'H', long = "header", value_name = "NAME:VALUE")]
    pub(crate) headers: Vec<String>,
    /// Send this file as the body, or stdin (-); it is JSON unless a Content-Type says otherwise
    #[arg(long, value_name = "FILE")]
    pub(crate) input: Option<PathBuf>,
    /// Print all pages of a list as one array of JSON
    #[arg(long, conflicts_with_all = ["input", "include"])]
    pub(crate) paginate: bool,
    /// Print status and headers too
    #[arg(short, long)]
    pub(crate) include: bool,
}

/// A method of HTTP, in capitals or not.
fn method(text: &str) -> Result<Method, &'static str> {
    let is_word = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let method = Method::from_bytes(text.to_ascii_uppercase().as_bytes()).ok();
    method
        .filter(|_| is_word)
        .ok_or("it must be a method of HTTP, such as GET or POST")
}
