//! When a token is alive, by its row.

use super::stored::{self, Sliding};
use crate::app::App;
use crate::db::{Dates, Moment};

/// The moment for which sessions are looked at, and how rows tell that they are alive then.
#[derive(Clone)]
pub(crate) struct Alive {
    now: Moment,
    dates: Dates,
    /// Where sliding tokens are handed out: a row does not tell of their refreshes.
    sliding: Option<Sliding>,
    /// For how many seconds a token may live on after the end that its row names.
    longer: i64,
}

impl Alive {
    pub(crate) fn at(app: &App, now: Moment) -> Self {
        let settings = app.settings();
        let jwt = &settings.simple_jwt;
        let sliding = settings.tokens.sliding.then(|| Sliding {
            claim: jwt.sliding_token_refresh_exp_claim.clone(),
            lifetime: jwt.sliding_token_lifetime.get(),
        });
        let longer = jwt.sliding_token_refresh_lifetime.get();
        Self {
            now,
            dates: app.dates(),
            longer: if sliding.is_some() { longer } else { 0 },
            sliding,
        }
    }

    pub(super) fn now(&self) -> Moment {
        self.now
    }

    pub(super) fn dates(&self) -> Dates {
        self.dates
    }

    /// When what is ended now was blacklisted.
    pub(super) fn listed_at(&self) -> Moment {
        self.dates.kept(self.now)
    }

    /// What the column `expires_at` of a token that is alive is above.
    pub(super) fn since(&self) -> Moment {
        let since = self.now.plus(-self.longer).unwrap_or(Moment::EPOCH);
        self.dates.kept_of_token(since)
    }

    /// Until when a token may live that expires then.
    pub(super) fn longest(&self, expires: Moment) -> Moment {
        expires.plus(self.longer).unwrap_or(expires)
    }

    /// When a token's session ends, by its row.
    pub(super) fn end(&self, text: &str, kept: Moment) -> Moment {
        let sliding = self.sliding.as_ref();
        let last = sliding.and_then(|sliding| stored::last_expires_at(text, sliding));
        last.unwrap_or_else(|| self.dates.of_token(kept))
    }
}
