//! Whether the tables fit what the program does with them, as its statements have found so far.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::error::{Error, Result};

/// For how long a refused statement counts where the catalogue shows no reason.
const LASTS: Duration = Duration::from_secs(5);

/// Shared by all handles of a database.
#[derive(Clone, Default)]
pub(crate) struct Fitness(Arc<Mutex<Option<Fall>>>);

/// Why the tables were found not to fit.
enum Fall {
    /// A statement was refused at this moment.
    Refused(Instant),
    /// The catalogue shows what is wrong, and will show when it is mended.
    Shown,
}

impl Fitness {
    fn fell(&self) -> MutexGuard<'_, Option<Fall>> {
        self.0.lock().expect("nobody panics with this lock")
    }

    /// Says that the tables do not fit.
    pub(crate) fn fall(&self) {
        *self.fell() = Some(Fall::Refused(Instant::now()));
    }

    /// Whether the tables were found not to fit, and the catalogue has to be looked at.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.fell().is_some()
    }

    /// The catalogue shows what is wrong.
    pub(crate) fn is_shown(&self) {
        *self.fell() = Some(Fall::Shown);
    }

    /// The catalogue shows nothing wrong: whether that is to be believed by now.
    pub(crate) fn recover(&self) -> bool {
        let mut fell = self.fell();
        let lasts = match &*fell {
            Some(Fall::Refused(at)) => at.elapsed() <= LASTS,
            Some(Fall::Shown) | None => false,
        };
        if !lasts {
            *fell = None;
        }
        fell.is_none()
    }

    /// Remembers a statement that was refused for the tables' sake.
    pub(super) fn judged_by<T>(&self, outcome: Result<T>) -> Result<T> {
        if matches!(outcome, Err(Error::Unfit(_))) {
            self.fall();
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_refused_for_the_tables_sake_is_remembered() {
        let fitness = Fitness::default();
        let _: Result<()> = fitness.judged_by(Err(Error::Busy(String::new())));
        assert!(!fitness.is_in_doubt() && fitness.recover());
        let _: Result<()> = fitness.judged_by(Err(Error::Unfit(String::new())));
        assert!(fitness.is_in_doubt() && !fitness.recover());
        *fitness.fell() = Instant::now().checked_sub(LASTS * 2).map(Fall::Refused);
        assert!(fitness.recover() && !fitness.is_in_doubt());
        fitness.fall();
        fitness.is_shown();
        assert!(fitness.is_in_doubt() && fitness.recover() && !fitness.is_in_doubt());
    }
}
