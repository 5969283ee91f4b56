//! What keeps people out of the admin site who have no business there: each guard with tests that are red without it.

mod assignment;
mod bodies;
mod csrf;
mod forms;
mod headers;
mod hostile;
mod markup;
mod odd;
mod permitted;
mod redirects;
mod roles;
mod rows;
mod sessions;
pub(crate) mod tab;
mod tags;
mod throttle;

use gatepost_tests::TestApp;

/// Makes a member of the staff with these rights alone.
pub(crate) async fn staff(app: &TestApp, name: &str, rights: &[&str]) {
    app.user(name).await;
    app.sql(&format!(
        "UPDATE auth_user SET is_staff = TRUE WHERE username = '{name}'"
    ))
    .await;
    for right in rights {
        app.sql(&format!(
            "INSERT INTO auth_user_user_permissions (user_id, permission_id)
             SELECT u.id, p.id FROM auth_user u, auth_permission p WHERE u.username = '{name}' AND p.codename = '{right}'"
        ))
        .await;
    }
}

/// Makes a superuser.
pub(crate) async fn superuser(app: &TestApp, name: &str) {
    app.user(name).await;
    app.sql(&format!(
        "UPDATE auth_user SET is_staff = TRUE, is_superuser = TRUE WHERE username = '{name}'"
    ))
    .await;
}
