//! Whether a database of Django's can be adopted: all that is known before anything is changed.

mod key;
mod names;
mod origin;
mod report;
mod revocation;
mod rows;
mod seen;
mod zone;

use super::error::{OpenError, not_looked_at};
use super::keys::Known;
use crate::db::migrate::{self, State};
use crate::db::tables::{self, Weight, Whose};
use crate::db::{self, Db, Dialect};
use crate::settings::Effective;
use crate::tokens::signing::Keys;
pub(crate) use report::{Report, Verdict};
use seen::Seen;

const ONLY_VERIFIES: &str =
    "This server will verify tokens and make none, since it has no key that signs";

/// Looks at a database with these settings; changes nothing.
///
/// # Errors
/// The database failed, or a newer Gatepost has migrated it.
pub(crate) async fn examine(
    db: &Db,
    effective: &Effective,
    key: Option<Known>,
) -> Result<(State, Report), OpenError> {
    let mut report = Report::default();
    let state = migrate::state(db).await?;
    let whose = match state {
        State::Empty => {
            report.problem("there are no tables of Django's here; run Django's `manage.py migrate`, name another database with --database, or run `gatepost-server migrate` to begin with a fresh one".to_owned());
            // they may be where this role can't look
            let place = db.read(|conn| Box::pin(tables::to_make(conn)));
            let place = place.await.map_err(not_looked_at)?;
            if let Some(why) = place {
                report.problem(why.to_string());
            }
            return Ok((state, report));
        }
        State::Django => Whose::Djangos,
        State::Gatepost { .. } => Whose::All,
    };
    let problems = db.read(move |conn| Box::pin(tables::problems(conn, whose)));
    let problems = problems.await.map_err(not_looked_at)?;
    if !problems
        .iter()
        .any(|problem| problem.weight() > Weight::Remark)
    {
        report.fact("Every table has the columns that Gatepost reads and writes.".to_owned());
    }
    for problem in problems {
        match problem.weight() {
            Weight::Remark => report.remark(problem.to_string()),
            Weight::Some | Weight::All => report.problem(problem.to_string()),
        }
    }
    if whose == Whose::All {
        report.fact("Gatepost's own tables are here already.".to_owned());
    } else {
        let place = db.read(|conn| {
            Box::pin(async move {
                let problem = tables::to_make(conn).await?;
                Ok((problem, migrate::without_index(conn).await?))
            })
        });
        let (problem, remark) = place.await.map_err(not_looked_at)?;
        if let Some(problem) = problem {
            report.problem(problem.to_string());
        }
        if let Some(remark) = remark {
            report.remark(remark);
        }
    }
    judge(&mut report, effective, key, db).await?;
    Ok((state, report))
}

async fn judge(
    report: &mut Report,
    effective: &Effective,
    key: Option<Known>,
    db: &Db,
) -> Result<(), OpenError> {
    const UNREAD: &str = "could not be read, and prove nothing";
    let tokens = read(rows::tokens(db).await)?;
    let Some(tokens) = tokens else {
        report.remark(format!(
            "The stored tokens {UNREAD}, neither the secret key nor a setting."
        ));
        return Ok(());
    };
    let settings = &effective.settings;
    match &key {
        Some(given) => {
            if !given.key.can_sign() {
                report.remark(format!("{ONLY_VERIFIES}; let the proxy send logins and refreshes to the service that signs them."));
            }
            let is_asked = effective.is_of_project("server.secret_key");
            key::prove(report, &tokens, given, settings, is_asked);
        }
        None if settings.simple_jwt.algorithm.has_key_pair() => {
            report.remark(format!("{ONLY_VERIFIES}: those of simple_jwt.jwk_url verify; let the proxy send logins and refreshes to the service that signs them."));
        }
        None => report.problem("adopting needs Django's SECRET_KEY, or every session would end; set GATEPOST_SECRET_KEY to it".to_owned()),
    }
    let samples = match db.dialect() {
        Dialect::Postgres => read(rows::ends(db).await)?,
        Dialect::Sqlite => {
            // an odd date there is judged by nobody else
            let ends = read(rows::ends(db).await)?;
            let listed = read(rows::listed(db).await)?;
            ends.and(listed).map(|listed| zone::of_rotations(&listed))
        }
    };
    if samples.is_none() {
        report.remark(format!("A date of the stored tokens or of the blacklist {UNREAD} about server.time_zone and server.use_tz; the clean-up would stop at such a row: give it a date or remove it."));
    }
    zone::compare(
        report,
        &samples.unwrap_or_default(),
        effective,
        db.dialect(),
    );
    let seen = Seen::of(&tokens, key.as_ref());
    if seen.is_empty() {
        return Ok(());
    }
    let mut jwt = settings.simple_jwt.clone();
    let before = report.lines(Verdict::NotPossible).count();
    names::compare(report, &seen, effective);
    origin::compare(report, &seen, effective, &mut jwt);
    revocation::compare(report, &seen, effective, &mut jwt);
    let is_said = report.lines(Verdict::NotPossible).count() > before;
    if let Some(key) = key
        && !is_said
        && Seen::has_one_of(&seen, &key)
    {
        let keys = Keys::new(Some(key.key), Vec::new(), settings.tokens.kid);
        seen::prove(report, &seen, keys, &jwt, settings);
    }
    Ok(())
}

/// What was read; none where the tables have another form, which was said.
fn read<T>(found: db::Result<T>) -> Result<Option<T>, OpenError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(db::Error::Unfit(_) | db::Error::Failed(_)) => Ok(None),
        Err(error) => Err(not_looked_at(error)),
    }
}
