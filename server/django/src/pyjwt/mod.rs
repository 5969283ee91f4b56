//! PyJWT's `decode` and `encode` as far as they are about text: parts, header, claims and the kind of a key.
//!
//! The signature itself is somebody else's: [`Parts`] says what is signed and [`encode`] what is to be signed.

mod claims;
mod keys;
mod parts;

pub use claims::{Expected, Refusal, is_text, whole};
pub use keys::refusal;
pub use parts::{Parts, encode};
