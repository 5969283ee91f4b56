//! `POST /api/users/register/`: a new account.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use django::password_validation;
use django::validators::{self, Message};
use secrecy::SecretString;

use super::rows::{self, NewUser};
use crate::app::App;
use crate::http::answer::{Resource, Shown};
use crate::http::body::Body;
use crate::http::error::Error;
use crate::http::fields::{Field, PLAIN, Serializer, Validator};

const TAKEN: &str = "A user with that username already exists.";
const USERNAME: &[Validator] = &[
    Validator::Rule(validators::username),
    Validator::Unique(TAKEN),
    Validator::MaxLength(150),
    Validator::NoNull,
    Validator::NoSurrogate,
];
const PASSWORD: &[Validator] = &[
    Validator::Rule(password_rule),
    Validator::NoNull,
    Validator::NoSurrogate,
];
const EMAIL: &[Validator] = &[
    Validator::MaxLength(254),
    Validator::NoNull,
    Validator::NoSurrogate,
    Validator::Rule(validators::email),
];
const NAME: &[Validator] = &[
    Validator::MaxLength(150),
    Validator::NoNull,
    Validator::NoSurrogate,
];

/// What is asked for, and what is answered of it.
pub(crate) static FIELDS: Serializer = Serializer(&[
    Field::text("username", "Username", USERNAME)
        .help("Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only."),
    Field::text("password", "Password", PASSWORD).write_only(),
    Field::text("password2", "Password2", PLAIN).write_only(),
    Field::email("email", "Email address", EMAIL),
    Field::text("first_name", "First name", NAME).or_blank(),
    Field::text("last_name", "Last name", NAME).or_blank(),
]);

fn password_rule(text: &str) -> Vec<Message> {
    // the reference's serializer names no user, so similarity to one is never looked at
    let problems = password_validation::problems(text, &[]);
    problems.into_iter().map(Message::Owned).collect()
}

impl Resource for NewUser {
    fn show(&self, field: &str) -> Option<Shown<'_>> {
        Some(Shown::Text(match field {
            "username" => &self.username,
            "email" => &self.email,
            "first_name" => &self.first_name,
            "last_name" => &self.last_name,
            _ => return None,
        }))
    }
}

/// `POST /api/users/register/`: 201 with the account's public fields.
pub(crate) async fn post(State(app): State<App>, body: Body) -> Result<Response, Error> {
    let mut form = body.fields(&FIELDS).await?;
    if let Some(name) = form.text("username")
        && rows::is_taken(app.db(), name).await?
    {
        form.taken("username");
    }
    let mut fields = form.validate()?;
    let password = fields.required("password")?;
    if password != fields.required("password2")? {
        return Err(Error::field("password", "Password fields didn't match."));
    }
    let user = NewUser {
        username: fields.required("username")?,
        password: app.hashing().hash(SecretString::from(password)).await?,
        email: fields.required("email")?,
        first_name: fields.required("first_name")?,
        last_name: fields.required("last_name")?,
        is_superuser: false,
        date_joined: app.dates().kept(app.clock().now()),
    };
    let answer = FIELDS.answer(StatusCode::CREATED, &user);
    let is_new = app
        .db()
        .write(move |tx| {
            let user = user.clone();
            Box::pin(async move { rows::insert(tx, &user).await })
        })
        .await?;
    // somebody else took the name since we looked
    if is_new {
        Ok(answer)
    } else {
        Err(Error::field("username", TAKEN))
    }
}
