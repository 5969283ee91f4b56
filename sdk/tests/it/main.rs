//! The sdk against Gatepost in this process, with faults in between.

mod case;
mod endpoints;
mod errors;
mod expiry;
mod faulty;
mod form;
mod keyring;
mod processes;
mod proxy;
mod refresh;
mod refused;
mod scenarios;
mod server;
mod stored;
mod tls;
mod unreachable;
mod worker;
