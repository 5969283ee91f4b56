//! libpq's file of passwords, `PGPASSFILE` or `~/.pgpass`: what is said where nothing in it counts.

use std::path::PathBuf;

/// Files of passwords that others than their owner may read are passed over, as libpq does.
pub(super) fn passed_over() -> Option<String> {
    let path = std::env::var_os("PGPASSFILE").map(PathBuf::from);
    let path = path.or_else(|| Some(std::env::home_dir()?.join(".pgpass")))?;
    let shown = path.display();
    is_open(&path).then(|| {
        format!("the passwords of {shown} do not count while others than its owner may read it: run `chmod 600 {shown}`")
    })
}

#[cfg(unix)]
fn is_open(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &std::path::Path) -> bool {
    false
}
