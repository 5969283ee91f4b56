//! The keys of the tokens' signatures: one that signs, and all whose tokens are taken.
//!
//! A key is bound to one algorithm: a token's header must name it. The cryptography is `gatepost-jose`'s.

use std::fmt;
use std::sync::Arc;

use django::pyjwt::{Header, Parts};
use jose::{Algorithm, PublicKey, Refusal, Signature, VerifyingKey};
use secrecy::{ExposeSecret, SecretString};

use super::remote_keys::{Away, RemoteKeys};
use crate::db::Moment;

/// A key whose tokens are taken; it may sign, too. Printed without the key.
pub(crate) struct Key {
    /// What the tokens that it signs begin with.
    header: Header,
    kid: String,
    signing: Option<jose::SigningKey>,
    verifying: VerifyingKey,
    /// Of a key pair.
    public: Option<PublicKey>,
    /// From when on its tokens are refused.
    until: Option<Moment>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.verifying.algorithm())
    }
}

impl Key {
    /// A secret text for an algorithm with one key for both directions.
    ///
    /// # Errors
    /// The algorithm is another one.
    pub(crate) fn secret(key: &SecretString, algorithm: Algorithm) -> Result<Self, Refusal> {
        let key = jose::SigningKey::from_secret(algorithm, key.expose_secret().as_bytes())?;
        Self::signing(key)
    }

    /// A key that signs.
    pub(crate) fn signing(key: jose::SigningKey) -> Result<Self, Refusal> {
        Ok(Self {
            header: Header::of(key.algorithm().name()),
            kid: key.thumbprint(),
            verifying: VerifyingKey::of(&key)?,
            public: key.public(),
            signing: Some(key),
            until: None,
        })
    }

    /// A public key.
    pub(crate) fn public(key: PublicKey, algorithm: Algorithm) -> Result<Self, Refusal> {
        Ok(Self {
            header: Header::of(algorithm.name()),
            kid: key.thumbprint(),
            verifying: VerifyingKey::new(algorithm, &key)?,
            public: Some(key),
            signing: None,
            until: None,
        })
    }

    /// The same, whose tokens are taken until a moment.
    pub(crate) fn until(self, until: Moment) -> Self {
        Self {
            until: Some(until),
            ..self
        }
    }

    /// The thumbprint of RFC 7638.
    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// What it signs by.
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.verifying.algorithm()
    }

    /// Whether it makes tokens.
    pub(crate) fn can_sign(&self) -> bool {
        self.signing.is_some()
    }

    /// From when on its tokens are refused.
    pub(crate) fn end(&self) -> Option<Moment> {
        self.until
    }

    /// Whether it made a token.
    pub(crate) fn made(&self, parts: &Parts<'_>, signature: &[u8]) -> bool {
        // the signature first: nothing that a stranger wrote is decoded
        self.verifying.verify(parts.message.as_bytes(), signature) && parts.is_of(&self.header)
    }

    fn is_good(&self, now: Moment) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// All keys of a server.
#[derive(Debug)]
pub(crate) struct Keys {
    /// The first signs, where it can.
    all: Vec<Key>,
    /// JWK_URL: what verifies in place of the one that signs.
    remote: Option<Remote>,
}

/// The keys of another service, and what the headers of their tokens name.
#[derive(Clone)]
pub(crate) struct Remote {
    keys: Arc<RemoteKeys>,
    header: Arc<Header>,
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.keys.fmt(f)
    }
}

impl Remote {
    pub(crate) fn new(keys: RemoteKeys, algorithm: Algorithm) -> Self {
        Self {
            keys: Arc::new(keys),
            header: Arc::new(Header::of(algorithm.name())),
        }
    }

    /// Sees to it that the key which a token names is known, if there is such a one.
    async fn look_for(&self, token: &str) -> Result<(), Away> {
        let kid = Parts::of(token).and_then(|parts| parts.kid(&self.header));
        match kid {
            Some(kid) => self.keys.look_for(&kid).await,
            None => Ok(()),
        }
    }

    fn made(&self, parts: &Parts<'_>, signature: &[u8]) -> bool {
        let kid = parts.kid(&self.header);
        kid.is_some_and(|kid| self.keys.made(&kid, parts.message, signature))
    }
}

impl Keys {
    /// One that signs, where it can, and others whose tokens are taken. With several, or where `names` is set, new tokens
    /// say by their `kid` which one signed them.
    pub(crate) fn new(key: Option<Key>, others: Vec<Key>, names: bool) -> Self {
        let mut all: Vec<Key> = key.into_iter().collect();
        all.extend(others);
        if names || all.len() > 1 {
            for key in &mut all {
                key.header = Header::with_kid(key.verifying.algorithm().name(), &key.kid);
            }
        }
        let remote = None;
        Self { all, remote }
    }

    /// The same, where the keys of another service verify.
    pub(crate) fn with(self, remote: Option<Remote>) -> Self {
        Self { remote, ..self }
    }

    /// The other service's.
    pub(crate) fn remote(&self) -> Option<&Remote> {
        self.remote.as_ref()
    }

    /// Sees to it that the key of a token is known, before anything of the database is held.
    ///
    /// # Errors
    /// It is another service's, which is away.
    pub(crate) async fn look_for(&self, token: &str) -> Result<(), Away> {
        match &self.remote {
            Some(remote) => Box::pin(remote.look_for(token)).await,
            None => Ok(()),
        }
    }

    /// Whether tokens can be made.
    pub(crate) fn can_sign(&self) -> bool {
        self.signer().is_some()
    }

    fn signer(&self) -> Option<(&Key, &jose::SigningKey)> {
        let first = self.all.first()?;
        Some((first, first.signing.as_ref()?))
    }

    /// Their names, the one that signs first.
    pub(crate) fn kids(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(Key::kid)
    }

    /// Whether there are public keys.
    pub(crate) fn publishes(&self) -> bool {
        self.all.iter().any(|key| key.public.is_some())
    }

    /// The public keys as a JWK set (RFC 7517).
    pub(crate) fn jwks(&self, now: Moment) -> String {
        let good = self.all.iter().filter(|key| key.is_good(now));
        let public = good.filter_map(|key| {
            let public = key.public.as_ref()?;
            Some(public.jwk(&key.kid, key.algorithm()))
        });
        let public: Vec<String> = public.collect();
        format!("{{\"keys\":[{}]}}", public.join(","))
    }

    /// Whether one of them made a token.
    pub(crate) fn made(&self, parts: &Parts<'_>, signature: &[u8], now: Moment) -> bool {
        let own = match &self.remote {
            None => &self.all[..],
            // the reference takes none of its own tokens then, if the set has not their key
            Some(remote) if remote.made(parts, signature) => return true,
            Some(_) => self.all.get(1..).unwrap_or_default(),
        };
        let mut own = own.iter();
        own.any(|key| key.is_good(now) && key.made(parts, signature))
    }

    /// The header of new tokens and what signs them.
    ///
    /// # Errors
    /// There is no key that signs.
    pub(crate) fn sign(&self) -> Option<(&Header, impl Fn(&str) -> Option<Signature>)> {
        let (first, key) = self.signer()?;
        Some((&first.header, |message: &str| {
            key.sign(message.as_bytes()).ok()
        }))
    }
}
