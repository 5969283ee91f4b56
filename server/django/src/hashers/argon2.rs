//! `argon2$argon2id$v=19$m=102400,t=2,p=8$SALT$HASH`: a PHC string behind Django's name.

use ::argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine};
use subtle::ConstantTimeEq;

use super::format::{HashMatch, Preferred, SALT_LENGTH, Scratch, number};

/// KiB, passes, lanes and bytes of output that Django asks for.
const DJANGO: (u32, u32, u32, usize) = (102_400, 2, 8, 32);
const MAX_MEMORY: u32 = 256 << 10;
const MAX_WORK: u64 = 10 * 102_400 * 2;
const MAX_LANES: u32 = 64;
const MAX_OUTPUT: usize = 128;

/// `Argon2PasswordHasher.encode`.
pub(super) fn encode(password: &str, salt: &str, scratch: &mut Scratch) -> String {
    let (memory, passes, lanes, length) = DJANGO;
    let mut hash = [0; DJANGO.3];
    Params::new(memory, passes, lanes, Some(length))
        .ok()
        .and_then(|params| {
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            compute(&argon2, password, salt.as_bytes(), &mut hash, scratch)
        })
        .expect("Django's own parameters, and a salt of 22 bytes");
    let [salt, hash] = [salt.as_bytes(), &hash].map(|bytes| BASE64_STANDARD_NO_PAD.encode(bytes));
    format!("argon2$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${hash}")
}

/// `Argon2PasswordHasher.verify` and `must_update`, with argon2i and argon2d as well; None = malformed.
pub(super) fn verify(
    password: &str,
    encoded: &str,
    preferred: Preferred,
    scratch: &mut Scratch,
) -> Option<HashMatch> {
    let parts: Vec<&str> = encoded.split('$').collect();
    let (kind, version, costs, salt, hash) = match parts[..] {
        [_, kind, version, costs, salt, hash] => (kind, version, costs, salt, hash),
        [_, kind, costs, salt, hash] => (kind, "v=16", costs, salt, hash), // written before there was a version
        _ => return None,
    };
    let algorithm = match kind {
        "argon2id" => Algorithm::Argon2id,
        "argon2i" => Algorithm::Argon2i,
        "argon2d" => Algorithm::Argon2d,
        _ => return None,
    };
    let version = match version {
        "v=19" => Version::V0x13,
        "v=16" => Version::V0x10,
        _ => return None,
    };
    let [memory, passes, lanes] = costs.split(',').collect::<Vec<_>>().try_into().ok()?;
    let memory = number(memory.strip_prefix("m=")?)?;
    let passes = number(passes.strip_prefix("t=")?)?;
    let lanes = number(lanes.strip_prefix("p=")?)?;
    let salt = BASE64_STANDARD_NO_PAD.decode(salt).ok()?;
    let hash = BASE64_STANDARD_NO_PAD.decode(hash).ok()?;
    if memory > MAX_MEMORY
        || lanes > MAX_LANES
        || u64::from(memory) * u64::from(passes) > MAX_WORK
        || hash.len() > MAX_OUTPUT
    {
        return None;
    }
    let params = Params::new(memory, passes, lanes, Some(hash.len())).ok()?;
    let mut again = vec![0; hash.len()];
    compute(
        &Argon2::new(algorithm, version, params),
        password,
        &salt,
        &mut again,
        scratch,
    )?;
    let right = again.ct_eq(&hash).into();
    Some(match preferred {
        Preferred::Argon2 if right => {
            let as_django = (algorithm, version) == (Algorithm::Argon2id, Version::V0x13)
                && (memory, passes, lanes, hash.len()) == DJANGO
                && salt.len() >= SALT_LENGTH;
            HashMatch::Right {
                rewrite: !as_django,
            }
        }
        _ => HashMatch::of_another_format(right),
    })
}

fn compute(
    argon2: &Argon2<'_>,
    password: &str,
    salt: &[u8],
    hash: &mut [u8],
    scratch: &mut Scratch,
) -> Option<()> {
    let count = argon2.params().block_count();
    let blocks = &mut scratch.blocks;
    if blocks.len() < count {
        blocks.resize(count, Block::default());
    }
    let done = argon2.hash_password_into_with_memory(
        password.as_bytes(),
        salt,
        hash,
        &mut blocks[..count],
    );
    if count > DJANGO.0 as usize {
        *blocks = Vec::new(); // a rare row must not bind more for good than Django's
    }
    done.ok()
}
