//! JSON web algorithms (RFC 7518, 8037, 8812) and their keys: what signs and verifies a text, without knowing tokens.
//!
//! A private key comes from PEM, a public one from PEM, from SSH's line, from a JWK, or of a private one. All public
//! keys meet in [`PublicKey`], which has the thumbprint of RFC 7638 and is written as a JWK. The cryptography is
//! `aws-lc-rs`'s.
//!
//! ```
//! # use gatepost_jose as jose;
//! use jose::{Algorithm, SigningKey, VerifyingKey};
//!
//! let pem = jose::generate(Algorithm::ES256).unwrap();
//! let key = SigningKey::from_pem(Algorithm::ES256, &pem).unwrap();
//! let signature = key.sign(b"text").unwrap();
//! let verifying = VerifyingKey::new(Algorithm::ES256, &key.public().unwrap()).unwrap();
//! assert!(verifying.verify(b"text", signature.as_ref()));
//! assert!(!verifying.verify(b"Text", signature.as_ref()));
//! ```

mod algorithm;
mod der;
mod jwk;
mod pems;
mod public;
mod signing;
mod ssh;
mod thumbprint;
mod verifying;

pub use algorithm::{Algorithm, Curve, Kind, Refusal};
pub use jwk::{Jwk, keys};
pub use public::PublicKey;
pub use signing::{Signature, SigningKey, generate};
pub use verifying::VerifyingKey;
