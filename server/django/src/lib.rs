//! What Python, Django, Django REST framework and PyJWT do with text.

pub mod charset;
mod filename;
pub mod form;
pub mod hashers;
pub mod header_params;
pub mod json;
pub mod media;
pub mod multipart;
pub mod password_validation;
pub mod pyjwt;
pub mod python;
pub mod validators;
