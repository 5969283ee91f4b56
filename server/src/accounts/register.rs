//! `POST /api/users/register/`: a new account.

use std::borrow::Cow;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use secrecy::SecretString;

use super::rows::{self, NewUser};
use super::{email, password_rules, username};
use crate::app::App;
use crate::web::body::Body;
use crate::web::error::Error;
use crate::web::fields::{Check, Field, Message, PLAIN, Serializer};
use crate::web::json::write_texts;
use crate::web::view::json;

const TAKEN: &str = "A user with that username already exists.";
const USERNAME: &[Check] = &[
    Check::Rule(username_rule),
    Check::Unique(TAKEN),
    Check::MaxLength(150),
    Check::NoNull,
    Check::NoSurrogate,
];
const PASSWORD: &[Check] = &[
    Check::Rule(password_rule),
    Check::NoNull,
    Check::NoSurrogate,
];
const EMAIL: &[Check] = &[
    Check::MaxLength(254),
    Check::NoNull,
    Check::NoSurrogate,
    Check::Rule(email_rule),
];
const NAME: &[Check] = &[Check::MaxLength(150), Check::NoNull, Check::NoSurrogate];

/// What is asked for.
pub(crate) static FIELDS: Serializer = Serializer(&[
    Field::text("username", "Username", USERNAME)
        .help("Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only."),
    Field::text("password", "Password", PASSWORD),
    Field::text("password2", "Password2", PLAIN),
    Field::email("email", "Email address", EMAIL),
    Field::text("first_name", "First name", NAME).or_blank(),
    Field::text("last_name", "Last name", NAME).or_blank(),
]);

fn username_rule(text: &str) -> Vec<Message> {
    let message = "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.";
    if username::is_valid(text) {
        Vec::new()
    } else {
        vec![message.into()]
    }
}

fn password_rule(text: &str) -> Vec<Message> {
    // the reference's serializer names no user, so similarity to one is never looked at
    password_rules::problems(text, &[])
        .into_iter()
        .map(Cow::Owned)
        .collect()
}

fn email_rule(text: &str) -> Vec<Message> {
    if email::is_valid(text) {
        Vec::new()
    } else {
        vec!["Enter a valid email address.".into()]
    }
}

/// `POST /api/users/register/`: 201 with the account's public fields.
pub(crate) async fn post(State(app): State<App>, body: Body) -> Result<Response, Error> {
    let mut form = body.fields(&FIELDS).await?;
    if let Some(name) = form.text("username")
        && rows::is_taken(&mut app.db().read().await?, name).await?
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
        password: app.hash_password(SecretString::from(password)).await?,
        email: fields.required("email")?,
        first_name: fields.required("first_name")?,
        last_name: fields.required("last_name")?,
        is_superuser: false,
        date_joined: app.clock().now(),
    };
    let body = public_fields(&user);
    let is_new = app
        .db()
        .write(move |tx| {
            let user = user.clone();
            Box::pin(async move { rows::insert(tx, &user).await })
        })
        .await?;
    // somebody else took the name since we looked
    if is_new {
        Ok(json(StatusCode::CREATED, body))
    } else {
        Err(Error::field("username", TAKEN))
    }
}

fn public_fields(user: &NewUser) -> Vec<u8> {
    let mut body = vec![b'{'];
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
    body
}
