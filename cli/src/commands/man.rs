//! `gatepost man`: the manual, a page for each command.

use std::fs;
use std::path::Path;

use crate::args::{Man, tree};
use crate::errors::Failure;
use crate::output::{Output, put};
use crate::values;

pub(crate) fn man(args: &Man, output: &Output) -> Result<(), Failure> {
    let Some(folder) = &args.folder else {
        return Ok(put(&page(tree())?)?);
    };
    let unwritable = |error: std::io::Error| {
        let (folder, why) = (folder.display(), values::why(&error));
        Failure::usage(format!("the manual can't be written into {folder}: {why}"))
            .hint("name a folder that you can write, such as ~/.local/share/man/man1")
    };
    fs::create_dir_all(folder).map_err(unwritable)?;
    let mut tree = tree();
    tree.build();
    let count = write(&tree, folder).map_err(unwritable)?;
    output.say(&format!(
        "Wrote {count} pages into {}; the first is gatepost.1",
        folder.display()
    ));
    Ok(())
}

/// The page of a command, with what stands below its options under titles of their own.
fn page(command: clap::Command) -> std::io::Result<String> {
    let mut page = Vec::new();
    let version = format!("gatepost {}", env!("CARGO_PKG_VERSION"));
    clap_mangen::Man::new(command)
        .source(version)
        .render(&mut page)?;
    let page = String::from_utf8_lossy(&page).into_owned();
    let Some((options, extra)) = page.split_once("\n.SH EXTRA\n") else {
        return Ok(page);
    };
    let (extra, end) = match extra.split_once("\n.SH ") {
        Some((extra, end)) => (extra, format!(".SH {end}")),
        None => (extra, String::new()),
    };
    let mut text = format!("{options}\n");
    for line in extra.lines() {
        match line
            .strip_suffix(':')
            .filter(|title| !title.starts_with(' '))
        {
            // lines stay lines
            Some(title) => text.extend([".SH \"", &title.to_uppercase(), "\"\n.nf\n"]),
            None => text.extend([line, "\n"]),
        }
    }
    Ok(text + ".fi\n" + &end)
}

/// Writes the page of a command, and of those below it; how many.
fn write(command: &clap::Command, folder: &Path) -> std::io::Result<usize> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    fs::write(folder.join(format!("{name}.1")), page(command.clone())?)?;
    let below = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set());
    below
        .map(|below| write(below, folder))
        .try_fold(1, |all, more| Ok(all + more?))
}
