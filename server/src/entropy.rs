//! Randomness, as a value that tests can seed.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{SHA256, digest};

/// Where random bytes come from: the system's generator, or a seed that a test chose.
#[derive(Clone)]
pub struct Entropy(Option<Arc<Seeded>>);

struct Seeded {
    seed: u64,
    drawn: AtomicU64,
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Entropy::seeded"
        } else {
            "Entropy::system"
        })
    }
}

const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

impl Entropy {
    /// The system's generator.
    pub fn system() -> Self {
        Self(None)
    }

    /// The same bytes in each run; for tests.
    pub fn seeded(seed: u64) -> Self {
        Self(Some(Arc::new(Seeded {
            seed,
            drawn: AtomicU64::new(0),
        })))
    }

    /// 32 random bytes.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks for random bytes"
    )]
    pub fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        match &self.0 {
            // it fails only where the system has no source of randomness at all: nothing can be signed then
            None => {
                getrandom::fill(&mut bytes).expect("the system has a source of randomness");
            }
            Some(seeded) => {
                let drawn = seeded.drawn.fetch_add(1, Ordering::SeqCst);
                let input = [seeded.seed.to_le_bytes(), drawn.to_le_bytes()].concat();
                bytes.copy_from_slice(digest(&SHA256, &input).as_ref());
            }
        }
        bytes
    }

    /// A token id as Python's `uuid4().hex`: 32 lower-case hexadecimal digits.
    pub fn jti(&self) -> String {
        Self::uuid4(self.random())
    }

    /// The id of a token that a database keeps. It has that form, too, but ids of one time begin alike: the indices of a
    /// database grow at their end, so that a commit writes a few of their pages instead of one for each id. 74 of its
    /// bits are random.
    pub(crate) fn kept_jti(&self, now_micros: i64) -> String {
        let mut bits = self.random();
        let millis = (now_micros / 1000).to_be_bytes();
        bits[..6].copy_from_slice(&millis[2..]);
        Self::uuid4(bits)
    }

    fn random(&self) -> [u8; 16] {
        let mut random = [0; 16];
        random.copy_from_slice(&self.bytes()[..16]);
        random
    }

    fn uuid4(bits: [u8; 16]) -> String {
        let uuid = uuid::Builder::from_random_bytes(bits).into_uuid();
        uuid.simple().to_string()
    }

    /// `length` characters of `[A-Za-z0-9]`, as Django's `get_random_string`: salts and keys.
    pub fn alphanumeric(&self, length: usize) -> String {
        let mut text = String::with_capacity(length);
        while text.len() < length {
            // 248 = 4 * 62: what lies above would favour the first letters
            let letters = self.bytes().into_iter().filter(|byte| *byte < 248);
            text.extend(
                letters
                    .map(|byte| char::from(ALPHANUMERIC[usize::from(byte % 62)]))
                    .take(length - text.len()),
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jti_is_a_uuid4_in_hexadecimal() {
        for entropy in [Entropy::system(), Entropy::seeded(1)] {
            let jti = entropy.jti();
            assert_eq!(jti.len(), 32);
            assert!(
                jti.bytes()
                    .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
            );
            assert_eq!(&jti[12..13], "4");
            assert_ne!(jti, entropy.jti());
        }
    }

    #[test]
    fn ids_that_are_kept_have_the_same_form_and_grow_with_the_time() {
        let entropy = Entropy::system();
        let at = |seconds: i64| entropy.kept_jti(seconds * 1_000_000);
        let ids = [
            at(1_000_000_000),
            at(1_000_000_001),
            at(2_000_000_000),
            at(253_402_300_799),
        ];
        assert!(ids.is_sorted(), "{ids:?}");
        for id in &ids {
            let uuid = uuid::Uuid::parse_str(id).unwrap();
            assert_eq!((id.len(), uuid.get_version_num()), (32, 4));
        }
        let (one, other) = (at(1), at(1));
        assert_eq!(one[..12], other[..12]);
        assert_ne!(one, other);
    }

    #[test]
    fn a_seed_gives_the_same_text_again() {
        assert_eq!(
            Entropy::seeded(7).alphanumeric(50),
            Entropy::seeded(7).alphanumeric(50)
        );
        assert_ne!(
            Entropy::seeded(7).alphanumeric(50),
            Entropy::seeded(8).alphanumeric(50)
        );
        assert_eq!(Entropy::system().alphanumeric(50).len(), 50);
    }
}
