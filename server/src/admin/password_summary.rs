//! What may be known of a password's hash: `identify_hasher` and `safe_summary`.

/// Whether a hash is one that a password may have.
pub(super) fn is_usable(hash: &str) -> bool {
    !hash.is_empty() && !hash.starts_with('!')
}

/// What may be known of a hash: `safe_summary`.
pub(super) fn summary(hash: &str) -> Vec<(String, Option<String>)> {
    if !is_usable(hash) {
        return vec![("No password set.".to_owned(), None)];
    }
    let parts: Vec<_> = hash.split('$').collect();
    let known: Vec<(&str, String)> = match parts[..] {
        [
            algorithm @ ("pbkdf2_sha256" | "pbkdf2_sha1"),
            iterations,
            salt,
            hash,
        ] => vec![
            ("algorithm", algorithm.to_owned()),
            ("iterations", iterations.to_owned()),
            ("salt", masked(salt, 6)),
            ("hash", masked(hash, 6)),
        ],
        ["argon2", variety, version, costs, salt, hash] => {
            let cost = |name: &str| {
                let costs = costs.split(',').filter_map(|cost| cost.split_once('='));
                let mut costs = costs.filter(|(known, _)| *known == name);
                costs
                    .next()
                    .map_or(String::new(), |(_, cost)| cost.to_owned())
            };
            let version = version.strip_prefix("v=").unwrap_or(version);
            vec![
                ("algorithm", "argon2".to_owned()),
                ("variety", variety.to_owned()),
                ("version", version.to_owned()),
                ("memory cost", cost("m")),
                ("time cost", cost("t")),
                ("parallelism", cost("p")),
                ("salt", masked(salt, 6)),
                ("hash", masked(hash, 6)),
            ]
        }
        [algorithm @ ("bcrypt_sha256" | "bcrypt"), "", _, cost, rest]
            if rest.is_char_boundary(22) =>
        {
            let (salt, checksum) = rest.split_at(22);
            vec![
                ("algorithm", algorithm.to_owned()),
                ("work factor", cost.to_owned()),
                ("salt", masked(salt, 6)),
                ("checksum", masked(checksum, 6)),
            ]
        }
        ["scrypt", work, salt, block, parallelism, hash] => vec![
            ("algorithm", "scrypt".to_owned()),
            ("work factor", work.to_owned()),
            ("block size", block.to_owned()),
            ("parallelism", parallelism.to_owned()),
            ("salt", masked(salt, 6)),
            ("hash", masked(hash, 6)),
        ],
        [algorithm @ "md5", salt, hash] => vec![
            ("algorithm", algorithm.to_owned()),
            ("salt", masked(salt, 2)),
            ("hash", masked(hash, 6)),
        ],
        _ => {
            let text = "Invalid password format or unknown hashing algorithm.";
            return vec![(text.to_owned(), None)];
        }
    };
    let shown = |(label, value): (&str, String)| (label.to_owned(), Some(value));
    known.into_iter().map(shown).collect()
}

/// `mask_hash`.
fn masked(text: &str, shown: usize) -> String {
    let mask = |(at, char)| if at < shown { char } else { '*' };
    text.chars().enumerate().map(mask).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_shows_its_format_alone() {
        for (hash, shown) in [
            (
                "pbkdf2_sha256$1000$abcdefgh$0123456789",
                "algorithm: pbkdf2_sha256 iterations: 1000 salt: abcdef** hash: 012345****",
            ),
            (
                "argon2$argon2id$v=19$m=102400,t=2,p=8$abcdefgh$0123456789",
                "algorithm: argon2 variety: argon2id version: 19 memory cost: 102400 time cost: 2 parallelism: 8 salt: abcdef** hash: 012345****",
            ),
            (
                "bcrypt_sha256$$2b$12$abcdefghijklmnopqrstuv0123456789",
                "algorithm: bcrypt_sha256 work factor: 12 salt: abcdef**************** checksum: 012345****",
            ),
            (
                "scrypt$16384$abcdefgh$8$5$0123456789",
                "algorithm: scrypt work factor: 16384 block size: 8 parallelism: 5 salt: abcdef** hash: 012345****",
            ),
            (
                "md5$abc$0123456789",
                "algorithm: md5 salt: ab* hash: 012345****",
            ),
            ("!abc", "No password set."),
            ("", "No password set."),
            (
                "plain",
                "Invalid password format or unknown hashing algorithm.",
            ),
            (
                "bcrypt_sha256$$2b$12$abc",
                "Invalid password format or unknown hashing algorithm.",
            ),
        ] {
            let parts = summary(hash);
            let part = |(label, value): &(String, Option<String>)| match value {
                Some(value) => format!("{label}: {value}"),
                None => label.clone(),
            };
            let text: Vec<_> = parts.iter().map(part).collect();
            assert_eq!(text.join(" "), shown);
        }
    }
}
