//! `POST /api/users/register/`: a new account.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use django::password_validation;
use django::validators::{self, Message};
use secrecy::SecretString;

use super::rows::{self, NewUser};
use crate::app::App;
use crate::db::UserTable;
use crate::http::answer::{Resource, Shown};
use crate::http::body::Body;
use crate::http::error::Error;
use crate::http::fields::{Field, Kind, PLAIN, Serializer, Validator};
use crate::http::form::Values;
use crate::http::operation::{Answer, Operation};
use crate::settings::Settings;
use crate::throttle::Attempt;

const TAKEN: &str = "A user with that username already exists.";
pub(super) const EMAIL_TAKEN: &str = "user with this email address already exists.";
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
pub(super) const EMAIL: &[Validator] = &[
    Validator::MaxLength(254),
    Validator::NoNull,
    Validator::NoSurrogate,
    Validator::Rule(validators::email),
];
pub(super) const NAME: &[Validator] = &[
    Validator::MaxLength(150),
    Validator::NoNull,
    Validator::NoSurrogate,
];

const UNIQUE_EMAIL: &[Validator] = &[
    Validator::Unique(EMAIL_TAKEN),
    Validator::MaxLength(254),
    Validator::NoNull,
    Validator::NoSurrogate,
    Validator::Rule(validators::email),
];

const fn all(username: Field, email: Field) -> [Field; 6] {
    [
        username,
        Field::text("password", "Password", PASSWORD).write_only(),
        Field::text("password2", "Password2", PLAIN).write_only(),
        email,
        Field::text("first_name", "First name", NAME).or_blank(),
        Field::text("last_name", "Last name", NAME).or_blank(),
    ]
}

const NAMED: Field = Field::text("username", "Username", USERNAME)
    .help("Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.");
pub(super) const ADDRESSED: Field = Field {
    may_be_blank: false,
    ..Field::email("email", "Email address", UNIQUE_EMAIL)
};

static FIELDS: Serializer = Serializer(&all(NAMED, Field::email("email", "Email address", EMAIL)));
/// Where users log in by their address.
static BY_EMAIL: Serializer = Serializer(&all(NAMED, ADDRESSED));
/// Where they have no name beside it.
static NAMELESS: Serializer = Serializer(&all(
    Field::read_only("username", "Username", Kind::Relation),
    ADDRESSED,
));

/// What is asked for, and what is answered of it.
pub(crate) fn fields(users: UserTable) -> &'static Serializer {
    match (users.by_email(), users.has_username()) {
        (false, _) => &FIELDS,
        (true, true) => &BY_EMAIL,
        (true, false) => &NAMELESS,
    }
}

/// `POST /api/users/register/`, in the API's document.
pub(crate) fn registers(users: UserTable, settings: &Settings) -> Operation {
    let (request, answer) = if users.has_username() {
        (
            r#"{"username":"ada","password":"Correct-Horse-9","password2":"Correct-Horse-9","email":"ada@example.com","first_name":"Ada","last_name":"Lovelace"}"#,
            r#"{"username":"ada","email":"ada@example.com","first_name":"Ada","last_name":"Lovelace"}"#,
        )
    } else {
        (
            r#"{"password":"Correct-Horse-9","password2":"Correct-Horse-9","email":"ada@example.com","first_name":"Ada","last_name":"Lovelace"}"#,
            r#"{"username":null,"email":"ada@example.com","first_name":"Ada","last_name":"Lovelace"}"#,
        )
    };
    let named = ("Account", fields(users));
    Operation::new("register", "Make an account")
        .details("Nobody needs to be signed in.")
        .takes("Registration", request)
        .answers(Answer::one(201, "The new account.", named, answer))
        .and_if(settings.throttle.enabled, |operation| {
            operation.refuses(429, "Too many registrations from this address.")
        })
}

fn password_rule(text: &str) -> Vec<Message> {
    // the reference's serializer names no user, so similarity to one is never looked at
    let problems = password_validation::problems(text, &[]);
    problems.into_iter().map(Message::Owned).collect()
}

impl Resource for NewUser {
    fn show(&self, field: &str) -> Option<Shown<'_>> {
        Some(Shown::Text(match field {
            "username" => return Some(Shown::name(&self.username)),
            "email" => &self.email,
            "first_name" => &self.first_name,
            "last_name" => &self.last_name,
            _ => return None,
        }))
    }
}

/// `POST /api/users/register/`: 201 with the account's public fields.
pub(crate) async fn post(State(app): State<App>, body: Body) -> Result<Response, Error> {
    let users = app.db().users();
    let attempt = app.throttle().registration(app.source(body.context()));
    let mut form = body.fields(fields(users)).await?;
    if let Some(name) = form.text("username")
        && rows::is_taken(app.db(), name).await?
    {
        form.taken("username");
    }
    if users.by_email()
        && let Some(email) = form.text("email")
        && rows::is_email_taken(app.db(), email).await?
    {
        form.taken("email");
    }
    let mut fields = form.validate()?;
    let password = fields.required("password")?;
    if password != fields.required("password2")? {
        return Err(Error::field("password", "Password fields didn't match."));
    }
    app.hashing().must_have_room(&attempt)?;
    let taken = app.throttle().take(&attempt, app.clock().now()).await?;
    let answer = create(&app, fields, password, &attempt).await;
    if matches!(&answer, Err(error) if error.is_failure()) {
        app.throttle().give_back(taken).await;
    }
    answer
}

/// Hashes the password and adds the account.
async fn create(
    app: &App,
    mut fields: Values,
    password: String,
    attempt: &Attempt,
) -> Result<Response, Error> {
    let users = app.db().users();
    let hash = app.hashing().hash(SecretString::from(password), attempt);
    let user = NewUser {
        username: if users.has_username() {
            fields.required("username")?
        } else {
            String::new()
        },
        password: hash.await?,
        email: fields.required("email")?,
        first_name: fields.required("first_name")?,
        last_name: fields.required("last_name")?,
        is_superuser: false,
        date_joined: app.dates().kept(app.clock().now()),
    };
    let email = user.email.clone();
    let answer = self::fields(users).answer(StatusCode::CREATED, &user);
    let is_new = app
        .db()
        .write(move |tx| {
            let user = user.clone();
            Box::pin(async move { rows::insert(tx, &user).await })
        })
        .await?;
    // somebody else took the name since we looked, or the address
    if is_new {
        Ok(answer)
    } else if users.by_email() && rows::is_email_taken(app.db(), &email).await? {
        Err(Error::field("email", EMAIL_TAKEN))
    } else {
        Err(Error::field("username", TAKEN))
    }
}
