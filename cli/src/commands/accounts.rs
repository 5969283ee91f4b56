//! `gatepost accounts`: the accounts that are logged in here. Neither the network nor a store is asked.

use serde::Serialize;

use crate::context::Context;
use crate::errors::Failure;
use crate::output;

#[derive(Serialize)]
struct Row<'a> {
    server: &'a str,
    user: &'a str,
    store: &'static str,
    /// Whether the other commands use it.
    current: bool,
}

impl output::Row for Row<'_> {
    const TITLES: &'static [&'static str] = &["", "SERVER", "USER", "STORE"];
    const WIDE: usize = 1;

    fn cells(&self, _: i64) -> Vec<String> {
        let mark = if self.current { "*" } else { "" };
        [mark, self.server, self.user, self.store]
            .map(str::to_owned)
            .to_vec()
    }

    fn values(&self) -> Vec<String> {
        let mut values = [self.server, self.user, self.store]
            .map(str::to_owned)
            .to_vec();
        values.push(self.current.to_string());
        values
    }
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
    let server = &context.settings.given.server;
    let nothing = format!("No account is logged in here. Next: gatepost login{server}");
    output::print_list(&context.output, &rows, &nothing)
}
