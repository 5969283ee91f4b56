//! A bug in any thread: the terminal is given back before it is printed, and the loop ends.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::term;

/// From now on a panic of any thread gives the terminal back before it prints, and ends the loop.
pub(super) fn restore_on_panic() -> UnboundedReceiver<()> {
    static TELL: OnceLock<Arc<Mutex<Option<UnboundedSender<()>>>>> = OnceLock::new();
    let (to, panics) = unbounded_channel();
    let tell = TELL.get_or_init(|| {
        let tell = Arc::new(Mutex::new(None::<UnboundedSender<()>>));
        let told = tell.clone();
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            term::restore();
            before(panic);
            if let Some(to) = &*told.lock().unwrap_or_else(PoisonError::into_inner) {
                let _ = to.send(());
            }
        }));
        tell
    });
    *tell.lock().unwrap_or_else(PoisonError::into_inner) = Some(to);
    panics
}
