//! `gatepost accounts`: the accounts that are logged in here. Neither the network nor a store is asked.

use serde::Serialize;

use crate::context::Context;
use crate::errors::Failure;
use crate::output::{Style, escaped, put};
use crate::table::Table;

#[derive(Serialize)]
struct Row<'a> {
    server: &'a str,
    user: &'a str,
    store: &'static str,
    /// Whether the other commands use it.
    current: bool,
}

pub(super) fn run(context: &Context) -> Result<(), Failure> {
    let current = context.account()?;
    let rows: Vec<Row> = context
        .accounts
        .all
        .iter()
        .map(|account| Row {
            server: &account.server,
            user: &account.user,
            store: account.store.name(),
            current: current.is_some_and(|current| std::ptr::eq(current, account)),
        })
        .collect();
    let text = match context.style {
        Style::Json => serde_json::to_string(&rows).map_err(std::io::Error::from)? + "\n",
        Style::Tsv => rows.iter().fold(String::new(), |text, row| {
            let (server, user) = (escaped(row.server), escaped(row.user));
            text + &format!("{server}\t{user}\t{}\t{}\n", row.store, row.current)
        }),
        Style::Terminal(_) if rows.is_empty() => {
            let given = &context.settings.given;
            context.style.say(&format!(
                "No account is logged in here. Next: gatepost login{}",
                given.server
            ));
            String::new()
        }
        Style::Terminal(width) => {
            let mut table = Table::new(&["", "SERVER", "USER", "STORE"], 1, width);
            let lines = rows.iter().map(|row| {
                let mark = if row.current { "*" } else { "" };
                table.row(&[mark, row.server, row.user, row.store].map(str::to_owned))
            });
            let text: String = lines.collect();
            text + &table.flush()
        }
    };
    Ok(put(&text)?)
}
