//! Whether a database of Django's can be adopted: all that is known before anything is changed.

mod key;
mod report;
mod rows;
mod zone;

use secrecy::SecretString;

use super::error::{OpenError, not_looked_at};
use crate::db::migrate::{self, State};
use crate::db::tables::{self, Whose};
use crate::db::{self, Db};
use crate::settings::edit::Entry;
use crate::settings::{Effective, Settings};
pub(crate) use report::{Report, Verdict};
use rows::Token;

/// Looks at a database with these settings; changes nothing.
///
/// # Errors
/// The database failed, or a newer Gatepost has migrated it.
pub(crate) async fn examine(
    db: &Db,
    effective: &Effective,
    key: Option<&SecretString>,
) -> Result<(State, Report), OpenError> {
    let mut report = Report::default();
    let state = migrate::state(db).await?;
    let whose = match state {
        State::Empty => {
            report.problem("there are no tables of Django's here; run `gatepost-server migrate` for a fresh database, or name Django's with --database".to_owned());
            return Ok((state, report));
        }
        State::Django => Whose::Djangos,
        State::Gatepost { .. } => Whose::All,
    };
    let problems = db.read(move |conn| Box::pin(tables::problems(conn, whose)));
    let problems = problems.await.map_err(not_looked_at)?;
    if problems.is_empty() {
        report.fact("Every table has the columns that Gatepost reads and writes.".to_owned());
    }
    for problem in problems {
        report.problem(problem.to_string());
    }
    if whose == Whose::All {
        report.fact("Gatepost's own tables are here already.".to_owned());
    }
    match rows::read(db).await {
        Ok(tokens) => judge(&mut report, &tokens, effective, key, db).await?,
        // what the tables lack was said
        Err(db::Error::Unfit(_) | db::Error::Failed(_)) => report.remark(
            "The stored tokens could not be read: neither the key nor the time zone was proved."
                .to_owned(),
        ),
        Err(error) => return Err(not_looked_at(error)),
    }
    Ok((state, report))
}

async fn judge(
    report: &mut Report,
    tokens: &[Token],
    effective: &Effective,
    key: Option<&SecretString>,
    db: &Db,
) -> Result<(), OpenError> {
    match key {
        Some(given) => key::prove(report, tokens, given, &effective.settings),
        None => report.problem("adopting needs Django's SECRET_KEY, or every session would end; set GATEPOST_SECRET_KEY to it".to_owned()),
    }
    let listed = rows::listed(db).await.map_err(not_looked_at)?;
    zone::compare(report, tokens, &listed, effective, db.dialect());
    revocation(report, tokens, effective);
    Ok(())
}

/// CHECK_REVOKE_TOKEN was on where tokens carry its claim.
fn revocation(report: &mut Report, tokens: &[Token], effective: &Effective) {
    let Settings { simple_jwt, .. } = &effective.settings;
    let ours = &simple_jwt.revoke_token_claim;
    let Some(found) = tokens.iter().find_map(|token| token.password_claim(ours)) else {
        return;
    };
    if simple_jwt.check_revoke_token && found == *ours {
        report.fact(format!(
            "Tokens carry the claim {found} of CHECK_REVOKE_TOKEN, which is on."
        ));
        return;
    }
    if effective.is_given("simple_jwt.check_revoke_token") && !simple_jwt.check_revoke_token {
        report.remark(format!("Tokens carry the claim {found} of CHECK_REVOKE_TOKEN, but simple_jwt.check_revoke_token is set to false here: a new password will not end the access tokens of the old one."));
        return;
    }
    report.fact(format!("Tokens carry the claim {found} of CHECK_REVOKE_TOKEN: adopting sets simple_jwt.check_revoke_token = true."));
    let remark = "As in Django: its tokens carry the claim by which a new password ends them.";
    report.setting(Entry {
        section: "simple_jwt",
        key: "check_revoke_token",
        value: "true".into(),
        remark,
    });
    if found != *ours {
        report.setting(Entry {
            section: "simple_jwt",
            key: "revoke_token_claim",
            value: format!("{found:?}").into(),
            remark: "The claim that its tokens carry.",
        });
    }
}
