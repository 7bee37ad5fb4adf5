//! Files of weights from people who never heard of zscope: their tensors by name, whatever the format.
//!
//! Must not know: what network the tensors make, the engine, the window.

pub mod archive;
mod burn;
pub mod file;
pub mod hints;
mod mpk;
mod npz;
pub mod number;
pub mod objects;
mod parts;
mod persistent;
mod pickle;
mod safe;
mod shards;
mod torch;
mod zipfile;

pub use archive::{Archive, Entry, Layout};
