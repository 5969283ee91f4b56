//! What of an account lets its tokens be used: USER_AUTHENTICATION_RULE for a login and a refresh, CHECK_REVOKE_TOKEN
//! wherever a user is looked up.

use secrecy::ExposeSecret;

use super::backend::of_password;
use crate::accounts;
use crate::app::App;
use crate::db::{self, Id};
use crate::settings::AuthenticationRule;

/// Whether the rule lets a user in.
pub(super) async fn allows(app: &App, user: Id, is_active: bool) -> db::Result<bool> {
    let jwt = &app.settings().simple_jwt;
    let default = is_active || !jwt.check_user_is_active;
    Ok(match jwt.user_authentication_rule {
        AuthenticationRule::Default => default,
        AuthenticationRule::AllowInactive => true,
        AuthenticationRule::StaffOnly => {
            default && accounts::rows::is_staff(app.db(), user).await?
        }
    })
}

/// Whether a user still has the password that a token was made with, where that is asked; `shown` is what the token says
/// of it.
pub(crate) async fn has_password(app: &App, user: Id, shown: Option<&str>) -> db::Result<bool> {
    if !app.settings().simple_jwt.check_revoke_token {
        return Ok(true);
    }
    let encoded = accounts::rows::password(app.db(), user).await?;
    let now = encoded.map(|encoded| of_password(encoded.expose_secret()));
    Ok(now.as_deref() == shown)
}
