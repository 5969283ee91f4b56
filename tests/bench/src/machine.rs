//! The machine that a bench ran on, and what was compared there, for the head of its page.

use std::fs;
use std::process::Command;

/// Its processor, memory, kernel and file system, in one line.
pub(crate) fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        let value = line.and_then(|line| line.split_once(':'));
        value.map_or_else(
            || "unknown".to_owned(),
            |(_, value)| value.trim().to_owned(),
        )
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = field(&read("/proc/meminfo"), "MemTotal");
    let memory: u64 = memory.trim_end_matches(" kB").parse().unwrap_or_default();
    let folder = std::env::temp_dir();
    let files = said("df", &["--output=fstype", &folder.display().to_string()]);
    format!(
        "{}, {cores} cores, {} GiB of memory, Linux {}, databases on {}",
        field(&read("/proc/cpuinfo"), "model name"),
        memory >> 20,
        read("/proc/sys/kernel/osrelease").trim(),
        files.lines().last().unwrap_or("an unknown file system"),
    )
}

/// Today, by the machine's clock.
pub(crate) fn today() -> String {
    said("date", &["+%F"])
}

/// What a program prints about itself.
pub(crate) fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    output.unwrap_or_default()
}
