//! What is wrong with a password that somebody chooses, by Django's four validators.

use django::password_validation;

/// What Django calls what a password may not be similar to.
const ABOUT: [&str; 4] = ["username", "first name", "last name", "email address"];

/// Django's sentences; `about` is the user's name, first name, last name and address.
pub(crate) fn problems(password: &str, about: [&str; 4]) -> Vec<String> {
    let about: Vec<_> = ABOUT.into_iter().zip(about).collect();
    password_validation::problems(password, &about)
}
