//! What a server uses, with all of its processes, as Linux counts it.

use std::fs;
use std::time::Duration;

/// Linux counts CPU time in hundredths of a second for everybody who asks.
const TICK: Duration = Duration::from_millis(10);

/// The CPU time that a process and those below it have used so far.
pub fn cpu(pid: u32) -> Duration {
    let ticks: u32 = tree(pid).into_iter().filter_map(ticks).sum();
    TICK * ticks
}

/// The memory that they hold now, in KiB.
pub fn memory(pid: u32) -> u64 {
    let all = tree(pid).into_iter();
    all.filter_map(|pid| kibibytes(pid, "VmRSS:")).sum()
}

/// The most memory that a process has held, in KiB.
pub fn peak(pid: u32) -> u64 {
    kibibytes(pid, "VmHWM:").unwrap_or_default()
}

/// The process and those below it.
fn tree(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let mut next = 0;
    while let Some(pid) = all.get(next) {
        for thread in fs::read_dir(format!("/proc/{pid}/task"))
            .into_iter()
            .flatten()
        {
            let Ok(thread) = thread else { continue };
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            all.extend(
                children
                    .split_whitespace()
                    .filter_map(|pid| pid.parse::<u32>().ok()),
            );
        }
        next += 1;
    }
    all
}

fn ticks(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?; // a name may hold anything
    let mut times = fields.split(' ').skip(11); // of user and of system
    Some(times.next()?.parse::<u32>().ok()? + times.next()?.parse::<u32>().ok()?)
}

fn kibibytes(pid: u32, name: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_time_of_children_counts() {
        // the shell itself only waits
        let busy = "n=0; while [ $n -lt 300000 ]; do n=$((n+1)); done";
        let mut shell = Command::new("sh")
            .args(["-c", &format!("({busy}) & wait")])
            .spawn()
            .unwrap();
        let mut used = Duration::ZERO;
        while used < TICK * 5 {
            assert!(
                shell.try_wait().unwrap().is_none(),
                "{used:?} were seen until the end"
            );
            used = cpu(shell.id());
        }
        assert!(memory(shell.id()) > memory_of_one(shell.id()));
        shell.wait().unwrap();
    }

    fn memory_of_one(pid: u32) -> u64 {
        kibibytes(pid, "VmRSS:").unwrap()
    }
}
