//! The token that a form of Django's carries: `django.middleware.csrf`.

use subtle::ConstantTimeEq;

const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/// How long a secret is, which the cookie holds. A token is twice as long: a mask, and the secret under it.
pub const SECRET_LENGTH: usize = 32;

/// A form's token for a secret, under a mask of as many random letters and digits: another one each time, so that
/// nobody can guess it by the length of packed pages.
///
/// ```
/// # use gatepost_django as django;
/// use django::csrf;
///
/// let token = csrf::masked("abcdefghijklmnopqrstuvwxyzABCDEF", &"b".repeat(32)).unwrap();
/// assert_eq!(token, "b".repeat(32) + "bcdefghijklmnopqrstuvwxyzABCDEFG");
/// assert!(csrf::matches(&token, "abcdefghijklmnopqrstuvwxyzABCDEF"));
/// ```
pub fn masked(secret: &str, mask: &str) -> Option<String> {
    let covered = combine(secret, mask, |letter, mask| letter + mask)?;
    Some(format!("{mask}{covered}"))
}

/// The secret that a cookie holds, which older Djangos masked.
pub fn secret(cookie: &str) -> Option<String> {
    if !cookie.bytes().all(|byte| LETTERS.contains(&byte)) {
        return None;
    }
    match cookie.len() {
        SECRET_LENGTH => Some(cookie.to_owned()),
        length if length == 2 * SECRET_LENGTH => {
            let (mask, covered) = cookie.split_at(SECRET_LENGTH);
            combine(covered, mask, |letter, mask| letter + LETTERS.len() - mask)
        }
        _ => None,
    }
}

/// Whether a token is one of this secret's, or the secret itself.
pub fn matches(token: &str, secret: &str) -> bool {
    let shown = self::secret(token);
    shown.is_some_and(|shown| shown.as_bytes().ct_eq(secret.as_bytes()).into())
}

fn combine(text: &str, mask: &str, at: fn(usize, usize) -> usize) -> Option<String> {
    let place = |byte: u8| LETTERS.iter().position(|letter| *letter == byte);
    let pairs = text.bytes().zip(mask.bytes());
    let letter = |(letter, mask)| {
        let at = at(place(letter)?, place(mask)?) % LETTERS.len();
        Some(char::from(LETTERS[at]))
    };
    let is_whole = text.len() == SECRET_LENGTH && mask.len() == SECRET_LENGTH;
    is_whole.then(|| pairs.map(letter).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdefghijABCDEFGHIJxy";

    #[test]
    fn a_token_is_one_of_its_secret_alone() {
        let mask = "ZyXwVuTsRqPoNmLkJiHgFeDcBa987654";
        let token = masked(SECRET, mask).unwrap();
        assert_eq!((token.len(), secret(&token).as_deref()), (64, Some(SECRET)));
        assert!(matches(&token, SECRET) && matches(SECRET, SECRET));
        let other = "1123456789abcdefghijABCDEFGHIJxy";
        assert!(!matches(&token, other) && !matches(other, SECRET));
        for wrong in ["", "a", &token[..63], &format!("{}-", &token[..63]), "é"] {
            assert!(!matches(wrong, SECRET), "{wrong}");
            assert_eq!(secret(wrong), None);
        }
        assert_eq!(masked(SECRET, "short"), None);
        assert_eq!(masked("short", mask), None);
    }
}
