//! PBKDF2 with HMAC-SHA-256 (RFC 8018, 5.2) for one block, a few rounds at a time: between them the thread lets others
//! run.
//!
//! A hash of Django's is a million rounds in one go. Whoever is woken on its core meanwhile waits for the end of its time
//! slice, some milliseconds, in which a request would be answered many times over. The libraries that have PBKDF2 can't
//! be stopped on their way, so the rounds are here, on sha2's compression; and as their input is always of one length,
//! they are faster than a library's.

use std::num::NonZeroU32;
use std::thread;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use sha2::block_api::compress256;

/// About 50 µs.
const ROUNDS_AT_ONCE: u32 = 500;

const BLOCK: usize = 64;
const HASH: usize = 32;

/// SHA-256's state before the first block (FIPS 180-4, 5.3.3).
const INITIAL: State = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

type State = [u32; HASH / 4];

/// The first 32 bytes that PBKDF2 makes of a password.
pub(super) fn derive(password: &[u8], salt: &[u8], iterations: NonZeroU32) -> [u8; HASH] {
    let key = Key::new(password);
    let mut last = key.first(password, salt);
    let mut sum = last;
    let mut left = iterations.get() - 1;
    while left > 0 {
        let rounds = left.min(ROUNDS_AT_ONCE);
        for _ in 0..rounds {
            last = key.next(&last);
            for (sum, last) in sum.iter_mut().zip(last) {
                *sum ^= last;
            }
        }
        left -= rounds;
        thread::yield_now();
    }
    bytes(sum)
}

/// HMAC's two states (RFC 2104) after the block that the key makes.
struct Key {
    inner: State,
    outer: State,
}

impl Key {
    fn new(password: &[u8]) -> Self {
        let hashed = digest(&SHA256, password);
        let key = if password.len() > BLOCK {
            hashed.as_ref()
        } else {
            password
        };
        let state = |pad: u8| {
            let mut block = [pad; BLOCK];
            for (byte, key) in block.iter_mut().zip(key) {
                *byte ^= key;
            }
            let mut state = INITIAL;
            compress256(&mut state, &[block]);
            state
        };
        Self {
            inner: state(0x36),
            outer: state(0x5c),
        }
    }

    /// HMAC of the salt and the number of the block.
    fn first(&self, password: &[u8], salt: &[u8]) -> State {
        let key = hmac::Key::new(hmac::HMAC_SHA256, password);
        let tag = hmac::sign(&key, &[salt, &1_u32.to_be_bytes()].concat());
        let mut state = self.inner;
        for (word, bytes) in state.iter_mut().zip(tag.as_ref().as_chunks().0) {
            *word = u32::from_be_bytes(*bytes);
        }
        state
    }

    /// HMAC of a hash: two blocks, of which the first is in the states already.
    fn next(&self, last: &State) -> State {
        let mut state = self.inner;
        compress256(&mut state, &[second(last)]);
        let inner = second(&state);
        state = self.outer;
        compress256(&mut state, &[inner]);
        state
    }
}

/// The second and last block of a message that ends with a hash.
fn second(hash: &State) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    block[..HASH].copy_from_slice(&bytes(*hash));
    block[HASH] = 0x80;
    // how many bits the message has
    block[BLOCK - 2] = 3;
    block
}

fn bytes(state: State) -> [u8; HASH] {
    let mut bytes = [0; HASH];
    for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::pbkdf2;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_what_a_library_makes(
            password in vec(any::<u8>(), 0..200),
            salt in vec(any::<u8>(), 0..200),
            iterations in 1..3 * ROUNDS_AT_ONCE,
        ) {
            let iterations = NonZeroU32::new(iterations).unwrap();
            let mut hash = [0; HASH];
            pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, &salt, &password, &mut hash);
            prop_assert_eq!(derive(&password, &salt, iterations), hash);
        }
    }

    #[test]
    fn the_number_of_rounds_is_exact() {
        for iterations in [1, 2, ROUNDS_AT_ONCE, ROUNDS_AT_ONCE + 1, ROUNDS_AT_ONCE + 2] {
            let iterations = NonZeroU32::new(iterations).unwrap();
            let mut hash = [0; HASH];
            pbkdf2::derive(
                pbkdf2::PBKDF2_HMAC_SHA256,
                iterations,
                b"s",
                b"p",
                &mut hash,
            );
            assert_eq!(derive(b"p", b"s", iterations), hash, "{iterations}");
        }
    }
}
