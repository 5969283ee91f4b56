//! What commands print: for people on a terminal, for programs in a pipe, and as JSON in the form that is asked for.

mod expression;
mod fields;
mod items;
mod jq;
mod list;
mod out;
mod said;
mod sink;
mod table;
mod template;
mod text;
mod wanted;

pub(crate) use gatepost_terminal::safe::printable;
pub(crate) use items::Items;
pub(crate) use list::{Listing, Row, print_list};
pub(crate) use out::{MOST, Output, Style};
pub(crate) use said::{put, warn};
pub(crate) use sink::{choose_pager, is_paging};
pub(crate) use table::Table;
pub(crate) use text::{escaped, shown_json, shown_text};
