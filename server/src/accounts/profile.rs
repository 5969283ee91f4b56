//! `GET /api/users/profile/`: who is signed in.

use axum::http::StatusCode;
use axum::response::Response;

use crate::web::auth::CurrentUser;
use crate::web::json::write_texts;
use crate::web::view::json;

/// `GET /api/users/profile/`: the caller's own fields.
pub(crate) async fn get(CurrentUser(user): CurrentUser) -> Response {
    let mut body = format!("{{\"id\":{}", user.id).into_bytes();
    body.push(b',');
    write_texts(
        &mut body,
        &[
            ("username", &user.username),
            ("email", &user.email),
            ("first_name", &user.first_name),
            ("last_name", &user.last_name),
        ],
    );
    body.push(b'}');
    json(StatusCode::OK, body)
}
