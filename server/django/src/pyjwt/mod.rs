//! PyJWT's `decode` and `encode` as far as they are about text: parts, header, claims and the kind of a key.
//!
//! The signature itself is somebody else's: [`Parts`] says what is signed and [`Header::encode`] asks for it.
//!
//! ```
//! # use gatepost_django as django;
//! use django::json::Object;
//! use django::pyjwt::{Expected, Header, Parts, Refusal};
//!
//! let header = Header::of("HS256");
//! let mut claims = Object::new();
//! claims.insert("exp", 1_000);
//! let token = header.encode(&claims, |message| Some("its signature")).unwrap();
//!
//! let parts = Parts::of(&token).unwrap();
//! assert!(parts.is_of(&header));
//! // verify `parts.signature()` of `parts.message` here
//! let expected = Expected { leeway: 0, future_leeway: 0, issuer: "", audience: &[] };
//! assert_eq!(expected.check(&parts.claims().unwrap(), 999), Ok(()));
//! assert_eq!(expected.check(&parts.claims().unwrap(), 1_000), Err(Refusal::Expired));
//! ```

mod claims;
mod keys;
mod parts;

pub use claims::{Expected, Refusal, is_text, whole};
pub use keys::refusal;
pub use parts::{Header, Parts};
