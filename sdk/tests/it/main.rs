//! The sdk against Gatepost in this process, with faults in between.

mod endpoints;
mod errors;
mod faulty;
mod keyring;
mod processes;
mod proxy;
mod refresh;
mod scenarios;
mod server;
mod worker;
