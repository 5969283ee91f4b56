//! Signals: the command stops and an exchange of tokens under way is waited for; or the program is suspended.

use crate::errors::Exit;
use crate::{editor, output};

/// Ends at the first signal that is meant for the command. While an editor or a pager has the terminal, its
/// keys are for that.
#[cfg(unix)]
pub(crate) async fn signalled() -> Exit {
    use tokio::signal::unix::SignalKind;
    loop {
        let exit = tokio::select! {
            () = received(SignalKind::interrupt()) => Exit::Interrupted,
            () = received(SignalKind::quit()) => Exit::Quit,
            () = received(SignalKind::terminate()) => Exit::Terminated,
            () = received(SignalKind::hangup()), if ends_at_hang_up() => Exit::HungUp,
        };
        let is_key = matches!(exit, Exit::Interrupted | Exit::Quit);
        if !is_key || !has_keys() {
            return exit;
        }
    }
}

/// Whether what is pressed is for another program.
fn has_keys() -> bool {
    editor::is_open() || output::is_paging()
}

/// Whether the end of the terminal is ours: not where whoever started us has us outlive it, as `nohup` does. It is asked
/// before the first handler takes the place of that.
#[cfg(unix)]
fn ends_at_hang_up() -> bool {
    static ENDS: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *ENDS.get_or_init(|| {
        if crate::prompt::is_attended() {
            return true;
        }
        let status = std::fs::read_to_string("/proc/self/status").ok();
        let ignored = status.and_then(|status| {
            let mask = status
                .lines()
                .find_map(|line| line.strip_prefix("SigIgn:"))?;
            u64::from_str_radix(mask.trim(), 16).ok()
        });
        ignored.is_some_and(|mask| mask & 1 == 0)
    })
}

#[cfg(unix)]
async fn received(kind: tokio::signal::unix::SignalKind) {
    match tokio::signal::unix::signal(kind) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

/// Ends at Ctrl-C. While an editor or a pager has the terminal, that is for it.
#[cfg(not(unix))]
pub(crate) async fn signalled() -> Exit {
    loop {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        if !has_keys() {
            return Exit::Interrupted;
        }
    }
}

/// Gives the terminal back whenever the program is suspended, and takes it again when it goes on. It never ends.
#[cfg(unix)]
pub(crate) async fn suspended() {
    use rustix::process::{Signal, getpid, kill_process};
    use tokio::signal::unix::{SignalKind, signal};
    let of = |which: Signal| signal(SignalKind::from_raw(which.as_raw()));
    // a shell that can't suspend a program has this signal ignored
    if crate::prompt::is_attended()
        && let (Ok(mut stop), Ok(mut go_on)) = (of(Signal::TSTP), of(Signal::CONT))
    {
        loop {
            tokio::select! {
                _ = stop.recv() => {
                    crate::prompt::show();
                    // as the signal itself would, this stops no program that nobody could wake
                    let _ = kill_process(getpid(), Signal::TTOU);
                }
                _ = go_on.recv() => {}
            }
            crate::prompt::hide_again();
        }
    }
    std::future::pending::<()>().await;
}

/// There is no such signal.
#[cfg(not(unix))]
pub(crate) async fn suspended() {
    std::future::pending().await
}
