//! Bytes of a request that differ between the two servers: their own tokens, and tokens forged around them.

use std::collections::HashMap;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jose::{Algorithm, SigningKey};

/// Bytes with places for what a server has handed out before.
#[derive(Clone, Debug, Default)]
pub(super) struct Template(pub(super) Vec<Piece>);

#[derive(Clone, Debug)]
pub(super) enum Piece {
    Bytes(Vec<u8>),
    /// The access token of the step with this number.
    Access(usize),
    /// The refresh token of the step with this number.
    Refresh(usize),
    /// The token's id: the claim of this name of that step's refresh token.
    Id(usize, String),
    /// Seconds since 1970, so many from now.
    Now(i64),
    Forged(Box<Forged>),
}

/// A token signed by ourselves.
#[derive(Clone, Debug)]
pub(super) struct Forged {
    pub(super) header: Template,
    pub(super) payload: Template,
    pub(super) algorithm: String,
    pub(super) secret: String,
    pub(super) flaw: Flaw,
}

/// What is done to a token after it was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    None,
    /// Its parts padded to whole groups of four.
    Padded,
    /// One `=` too many.
    Overpadded,
    ExtraDot,
    NoSignature,
    MissingPart,
    /// The last character of the signature changed in bits that mean nothing.
    TrailingBits,
    /// In the alphabet of plain base64.
    PlainAlphabet,
    Space,
}

/// The tokens that a server has handed out, by the number of the step.
pub(super) type Slots = HashMap<usize, Pair>;

#[derive(Clone, Debug, Default)]
pub(super) struct Pair {
    pub(super) access: String,
    pub(super) refresh: String,
}

impl Template {
    pub(super) fn text(text: &str) -> Self {
        Self(vec![Piece::Bytes(text.as_bytes().to_vec())])
    }

    pub(super) fn bytes(bytes: Vec<u8>) -> Self {
        Self(vec![Piece::Bytes(bytes)])
    }

    pub(super) fn piece(piece: Piece) -> Self {
        Self(vec![piece])
    }

    pub(super) fn push(&mut self, text: &str) {
        self.0.push(Piece::Bytes(text.as_bytes().to_vec()));
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The bytes, if no server has a part in them.
    pub(super) fn plain(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        for piece in &self.0 {
            let Piece::Bytes(more) = piece else {
                return None;
            };
            bytes.extend_from_slice(more);
        }
        Some(bytes)
    }

    /// The bytes for one server.
    pub(super) fn fill(&self, slots: &Slots, now: i64) -> Vec<u8> {
        let mut out = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Bytes(bytes) => out.extend_from_slice(bytes),
                Piece::Access(slot) => {
                    out.extend(
                        slots
                            .get(slot)
                            .map_or("missing", |pair| &pair.access)
                            .bytes(),
                    );
                }
                Piece::Refresh(slot) => {
                    out.extend(
                        slots
                            .get(slot)
                            .map_or("missing", |pair| &pair.refresh)
                            .bytes(),
                    );
                }
                Piece::Id(slot, claim) => {
                    let id = slots.get(slot).and_then(|pair| id_of(&pair.refresh, claim));
                    out.extend(id.unwrap_or_default().bytes());
                }
                Piece::Now(offset) => out.extend((now + offset).to_string().bytes()),
                Piece::Forged(forged) => out.extend(forged.token(slots, now).bytes()),
            }
        }
        out
    }
}

fn id_of(token: &str, claim: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let payload: serde_json::Value = serde_json::from_slice(&payload).ok()?;
    payload[claim].as_str().map(str::to_owned)
}

impl Forged {
    fn signature(&self, message: &str) -> Vec<u8> {
        let algorithm = match self.algorithm.as_str() {
            "HS256" => hmac::HMAC_SHA256,
            "HS384" => hmac::HMAC_SHA384,
            "HS512" => hmac::HMAC_SHA512,
            other => {
                let algorithm = Algorithm::named(other).expect("an algorithm");
                let key = SigningKey::from_pem(algorithm, &self.secret).expect("a private key");
                let signature = key.sign(message.as_bytes()).expect("a signature");
                return signature.as_ref().to_vec();
            }
        };
        let key = hmac::Key::new(algorithm, self.secret.as_bytes());
        hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
    }

    fn token(&self, slots: &Slots, now: i64) -> String {
        let mut parts = [&self.header, &self.payload]
            .map(|part| URL_SAFE_NO_PAD.encode(part.fill(slots, now)))
            .to_vec();
        if self.flaw == Flaw::Padded {
            for part in &mut parts {
                part.push_str(&"=".repeat((4 - part.len() % 4) % 4));
            }
        }
        if self.flaw == Flaw::Overpadded {
            parts[1].push('=');
        }
        let message = parts.join(".");
        let mut signature = URL_SAFE_NO_PAD.encode(self.signature(&message));
        match self.flaw {
            Flaw::TrailingBits => {
                let last = signature.pop().unwrap_or('A');
                signature.push(if last == 'B' { 'A' } else { 'B' });
            }
            // not left to chance: the two servers' signatures differ, and only one might have a `-` or `_`
            Flaw::PlainAlphabet => signature.replace_range(..1, "+"),
            _ => {}
        }
        match self.flaw {
            Flaw::ExtraDot => format!("{message}..{signature}"),
            Flaw::NoSignature => format!("{message}."),
            Flaw::MissingPart => format!("{}.{signature}", parts[1]),
            Flaw::Space => format!("{message} .{signature}"),
            _ => format!("{message}.{signature}"),
        }
    }
}
