//! `server.trusted_proxies`: whose word about a request's client counts.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer};

use super::values::texts;

/// Networks of proxies, and whether those that come by the Unix socket are among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    networks: Vec<IpNet>,
    unix: bool,
}

/// Whoever connects to the Unix socket.
const UNIX: &str = "unix";

impl Proxies {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty() && !self.unix
    }

    /// Whether one of them has this address.
    pub fn contain(&self, address: IpAddr) -> bool {
        let is_in = |address: IpAddr| self.networks.iter().any(|net| net.contains(&address));
        match address.to_canonical() {
            // an operator may have written it as IPv6 does
            IpAddr::V4(old) => is_in(old.into()) || is_in(old.to_ipv6_mapped().into()),
            address @ IpAddr::V6(_) => is_in(address),
        }
    }

    /// Whether whoever connects to the Unix socket is one of them.
    pub fn contain_unix(&self) -> bool {
        self.unix
    }
}

impl<'de> Deserialize<'de> for Proxies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut proxies = Self::default();
        for text in texts(deserializer)? {
            let text = text.trim();
            if text == UNIX {
                proxies.unix = true;
                continue;
            }
            let address = || text.parse::<IpAddr>().map(IpNet::from);
            let network = text.parse::<IpNet>().or_else(|_| address()).map_err(|_| {
                let expected = &"an address or a network, such as 10.0.0.0/8 or ::1, or \"unix\"";
                D::Error::invalid_value(Unexpected::Str(text), expected)
            })?;
            proxies.networks.push(network);
        }
        Ok(proxies)
    }
}
