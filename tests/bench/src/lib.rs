//! A load generator, and the bench that compares Gatepost with others.
//!
//! * [`load`]: connections that send requests for some time or some number of times, and what came of them.
//!   [`connection`]: one of them. A [`load::Script`] writes each request of a connection, and sees each answer.
//! * [`usage`]: the CPU time and the memory of a server, with all of its processes.
//! * [`servers`]: what is compared, each on a copy of one [`template`] with the same [`data`]. [`requests`]: what is asked of each.
//!   [`rounds`]: who is asked when, and the medians.
//! * [`full`]: everything that is measured. [`page`]: its figures as docs/performance.md.

mod alone;
pub mod connection;
pub mod data;
pub mod full;
mod growth;
pub mod load;
mod machine;
pub mod page;
mod pocketbase;
pub mod requests;
pub mod rounds;
pub mod servers;
pub mod template;
pub mod usage;
