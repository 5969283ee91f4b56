//! The sdk against Gatepost in this process, with faults in between.

mod accounts;
mod broken;
mod case;
mod cookie;
mod cured;
mod endpoints;
mod errors;
mod expiry;
mod faulty;
mod form;
mod keyring;
mod many;
mod own;
mod pages;
mod processes;
mod proxy;
mod refresh;
mod refused;
mod scenarios;
mod schemes;
mod server;
mod silence;
mod stored;
mod tls;
mod unreachable;
mod worker;
