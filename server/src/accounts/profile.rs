//! `/api/users/profile/`: who is signed in, and a change of name and mail address.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::register::{ADDRESSED, EMAIL, EMAIL_TAKEN, NAME};
use super::rows::{self, User};
use crate::app::App;
use crate::auth::{Caller, CurrentUser};
use crate::db::{self, UserTable};
use crate::http::answer::{Resource, Shown};
use crate::http::body::Body;
use crate::http::error::Error;
use crate::http::fields::{Field, Kind, Serializer};
use crate::http::operation::{Answer, Operation};
use crate::settings::{Settings, UserIdField};

/// What is answered.
pub(crate) static FIELDS: Serializer = Serializer(&[
    Field::read_only("id", "ID", Kind::Integer),
    Field::read_only("username", "Username", Kind::Text),
    Field::read_only("email", "Email address", Kind::Email),
    Field::read_only("first_name", "First name", Kind::Text),
    Field::read_only("last_name", "Last name", Kind::Text),
]);

const FIRST_NAME: Field = Field::text("first_name", "First name", NAME).or_blank();
const LAST_NAME: Field = Field::text("last_name", "Last name", NAME).or_blank();

static CHANGES: Serializer = Serializer(&[
    Field::email("email", "Email address", EMAIL),
    FIRST_NAME,
    LAST_NAME,
]);
/// Where users log in by their address.
static CHANGES_BY_EMAIL: Serializer = Serializer(&[ADDRESSED, FIRST_NAME, LAST_NAME]);

/// What PATCH takes.
pub(crate) fn changes(users: UserTable) -> &'static Serializer {
    if users.by_email() {
        &CHANGES_BY_EMAIL
    } else {
        &CHANGES
    }
}

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

/// A profile, in the API's document.
const EXAMPLE: &str = r#"{"id":1,"username":"ada","email":"ada@example.com","first_name":"Ada","last_name":"Lovelace"}"#;

/// `GET /api/users/profile/`, there.
pub(crate) fn gets(settings: &Settings) -> Operation {
    let answer = Answer::one(200, "Who is signed in.", ("Profile", &FIELDS), EXAMPLE);
    Operation::new("getProfile", "Read who is signed in")
        .answers(answer.loose(settings.tokens.stateless))
}

/// `PATCH /api/users/profile/`, there.
pub(crate) fn patches(settings: &Settings) -> Operation {
    let operation = Operation::new("changeProfile", "Change one's name or mail address")
        .takes("Profile", r#"{"first_name":"Augusta Ada"}"#)
        .answers(Answer::one(
            200,
            "The profile as it is now.",
            ("Profile", &FIELDS),
            EXAMPLE,
        ));
    of_a_user(operation, settings)
}

/// What all routes have in common that need the caller's own row, there.
pub(super) fn of_a_user(operation: Operation, settings: &Settings) -> Operation {
    operation.and_if(settings.tokens.stateless, |operation| {
        operation.refuses(403, "The token signs in without its user being looked up.")
    })
}

/// `GET /api/users/profile/`: the caller's own fields.
pub(crate) async fn get(caller: Caller) -> Result<Response, Error> {
    Ok(match caller {
        Caller::Token(user) => FIELDS.answer(StatusCode::OK, &*user),
        caller => FIELDS.answer(StatusCode::OK, &*caller.user()?.0),
    })
}

/// `PATCH /api/users/profile/`: changes what is named of name and mail address; 200 with the profile.
pub(crate) async fn patch(
    State(app): State<App>,
    CurrentUser(user): CurrentUser,
    body: Body,
) -> Result<Response, Error> {
    let users = app.db().users();
    let mut form = body.partial_fields(changes(users)).await?;
    let other = form.text("email").filter(|email| *email != user.email);
    if users.by_email()
        && let Some(email) = other
        && rows::is_email_taken(app.db(), email).await?
    {
        form.taken("email");
    }
    let mut fields = form.validate()?;
    let email = fields.take("email");
    let other = email.clone().filter(|email| *email != user.email);
    // whoever had the address next would be signed in by this account's tokens
    if other.is_some() && app.settings().simple_jwt.user_id_field == UserIdField::Email {
        let said = "Tokens name this account by its address, which can't be changed here. Ask whoever runs this service.";
        return Err(Error::field("email", said));
    }
    let (first, last) = (fields.take("first_name"), fields.take("last_name"));
    let id = user.id;
    let changed = app.db().write_once(move |tx| {
        let (first, last, email) = (first.clone(), last.clone(), email.clone());
        Box::pin(async move {
            let (first, last) = (first.as_deref(), last.as_deref());
            rows::update_profile(tx, id, first, last, email.as_deref()).await
        })
    });
    let changed = match (changed.await, other) {
        // somebody else took the address since we looked
        (Err(db::Error::Refused(_)), Some(email))
            if users.by_email() && rows::is_email_taken(app.db(), &email).await? =>
        {
            return Err(Error::field("email", EMAIL_TAKEN));
        }
        (changed, _) => changed?,
    };
    let user = changed.ok_or_else(Error::user_not_found)?;
    Ok(FIELDS.answer(StatusCode::OK, &user))
}
