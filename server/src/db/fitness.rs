//! Whether the tables fit what the program does with them, as its statements have found so far.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::error::{Error, Result};

/// For how long a refused statement counts where the catalogue shows no reason.
const LASTS: Duration = Duration::from_secs(5);

/// Shared by all handles of a database.
#[derive(Clone, Default)]
pub(crate) struct Fitness {
    fell: Arc<Mutex<Option<Fall>>>,
    /// Whether the statements are the admin's, whose own tables are nothing to the API.
    is_admins: bool,
}

/// Why the tables were found not to fit.
enum Fall {
    /// A statement was refused at this moment.
    Refused(Instant),
    /// A statement of the admin's was refused, perhaps by a table that the API does not need: the catalogue tells.
    Suspected,
    /// The catalogue shows what is wrong, and will show when it is mended.
    Shown,
}

impl Fitness {
    fn fell(&self) -> MutexGuard<'_, Option<Fall>> {
        self.fell.lock().expect("nobody panics with this lock")
    }

    /// The same for the admin's statements.
    pub(super) fn of_admin(&self) -> Self {
        Self {
            fell: self.fell.clone(),
            is_admins: true,
        }
    }

    /// Says that the tables do not fit.
    pub(crate) fn fall(&self) {
        let mut fell = self.fell();
        if !self.is_admins {
            *fell = Some(Fall::Refused(Instant::now()));
        } else if fell.is_none() {
            *fell = Some(Fall::Suspected);
        }
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
            Some(Fall::Shown | Fall::Suspected) | None => false,
        };
        if !lasts {
            *fell = None;
        }
        fell.is_none()
    }

    /// Remembers a statement that was refused for the tables' sake. What a person types into the admin is refused to that
    /// person alone.
    pub(super) fn judged_by<T>(&self, outcome: Result<T>) -> Result<T> {
        match outcome {
            Err(Error::NotTaken(why)) if self.is_admins => Err(Error::Refused(why)),
            Err(Error::Unfit(_) | Error::NotTaken(_)) => {
                self.fall();
                outcome
            }
            outcome => outcome,
        }
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
        let _: Result<()> = fitness
            .of_admin()
            .judged_by(Err(Error::Unfit(String::new())));
        assert!(fitness.is_in_doubt() && fitness.recover());
        fitness.fall();
        fitness.is_shown();
        assert!(fitness.is_in_doubt() && fitness.recover() && !fitness.is_in_doubt());
    }
}
