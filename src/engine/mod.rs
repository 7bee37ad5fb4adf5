//! The engine: trains and decodes on its own threads, and talks in plain values.
//!
//! Must not know: egui, panels.

pub mod link;
pub mod feeder;
pub mod folder;
pub mod message;
pub mod session;
