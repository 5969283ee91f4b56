//! What is in the way of a file of SQLite's where it is to be opened: parts of another database beside it, or a limit of
//! this process.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

/// As many files as a database opens at its start.
const FILES: usize = 8;
/// Where the head of a journal says how many pages the database had before.
const PAGES: std::ops::Range<usize> = 16..20;

/// Why no database may be opened at a path: its file is missing or empty, and what lies beside it is a part of a database,
/// which SQLite would remove.
pub(crate) fn bereft(path: &Path) -> Option<String> {
    let file = followed(path);
    let what = match fs::metadata(&file) {
        Ok(found) if found.len() == 0 => "empty",
        Err(error) if error.kind() == ErrorKind::NotFound => "missing",
        _ => return None,
    };
    let beside = |end: &str| {
        let mut name = file.clone().into_os_string();
        name.push(end);
        PathBuf::from(name)
    };
    let holds_something = [
        ("-wal", is_log as fn(&Path) -> bool),
        ("-journal", is_journal),
    ];
    let found = holds_something
        .into_iter()
        .find(|(end, holds)| holds(&beside(end)));
    let (end, _) = found?;
    Some(format!(
        "the database file {} is {what}, but {}, which holds a part of it, lies beside its place; put the database file back there, or move the {end} away to begin anew",
        path.display(),
        beside(end).display()
    ))
}

/// Where a link leads, also to nothing: SQLite's other files lie there.
fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    // as many as Linux follows
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(to) => path = path.parent().map_or(to.clone(), |folder| folder.join(&to)),
            Err(_) => break,
        }
    }
    path
}

fn is_log(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.len() > 0)
}

/// Whether it would bring pages back. That of a database that was empty, such as one that another process is making now,
/// has none.
fn is_journal(path: &Path) -> bool {
    let mut head = [0; PAGES.end];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head[PAGES].iter().any(|byte| *byte != 0)
}

/// What to do where this process may open no more files, as far as it can be known: SQLite does not say why it can't open
/// one.
pub(crate) fn lack_of_files() -> Option<&'static str> {
    let opened: std::io::Result<Vec<File>> = (0..FILES).map(|_| File::open("/")).collect();
    let errno = opened.err()?.raw_os_error()?;
    let limits = [Errno::MFILE, Errno::NFILE];
    let is_limit = limits.iter().any(|limit| errno == limit.raw_os_error());
    is_limit
        .then_some("this process may open no more files: raise its limit (ulimit -n, LimitNOFILE)")
}
