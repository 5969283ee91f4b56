//! On which kind of file system a folder is.

use std::path::Path;
#[cfg(any(test, target_os = "linux"))]
use std::path::PathBuf;

/// The kind of a network file system on which a folder is: its locks may hang, or hold on one machine only.
#[cfg(target_os = "linux")]
pub(super) fn network_kind(folder: &Path) -> Option<String> {
    // the folder may not be there yet
    let folder = folder
        .ancestors()
        .find_map(|folder| folder.canonicalize().ok())?;
    mounted_as(
        &folder,
        &std::fs::read_to_string("/proc/self/mountinfo").ok()?,
    )
}

#[cfg(not(target_os = "linux"))]
pub(super) fn network_kind(_: &Path) -> Option<String> {
    None
}

#[cfg(any(test, target_os = "linux"))]
fn mounted_as(folder: &Path, mounts: &str) -> Option<String> {
    let mounts = mounts.lines().filter_map(|line| {
        // proc(5): … mount point (5th), …, " - ", file system, …
        let (front, back) = line.split_once(" - ")?;
        let point = front.split(' ').nth(4)?.replace("\\040", " ");
        Some((PathBuf::from(point), back.split(' ').next()?))
    });
    let (_, kind) = mounts
        .filter(|(point, _)| folder.starts_with(point))
        // a later mount on the same point hides the earlier one
        .max_by_key(|(point, _)| point.components().count())?;
    let mut network = "nfs nfs4 cifs smb3 smbfs 9p fuse.sshfs afs".split(' ');
    network.any(|name| name == kind).then(|| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_told_apart() {
        let mounts = "1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 0:5 / /home rw shared:1 - nfs4 host:/ rw\n3 2 8:2 / /home/with\\040space rw - xfs /dev/b rw\n";
        let kind = |folder: &str| mounted_as(Path::new(folder), mounts);
        assert_eq!(kind("/root"), None);
        assert_eq!(kind("/home/ada").as_deref(), Some("nfs4"));
        assert_eq!(kind("/homely"), None);
        assert_eq!(kind("/home/with space/x"), None);
    }
}
