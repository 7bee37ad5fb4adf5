//! Conditional batch norm: Dumoulin et al. 2017, "A learned representation for artistic style"; de Vries et al. 2017, "Modulating
//! early visual processing by language". One normalisation, and a gain and a shift for each class, or from whatever stands for it:
//! y = (1 + g(c)) · BN(x) + s(c), so that g = s = 0 is plain batch norm. Between classes they are blended.
//!
//! Must not know: any one system.

use super::fast;
use burn::module::Module;
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

/// Batch norm that may be told of a condition, with ReLU behind it.
#[derive(Module, Debug)]
pub struct ConditionalNorm {
    norm: BatchNorm,
    gain: Option<Linear>,
    shift: Option<Linear>,
}

impl ConditionalNorm {
    /// `condition`: numbers of what it is told; 0 = plain batch norm.
    pub fn new(channels: usize, condition: usize, device: &Device) -> Self {
        let told = || LinearConfig::new(condition, channels).with_bias(false).init(device);
        Self {
            norm: BatchNormConfig::new(channels).init(device),
            gain: (condition > 0).then(told),
            shift: (condition > 0).then(told),
        }
    }

    /// `[n, channels, h, w]`, and what it is told `[n, condition]` → `[n, channels, h, w]`, none below 0.
    pub fn forward(&self, x: Tensor<4>, condition: Option<&Tensor<2>>) -> Tensor<4> {
        let (Some(gain), Some(shift), Some(told)) = (&self.gain, &self.shift, condition) else {
            return fast::norm(&self.norm, x, fast::RELU); // [n, channels, h, w]
        };
        let of = |layer: &Linear| layer.forward(told.clone()).unsqueeze_dims::<4>(&[2, 3]); // [n, channels, 1, 1]
        let x = fast::norm(&self.norm, x, fast::NOTHING); // [n, channels, h, w]
        let x = x * (of(gain) + 1.0) + of(shift); // [n, channels, h, w]
        fast::activate(x, fast::RELU) // [n, channels, h, w]
    }
}
