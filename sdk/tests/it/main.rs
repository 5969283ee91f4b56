//! The sdk against Gatepost in this process, with faults in between.

mod endpoints;
mod errors;
mod faulty;
mod proxy;
mod refresh;
mod scenarios;
mod server;
