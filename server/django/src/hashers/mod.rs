//! Django's password hashes as text: which format a stored one has, and what it says of a password.
//!
//! ```
//! # use gatepost_django as django;
//! use django::hashers::{HashMatch, Preferred, Scratch, encode, verify};
//!
//! let mut scratch = Scratch::default();
//! let preferred = Preferred::Pbkdf2 { iterations: 1_000.try_into().unwrap() };
//! let stored = encode("correct horse", "abcdefghijklmnopqrstuv", preferred, &mut scratch);
//! assert!(stored.starts_with("pbkdf2_sha256$1000$abcdefghijklmnopqrstuv$"));
//! let right = HashMatch::Right { rewrite: false };
//! assert_eq!(verify("correct horse", &stored, preferred, &mut scratch), right);
//! ```

mod argon2;
mod bcrypt;
mod format;
mod pbkdf2;
mod pbkdf2_sha256;
mod scrypt;

use std::num::NonZeroU32;

pub use format::{HashMatch, Preferred, SALT_LENGTH, Scratch};
pub use pbkdf2::MAX_ITERATIONS;

/// `make_password`: the preferred hash of a password, whose salt is 22 letters and digits.
pub fn encode(password: &str, salt: &str, preferred: Preferred, scratch: &mut Scratch) -> String {
    scratch.hashes += 1;
    match preferred {
        Preferred::Pbkdf2 { iterations } => {
            scratch.iterations += u64::from(iterations.get());
            pbkdf2::encode_pbkdf2(password, salt, iterations)
        }
        Preferred::Argon2 => argon2::encode(password, salt, scratch),
    }
}

/// `verify_password`, by the hashers Django enables by default.
///
/// Each parameter of the row is bounded before anything is computed, to about ten times the cost Django asks for.
pub fn verify(
    password: &str,
    encoded: &str,
    preferred: Preferred,
    scratch: &mut Scratch,
) -> HashMatch {
    let algorithm = encoded.split('$').next().unwrap_or_default();
    let found = match algorithm {
        "pbkdf2_sha256" | "pbkdf2_sha1" => pbkdf2::verify(password, encoded, preferred, scratch),
        "argon2" => argon2::verify(password, encoded, preferred, scratch),
        "bcrypt_sha256" => bcrypt::verify(password, encoded).map(HashMatch::of_another_format),
        "scrypt" => scrypt::verify(password, encoded).map(HashMatch::of_another_format),
        // `make_password(None)`, and a user without a password
        _ if encoded.is_empty() || encoded.starts_with('!') => return HashMatch::Unusable,
        _ => return HashMatch::Malformed,
    };
    scratch.hashes += u64::from(found.is_some());
    found.unwrap_or(HashMatch::Malformed)
}

/// The name of a stored hash's format, or "unknown": what else may stand there is nobody's business.
pub fn format_of(encoded: &str) -> &'static str {
    const FORMATS: [&str; 10] = [
        "pbkdf2_sha256",
        "pbkdf2_sha1",
        "argon2",
        "bcrypt_sha256",
        "bcrypt",
        "scrypt",
        "md5",
        "sha1",
        "unsalted_md5",
        "unsalted_sha1",
    ];
    let name = encoded.split_once('$').map_or("", |(name, _)| name);
    let known = FORMATS.into_iter().find(|format| *format == name);
    known.unwrap_or("unknown")
}

