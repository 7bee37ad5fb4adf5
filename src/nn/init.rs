//! Initial weights, drawn on the host from (seed, parameter's name): the same on every device, in any order,
//! and whatever else draws random numbers at the time.
//!
//! Must not know: any one system.

use super::named::Path;
use super::noise::{Noise, hash};
use burn::module::{Module, ModuleMapper, Param, ParamId};
use burn::tensor::{Tensor, TensorData};

/// Which initialisation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// PyTorch's default for linear and convolution layers: weight and bias U(±1/√fan_in).
    Torch,
    /// DCGAN (Radford, Metz and Chintala 2016): convolutions N(0, 0.02), no bias; batch norm's scale
    /// N(1, 0.02), shift 0.
    Dcgan,
    /// Glorot and Bengio 2010: weights U(±√(6 / (fan_in + fan_out))), no bias, batch norm's scale 1; vectors that power iteration
    /// begins with N(0, 1), and what is gated begins closed.
    Glorot,
    /// Equalised learning rate (Karras et al. 2018): weights and constants N(0, σ²), where σ is 1 but for what learns at another rate; all
    /// else 0.
    Equalised {
        /// σ.
        sigma: f32,
    },
}

struct Initialise<'a> {
    path: Path,
    prefix: &'a str,
    seed: u64,
    init: Init,
    /// Of the layer whose weight came last; its bias follows it.
    fan_in: usize,
}

impl ModuleMapper for Initialise<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.name(self.prefix);
        let id = ParamId::from(hash(&name));
        let shape = param.lazy_shape().to_vec();
        let count = shape.iter().product();
        let mut noise = Noise::named(self.seed, &name);
        let values = match (self.path.leaf(), self.init) {
            ("running_mean", _) => vec![0.0; count],
            ("running_var", _) => vec![1.0; count],
            ("gamma", Init::Torch | Init::Glorot | Init::Equalised { .. }) => vec![1.0; count],
            ("gamma", Init::Dcgan) => noise.normals(count).into_iter().map(|v| 1.0 + 0.02 * v).collect(),
            ("beta", _) => vec![0.0; count],
            ("weight", init) => {
                // Linear is [in, out] in Burn; a convolution [out, in, h, w]; a transposed one [in, out, h, w],
                // whose fan-in PyTorch takes from its second axis as well.
                self.fan_in = if D == 2 { shape[0] } else { shape[1..].iter().product() };
                let fan_out = if D == 2 { shape[1] } else { shape[0] * shape[2..].iter().product::<usize>() };
                match init {
                    Init::Glorot => noise.uniforms(count, (6.0 / (self.fan_in + fan_out) as f32).sqrt()),
                    Init::Torch => noise.uniforms(count, 1.0 / (self.fan_in as f32).sqrt()),
                    Init::Dcgan => noise.normals(count).into_iter().map(|v| 0.02 * v).collect(),
                    Init::Equalised { sigma } => {
                        noise.normals(count).into_iter().map(|v| sigma * v).collect()
                    }
                }
            }
            (_, Init::Torch) => noise.uniforms(count, 1.0 / (self.fan_in.max(1) as f32).sqrt()),
            ("u", Init::Glorot) => noise.normals(count),
            ("constant", Init::Equalised { sigma }) => {
                noise.normals(count).into_iter().map(|v| sigma * v).collect()
            }
            (_, Init::Dcgan | Init::Glorot | Init::Equalised { .. }) => vec![0.0; count],
        };
        let device = param.lazy_device();
        let tensor = Tensor::from_data(TensorData::new(values, shape), &device);
        param.transform_for_load(tensor, id)
    }
}

/// Draws all of a module's parameters anew. `prefix` is the name under which the module is saved.
pub fn initialise<M: Module>(module: M, prefix: &str, seed: u64, init: Init) -> M {
    module.map(&mut Initialise { path: Path::default(), prefix, seed, init, fan_in: 1 })
}
