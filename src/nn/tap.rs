//! What flows out of a layer, for looking at.
//!
//! Must not know: any one system, how it is drawn.

use super::network::run::Value;

/// What a layer gives.
pub struct Tap {
    /// The name that the layer's tensors begin with; of a layer without tensors what it is.
    pub name: String,
    /// What flows out of it; of a layer with norm and nonlinearity what flows out of those.
    pub value: Value,
}