/// `harden_runtime`: the iterations that an old hash costs less than a new one.
pub fn harden(password: &str, salt: &str, missing: NonZeroU32, scratch: &mut Scratch) {
    scratch.iterations += u64::from(missing.get());
    pbkdf2::encode_pbkdf2(password, salt, missing);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PASSWORD: &str = "ComplexPassword123!";
    const SALT: &str = "abcdefghijklmnopqrstuv";
    const RIGHT: HashMatch = HashMatch::Right { rewrite: false };
    const REWRITE: HashMatch = HashMatch::Right { rewrite: true };
    const WRONG: HashMatch = HashMatch::Wrong {
        missing_iterations: 0,
    };

    fn pbkdf2(iterations: u32) -> Preferred {
        Preferred::Pbkdf2 {
            iterations: NonZeroU32::new(iterations).unwrap(),
        }
    }

    fn judge(password: &str, encoded: &str, preferred: Preferred) -> HashMatch {
        verify(password, encoded, preferred, &mut Scratch::default())
    }

    #[test]
    fn hashes_of_django_are_read() {
        let mut scratch = Scratch::default();
        let (mut read, mut argon2) = (0, 0);
        for line in include_str!("../../data/django-hashes.tsv")
            .lines()
            .filter(|line| !line.starts_with('#'))
        {
            let (password, encoded) = line.split_once('\t').unwrap();
            let format = encoded.split('$').next().unwrap();
            argon2 += usize::from(format == "argon2");
            if format == "argon2" && argon2 % 4 != 1 {
                continue; // one of four, for time
            }
            let expected = match (password, format) {
                ("abc", "!unusable") => HashMatch::Unusable,
                ("abc", _) | (_, "bcrypt") => HashMatch::Malformed,
                (_, "pbkdf2_sha256") => RIGHT,
                _ => REWRITE,
            };
            assert_eq!(
                verify(password, encoded, pbkdf2(1_000_000), &mut scratch),
                expected,
                "{encoded}"
            );
            read += 1;
        }
        assert_eq!(read, 20);
    }

    #[test]
    fn the_vectors_of_each_format() {
        let preferred = pbkdf2(1_000_000);
        let sha256 = "pbkdf2_sha256$1000000$abcdefghijklmnopqrstuv$DUUQGWknOVYSuW+Q2P7cUWzw2kTs02ImDM+YPaU1CsM=";
        let argon2 = "argon2$argon2id$v=19$m=102400,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$DlCjxmUsStaDBAIC6q1aHn/CsZFjdH9TJ4O/19PqMZs";
        assert_eq!(
            encode(PASSWORD, SALT, preferred, &mut Scratch::default()),
            sha256
        );
        assert_eq!(
            encode(PASSWORD, SALT, Preferred::Argon2, &mut Scratch::default()),
            argon2
        );
        assert_eq!(judge(PASSWORD, argon2, Preferred::Argon2), RIGHT);
        assert_eq!(
            judge("complexPassword123!", argon2, Preferred::Argon2),
            WRONG
        );
        for encoded in [
            "pbkdf2_sha1$1000000$abcdefghijklmnopqrstuv$fL/L1Q6K0RvKaLdYn+ty5M1hIuE=",
            "bcrypt_sha256$$2b$12$abcdefghijklmnopqrstuuwveKUkSdVU/dQKfaDkoDgx3uaZYMqu6",
            "scrypt$16384$abcdefghijklmnopqrstuv$8$5$AZ7ZDof0UeBIcBMlpqrzW0S/Hks99ZrMuvfkY8qaxwS0Fw6m4Qb4yPT2DdjAfl3D/tT8NB8lwp7Icfc03rg4Ww==",
        ] {
            assert_eq!(judge(PASSWORD, encoded, preferred), REWRITE, "{encoded}");
        }
    }

    /// Made with Django 5.2.19 and argon2-cffi 25.1, with parameters that cost little.
    const CHEAP: &[&str] = &[
        "argon2$argon2i$v=16$m=64,t=2,p=2$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$hh7J6kWtImzJYMWMC/MOE8eHhsT67VxsajE4QYOCbeQ",
        "argon2$argon2i$v=19$m=64,t=2,p=2$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$lc5DqZYvWTKofsutslCPXBxIycJU9rPhqCioUxNtdBc",
        "argon2$argon2d$v=16$m=64,t=2,p=2$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$o2uT9Wks7ZMyz5Pwa6TtKTjeCf1uzlnAnfwk73UQ/8A",
        "argon2$argon2d$v=19$m=64,t=2,p=2$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$l1Tscqpo2ql7Ix5joX22vxVMClxx09f8OFDfCBeLduY",
        "argon2$argon2id$v=16$m=64,t=2,p=2$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$Gm5Z10NByY4x1E8Vmd9ZDliQndBeg6E39Ry7wsxTPU0",
        "argon2$argon2id$v=19$m=64,t=2,p=2$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$C8wGpFv++df2ijPV7lctrmr+aU/Wa4iHMSXauDmFoOA",
        "argon2$argon2i$m=8,t=1,p=1$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$UieJyAqshBm1Qlsszk5jAQ",
        "argon2$argon2id$v=19$m=77,t=3,p=3$YWJjZGVmZ2g$VohAcCrlK0MLGVivOKrvTZq3ugY",
        "bcrypt_sha256$$2a$04$abcdefghijklmnopqrstuuXwhE6gOKjy6g7o/IOoL12dKIdKym636",
        "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuXwhE6gOKjy6g7o/IOoL12dKIdKym636",
        "bcrypt_sha256$$2x$04$abcdefghijklmnopqrstuuXwhE6gOKjy6g7o/IOoL12dKIdKym636",
        "bcrypt_sha256$$2y$04$abcdefghijklmnopqrstuuXwhE6gOKjy6g7o/IOoL12dKIdKym636",
        "scrypt$16$sält$8$1$nDapdjsFxNJNoSr8aeqKCaSYjmaiTv11561ZlxlojLwo4Wh3RA14blLT/pB9mMRI5pLMqD7tR7fs5vB2vExr1Q==",
        "scrypt$2$s$1$3$xwdMnxwXetNpWypEhVJrvxHAonbSyJP+fPLOVbvn6ndILTErNqwf901cnZvco0FPG5VIKHAjqM++vJ3pGibe2w==",
        "pbkdf2_sha256$1$s$739fWuP65YVYdHOTvXpnlcCcAeNbjvo2RAFjMVtpC5A=",
        "pbkdf2_sha1$7$sält$YxjLoPTYiwGn2pg2TfpKRQ2ixPg=",
    ];

    #[test]
    fn any_parameters_are_read_with_one_memory() {
        let mut scratch = Scratch::default();
        for (done, encoded) in CHEAP.iter().enumerate() {
            for preferred in [pbkdf2(1), Preferred::Argon2] {
                assert_eq!(
                    verify("pässwörd €", encoded, preferred, &mut scratch),
                    REWRITE,
                    "{encoded}"
                );
                assert_eq!(
                    verify("passwörd €", encoded, preferred, &mut scratch),
                    WRONG,
                    "{encoded}"
                );
            }
            assert_eq!(scratch.hashes, 4 * (done as u64 + 1));
        }
        let of_nothing = "pbkdf2_sha256$3$s$4q6ghpbOgMNSC1YCQAKWSlRxejQyH6Qg+70CLv+25Ag=";
        assert_eq!(judge("", of_nothing, pbkdf2(3)), REWRITE);
    }

    #[test]
    fn a_hash_of_other_strength_is_rewritten_and_evened_out() {
        let encoded = "pbkdf2_sha256$1000$abcdefghijklmnopqrstuv$6X+cRMGjvHQf6X3lau3g8Q2BVbQ2VoXZHa/wt+Psw9o=";
        let judge = |password, iterations| judge(password, encoded, pbkdf2(iterations));
        assert_eq!(judge("pässwörd €", 1000), RIGHT);
        assert_eq!(judge("pässwörd €", 1001), REWRITE);
        assert_eq!(judge("pässwörd €", 999), REWRITE);
        assert_eq!(judge("x", 1000), WRONG);
        assert_eq!(
            judge("x", 1001),
            HashMatch::Wrong {
                missing_iterations: 1
            }
        );
        assert_eq!(judge("x", 999), WRONG);
        for (salt, verdict) in [(&SALT[1..], REWRITE), (SALT, RIGHT)] {
            let encoded = encode("x", salt, pbkdf2(5), &mut Scratch::default());
            assert_eq!(
                super::verify("x", &encoded, pbkdf2(5), &mut Scratch::default()),
                verdict,
                "{salt}"
            );
        }
    }

    #[test]
    fn nothing_matches_what_is_not_enabled() {
        for encoded in [
            "",
            "!",
            "!pbkdf2_sha256$1$s$x",
            "plain",
            "$",
            "PBKDF2_sha256$1$s$x",
            "bcrypt$$2b$12$abcdefghijklmnopqrstuuOWf.eGu.9C87Y2hP10vLayU1D8lFJMC",
            "md5$abcdefghijklmnopqrstuv$e486faa6e2ac4d9865df13f0a11f6163",
            "e486faa6e2ac4d9865df13f0a11f6163",
            "md5$$e486faa6e2ac4d9865df13f0a11f6163",
            "sha1$$e486faa6e2ac4d9865df13f0a11f6163e486faa6",
        ] {
            let mut scratch = Scratch::default();
            let was_meant = encoded.is_empty() || encoded.starts_with('!');
            let expected = if was_meant {
                HashMatch::Unusable
            } else {
                HashMatch::Malformed
            };
            assert_eq!(
                verify(PASSWORD, encoded, pbkdf2(1), &mut scratch),
                expected,
                "{encoded}"
            );
            assert_eq!(scratch.hashes, 0, "{encoded}");
        }
    }

    #[test]
    fn of_what_is_no_hash_nothing_is_told() {
        for (encoded, format) in [
            ("bcrypt$$2b$12$abc", "bcrypt"),
            ("md5$$e486faa6", "md5"),
            ("e486faa6e2ac4d9865df13f0a11f6163", "unknown"),
            ("pass$word", "unknown"),
            ("", "unknown"),
        ] {
            assert_eq!(format_of(encoded), format);
        }
    }

    #[test]
    fn nothing_is_computed_for_a_malformed_hash_or_beyond_the_limits() {
        let hash = "739fWuP65YVYdHOTvXpnlcCcAeNbjvo2RAFjMVtpC5A=";
        let long = "nDapdjsFxNJNoSr8aeqKCaSYjmaiTv11561ZlxlojLwo4Wh3RA14blLT/pB9mMRI5pLMqD7tR7fs5vB2vExr1Q==";
        let bcrypt = "abcdefghijklmnopqrstuuXwhE6gOKjy6g7o/IOoL12dKIdKym636";
        let mut all: Vec<String> = [
            "pbkdf2_sha256",
            "pbkdf2_sha256$1000",
            "pbkdf2_sha1$1$s",
            "argon2",
            "argon2$x",
            "bcrypt_sha256$x",
            "bcrypt_sha256",
            "scrypt$a$b",
            "scrypt",
        ]
        .map(String::from)
        .into();
        for iterations in [
            "",
            "0",
            "01",
            "+1",
            "-1",
            "1 ",
            "１",
            "10000001",
            "99999999999999999999",
            "x",
        ] {
            all.push(format!("pbkdf2_sha256${iterations}$s${hash}"));
        }
        all.extend([
            format!("pbkdf2_sha256$1$${hash}"),
            format!("pbkdf2_sha256$1$s${hash}$"),
            format!("pbkdf2_sha1$1$s${hash}"),
        ]);
        for costs in [
            "m=0,t=1,p=1",
            "m=7,t=1,p=1",
            "m=8,t=0,p=1",
            "m=8,t=1,p=0",
            "m=8,t=1,p=2",
            "m=08,t=1,p=1",
            "m=262145,t=1,p=1",
            "m=8,t=256001,p=1",
            "m=262144,t=8,p=1",
            "m=8192,t=1,p=65",
            "m=4294967295,t=1,p=1",
            "m=8,t=4294967296,p=1",
            "t=1,m=8,p=1",
            "m=8,t=1",
            "m=8,t=1,p=1,x=1",
        ] {
            all.push(format!(
                "argon2$argon2id$v=19${costs}$YWJjZGVmZ2g$VohAcCrlK0MLGVivOKrvTZq3ugY"
            ));
        }
        for rest in [
            "argon2x$v=19$m=8,t=1,p=1$YWJjZGVmZ2g$VohAcCrl",
            "argon2i$v=18$m=8,t=1,p=1$YWJjZGVmZ2g$VohAcCrl",
            "argon2i$v=19$m=8,t=1,p=1$YWJjZGVm$VohAcCrl",
            "argon2i$v=19$m=8,t=1,p=1$YWJjZGVmZ2g$Voh",
            "argon2i$v=19$m=8,t=1,p=1$YWJjZGVmZ2g=$VohAcCrl",
            "argon2i$v=19$m=8,t=1,p=1$YWJjZGVmZ2h$VohAcCrl",
        ] {
            all.push(format!("argon2${rest}"));
        }
        all.push(format!(
            "argon2$argon2i$v=19$m=8,t=1,p=1$YWJjZGVmZ2g${}",
            "AAAA".repeat(43)
        ));
        for (version, cost, rest) in [
            ("2b", "03", bcrypt),
            ("2b", "16", bcrypt),
            ("2b", "4", bcrypt),
            ("2b", "004", bcrypt),
            ("2b", "-4", bcrypt),
            ("2c", "04", bcrypt),
            ("2b", "04", &bcrypt[1..]),
            (
                "2b",
                "04",
                "abcdefghijklmnopqrstuvXwhE6gOKjy6g7o/IOoL12dKIdKym636",
            ),
            (
                "2b",
                "04",
                "abcdefghijklmnopqrstüuXwhE6gOKjy6g7o/IOoL12dKIdKym636",
            ),
        ] {
            all.push(format!("bcrypt_sha256$${version}${cost}${rest}"));
        }
        for (n, r, p) in [
            ("0", "8", "1"),
            ("1", "8", "1"),
            ("3", "8", "1"),
            ("16", "0", "1"),
            ("16", "8", "0"),
            ("016", "8", "1"),
            ("32768", "8", "1"),
            ("16384", "8", "51"),
            ("2", "4294967295", "4294967295"),
            ("2147483648", "1", "1"),
            ("abc", "8", "1"),
        ] {
            all.push(format!("scrypt${n}$s${r}${p}${long}"));
        }
        all.extend([
            format!("scrypt$16$$8$1${long}"),
            format!("scrypt$16$s$8$1${hash}"),
            format!("scrypt$16$s$8$1${long}$"),
        ]);
        for encoded in all {
            let mut scratch = Scratch::default();
            assert_eq!(
                verify(PASSWORD, &encoded, pbkdf2(1), &mut scratch),
                HashMatch::Malformed,
                "{encoded}"
            );
            assert_eq!((scratch.hashes, scratch.iterations), (0, 0), "{encoded}");
        }
    }

    proptest! {
        #[test]
        fn no_row_panics(
            password in any::<String>(),
            row in any::<String>(),
            near in r"(pbkdf2_sha256|pbkdf2_sha1|argon2|bcrypt_sha256|scrypt)(\$[a-z0-9=,.é]{0,9}){0,6}",
            costly in r"argon2\$argon2(i|d|id)(\$v=1[69])?\$m=[0-9]{1,3},t=[0-3],p=[0-9]\$[A-Za-z0-9]{8,14}\$[A-Za-z0-9+/]{3,9}",
            scrypt in r"scrypt\$(2|4|8|16|64|[0-9]{1,3})\$[a-z]{1,3}\$[0-4]\$[0-3]\$[A-Za-z0-9+/]{85}[AQgw]==",
            bcrypt in r"bcrypt_sha256\$\$2[abxyc]\$0[0-4]\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[a-z]",
            pbkdf2_row in r"pbkdf2_sha256\$[0-9]{1,4}\$[a-zé]{0,30}\$[A-Za-z0-9+/é]{43}=",
        ) {
            for encoded in [row, near, costly, scrypt, bcrypt, pbkdf2_row] {
                let found = judge(&password, &encoded, pbkdf2(1));
                prop_assert!(!matches!(found, HashMatch::Right { .. }), "{}", encoded);
            }
        }
    }
}
