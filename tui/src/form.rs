//! What is filled in to sign in or to register.

use crate::text::TextBuf;
use crate::text::secret::Secret;

/// Fields to fill in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Form {
    pub(crate) fields: Vec<Field>,
    pub(crate) focus: usize,
    /// Whether it was sent and no answer has come.
    pub(crate) is_sent: bool,
    /// Why it is here, in a sentence.
    pub(crate) notice: Option<String>,
    /// Why it was not accepted.
    pub(crate) error: Option<String>,
}

/// A field of a form.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// The server's name of it.
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) input: Input,
    pub(crate) errors: Vec<String>,
}

/// What is filled in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Input {
    Text(TextBuf),
    Secret(Secret),
    /// One of the places that keep sessions, by its number.
    Choice(usize),
}

impl Form {
    /// Signing in, with the name filled in where it is known. The server can be changed where it is given, and the
    /// place of the session where there are several.
    pub(crate) fn sign_in(
        server: Option<&str>,
        user: &str,
        place: Option<usize>,
        notice: Option<String>,
    ) -> Self {
        let server = server.map(|server| Field::text("server", "Server", server));
        let place = place.map(|place| Field::new("place", "Keep in", Input::Choice(place)));
        let first = usize::from(server.is_some());
        let fields = server
            .into_iter()
            .chain([
                Field::text("username", "Username", user),
                Field::secret("password", "Password"),
            ])
            .chain(place);
        Self {
            focus: first + usize::from(!user.is_empty()),
            ..Self::new(fields.collect(), notice)
        }
    }

    /// Making an account.
    pub(crate) fn register() -> Self {
        Self::new(
            vec![
                Field::text("username", "Username", ""),
                Field::text("email", "E-mail", ""),
                Field::text("first_name", "First name", ""),
                Field::text("last_name", "Last name", ""),
                Field::secret("password", "Password"),
                Field::secret("password2", "Repeat password"),
            ],
            None,
        )
    }

    fn new(fields: Vec<Field>, notice: Option<String>) -> Self {
        Self {
            fields,
            focus: 0,
            is_sent: false,
            notice,
            error: None,
        }
    }

    /// What was filled in as text.
    pub(crate) fn text(&self, name: &str) -> String {
        self.fields
            .iter()
            .find(|field| field.name == name)
            .map_or_else(String::new, |field| match &field.input {
                Input::Text(text) => text.text(),
                Input::Secret(_) | Input::Choice(_) => String::new(),
            })
    }

    /// The field of this name.
    pub(crate) fn field(&mut self, name: &str) -> Option<&mut Field> {
        self.fields.iter_mut().find(|field| field.name == name)
    }

    /// Whether no text is left to fill in behind the field with the cursor.
    pub(crate) fn is_last(&self) -> bool {
        let mut rest = self.fields.iter().skip(self.focus + 1);
        rest.all(|field| matches!(field.input, Input::Choice(_)))
    }

    /// The place that was chosen.
    pub(crate) fn place(&self) -> Option<usize> {
        self.fields.iter().find_map(|field| match field.input {
            Input::Choice(place) => Some(place),
            _ => None,
        })
    }

    /// A password that was filled in.
    pub(crate) fn secret(&self, name: &str) -> Option<&Secret> {
        let field = self.fields.iter().find(|field| field.name == name)?;
        match &field.input {
            Input::Secret(secret) => Some(secret),
            _ => None,
        }
    }
}

impl Field {
    fn text(name: &'static str, label: &'static str, text: &str) -> Self {
        Self::new(name, label, Input::Text(TextBuf::single(text)))
    }

    fn secret(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Input::Secret(Secret::new()))
    }

    fn new(name: &'static str, label: &'static str, input: Input) -> Self {
        let errors = Vec::new();
        Self {
            name,
            label,
            input,
            errors,
        }
    }
}
