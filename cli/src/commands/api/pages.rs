//! All pages of a list as one array, or each item in the form that is asked for.

use gatepost_sdk::{Client, ErrorKind};
use serde_json::value::RawValue;

use super::answer::refused;
use super::fields::Fields;
use crate::errors::Failure;
use crate::output::{Items, Output};

pub(super) async fn print(
    client: &Client,
    path: &str,
    fields: &Fields,
    headers: &[(String, String)],
    output: &Output,
) -> Result<(), Failure> {
    let list = client.list::<Box<RawValue>>(path).query(&fields.query());
    let list = headers
        .iter()
        .fold(list, |list, (name, value)| list.header(name, value));
    let mut stream = list.stream();
    let mut items = Items::new(output);
    while let Some(item) = stream.next().await {
        let item = item.map_err(|error| {
            let is_first = items.count() == 0;
            let is_other = matches!(error.kind(), ErrorKind::Decode { .. });
            let is_told = error.hint().is_some_and(|hint| hint.contains("next page"));
            // after a part of the array, another body would make neither readable
            let failure = refused(error, is_first, output);
            if is_other && is_first && !is_told {
                failure.hint("if it is no list, leave out --paginate")
            } else {
                failure
            }
        })?;
        items.add(&item)?;
        // a program that reads along gets each page as it comes
        if output.is_full() {
            output.flush().await?;
        }
    }
    items.end();
    Ok(())
}
