//! `gatepost man`: the manual, a page for each command.

use std::fs;
use std::path::Path;

use crate::args::{Man, tree};
use crate::errors::Failure;
use crate::output::{Output, put};
use crate::values;

pub(crate) fn man(args: &Man, output: &Output) -> Result<(), Failure> {
    let Some(folder) = &args.folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(tree()).render(&mut page)?;
        return Ok(put(&String::from_utf8_lossy(&page))?);
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

/// Writes the page of a command, and of those below it; how many.
fn write(command: &clap::Command, folder: &Path) -> std::io::Result<usize> {
    clap_mangen::Man::new(command.clone()).generate_to(folder)?;
    let below = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set());
    below
        .map(|below| write(below, folder))
        .try_fold(1, |all, more| Ok(all + more?))
}
