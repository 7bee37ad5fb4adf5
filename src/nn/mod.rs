//! What several systems share: weights by name, initialisation, averaged copies, noise.
//!
//! Must not know: any one system, files, messages.

pub mod attention;
pub mod codebook;
pub mod coder;
pub mod conditional;
pub mod dropout;
pub mod dual;
pub mod ema;
pub mod equalised;
pub mod fast;
pub mod gru;
pub mod host;
pub mod init;
pub mod instance_norm;
pub mod lstm;
pub mod minibatch_std;
pub mod mlp;
pub mod modulated;
pub mod named;
pub mod network;
pub mod noise;
pub mod pixel_norm;
pub mod pixelcnn;
pub mod pool;
pub mod resample;
pub mod residual;
pub mod resnet;
pub mod social;
pub mod spade;
pub mod spectral;
pub mod spectrum;
pub mod spread;
pub mod srresnet;
pub mod stack;
pub mod style;
pub mod tap;
pub mod text;
pub mod translator;
pub mod unet;
pub mod video;

pub use dual::Dual;
pub use init::Init;
pub use named::{Gradient, Tensors};
pub use noise::Noise;
pub use tap::{Tap, Watch};
