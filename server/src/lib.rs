//! The Gatepost server.
