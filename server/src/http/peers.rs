//! Which clients can be counted by their address: not those on this machine, and not those behind a proxy that nobody has
//! declared, for each of them would stand for many.

use std::collections::HashSet;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard};

use axum::http::HeaderMap;

use super::client;
use ipnet::IpNet;

/// What counts as one address: one of IPv4, or the /64 of IPv6, which is what a single client has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Network(IpAddr);

/// How many undeclared proxies are known at most. Beyond that all are forgotten, and noted again by their next requests.
const MOST: usize = 1024;
/// What only a proxy sends.
const FORWARDING: [&str; 6] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

/// The peers that are proxies, though `server.trusted_proxies` does not name them.
#[derive(Default)]
pub(crate) struct Peers {
    undeclared: Mutex<HashSet<Network>>,
}

impl Network {
    /// The network of an address.
    pub(crate) fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                Ipv6Addr::from(network).into()
            }
            old @ IpAddr::V4(_) => old,
        })
    }

    /// Its first address.
    pub(crate) fn address(self) -> IpAddr {
        self.0
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Peers {
    /// Looks whether a peer forwards what others ask, and says so once.
    pub(crate) fn note(&self, peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) {
        let forwards = || FORWARDING.iter().find(|name| headers.contains_key(**name));
        if client::is_trusted(peer, trusted) {
            return;
        }
        let Some(header) = forwards() else { return };
        let mut undeclared = self.undeclared();
        if undeclared.len() >= MOST {
            undeclared.clear();
        }
        if undeclared.insert(Network::of(peer)) {
            tracing::warn!(
                peer = %peer,
                header,
                "a peer passes on what others ask, and is not one of server.trusted_proxies: its clients are not counted by address; name it there if it is your proxy"
            );
        }
    }

    /// Whether this peer, or the client that a declared proxy names, stands for itself alone.
    pub(crate) fn is_counted(&self, address: IpAddr) -> bool {
        !is_local(address) && !self.undeclared().contains(&Network::of(address))
    }

    /// By what a request's client is counted; none where others may stand behind the same address, as behind a proxy
    /// that names nobody.
    pub(crate) fn source(&self, client: Option<IpAddr>, trusted: &[IpNet]) -> Option<Network> {
        let client = client.filter(|client| !client::is_trusted(*client, trusted))?;
        self.is_counted(client).then(|| Network::of(client))
    }

    fn undeclared(&self) -> MutexGuard<'_, HashSet<Network>> {
        self.undeclared
            .lock()
            .expect("nobody panics with this lock")
    }
}

fn is_local(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn headers(name: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), "1.2.3.4".parse().unwrap())])
    }

    #[test]
    fn a_client_of_ipv6_is_a_network() {
        for (one, other, same) in [
            ("2001:db8:1:2:3::4", "2001:db8:1:2:ffff::", true),
            ("2001:db8:1:2::", "2001:db8:1:3::", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
        ] {
            let networks = [one, other].map(|text| Network::of(address(text)));
            assert_eq!(networks[0] == networks[1], same, "{one} {other}");
        }
        assert_eq!(
            Network::of(address("2001:db8::9")).to_string(),
            "2001:db8::"
        );
    }

    #[test]
    fn this_machine_and_undeclared_proxies_are_not_counted() {
        let peers = Peers::default();
        for local in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(!peers.is_counted(address(local)), "{local}");
        }
        let (proxy, declared, client) = ("192.0.2.1", "192.0.2.2", "192.0.2.3");
        let trusted = ["192.0.2.2/32".parse().unwrap()];
        for peer in [proxy, declared] {
            assert!(peers.is_counted(address(peer)), "{peer}");
            peers.note(address(peer), &headers("x-forwarded-for"), &trusted);
        }
        peers.note(address(client), &headers("accept"), &trusted);
        assert!(!peers.is_counted(address(proxy)));
        assert!(peers.is_counted(address(declared)));
        assert!(peers.is_counted(address(client)));
        let source = |text: &str| peers.source(Some(address(text)), &trusted);
        assert_eq!(source(client), Some(Network::of(address(client))));
        // a declared proxy that names nobody stands for many, too
        assert_eq!((source(proxy), source(declared)), (None, None));
        assert_eq!(peers.source(None, &trusted), None);
        for header in FORWARDING {
            let peer = Peers::default();
            peer.note(address(proxy), &headers(header), &[]);
            assert!(!peer.is_counted(address(proxy)), "{header}");
        }
    }

    #[test]
    fn no_crowd_of_peers_takes_much_memory() {
        let peers = Peers::default();
        for last in 0..5000_u32 {
            let peer = IpAddr::from((0x0a00_0000 + last).to_be_bytes());
            peers.note(peer, &headers("via"), &[]);
            assert!(!peers.is_counted(peer));
            assert!(peers.undeclared().len() <= MOST);
        }
    }
}
