//! `GET /api/users/profile/`: who is signed in.

use axum::http::StatusCode;
use axum::response::Response;

use super::rows::User;
use crate::auth::Caller;
use crate::http::answer::{Resource, Shown};
use crate::http::error::Error;
use crate::http::fields::{Field, Kind, Serializer};
use crate::http::operation::{Answer, Operation};
use crate::settings::Settings;

/// What is answered.
pub(crate) static FIELDS: Serializer = Serializer(&[
    Field::read_only("id", "ID", Kind::Integer),
    Field::read_only("username", "Username", Kind::Text),
    Field::read_only("email", "Email address", Kind::Email),
    Field::read_only("first_name", "First name", Kind::Text),
    Field::read_only("last_name", "Last name", Kind::Text),
]);

impl Resource for User {
    fn show(&self, field: &str) -> Option<Shown<'_>> {
        Some(match field {
            "id" => Shown::Id(self.id),
            "username" => Shown::name(&self.username),
            "email" => Shown::Text(&self.email),
            "first_name" => Shown::Text(&self.first_name),
            "last_name" => Shown::Text(&self.last_name),
            _ => return None,
        })
    }
}

/// `GET /api/users/profile/`, in the API's document.
pub(crate) fn gets(settings: &Settings) -> Operation {
    let example = r#"{"id":1,"username":"ada","email":"ada@example.com","first_name":"Ada","last_name":"Lovelace"}"#;
    let answer = Answer::one(200, "Who is signed in.", ("Profile", &FIELDS), example);
    Operation::new("getProfile", "Read who is signed in")
        .answers(answer.loose(settings.tokens.stateless))
}

/// `GET /api/users/profile/`: the caller's own fields.
pub(crate) async fn get(caller: Caller) -> Result<Response, Error> {
    Ok(match caller {
        Caller::Token(user) => FIELDS.answer(StatusCode::OK, &*user),
        caller => FIELDS.answer(StatusCode::OK, &*caller.user()?.0),
    })
}
