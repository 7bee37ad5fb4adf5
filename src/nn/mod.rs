//! What several systems share: weights by name, initialisation, averaged copies, noise.
//!
//! Must not know: any one system, files, messages.

pub mod ema;
pub mod host;
pub mod init;
pub mod named;
pub mod network;
pub mod noise;
pub mod stack;

pub use init::Init;
pub use named::Tensors;
pub use noise::Noise;
