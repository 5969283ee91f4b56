//! Django's and DRF's validators of texts, each with its message: `django.core.validators`,
//! `django.contrib.auth.validators` and `rest_framework.validators`.
//!
//! ```
//! # use gatepost_django as django;
//! use django::validators::{EMAIL, email, max_length};
//!
//! assert_eq!(email("ada@"), [EMAIL]);
//! assert_eq!(max_length("Ada", 3), None);
//! ```

mod email;
mod username;

use std::borrow::Cow;

pub use email::is_valid as is_email;
pub use username::is_valid as is_username;

/// A message to the client under a field.
pub type Message = Cow<'static, str>;

/// What `EmailValidator` says.
pub const EMAIL: &str = "Enter a valid email address.";
/// What `UnicodeUsernameValidator` says.
pub const USERNAME: &str = "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.";

/// `EmailValidator`.
pub fn email(text: &str) -> Vec<Message> {
    refusal(is_email(text), EMAIL)
}

/// `UnicodeUsernameValidator`.
pub fn username(text: &str) -> Vec<Message> {
    refusal(is_username(text), USERNAME)
}

fn refusal(is_valid: bool, message: &'static str) -> Vec<Message> {
    let refused = (!is_valid).then_some(Cow::Borrowed(message));
    refused.into_iter().collect()
}

/// DRF's `MaxLengthValidator`, in code points.
pub fn max_length(text: &str, length: usize) -> Option<Message> {
    let message = || format!("Ensure this field has no more than {length} characters.").into();
    (text.chars().count() > length).then(message)
}

/// `ProhibitNullCharactersValidator`.
pub fn no_null(text: &str) -> Option<Message> {
    text.contains('\0')
        .then_some("Null characters are not allowed.".into())
}

/// What `ProhibitSurrogateCharactersValidator` says of a surrogate.
pub fn surrogate(surrogate: u16) -> Message {
    format!("Surrogate characters are not allowed: U+{surrogate:04X}.").into()
}
